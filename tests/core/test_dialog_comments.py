"""Words under a post: kept, invited into private once, and nothing personal ever said there."""

from datetime import timedelta
from typing import Any

import pytest

from core.content import Outgoing
from core.dialog import advance, rescue
from core.effects import Call, Note, Send, StartTimer, Write
from core.policy import Policy
from core.records import Escalation, Rating
from core.state import Dialog, Facts, Setting, State, Turn
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerCommented,
    CustomerStarted,
    OperatorClosed,
    OperatorGone,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorTook,
    OperatorTransferred,
    TimerFired,
)
from tests.fakes.bundles import small_bundle
from tests.fakes.talk import BUTTONS, NOW

BUNDLE = small_bundle()
POLICY = Policy()
ANNA: dict[str, Any] = {"operator": "anna", "name": "Анна"}


class Wall:
    """The dialog of one author's comments under one post."""

    def __init__(self) -> None:
        self.dialog = Dialog(
            id="d1", channel="main", chat="post:7", identity="i1", lang="ru", opened_at=NOW
        )
        self.seq = 0
        self.now = NOW

    def turn(self, update: AnyUpdate) -> Turn:
        self.seq += 1
        facts = Facts(seq=self.seq, capabilities=BUTTONS)
        setting = Setting(active=BUNDLE, bundle=BUNDLE)
        made = advance(self.dialog, update, setting, POLICY, facts, self.now)
        self.dialog = made.dialog
        return made

    def taken(self) -> None:
        self.turn(CustomerCommented(text="баланс?", platform_id="5"))
        self.turn(OperatorTook(**ANNA, supervisor=True))
        assert self.dialog.state == "with_operator"


def sent(made: Turn) -> list[Outgoing]:
    return [effect.content for effect in made.effects if isinstance(effect, Send)]


def written(made: Turn) -> list[str]:
    return [effect.message.text for effect in made.effects if isinstance(effect, Write)]


def test_the_first_comment_is_kept_and_answered_by_an_invitation() -> None:
    made = Wall().turn(CustomerCommented(text="баланс 77001234", platform_id="5"))
    assert sent(made) == [Outgoing(text="<comment_invitation>", reply_to="5")]
    assert written(made) == ["баланс 77001234", "<comment_invitation>"]


def test_later_comments_are_kept_without_an_answer() -> None:
    wall = Wall()
    wall.turn(CustomerCommented(text="баланс", platform_id="5"))
    made = wall.turn(CustomerCommented(text="ау!", platform_id="6"))
    assert sent(made) == []
    assert written(made) == ["ау!"]


@pytest.mark.parametrize("words", ["баланс", "оператор", "меню", "5", "отмена"])
def test_no_words_start_a_scenario_or_call_people(words: str) -> None:
    wall = Wall()
    for number in range(3):
        made = wall.turn(CustomerCommented(text=words, platform_id=str(number)))
        assert not any(isinstance(effect, Call) for effect in made.effects)
        assert not any(
            isinstance(effect, Note) and isinstance(effect.record, Escalation)
            for effect in made.effects
        )
    assert wall.dialog.state == "bot"
    assert wall.dialog.place is None or not wall.dialog.place.stack


def test_a_secret_typed_under_a_post_is_not_answered_in_public() -> None:
    made = Wall().turn(CustomerCommented(text="4276 ****", platform_id="5", masked=True))
    assert [content.text for content in sent(made)] == ["<comment_invitation>"]


def test_only_an_operators_own_words_stand_under_the_post() -> None:
    wall = Wall()
    wall.taken()
    reply = OperatorReplied(**ANNA, client_id="c1", content=Outgoing(text="Напишите нам"))
    assert sent(wall.turn(reply)) == [Outgoing(text="Напишите нам")]
    silent: list[AnyUpdate] = [
        OperatorTransferred(**ANNA, to_queue="second_line"),
        OperatorTook(**ANNA),
        OperatorGone(operator="anna"),
        ButtonPressed(token="o1"),
    ]
    for update in silent:
        assert sent(wall.turn(update)) == [], update


def test_a_comment_that_an_operator_reads_waits_for_an_answer() -> None:
    wall = Wall()
    wall.taken()
    wall.turn(OperatorReplied(**ANNA, client_id="c1", content=Outgoing(text="Да?")))
    assert wall.dialog.waiting_since is None
    made = wall.turn(CustomerCommented(text="а когда?", platform_id="6"))
    assert sent(made) == []
    assert wall.dialog.waiting_since == NOW


def test_nobody_is_asked_for_a_rating_under_a_post() -> None:
    wall = Wall()
    wall.taken()
    wall.turn(OperatorReplied(**ANNA, client_id="c1", content=Outgoing(text="Готово")))
    made = wall.turn(OperatorClosed(**ANNA))
    assert (sent(made), wall.dialog.state) == ([], "closed")
    ratings = [
        effect.record.not_asked
        for effect in made.effects
        if isinstance(effect, Note) and isinstance(effect.record, Rating)
    ]
    assert ratings == ["public"]


def test_given_back_the_bot_stays_silent() -> None:
    wall = Wall()
    wall.taken()
    made = wall.turn(OperatorReturnedToBot(**ANNA))
    assert (sent(made), wall.dialog.state) == ([], "bot")
    assert sent(wall.turn(CustomerStarted())) == []


def test_given_back_a_comment_comes_to_an_end_too() -> None:
    wall = Wall()
    wall.taken()
    made = wall.turn(OperatorReturnedToBot(**ANNA))
    (timer,) = [effect for effect in made.effects if isinstance(effect, StartTimer)]
    wall.now = timer.due_at
    wall.turn(TimerFired(kind=timer.timer, gen=timer.gen))
    assert (wall.dialog.state, wall.dialog.result) == ("closed", "left")


def test_a_comment_nobody_cares_for_comes_to_an_end_and_later_ones_are_still_kept() -> None:
    wall = Wall()
    wall.turn(CustomerCommented(text="баланс", platform_id="5"))
    wall.now += POLICY.auto_close + timedelta(seconds=1)
    made = wall.turn(TimerFired(kind="silence", gen=wall.dialog.gens["silence"]))
    assert (sent(made), wall.dialog.state) == ([], "closed")
    made = wall.turn(CustomerCommented(text="спасибо", platform_id="6"))
    assert (sent(made), written(made), wall.dialog.state) == ([], ["спасибо"], "closed")


def test_a_comment_whose_turn_keeps_failing_is_kept_all_the_same() -> None:
    wall = Wall()
    update = CustomerCommented(text="баланс", platform_id="5")
    setting = Setting(active=BUNDLE, bundle=BUNDLE)
    made = rescue(wall.dialog, update, setting, POLICY, Facts(seq=1, capabilities=BUTTONS), NOW)
    assert "баланс" in written(made)
    assert made.dialog.state == "bot"


STATES: tuple[State, ...] = ("bot", "queued", "with_operator", "rating", "closed")


@pytest.mark.parametrize("state", STATES)
def test_a_comment_is_kept_in_every_state(state: State) -> None:
    wall = Wall()
    wall.dialog = Dialog(
        id="d1", channel="main", chat="post:7", identity="i1", lang="ru", opened_at=NOW,
        state=state, public=True,
    )  # fmt: skip
    made = wall.turn(CustomerCommented(text="ещё", platform_id="8"))
    assert (written(made), sent(made), wall.dialog.state) == (["ещё"], [], state)
