"""Everybody who may have to do with a dialog plays with a made-up bot; the promises must hold."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from core.content import Contact, Media, Outgoing
from core.dialog import bundle_for, rescue
from core.effects import Call, Grant, Note, Remember
from core.policy import Policy
from core.records import Escalation
from core.scenario.index import index_of
from core.scenario.interpreter import needs_meaning
from core.scenario.model import Ask, Bundle, Choose
from core.scenario.place import Calling, Question
from core.scenario.walk import RANK
from core.state import Dialog, Facts, Setting, Turn
from core.updates import (
    ENCODER,
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerClosed,
    CustomerDeleted,
    CustomerEdited,
    CustomerMessage,
    CustomerStarted,
    Meaning,
    OperatorClosed,
    OperatorGone,
    OperatorNoted,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorTook,
    OperatorTransferred,
    RatingGiven,
    TimerFired,
)
from tests.core.dialog_world import World
from tests.fakes.made_up_words import ANSWERS, ERRORS, RESULTS, SAYINGS, SLOTS
from tests.fakes.talk import BUTTONS, NO_BUTTONS, NOTHING, perhaps, surely

#: With buttons, without, and with room for two short ones and a phone of one's own.
CHANNELS = (
    BUTTONS,
    NO_BUTTONS,
    replace(BUTTONS, platform="small", inline_total=2, label=12, text=200, phone_request=True),
)
STRANGER = "zeta"  # a scenario that nobody speaks of
PEOPLE = ("anna", "boris")


class Talk(World):
    """One dialog over a bot. bundles: what may be published meanwhile, the first at the beginning.

    told: codes that were written as answers to a secret question."""

    def __init__(self, bundles: Sequence[Bundle], seed: int, *, lang: str = "ru") -> None:
        super().__init__()
        self.rng = random.Random(seed)
        self.capabilities = self.rng.choice(CHANNELS)
        self.bundles = bundles
        self.setting = Setting(active=bundles[0], bundle=bundles[0])
        self.dialog = self.before = replace(self.dialog, lang=lang)
        self.grants: dict[str, Any] = {}
        self.remembered: dict[str, Any] = {}
        self.told: set[str] = set()
        self.keys: set[str] = set()
        self.log: list[AnyUpdate] = []

    @property
    def bundle(self) -> Bundle:
        """What the dialog runs on."""
        return bundle_for(self.dialog, self.setting, Policy(), self.now)

    def facts(self, **more: Any) -> Facts:
        """With what the person is known for."""
        known = {"grants": dict(self.grants), "remembered": dict(self.remembered)}
        return super().facts(**known, **more)

    def turn(self, update: AnyUpdate) -> Turn:
        """See World; and what only a bot can break."""
        self.log.append(update)
        if len(self.log) % 4 == 0:
            self._could_be_rescued(update)
        made = super().turn(update)
        self._secrets_stay_secret(made)
        for effect in made.effects:
            if isinstance(effect, Grant):
                self.grants[effect.account] = effect.level
            elif isinstance(effect, Remember):
                self.remembered[effect.slot] = effect.value
            elif isinstance(effect, Call):
                self._is_allowed(effect)
            elif isinstance(effect, Note) and isinstance(effect.record, Escalation):
                self._is_wanted(effect.record)
        self._waits_for_something()
        self._never_silent(update, made)
        for promise in (
            self.exactly_one_owner,
            self.records_tell_the_same_as_the_dialog,
            self.one_answer_per_dialog,
            self.masking_is_told_once,
            self.timers_in_force_are_known,
            self.what_the_bot_waits_for_comes_to_an_end,
            self.state_survives_storage,
        ):
            promise()
        return made

    # -- promises

    def _is_allowed(self, call: Call) -> None:
        assert call.key not in self.keys, "every call has a key of its own"
        self.keys.add(call.key)
        signature = self.bundle.services[call.service]
        if signature.level != "anonymous":
            level = self.grants.get(call.arguments[signature.subject], "anonymous")
            assert RANK[level] >= RANK[signature.level], "nobody hears of another's account"
        if signature.kind == "change" and not self.was_put_back():
            assert self.dialog.place is not None
            passed = [
                self.bundle.scenarios[frame.scenario].steps.get(entry.step)
                for frame in self.dialog.place.stack
                for entry in frame.trail
                if entry.answered
            ]
            assert any(getattr(step, "buttons", ()) for step in passed), "a button comes before"

    def _is_wanted(self, escalation: Escalation) -> None:
        """No circle runs on, and none is seen where there is none: only the same call again."""
        if escalation.reason == "engine_loop" and escalation.ended_at is None:
            assert self.dialog.place is not None
            assert max(self.dialog.place.calls.values(), default=0) >= Policy().same_call
        assert escalation.reason != "engine_error"

    def _could_be_rescued(self, update: AnyUpdate) -> None:
        facts = replace(self.facts(), seq=self.seq + 1)
        made = rescue(self.dialog, update, self.setting, Policy(), facts, self.now)
        assert made.dialog.state != "bot", "people take over, if nobody has it yet"
        self._secrets_stay_secret(made)

    def was_put_back(self) -> bool:
        """Whether an operator chose where the bot goes on; what comes before is theirs to know."""
        return any(isinstance(one, OperatorReturnedToBot) and one.step for one in self.log)

    def _secrets_stay_secret(self, made: Turn) -> None:
        raw = ENCODER.encode([made.dialog, made.effects]).decode().replace("sealed:", "sealed")
        for code in self.told:
            shown = raw.replace(f"sealed{code}", "")
            assert code not in shown, "a secret is in nobody's sight"

    def _waits_for_something(self) -> None:
        dialog = self.dialog
        if dialog.state != "bot" or dialog.place is None:
            return
        waiting, stack = dialog.place.waiting, dialog.place.stack
        assert waiting is not None or not dialog.last_customer_n
        if isinstance(waiting, Calling):
            assert waiting.key in self.calls, "the call is under way"
        if isinstance(waiting, Question) and not dialog.place.outdated:
            step = self.bundle.scenarios[stack[-1].scenario].steps[stack[-1].step]
            assert step.__struct_config__.tag in ("ask", "choose"), step
        assert len([frame for frame in stack if frame.via != "access"]) <= Policy().stack
        assert all(frame.step for frame in stack), "no scenario falls off its end"
        assert "code" not in dialog.place.slots
        assert bool(dialog.place.secrets) <= ("secret" in self.timers)
        assert len(ENCODER.encode(dialog.place)) <= Policy().state_bytes

    def _never_silent(self, update: AnyUpdate, made: Turn) -> None:
        if self.before.state != "bot" or made.dialog.state != "bot":
            return
        if not isinstance(update, CustomerMessage | CustomerStarted) or made.dialog.public:
            return
        before, after = self.before.place, made.dialog.place
        calling = [place and isinstance(place.waiting, Calling) for place in (before, after)]
        assert any(calling) or self.spoken(made), f"silence after {update}"

    def spoken(self, made: Turn) -> str:
        """What the customer was told in a turn."""
        written = [effect.message for effect in made.effects if hasattr(effect, "message")]
        return "\n".join(m.text for m in written if m.author.kind in ("bot", "system"))

    # -- what may happen

    def play(self, steps: int) -> None:
        """So many things happen, whatever they are."""
        for _ in range(steps):
            chosen: Callable[[], object] = self.rng.choices(
                [act for act, _ in self._acts()], [weight for _, weight in self._acts()]
            )[0]
            chosen()

    def _acts(self) -> list[tuple[Callable[[], object], float]]:
        by_people = 6 if self.dialog.state in ("queued", "with_operator") else 0.5
        return [
            (self.writes, 12),
            (self.presses, 10),
            (self.sends_files, 1),
            (self.comes_back, 14 if self.calls else 0),
            (self.comes_wrong, 0.7),
            (self.timer, 3 if self.timers else 0),
            (self.stale_timer, 0.7 if self.stale else 0),
            (self.small_things, 2),
            (self.publishes, 0.7 if len(self.bundles) > 1 else 0),
            (self.operators, by_people),
        ]

    def writes(self) -> None:
        """A text that fits, or one that does not."""
        text = self._text()
        if self.dialog.secret and self.dialog.state == "bot" and self.rng.random() < 0.8:
            text = f"{self.rng.randrange(10**6):06}"
            self.told.add(text)
        update = CustomerMessage(text=text, platform_id=str(self.seq))
        self.turn(self.understood(update, self.dialog, self._meaning()))

    def understood(
        self, update: CustomerMessage, dialog: Dialog, meaning: Meaning = NOTHING
    ) -> CustomerMessage:
        """The message with what the classifier says of it, where it is asked."""
        if not needs_meaning(dialog, update, self.bundle):
            return update
        return replace(update, meaning=meaning)

    def _text(self) -> str:
        step = self.question()
        if step is not None and self.rng.random() < 0.5:
            if isinstance(step, Ask):
                return self.rng.choice(ANSWERS[self.kind_of(step)])
            shown = self.shown()
            return self.rng.choice(shown).label if shown else ""
        if self.rng.random() < 0.3:
            return self.rng.choice(ANSWERS[self.rng.choice(list(SLOTS.values()))["type"]])
        return self.rng.choice(SAYINGS)

    def names(self) -> list[str]:
        """Scenarios that anybody speaks of."""
        return [name for name in self.bundle.scenarios if name != STRANGER]

    def question(self, dialog: Dialog | None = None) -> Ask | Choose | None:
        """The question that is open."""
        dialog = dialog or self.dialog
        place = dialog.place
        if dialog.state != "bot" or place is None or not isinstance(place.waiting, Question):
            return None
        scenario = self.bundle.scenarios.get(place.stack[-1].scenario)
        step = scenario.steps.get(place.stack[-1].step) if scenario is not None else None
        return step if isinstance(step, Ask | Choose) else None

    def kind_of(self, step: Ask) -> str:
        """The type of the slot that a question asks for."""
        return index_of(self.bundle).slots[step.slot].type

    def _meaning(self) -> Meaning:
        topics = [name for name in self.names() if not self.bundle.scenarios[name].internal]
        classes = [*topics, "operator", "thanks"]
        weights = [5] * len(topics) + [1, 1]
        kind = self.rng.random()
        if kind < 0.5:
            return surely(self.rng.choices(classes, weights)[0], self.rng.choice([0.6, 0.95]))
        if kind < 0.75:
            return perhaps(*self.rng.sample(classes, self.rng.randint(1, 4)))
        return NOTHING

    def shown(self) -> list[Any]:
        """Options that are open now."""
        waiting = self.dialog.place.waiting if self.dialog.place else None
        return [*self.dialog.open_options, *getattr(waiting, "shown", ())]

    def presses(self) -> None:
        """A button of now, of earlier, or of nobody."""
        shown = [option.token for option in self.shown()]
        if not shown or self.rng.random() < 0.15:
            shown = [*self.tokens[-12:], "oSTRANGER00"]
        self.turn(ButtonPressed(token=self.rng.choice(shown)))

    def sends_files(self) -> None:
        """A picture, a sticker or a phone."""
        kind: Any = self.rng.choice(["image", "voice", "sticker", "file"])
        update = CustomerMessage(media=(Media(kind=kind),), text=self.rng.choice(["", "вот"]))
        if self.rng.random() < 0.3:
            update = CustomerMessage(contact=Contact(phone="+79211234567", evidence="claimed"))
        self.turn(update)

    def comes_back(self) -> None:
        """A call under way is answered."""
        key = self.rng.choice(sorted(self.calls))
        call = self.calls[key]
        if self.rng.random() < 0.3:
            update: AnyUpdate = CallFailed(
                key=key, name=self.rng.choice(ERRORS[call.service]), text="потому"
            )
        else:
            result = self.rng.choice(RESULTS.get(call.service, [{}]))
            update = CallReturned(key=key, result=result)
        del self.calls[key]
        self.turn(update)
        if self.rng.random() < 0.1:
            self.turn(update)

    def comes_wrong(self) -> None:
        """An answer that nobody waits for."""
        key = f"d1:{self.rng.randint(0, self.seq)}:9"
        late: list[AnyUpdate] = [CallReturned(key=key), CallFailed(key=key, name="timeout")]
        self.turn(self.rng.choice(late))

    def timer(self) -> None:
        """The next timer comes due."""
        timer = min(self.timers.values(), key=lambda timer: timer.due_at)
        if timer.timer not in ("call_wait", "secret") and self.rng.random() < 0.5:
            self.now += timedelta(seconds=20)
            return
        del self.timers[timer.timer]
        self.now = max(self.now, timer.due_at)
        self.turn(TimerFired(kind=timer.timer, gen=timer.gen))

    def stale_timer(self) -> None:
        """A timer that is no more."""
        assert not self.turn(self.rng.choice(self.stale)).effects

    def small_things(self) -> None:
        """What comes now and then."""
        number = str(self.rng.randint(0, self.seq))
        updates: list[AnyUpdate] = [
            CustomerStarted(payload=self.rng.choice(["", *self.names(), "x"])),
            CustomerEdited(platform_id=number, text="иначе"),
            CustomerDeleted(platform_id=number),
            RatingGiven(value=self.rng.randint(0, 6)),
            RatingGiven(value=5),
            CustomerClosed(),
            OperatorNoted(operator="anna", name="Анна", client_id="n", text="заметка"),
        ]
        self.turn(self.rng.choice(updates))

    def publishes(self) -> None:
        """Another bundle is active, and the dialog's own may be gone."""
        active = self.rng.choice(self.bundles)
        own = self.rng.choice([active, self.setting.bundle])
        self.setting = Setting(active=active, bundle=own)

    def operators(self) -> None:
        """What people at the desk do."""
        who = self.rng.choice(PEOPLE)
        entries = [
            (name, step.id)
            for name, scenario in self.bundle.scenarios.items()
            for step in scenario.steps.values()
            if step.entry
        ]
        scenario, step = self.rng.choice([("", ""), ("menu", ""), (self.names()[0], ""), *entries])
        slots = {"account": "77001234", "city": "питер", "speed": 7, "code": "123456", "nix": 1}
        given = dict(self.rng.sample(sorted(slots.items()), self.rng.randint(0, 3)))
        other = next(name for name in PEOPLE if name != who)
        say = Outgoing(text="Добрый день")
        updates: list[AnyUpdate] = [
            OperatorTook(operator=who, name=who, supervisor=True, how="forced"),
            OperatorReplied(operator=who, name=who, client_id=str(self.seq), content=say),
            OperatorTransferred(operator=who, name=who, to_queue="sales", supervisor=True),
            OperatorTransferred(operator=who, name=who, to_operator=other, to_name=other),
            OperatorReturnedToBot(
                operator=who, name=who, scenario=scenario, step=step, slots=given, supervisor=True
            ),
            OperatorReturnedToBot(operator=who, name=who, supervisor=True),
            OperatorClosed(operator=who, name=who, seen_n=self.dialog.last_n, undo=str(self.seq)),
            OperatorGone(operator=who),
        ]
        self.turn(self.rng.choice(updates))
