"""A dialog in memory: virtual clock, timers as a table, doubles in place of services.

What handlers and the store do around a turn, without either; tests of scenarios and of the
interpreter talk to it as customers do.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.channel import Capabilities
from core.content import Outgoing
from core.dialog import advance
from core.effects import (
    AnyEffect,
    Call,
    CancelTimer,
    Grant,
    Label,
    Note,
    Remember,
    Send,
    StartTimer,
    Write,
)
from core.policy import Policy
from core.records import Message
from core.scenario.interpreter import needs_meaning
from core.scenario.model import Ask, Bundle, Level
from core.scenario.place import Shown
from core.scenario.typed import NUMERIC
from core.state import Dialog, Facts, Setting, Turn
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerMessage,
    Meaning,
    TimerFired,
)

Answer = Mapping[str, Any]
#: How a service answers: fields of its result, or `{error: name, text?}`; in turn, last repeating.
Double = Callable[[Call], AnyUpdate]
_MOST_TURNS = 500  # of one update and the calls it caused; a loop beyond it is a fault of ours


class Rehearsal:
    """One customer's dialog. said: what the bot sent since `listen` was called. sent: the same
    as platform messages. turns: of the whole dialog. loose: called services without a double."""

    def __init__(
        self,
        bundle: Bundle,
        *,
        capabilities: Capabilities,
        policy: Policy,
        meaning: Callable[[str], Meaning],
        services: Mapping[str, Sequence[Answer]] | None = None,
        now: datetime,
        lang: str = "",
        grants: Mapping[str, Level] | None = None,
    ) -> None:
        self.setting = Setting(active=bundle, bundle=bundle)
        self.capabilities = capabilities
        self.policy = policy
        self.meaning = meaning
        self.services = {name: deque(answers) for name, answers in (services or {}).items()}
        self.now = now
        self.grants: dict[str, Level] = dict(grants or {})
        self.remembered: dict[str, Any] = {}
        self.timers: dict[str, StartTimer] = {}
        self.calls: Counter[str] = Counter()
        self.loose: list[str] = []
        self.pending: deque[AnyUpdate] = deque()
        self.seq = 0
        self.said: list[Message] = []
        self.sent: list[Outgoing] = []
        self.talk: list[Message] = []
        self.labels: list[tuple[str, str]] = []
        self.asked_rating = False
        self.reopened = False
        self.dialog = Dialog(
            id="rehearsal",
            channel="test",
            chat="1",
            identity="1",
            lang=lang or bundle.bot.languages[0],
            opened_at=now,
        )

    # -- what a customer does

    def write(self, text: str) -> None:
        """The customer writes."""
        update = CustomerMessage(text=text)
        if text and needs_meaning(self.dialog, update, self.bundle):
            update = CustomerMessage(text=text, meaning=self.meaning(text))
        self.receive(update)

    def press(self, key: str) -> bool:
        """The customer presses the option with this key; False if none is shown.

        Where the channel has no buttons its number is typed instead, or its label where a number
        would be an answer or is itself a label."""
        shown = self.shown()
        option = next((o for o in shown if o.key == key), None)
        if option is None:
            return False
        if self.is_numbered():
            number = str(shown.index(option) + 1)
            taken = self._wants_number() or any(o.label == number for o in shown)
            self.write(option.label if taken else number)
        else:
            self.receive(ButtonPressed(token=option.token))
        return True

    def wait(self, time: timedelta) -> None:
        """The customer says nothing for so long: the clock moves, timers fire."""
        until = self.now + time
        while due := self._next_timer(until):
            self.now = max(self.now, due.due_at)
            del self.timers[due.timer]
            self.receive(TimerFired(kind=due.timer, gen=due.gen))
        self.now = until

    def _next_timer(self, until: datetime) -> StartTimer | None:
        due = [timer for timer in self.timers.values() if timer.due_at <= until]
        return min(due, key=lambda timer: timer.due_at, default=None)

    def listen(self) -> None:
        """Forgets what was said: the customer acts next."""
        self.said = []
        self.sent = []

    def fork(self) -> "Rehearsal":
        """Another dialog that has come exactly as far; what happens to one is not seen by the
        other."""
        other = copy(self)
        other.services = {name: deque(answers) for name, answers in self.services.items()}
        for name in ("grants", "remembered", "timers", "calls", "loose", "pending", "said"):
            setattr(other, name, copy(getattr(self, name)))
        other.sent, other.talk, other.labels = [*self.sent], [*self.talk], [*self.labels]
        return other

    # -- what is seen

    @property
    def bundle(self) -> Bundle:
        """The bundle of the dialog."""
        return self.setting.bundle or self.setting.active

    def shown(self) -> list[Shown]:
        """The options now before the customer, one per key, in their order."""
        waiting = self.dialog.place.waiting if self.dialog.place else None
        shown: tuple[Shown, ...] = self.dialog.open_options
        if self.dialog.state == "bot":
            shown = getattr(waiting, "shown", ()) or shown
        seen: dict[tuple[str, str], Shown] = {}
        for option in shown:
            seen.setdefault((option.kind, option.key), option)
        return list(seen.values())

    def is_numbered(self) -> bool:
        """Whether the last options were shown as a numbered list."""
        with_options = [content for content in self.sent if content.options]
        waiting = self.dialog.place.waiting if self.dialog.place else None
        if self.dialog.state == "bot":
            return bool(getattr(waiting, "numbered", False))
        return bool(with_options) and with_options[-1].numbered

    def _wants_number(self) -> bool:
        place = self.dialog.place
        if self.dialog.state != "bot" or place is None or not place.stack:
            return False
        top = place.stack[-1]
        step = self.bundle.scenarios[top.scenario].steps[top.step]
        slots = self.bundle.scenarios[top.scenario].data
        return isinstance(step, Ask) and slots[step.slot].type in NUMERIC

    def slots(self) -> Mapping[str, Any]:
        """What the dialog knows."""
        return self.dialog.place.slots if self.dialog.place else {}

    def level(self) -> Level:
        """The best level the customer has for any account."""
        order: tuple[Level, ...] = ("verified", "linked", "anonymous")
        return next((level for level in order if level in self.grants.values()), "anonymous")

    # -- what handlers and the store do

    def receive(self, update: AnyUpdate) -> None:
        """Turns an update and everything that services answer to it."""
        self.pending.append(update)
        for _ in range(_MOST_TURNS):
            if not self.pending:
                return
            self._turn(self.pending.popleft())
        raise RuntimeError("turns without end")

    def facts(self) -> Facts:
        """What the turn may know."""
        return Facts(
            seq=self.seq,
            capabilities=self.capabilities,
            grants=dict(self.grants),
            remembered=dict(self.remembered),
            seal=_seal,
        )

    def _turn(self, update: AnyUpdate) -> None:
        self.seq += 1
        turn: Turn = advance(self.dialog, update, self.setting, self.policy, self.facts(), self.now)
        # Through JSON, as the store does it: what does not survive that would be lost in life.
        self.dialog = _reread(turn.dialog)
        for effect in turn.effects:
            self._carry_out(effect)

    def _carry_out(self, effect: AnyEffect) -> None:
        match effect:
            case Write() | Send():
                self._hear(effect)
            case StartTimer() | CancelTimer():
                self.timers.pop(effect.timer, None)
                if isinstance(effect, StartTimer):
                    self.timers[effect.timer] = effect
            case Call():
                self.calls[effect.service] += 1
                self.pending.append(self._answered(effect))
            case Note(record=record):
                self.asked_rating |= bool(getattr(record, "asked_at", None))
                self.reopened |= bool(getattr(record, "reopened_at", None))
            case Grant() | Remember() | Label():
                self._know(effect)

    def _hear(self, effect: Write | Send) -> None:
        if isinstance(effect, Send):
            self.sent.append(effect.content)
            return
        message = effect.message
        self.talk.append(message)
        if message.author.kind in ("bot", "system") and message.kind != "service":
            self.said.append(message)

    def _know(self, effect: Grant | Remember | Label) -> None:
        if isinstance(effect, Grant):
            self.grants[effect.account] = effect.level
        elif isinstance(effect, Remember):
            self.remembered[effect.slot] = effect.value
        else:
            self.labels.append((effect.text, effect.scenario))

    def _answered(self, call: Call) -> AnyUpdate:
        answers = self.services.get(call.service)
        if not answers:
            self.loose.append(call.service)
            return CallFailed(key=call.key, name="unavailable")
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if "error" in answer:
            text = str(answer.get("text") or "")
            return CallFailed(key=call.key, name=str(answer["error"]), text=text)
        return CallReturned(key=call.key, result=dict(answer))


def _seal(value: str) -> str:
    return "sealed-" + hashlib.blake2b(value.encode(), digest_size=6).hexdigest()


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER: msgspec.json.Decoder[Dialog] = msgspec.json.Decoder(Dialog)


def _reread(dialog: Dialog) -> Dialog:
    return _DECODER.decode(_ENCODER.encode(dialog))
