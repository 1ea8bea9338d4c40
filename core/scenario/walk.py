"""A place in the making: the mutable twin of Place, alive for one update.

Every rule of the interpreter works on a Walk; `save` writes it back into the dialog as data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zlib import crc32

import msgspec
from msgspec.structs import replace

from core import life
from core.errors import UnknownStep
from core.scenario.expression import evaluate, name_of, truth
from core.scenario.index import Index, index_of
from core.scenario.model import AnyStep, Ask, Choice, Choose, Level, More, Scenario, Slot, Value
from core.scenario.place import Calling, Frame, Place, Question, Sealed, Trail, Waiting
from core.scenario.template import Context, render
from core.scenario.trace import Mark, watched
from core.turn import TurnDraft

RANK: Mapping[Level, int] = {"anonymous": 0, "linked": 1, "verified": 2}
_COMPUTED = frozenset({"level", "lang", "desk_open"})  # names that are no slots
_TRAIL = 40  # questions a frame remembers; further back nobody rewinds
_ENCODER = msgspec.json.Encoder()


class Walk:
    """What one update makes of a place. `over`: the dialog was closed or handed to people.

    text_of_start: of the message that starts scenarios in this turn. steps: run so far in it.
    confirmed: the access scenario has just returned to the call that needed it. anew: slots that a
    scenario run again is to ask for, whatever the message or an earlier dialog told of them.
    answered: slots that it need not ask for, since the customer did answer when it ran before.
    """

    text_of_start = ""
    steps = 0
    confirmed = False
    over = False
    anew: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()

    def __init__(self, draft: TurnDraft) -> None:
        place = draft.dialog.place or Place(bundle=draft.bundle.hash)
        self.draft = draft
        self.bundle = draft.bundle
        self.index: Index = index_of(draft.bundle)
        self.before = place
        self.stack: list[Frame] = list(place.stack)
        self.slots = place.slots.copy()
        self.secrets = place.secrets.copy()
        self.granted = place.granted.copy()
        self.calls = place.calls
        self.abandoned = place.abandoned
        self.waiting: Waiting = place.waiting
        self.used = place.used
        self.misses = place.misses
        self.media_misses = place.media_misses
        self.first_scenario = place.first_scenario
        self.outdated = place.outdated
        self.reminded = place.reminded
        self.intent, self.confidence = place.intent, place.confidence
        self.labels = place.labels.copy()
        self.marks = watched()

    # -- where it stands

    @property
    def lang(self) -> str:
        """The dialog's language, which the customer may change in mid-turn."""
        return self.draft.dialog.lang

    @property
    def top(self) -> Frame:
        """The running frame; only asked for when there is one."""
        return self.stack[-1]

    @property
    def depth(self) -> int:
        """Scenarios under way. The access scenario, which any of them may need, is none of them."""
        return sum(frame.via != "access" for frame in self.stack)

    def scenario(self, frame: Frame) -> Scenario:
        """The frame's scenario. Raises UnknownStep when the bundle has none of that name."""
        found = self.bundle.scenarios.get(frame.scenario)
        if found is None:
            raise UnknownStep(frame.scenario)
        return found

    def step(self, frame: Frame) -> AnyStep:
        """The step the frame stands at. Raises UnknownStep when the bundle does not have it."""
        try:
            return self.bundle.scenarios[frame.scenario].steps[frame.step]
        except KeyError:
            raise UnknownStep(f"{frame.scenario}.{frame.step}") from None

    def question(self) -> Ask | Choose | None:
        """The question on top of the stack, open or interrupted; None if the top is none."""
        if not self.stack or type(self.waiting) is Calling:
            return None
        step = self.step(self.stack[-1])
        return step if type(step) is Ask or type(step) is Choose else None

    def stand(self, step: str, *, at: int = -1) -> None:
        """The frame goes on at this step."""
        self.stack[at] = replace(self.stack[at], step=step, tries=0)

    def mark(self, branch: str = "") -> None:
        """Notes for whoever watches that the running step ran, or which way it took."""
        if self.marks is not None:
            self.marks.add(Mark(self.top.scenario, self.top.step, branch))

    # -- values

    def fill(self, name: str, value: Any, label: str = "") -> None:
        """Sets a slot, the newest last, or empties it. label: of a chosen option."""
        self.slots.pop(name, None)
        self.labels.pop(name, None)
        if value is not None:
            self.slots[name] = value
        if label:
            self.labels[name] = label
        self._filled(name)

    def keep(self, name: str, value: Any) -> None:
        """Sets a local of the running frame."""
        frame = self.top
        self.stack[-1] = replace(frame, locals={**frame.locals, name: value})
        self._filled(name)

    def seal(self, name: str, value: Any) -> None:
        """Keeps a secret value, encrypted."""
        self.secrets[name] = value if isinstance(value, Sealed) else self.sealed(value)
        self._filled(name)

    def sealed(self, value: Any) -> Sealed:
        """A secret value, encrypted."""
        return Sealed(sealed=self.draft.facts.seal(str(value)), at=self.draft.now)

    def forget(self, name: str) -> None:
        """Empties a name, wherever the running frame has it."""
        self.slots.pop(name, None)
        self.secrets.pop(name, None)
        frame = self.top
        if name in frame.locals:
            kept = {key: value for key, value in frame.locals.items() if key != name}
            self.stack[-1] = replace(frame, locals=kept)

    def _filled(self, name: str) -> None:
        if self.top.trail:
            self._note_filled(len(self.stack) - 1, (name,))
        elif name not in self.top.locals:
            self.filled_for_caller((name,))

    def filled_for_caller(self, names: Iterable[str]) -> None:
        """Slots that the running frame filled belong to the last question of its caller: at once
        while it has no question of its own, the others when it ends."""
        at = len(self.stack) - 1
        while at > 0 and self.stack[at].via in ("run", "access"):
            at -= 1
            if self.stack[at].trail:
                self._note_filled(at, names)
                return

    def _note_filled(self, at: int, names: Iterable[str]) -> None:
        frame = self.stack[at]
        last = frame.trail[-1]
        fresh = tuple(name for name in names if name not in last.filled)
        if fresh:
            # After the end of a run, what is filled comes after all its questions.
            again = (*last.again, *fresh) if last.ran else ()
            noted = replace(last, filled=(*last.filled, *fresh), again=again)
            self.stack[at] = replace(frame, trail=(*frame.trail[:-1], noted))

    def passed(self, step: str, *, answered: bool) -> None:
        """Writes a question or a run into the trail; one that is open there already is kept."""
        frame = self.stack[-1]
        trail = frame.trail
        if trail and trail[-1].step == step and not trail[-1].answered:
            if answered:
                entry = replace(trail[-1], answered=True)
                self.stack[-1] = replace(frame, trail=(*trail[:-1], entry))
            return
        trail = (*trail[-_TRAIL:], Trail(step=step, answered=answered))
        self.stack[-1] = replace(frame, trail=trail)

    def level(self, account: Any) -> Level:
        """The customer's level for an account, or the best of all when there is no account."""
        grants = self.draft.facts.grants
        if not grants and not self.granted:
            return "anonymous"
        if account is None:
            levels = [*grants.values(), *self.granted.values()]
            return max(levels, key=RANK.__getitem__, default="anonymous")
        given = grants.get(str(account), "anonymous")
        fresh = self.granted.get(str(account), "anonymous")
        return given if RANK[given] >= RANK[fresh] else fresh

    def find(self, slot: Slot, text: str, choices: Sequence[Choice] = ()) -> Any:
        """The value of a slot that a text names, None if it names none."""
        index, now = self.index, self.draft.now
        # Only dates depend on the day, and a day of a zone is dear.
        today = (now.astimezone(index.zone) if slot.type == "date" else now).date()
        return index.reader.find(slot, text, today=today, choices=choices)

    # -- expressions and texts

    def names(self, **more: Any) -> dict[str, Any]:
        """What expressions and texts of the running frame may see."""
        facts = self.draft.facts
        queue = facts.queues.get(self.draft.policy.default_queue) if facts.queues else None
        return {
            **self.slots,
            "level": self.level(self.slots.get("account")),
            "lang": self.lang,
            "desk_open": queue is None or queue.open_now,
            **(self.stack[-1].locals if self.stack else {}),
            **more,
        }

    def value(self, source: Value) -> Any:
        """A value of `with`, `set`, `return`: a string is an expression, the rest is itself."""
        if type(source) is not str:
            return source
        name = name_of(source)
        if not name or name in _COMPUTED:
            return evaluate(source, self.names())
        local = self.stack[-1].locals if self.stack else {}
        return local[name] if name in local else self.slots.get(name)

    def label_of(self, source: Value) -> str:
        """What a value that is copied from a slot was called when it was chosen."""
        name = name_of(source) if type(source) is str else ""
        if not name or (self.stack and name in self.stack[-1].locals):
            return ""
        return self.index.labelled(self, self.lang).get(name, "")

    def holds(self, condition: str) -> bool:
        """Whether a condition is true now."""
        return truth(condition, self.names())

    def text(self, source: str, *, lang: str = "", **more: Any) -> str:
        """A text of the scenario with its values, in the dialog's language."""
        if "{" not in source and "}" not in source:
            return source
        names = self.names(links=self.bundle.bot.links, **more)
        context = Context(
            slots=self.index.slots,
            cities=self.bundle.cities,
            labels=self.index.labelled(self, lang or self.lang),
            timezone=self.bundle.bot.timezone,
            today=self.draft.now,
        )
        return render(source, names, lang or self.lang, context)

    def face(self, key: str, source: str) -> str:
        """The running scenario's text `key` in the dialog's language, else `source`."""
        if not source or self.lang == self.bundle.bot.languages[0]:
            return source
        translation = self.bundle.translations.get(self.lang, {}).get(self.top.scenario)
        return source if translation is None else translation.texts.get(key, source)

    def bot_face(self, key: str, source: str) -> str:
        """A text of bot.yaml in the dialog's language, else `source`."""
        translation = self.bundle.translations.get(self.lang, {}).get("bot")
        return source if translation is None else translation.texts.get(key, source)

    def more(self) -> More:
        """The words of the question «Anything else?»."""
        more = self.bundle.bot.more
        return more.get(self.lang) or more[self.bundle.bot.languages[0]]

    # -- the ends of a turn

    def wipe(self, frame: Frame) -> None:
        """A frame ends: its secrets end with it."""
        found = self.bundle.scenarios.get(frame.scenario)
        if self.secrets and found is not None:
            for name, slot in found.data.items():
                if slot.secret:
                    self.secrets.pop(name, None)

    def drop(self, keep: int = 0) -> None:
        """Drops frames from the top until `keep` are left."""
        while len(self.stack) > keep:
            self.wipe(self.stack.pop())

    def give_up(self) -> None:
        """Stops waiting; the answer of a call that changes something becomes a line for people."""
        waiting = self.waiting
        self.waiting = None
        if type(waiting) is Calling:
            self.draft.cancel_timer("call_wait")
            service = self.bundle.services.get(waiting.service)
            if service is not None and service.kind == "change":
                self.abandoned = {**self.abandoned, waiting.key: service.name}

    def counted(self, service: str, arguments: Mapping[str, Any]) -> int:
        """How often this call went out since the customer's last update, this time included."""
        mark = f"{service}:{crc32(_ENCODER.encode(arguments)):x}"
        count = self.calls.get(mark, 0) + 1
        self.calls = {**self.calls, mark: count}
        return count

    def escalate(self, reason: str, *, queue: str = "", say: str = "", summary: str = "") -> None:
        """Gives the dialog to people, the place frozen as it is, without its secrets."""
        self.over = True
        self.secrets.clear()
        if type(self.waiting) is Calling:
            self.waiting = replace(self.waiting, sealed={})
        self.save()
        life.escalate(self.draft, reason=reason, queue=queue, say=say, summary=summary)

    def close(self, result: str, by: life.ClosedBy = "bot") -> None:
        """Ends the dialog; the slots stay for the case that it is reopened."""
        self.over = True
        self.give_up()
        self.drop()
        self.secrets.clear()
        self.save()
        life.close(self.draft, result, by)

    def save(self) -> None:
        """Writes the place back into the dialog and keeps the timer of secrets."""
        if self.secrets or self.before.secrets:
            self._watch_secrets()
        stack = tuple(self.stack)
        waiting, index = self.waiting, self.index
        asked = self._asked_slot() if type(waiting) is Question else ""
        types = index.types(self.slots)
        secret = False
        if asked:
            types[asked] = index.kinds.get(asked, "")
            secret = index.slots[asked].secret
        elif type(waiting) is Calling:
            secret = waiting.secret or waiting.asks_secret
        place = Place(
            bundle=self.bundle.hash,
            stack=stack,
            slots=self.slots,
            waiting=waiting,
            used=self.used,
            misses=self.misses,
            media_misses=self.media_misses,
            first_scenario=self.first_scenario,
            secrets=self.secrets,
            verbs=self.before.verbs if self.outdated else index.verbs(stack),
            types=types,
            outdated=self.outdated,
            calls=self.calls,
            abandoned=self.abandoned,
            granted=self._unseen_grants() if self.granted else {},
            labels=self.labels,
            reminded=self.reminded,
            intent=self.intent,
            confidence=self.confidence,
        )
        self.draft.change(place=place, secret=secret)

    def _asked_slot(self) -> str:
        """The slot of the open question, empty if it has none."""
        if not self.stack or self.outdated:
            return ""
        step = self.step(self.stack[-1])
        return step.slot if type(step) is Ask else ""

    def _unseen_grants(self) -> dict[str, Level]:
        seen = self.draft.facts.grants
        return {
            account: level
            for account, level in self.granted.items()
            if RANK[seen.get(account, "anonymous")] < RANK[level]
        }

    def _watch_secrets(self) -> None:
        if self.secrets and self.secrets != self.before.secrets:
            self.draft.start_timer("secret", self.draft.now + self.draft.policy.secret_life)
        elif self.before.secrets and not self.secrets:
            self.draft.cancel_timer("secret")
