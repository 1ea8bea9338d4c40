"""What every turn of every dialog must keep, whatever came in: the promises of the engine.

`promises_kept` looks at one turn alone: the dialog before it, the update, and what came of it.
"""

from datetime import datetime
from typing import NamedTuple

from core.content import Outgoing
from core.effects import Note, NotifyDesk, Send, Write
from core.policy import Policy
from core.records import Message, Rating
from core.scenario.languages import language_named
from core.state import Dialog, Turn
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerAllowed,
    CustomerClosed,
    CustomerCommented,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerTyping,
    CustomerUpdate,
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
    TimerFired,
)
from tests.stories.shipped import texts

HUMAN = ("queued", "with_operator")
OVER = ("rating", "closed")
SAID = texts()["ru"]
#: Words that end a conversation politely, as tests/fakes/bundles.py has them.
CLOSING = ("спасибо", "пока нет")
#: Nobody is ever answered to these, whoever has the dialog.
SILENT = (
    *(CustomerAllowed, CustomerDeleted, CustomerEdited, CustomerTyping, CustomerGone),
    *(DeliveryReported, MessageSettled),
    *(OperatorNoted, OperatorRewrote, OperatorSorted, OperatorUndid),
)
#: What operators do that the customer is told of.
SPEAKING = (
    *(OperatorClosed, OperatorOpened, OperatorReplied, OperatorReturnedToBot),
    *(OperatorTook, OperatorTransferred),
)


class Step(NamedTuple):
    """One turn. now: when it was."""

    before: Dialog
    update: AnyUpdate
    made: Turn
    now: datetime

    @property
    def after(self) -> Dialog:
        return self.made.dialog

    @property
    def written(self) -> list[Message]:
        return [effect.message for effect in self.made.effects if isinstance(effect, Write)]

    @property
    def said(self) -> list[Message]:
        """Lines that go to the customer."""
        return [line for line in self.written if line.delivery == "new"]

    @property
    def words(self) -> str:
        """All that goes to the customer, but for the notice that secrets were cut out: that one
        is given in every state, once."""
        words = "\n\n".join(line.text for line in self.said)
        if getattr(self.update, "masked", False) and not self.before.told_masked:
            words = words.removeprefix(SAID["masked"]).lstrip("\n")
        return words

    def again(self, record: str) -> bool:
        """Whether the turn led out of a state and into it again: the bot did this meanwhile."""
        return self.before.counts.get(record, 0) != self.after.counts.get(record, 0)


def promises_kept(step: Step) -> None:
    """Fails with the promise that the turn breaks."""
    for promise in PROMISES:
        promise(step)


def _lines_are_numbered(step: Step) -> None:
    numbers = [line.n for line in step.written]
    assert numbers == list(range(step.before.last_n + 1, step.after.last_n + 1)), "no gaps"
    sent = {effect.n for effect in step.made.effects if isinstance(effect, Send)}
    assert sent == {line.n for line in step.said}, "what is said is sent, and nothing else"
    told = [effect.first_n for effect in step.made.effects if isinstance(effect, NotifyDesk)]
    assert told in ([], [min(numbers, default=0)]), "desks hear of new lines from the first on"


def _words_are_kept(step: Step) -> None:
    if isinstance(step.update, CustomerMessage | CustomerCommented):
        own = [line for line in step.written if line.author.kind == "customer"]
        assert [line.media for line in own] == [step.update.media], "each message is one line"
    if isinstance(step.update, OperatorReplied | OperatorOpened):
        content = step.update.content
        spoken = [Outgoing(text=line.text, media=line.media) for line in step.said]
        assert spoken == [content], "an operator's words and no others"
        assert {line.author.id for line in step.said} == {step.update.operator}


def _moves_are_counted(step: Step) -> None:
    def owner(dialog: Dialog) -> tuple[str, str, str]:
        return dialog.state, dialog.queue, dialog.operator

    moved = owner(step.before) != owner(step.after)
    assert step.after.state_rev == step.before.state_rev + moved


def _stale_timers_change_nothing(step: Step) -> None:
    if isinstance(step.update, TimerFired):
        fresh = step.before.gens.get(step.update.kind) == step.update.gen
        assert fresh or step.made == Turn(dialog=step.before), "a stale timer changes nothing"


def _nobody_speaks_of_small_things(step: Step) -> None:
    assert not (isinstance(step.update, SILENT) and step.said), "this is for operators alone"


