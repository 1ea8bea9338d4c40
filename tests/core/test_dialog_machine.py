"""Customers, operators, timers, calls and time play with one dialog; the promises must hold."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from core.content import Outgoing
from core.dialog import advance
from core.effects import Call, CancelTimer, Forget, KeepUndo, Note, Send, StartTimer, Write
from core.policy import Policy
from core.records import Rating
from core.state import Dialog, Facts, QueueInfo, Setting, Turn
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerAllowed,
    CustomerClosed,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    OperatorClosed,
    OperatorGone,
    OperatorNoted,
    OperatorOpened,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorTook,
    OperatorTransferred,
    OperatorUndid,
    RatingGiven,
    TimerFired,
    encoded,
)
from tests.fakes.bundles import ITEMS, small_bundle
from tests.fakes.talk import BUTTONS, NOW, perhaps, surely
from tests.stories.shipped import texts

OPERATORS = ("anna", "boris")
TEXTS = (
    "баланс",
    "77001234",
    "77004321",
    "123456",
    "ой, ошибся, счёт 77004321",
    "спасибо",
    "пока нет",
    "оператор",
    "меню",
    "отмена",
    "назад",
    "да",
    "нет",
    "5",
    "10/10",
    "100",
    "в питере",
    "ыыы",
    "",
)
MEANINGS = {
    "баланс": surely("balance"),
    "ыыы": perhaps("tariffs", "help"),
    "спасибо": surely("thanks"),
}
BUNDLE = replace(small_bundle(), texts=texts())
RESULTS: dict[str, dict[str, Any]] = {
    "billing.balance": {"amount": -350.5},
    "catalog.tariffs": {"items": ITEMS},
}
HUMAN = {"queued", "with_operator"}


class DialogMachine(RuleBasedStateMachine):
    """One dialog, its world kept as the store would keep it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.seq = 0
        self.before = self.dialog = Dialog(
            id="d1", channel="main", chat="7", identity="i1", lang="ru", opened_at=NOW
        )
        self.lines: list[Write] = []
        self.calls: dict[str, Call] = {}
        self.timers: dict[str, StartTimer] = {}
        self.stale: list[TimerFired] = []
        self.tokens: list[str] = []
        self.ratings: dict[int, Rating] = {}
        self.kept: tuple[KeepUndo, Dialog] | None = None

    # -- one turn

    def turn(self, update: AnyUpdate) -> Turn:
        """Advances, checks what one turn must keep, and takes over its effects."""
        self.seq += 1
        before = self.dialog
        facts = Facts(
            seq=self.seq,
            capabilities=BUTTONS,
            queues={"first_line": QueueInfo(id="first_line", waiting=2)},
            seal=lambda value: f"sealed:{value}",
            available=frozenset({"anna"}),
        )
        setting = Setting(active=BUNDLE, bundle=BUNDLE)
        made = advance(before, update, setting, Policy(), facts, self.now)
        again = advance(before, update, setting, Policy(), facts, self.now)
        assert made == again, "the same update gives the same turn"
        if made.refusal is not None:
            assert made.dialog == before
            assert not made.effects
            return made
        self._check(before, update, made)
        self.before, self.dialog = before, made.dialog
        for effect in made.effects:
            self._take(effect)
        return made

    def _check(self, before: Dialog, update: AnyUpdate, made: Turn) -> None:
        written = [effect for effect in made.effects if isinstance(effect, Write)]
        numbers = [effect.message.n for effect in written]
        assert numbers == list(range(before.last_n + 1, made.dialog.last_n + 1)), "no gaps"
        sent = {effect.n for effect in made.effects if isinstance(effect, Send)}
        spoken = {effect.message.n for effect in written if effect.message.delivery == "new"}
        assert sent == spoken, "what is said is sent, and nothing else"
        if before.state in HUMAN and made.dialog.state in HUMAN:
            authors = {effect.message.author.kind for effect in written}
            assert "bot" not in authors, "the bot is silent while a human has the dialog"
        if before.state == "closed" and made.dialog.state == "closed":
            mine = isinstance(update, CustomerMessage | ButtonPressed | RatingGiven)
            assert mine or not sent, "no message after close"
        if before.state == "closed" and isinstance(update, CustomerMessage):
            closing = update.text in ("спасибо", "пока нет")
            assert not closing or made.dialog.state == "closed", "thanks reopens nothing"
        moved = (before.state, before.queue, before.operator) != (
            made.dialog.state,
            made.dialog.queue,
            made.dialog.operator,
        )
        assert made.dialog.state_rev == before.state_rev + moved
        encoded(update)

    def _take(self, effect: object) -> None:
        match effect:
            case Write():
                self.lines.append(effect)
                self.tokens += [option.token for option in effect.message.options if option.token]
            case Call():
                self.calls[effect.key] = effect
            case StartTimer():
                self._forget(effect.timer)
                self.timers[effect.timer] = effect
            case CancelTimer():
                self._forget(effect.timer)
            case Note(record=Rating() as rating):
                self.ratings[rating.n] = rating
            case Forget(record="rating", n=n):
                self.ratings.pop(n, None)
            case KeepUndo():
                self.kept = (effect, self.before)

    def _forget(self, kind: str) -> None:
        old = self.timers.pop(kind, None)
        if old is not None:
            self.stale.append(TimerFired(kind=kind, gen=old.gen))

    # -- the customer

    @rule(text=st.sampled_from(TEXTS))
    def writes(self, text: str) -> None:
        meaning = MEANINGS.get(text)
        self.turn(CustomerMessage(text=text, platform_id=str(self.seq), meaning=meaning))

    @rule(payload=st.sampled_from(["", "balance", "nothing"]))
    def starts(self, payload: str) -> None:
        self.turn(CustomerStarted(payload=payload))

    @rule(data=st.data())
    def presses(self, data: st.DataObject) -> None:
        known = self.tokens[-6:] or ["oUNKNOWN"]
        self.turn(ButtonPressed(token=data.draw(st.sampled_from([*known, "oSTRANGER00"]))))

    @rule(value=st.integers(-1, 11))
    def rates(self, value: int) -> None:
        self.turn(RatingGiven(value=value, comment="ок"))

    @rule(leaves=st.sampled_from([CustomerClosed(), CustomerGone(), CustomerAllowed()]))
    def leaves_or_comes_back(self, leaves: AnyUpdate) -> None:
        self.turn(leaves)

    # -- the world

    @precondition(lambda self: self.calls)
    @rule(fails=st.booleans(), data=st.data())
    def call_returns(self, fails: bool, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.calls)))
        call = self.calls.pop(key)
        if fails:
            self.turn(CallFailed(key=key, name="unavailable"))
        else:
            self.turn(CallReturned(key=key, result=RESULTS.get(call.service, {})))

    @precondition(lambda self: self.timers)
    @rule(data=st.data())
    def timer_fires(self, data: st.DataObject) -> None:
        timer = self.timers.pop(data.draw(st.sampled_from(sorted(self.timers))))
        self.now = max(self.now, timer.due_at)
        self.turn(TimerFired(kind=timer.timer, gen=timer.gen))

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def stale_timer_fires(self, data: st.DataObject) -> None:
        fired = data.draw(st.sampled_from(self.stale[-5:]))
        made = self.turn(fired)
        assert not made.effects, "a stale timer changes nothing"

    @rule(minutes=st.integers(0, 300))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # -- operators

    @rule(
        who=st.sampled_from(OPERATORS),
        supervisor=st.booleans(),
        how=st.sampled_from(["taken", "forced"]),
    )
    def takes(self, who: str, supervisor: bool, how: Any) -> None:
        before = self.dialog
        made = self.turn(OperatorTook(operator=who, name=who, supervisor=supervisor, how=how))
        if made.refusal is None:
            assert self.dialog.operator == who
        elif before.state == "with_operator":
            assert before.operator != who, "a second taker is told of the first"

    @rule(who=st.sampled_from(OPERATORS))
    def replies(self, who: str) -> None:
        before = self.dialog
        content = Outgoing(text=f"ответ {self.seq}")
        made = self.turn(
            OperatorReplied(operator=who, name=who, client_id=str(self.seq), content=content)
        )
        owns = before.state == "with_operator" and before.operator == who
        assert (made.refusal is None) == owns, "only the owner speaks to the customer"

    @rule(who=st.sampled_from(OPERATORS))
    def writes_first(self, who: str) -> None:
        before = self.dialog
        content = Outgoing(text=f"добрый день {self.seq}")
        made = self.turn(
            OperatorOpened(operator=who, name=who, client_id=str(self.seq), content=content)
        )
        is_free = before.state in ("rating", "closed") or not before.last_n
        assert (made.refusal is None) == is_free, "nobody writes into what others are busy with"

    @rule(who=st.sampled_from(OPERATORS))
    def notes(self, who: str) -> None:
        made = self.turn(OperatorNoted(operator=who, name=who, client_id="n", text="заметка"))
        assert not any(isinstance(effect, Send) for effect in made.effects)

    @rule(who=st.sampled_from(OPERATORS), to=st.sampled_from(["", *OPERATORS]))
    def transfers(self, who: str, to: str) -> None:
        self.turn(
            OperatorTransferred(
                operator=who,
                name=who,
                to_operator=to,
                to_name=to,
                to_queue="" if to else "sales",
                undo=f"u{self.seq}",
            )
        )

    @rule(who=st.sampled_from(OPERATORS), scenario=st.sampled_from(["", "menu", "balance", "none"]))
    def returns_to_bot(self, who: str, scenario: str) -> None:
        self.turn(OperatorReturnedToBot(operator=who, name=who, scenario=scenario))

    @rule(who=st.sampled_from(OPERATORS), ask=st.booleans())
    def closes(self, who: str, ask: bool) -> None:
        seen = self.dialog.last_n
        undo = f"u{self.seq}"
        self.turn(OperatorClosed(operator=who, name=who, ask_rating=ask, seen_n=seen, undo=undo))

    @precondition(lambda self: self.kept)
    @rule()
    def takes_back(self) -> None:
        assert self.kept is not None
        kept, before = self.kept
        own = self.dialog.undo
        update = OperatorUndid(
            operator=kept.operator, name=kept.operator, undo=kept.id, before=kept.before
        )
        made = self.turn(update)
        if own is None or own.id != kept.id:
            assert made.refusal is not None, "nobody undoes what others went on from"
        if made.refusal is not None:
            return
        self.kept = None
        for name in ("state", "queue", "operator", "escalation", "stay", "holding", "rating"):
            assert getattr(self.dialog, name) == getattr(before, name), name
        assert not any(isinstance(effect, Send) for effect in made.effects)

    @rule(who=st.sampled_from(OPERATORS))
    def vanishes(self, who: str) -> None:
        since = self.dialog.waiting_since
        held = self.dialog.operator == who
        self.turn(OperatorGone(operator=who))
        if held and since is not None:
            assert self.dialog.waiting_since == since, "the wait counts on"

    # -- what always holds

    @invariant()
    def exactly_one_owner(self) -> None:
        dialog = self.dialog
        assert bool(dialog.operator) == (dialog.state == "with_operator")
        assert bool(dialog.queue) == (dialog.state in HUMAN)
        if dialog.state == "bot" and dialog.last_customer_n:
            assert dialog.place is not None

    @invariant()
    def one_answer_per_dialog(self) -> None:
        answered = [rating for rating in self.ratings.values() if rating.value is not None]
        assert len(answered) <= 1, "a rating once per dialog"

    @invariant()
    def timers_in_force_are_known(self) -> None:
        for kind, timer in self.timers.items():
            assert self.dialog.gens[kind] == timer.gen

    @invariant()
    def state_survives_storage(self) -> None:
        import msgspec

        raw = msgspec.json.encode(self.dialog)
        assert msgspec.json.decode(raw, type=Dialog) == replace(self.dialog)


TestDialogMachine = DialogMachine.TestCase
TestDialogMachine.settings = settings(max_examples=250, stateful_step_count=40)
