"""Customers, operators, timers, calls and time play with one dialog; the promises must hold."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace

from core.content import Media, Outgoing
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerAllowed,
    CustomerClosed,
    CustomerCommented,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    CustomerTyping,
    DeliveryReported,
    MessageSettled,
    OperatorClosed,
    OperatorGone,
    OperatorNoted,
    OperatorOpened,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorRewrote,
    OperatorSorted,
    OperatorTook,
    OperatorTransferred,
    OperatorUndid,
    RatingGiven,
    TimerFired,
)
from tests.core.dialog_promises import HUMAN, OVER
from tests.core.dialog_world import World
from tests.fakes.bundles import ITEMS
from tests.fakes.talk import perhaps, surely

OPERATORS = ("anna", "boris")
TEXTS = (
    "баланс",
    "77001234",
    "77004321",
    "123456",
    "ой, ошибся, счёт 77004321",
    "спасибо",
    "пока нет",
    "👍",
    "оператор",
    "дайте человека",
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
    "дайте человека": surely("operator"),
}
RESULTS: dict[str, dict[str, Any]] = {
    "billing.balance": {"amount": -350.5},
    "catalog.tariffs": {"items": ITEMS},
}
PHOTO = Media(kind="image", platform_file="photo")


class DialogMachine(World, RuleBasedStateMachine):
    """Who plays with the dialog, and how."""

    # -- the customer, in private or under a post

    @initialize(public=st.sampled_from([False, False, False, True]))
    def meets(self, public: bool) -> None:
        self.public = public
        if public:  # such a chat begins with words under the post
            self.turn(CustomerCommented(text="баланс?", platform_id="0"))

    def in_private(self) -> bool:
        return not self.public

    @precondition(in_private)
    @rule(text=st.sampled_from(TEXTS), masked=st.sampled_from([False, False, False, True]))
    def writes(self, text: str, masked: bool) -> None:
        meaning = MEANINGS.get(text)
        number = str(self.seq)
        self.turn(CustomerMessage(text=text, platform_id=number, meaning=meaning, masked=masked))

    @precondition(lambda self: self.in_private() and self.dialog.state == "with_operator")
    @rule(text=st.sampled_from(TEXTS))
    def answers_the_operator(self, text: str) -> None:
        self.writes(text, masked=False)

    @precondition(in_private)
    @rule(account=st.sampled_from(["77001234", "77004321"]))
    def asks_for_the_balance(self, account: str) -> None:
        """Two texts that chance alone seldom puts together: where the bot has the dialog they
        lead to a call."""
        self.writes("баланс", masked=False)
        self.writes(account, masked=False)

    @precondition(in_private)
    @rule(text=st.sampled_from(["", "спасибо", "5", "вот чек"]), album=st.sampled_from(["", "a1"]))
    def sends_a_picture(self, text: str, album: str) -> None:
        number = str(self.seq)
        self.turn(CustomerMessage(text=text, media=(PHOTO,), platform_id=number, album=album))

    @precondition(lambda self: self.public)
    @rule(text=st.sampled_from(TEXTS), masked=st.booleans())
    def comments(self, text: str, masked: bool) -> None:
        self.turn(CustomerCommented(text=text, platform_id=str(self.seq), masked=masked))

    @rule(text=st.sampled_from(TEXTS), data=st.data())
    def edits_or_deletes(self, text: str, data: st.DataObject) -> None:
        number = str(data.draw(st.integers(0, self.seq)))
        edited = CustomerEdited(platform_id=number, text=text)
        deleted = CustomerDeleted(platform_id=number)
        updates: list[AnyUpdate] = [edited, deleted, CustomerTyping(draft=text)]
        self.turn(data.draw(st.sampled_from(updates)))

    @precondition(in_private)
    @rule(payload=st.sampled_from(["", "balance", "nothing"]))
    def starts(self, payload: str) -> None:
        self.turn(CustomerStarted(payload=payload))

    @precondition(in_private)
    @rule(data=st.data())
    def presses(self, data: st.DataObject) -> None:
        known = self.tokens[-6:] or ["oUNKNOWN"]
        self.turn(ButtonPressed(token=data.draw(st.sampled_from([*known, "oSTRANGER00"]))))

    @precondition(lambda self: self.in_private() and self.dialog.state in OVER)
    @rule(value=st.integers(1, 5), native=st.booleans(), hours=st.sampled_from([0, 0, 25, 73]))
    def marks(self, value: int, native: bool, hours: int) -> None:
        """A mark that fits the question, in words or by a channel's own control, perhaps late."""
        self.now += timedelta(hours=hours)
        if native:
            self.turn(RatingGiven(value=value))
        else:
            self.writes(str(value), masked=False)

    @precondition(in_private)
    @rule(value=st.integers(-1, 11))
    def rates(self, value: int) -> None:
        self.turn(RatingGiven(value=value, comment="ок"))

    @rule(leaves=st.sampled_from([CustomerGone(), CustomerAllowed()]))
    def leaves_or_comes_back(self, leaves: AnyUpdate) -> None:
        self.turn(leaves)

    @precondition(in_private)
    @rule()
    def ends_it(self) -> None:
        self.turn(CustomerClosed())

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
        told = self.dialog.told_place
        self.turn(TimerFired(kind=timer.timer, gen=timer.gen))
        if timer.timer == "waiting":
            is_open = self.desk.open_now or self.dialog.queue != self.desk.id
            place = (self.place or told) if is_open else 0
            assert self.dialog.told_place == place, "no place is told but the one they have"

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def stale_timer_fires(self, data: st.DataObject) -> None:
        fired = data.draw(st.sampled_from(self.stale[-5:]))
        made = self.turn(fired)
        assert not made.effects, "a stale timer changes nothing"

    @rule(minutes=st.one_of(st.integers(0, 300), st.sampled_from([24 * 60, 72 * 60])))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(open_now=st.booleans(), hours=st.sampled_from([None, 8, 80]), place=st.integers(0, 3))
    def the_desk_opens_or_closes(self, open_now: bool, hours: int | None, place: int) -> None:
        opens_at = None if hours is None else self.now + timedelta(hours=hours)
        self.desk = replace(self.desk, open_now=open_now, opens_at=opens_at)
        self.place = place

    @rule(
        state=st.sampled_from(["sent", "delivered", "seen", "failed", "echo"]),
        outbox=st.integers(0, 1),
        up_to=st.booleans(),
    )
    def is_delivered(self, state: Any, outbox: int, up_to: bool) -> None:
        number = str(self.seq)
        self.turn(
            DeliveryReported(
                state=state, platform_id=number, outbox=outbox, up_to=up_to, text="из приложения"
            )
        )

    # -- operators

    @rule(
        who=st.sampled_from(OPERATORS),
        supervisor=st.booleans(),
        how=st.sampled_from(["taken", "forced"]),
    )
    def takes(self, who: str, supervisor: bool, how: Any) -> None:
        before = self.dialog
        made = self.turn(OperatorTook(operator=who, name=who, supervisor=supervisor, how=how))
        by_force = supervisor and how == "forced"
        may = {
            "bot": supervisor,
            "queued": True,
            "with_operator": before.operator == who or by_force,
        }
        assert (made.refusal is None) == may.get(before.state, False), "exactly one taker wins"
        if made.refusal is None:
            assert self.dialog.operator == who

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

    @precondition(in_private)
    @rule(who=st.sampled_from(OPERATORS))
    def serves(self, who: str) -> None:
        """From wherever the dialog is to the question about the rating."""
        if self.dialog.state in OVER:
            self.writes_first(who)
        else:
            self.takes(who, supervisor=True, how="forced")
            self.replies(who)
        self.turn(OperatorClosed(operator=who, name=who, seen_n=self.dialog.last_n))

    @rule(who=st.sampled_from(OPERATORS))
    def notes(self, who: str) -> None:
        self.turn(OperatorNoted(operator=who, name=who, client_id="n", text="заметка"))

    @rule(
        who=st.sampled_from(OPERATORS),
        made=st.sampled_from(
            [
                OperatorSorted(operator="", name="", topic="Баланс", tags_add=("vip",), priority=1),
                OperatorRewrote(operator="", name="", n=1, text="иначе"),
                OperatorRewrote(operator="", name="", n=1, text=None),
                MessageSettled(operator="", name="", n=1, resend=True),
            ]
        ),
    )
    def tidies_up(self, who: str, made: Any) -> None:
        owns = self.dialog.operator == who
        turn = self.turn(replace(made, operator=who, name=who))
        assert (turn.refusal is None) == owns, "only the owner"

    @rule(
        who=st.sampled_from(OPERATORS),
        to=st.sampled_from(["", *OPERATORS]),
        supervisor=st.booleans(),
    )
    def transfers(self, who: str, to: str, supervisor: bool) -> None:
        may = self.owns(who, supervisor)
        made = self.turn(
            OperatorTransferred(
                operator=who,
                name=who,
                to_operator=to,
                to_name=to,
                to_queue="" if to else "sales",
                undo=f"u{self.seq}",
                supervisor=supervisor,
            )
        )
        assert (made.refusal is None) == may, "only the owner gives away"
        if may and not to:
            self.waits_with_a_way_back()

    @rule(who=st.sampled_from(OPERATORS), scenario=st.sampled_from(["", "menu", "balance", "none"]))
    def returns_to_bot(self, who: str, scenario: str) -> None:
        may = self.owns(who) and scenario != "none"
        made = self.turn(OperatorReturnedToBot(operator=who, name=who, scenario=scenario))
        assert (made.refusal is None) == may, "only the owner gives back"

    @rule(who=st.sampled_from(OPERATORS), ask=st.booleans(), late=st.booleans())
    def closes(self, who: str, ask: bool, late: bool) -> None:
        seen = self.dialog.last_n - late
        may = self.owns(who) and self.dialog.last_customer_n <= seen
        undo = f"u{self.seq}"
        made = self.turn(
            OperatorClosed(operator=who, name=who, ask_rating=ask, seen_n=seen, undo=undo)
        )
        assert (made.refusal is None) == may, "only the owner closes what they have read"

    def owns(self, who: str, supervisor: bool = False) -> bool:
        """Whether this operator may decide about the dialog now."""
        return self.dialog.state in HUMAN and (supervisor or self.dialog.operator == who)

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

    @rule(who=st.sampled_from(OPERATORS))
    def vanishes(self, who: str) -> None:
        since = self.dialog.waiting_since
        held = self.dialog.operator == who
        self.turn(OperatorGone(operator=who))
        if held and since is not None:
            assert self.dialog.waiting_since == since, "the wait counts on"
        if held:
            self.waits_with_a_way_back()

    def waits_with_a_way_back(self) -> None:
        """Whoever waits again may go back to the bot and will hear of the wait."""
        assert [one.key for one in self.dialog.open_options] == ["bot"]
        assert "waiting" in self.timers


TestDialogMachine = DialogMachine.TestCase
TestDialogMachine.settings = settings(max_examples=300, stateful_step_count=40)