def _the_bot_is_silent_among_people(step: Step) -> None:
    if step.before.state in HUMAN and step.after.state in HUMAN and not step.again("escalation"):
        authors = {line.author.kind for line in step.written}
        assert "bot" not in authors, "the bot is silent while a human has the dialog"


def _only_operators_speak_where_one_holds(step: Step) -> None:
    """No program speaks into an operator's dialog, be it the bot or the desk by itself."""
    if step.before.state != "with_operator" or isinstance(step.update, SPEAKING):
        return
    if isinstance(step.update, OperatorGone):
        left, _, away = step.words.partition("\n\n")
        assert left in ("", SAID["operator_left"]), "the operator is gone"
        soon = SAID["operators_away"].partition("{")[0]
        assert away in ("", SAID["operators_away_long"]) or away.startswith(soon)
    elif isinstance(step.update, CustomerClosed):
        assert {line.kind for line in step.said} <= {"rating"}, "the end, and a question about it"
    else:
        assert step.words == "", "an operator holds the dialog"


def _who_waits_is_told_of_the_wait_alone(step: Step) -> None:
    if (step.before.state, step.after.state) != ("queued", "queued") or step.again("escalation"):
        return
    told_at = step.before.told_at
    if isinstance(step.update, CustomerMessage):
        just_told = told_at is not None and step.now - told_at < Policy().waiting_note
        speaks = language_named(step.update.text)  # and hears of the wait in that language
        assert speaks or not (just_told and step.words), "the wait is told of now and then"
    else:
        waits = (ButtonPressed, TimerFired, CustomerCommented, OperatorTransferred)
        assert isinstance(step.update, waits) or not step.words, "nothing else is news"


def _nothing_is_said_after_the_end(step: Step) -> None:
    """Once a dialog is over, a mark and a dead button are answered; all else reopens or rests."""
    if step.before.state not in OVER or step.after.state not in OVER or step.again("closing"):
        return
    low, high = step.before.rating.scale if step.before.rating else (1, 5)
    answers = {""}
    if any(isinstance(one, Note) and isinstance(one.record, Rating) for one in step.made.effects):
        answers |= {SAID["rating_thanks"], SAID["rating_comment"]}
    elif isinstance(step.update, ButtonPressed):
        answers |= {SAID["old_button"]}
    elif isinstance(step.update, CustomerMessage) and step.before.state == "rating":
        answers |= {SAID["rating_bad_value"].format(low=low, high=high)}
    assert step.words in answers, "no message after close"


def _closing_words_rest(step: Step) -> None:
    closing = isinstance(step.update, CustomerMessage) and step.update.text in CLOSING
    if closing and step.before.state in OVER:
        assert step.after.state == step.before.state, "thanks reopens nothing"
        assert step.words == "", "nor is it answered"


def _ratings_are_given_in_time(step: Step) -> None:
    """The first value stays known; later ones come within the time for a change of mind."""
    known = step.before.rating
    for effect in step.made.effects:
        if not isinstance(effect, Note) or not isinstance(effect.record, Rating):
            continue
        if isinstance(step.update, OperatorUndid):
            continue  # the mark of an earlier close is in force again
        new, rules = effect.record, Policy().rating
        same = known is not None and known.n == new.n
        old = known.value if known is not None and same else None
        if new.value == old:
            continue
        assert isinstance(step.update, CustomerUpdate), "only customers rate"
        assert new.asked_at is not None
        assert step.now - new.asked_at < rules.window, "the question is closed"
        if old is not None and known is not None and known.answered_at is not None:
            assert step.now - known.answered_at < rules.change, "the mark stands"
            assert (new.first_value, new.answered_at) == (known.first_value, known.answered_at)


def _posts_stay_impersonal(step: Step) -> None:
    """Under a post programs say one thing, once."""
    by_programs = [line.text for line in step.said if line.author.kind != "operator"]
    if isinstance(step.update, CustomerCommented) and not step.before.public:
        assert by_programs == [SAID["comment_invitation"]]
    elif step.before.public:
        assert by_programs == []


PROMISES = (
    _lines_are_numbered,
    _words_are_kept,
    _moves_are_counted,
    _stale_timers_change_nothing,
    _nobody_speaks_of_small_things,
    _the_bot_is_silent_among_people,
    _only_operators_speak_where_one_holds,
    _who_waits_is_told_of_the_wait_alone,
    _nothing_is_said_after_the_end,
    _closing_words_rest,
    _ratings_are_given_in_time,
    _posts_stay_impersonal,
)
