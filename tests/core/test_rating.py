"""Ratings through whole dialogs: what is asked, when nobody is asked, what may be changed."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.policy import RatingPolicy
from core.rating import asked_metric
from core.state import Facts
from core.updates import (
    CustomerClosed,
    CustomerGone,
    OperatorClosed,
    OperatorReplied,
    OperatorTook,
    OperatorTransferred,
    RatingGiven,
)
from tests.core.rated import FIVE, ONE_TO_TEN, TEN, helped, keys, last, solved, talk
from tests.fakes.talk import BUTTONS, NOW
from tests.stories.shipped import texts


@pytest.mark.parametrize("close", [solved, helped])
def test_five_point_question_follows_a_close_by_bot_or_operator(close: Any) -> None:
    stage = close()
    assert stage.dialog.state == "rating"
    assert keys(stage) == ["1", "2", "3", "4", "5"]
    assert (last(stage).metric, last(stage).scale) == ("csi", (1, 5))


def test_ten_points_are_zero_to_ten_for_nps() -> None:
    stage = solved(TEN)
    assert keys(stage) == [str(value) for value in range(11)]
    assert (last(stage).metric, last(stage).scale) == ("nps", (0, 10))


def test_ten_points_may_begin_with_one() -> None:
    stage = solved(ONE_TO_TEN)
    assert keys(stage) == [str(value) for value in range(1, 11)]


def test_press_closes_the_dialog_and_invites_a_comment() -> None:
    stage = solved()
    stage.listen()
    assert stage.press("4")
    assert stage.dialog.state == "closed"
    assert last(stage).value == 4
    assert "Спасибо за оценку" in stage.said[-1].text


def test_thanks_in_a_new_dialog_asks_nobody() -> None:
    stage = talk()
    stage.write("спасибо")
    assert stage.dialog.state == "closed"
    assert last(stage).asked_at is None
    assert last(stage).not_asked == "no_result"


def test_silence_closes_when_the_window_is_over() -> None:
    stage = solved()
    stage.wait(timedelta(hours=72))
    assert stage.dialog.state == "closed"
    assert last(stage).value is None
    stage.receive(RatingGiven(value=5))
    assert last(stage).value is None, "too late"


def test_answer_may_be_changed_for_a_day_and_the_first_is_kept() -> None:
    stage = solved()
    stage.receive(RatingGiven(value=2))
    stage.receive(RatingGiven(value=4))
    assert (last(stage).value, last(stage).first_value) == (4, 2)
    stage.now += timedelta(hours=25)
    stage.receive(RatingGiven(value=1))
    assert last(stage).value == 4
    assert len([one for one in stage.ratings.values() if one.value is not None]) == 1


@pytest.mark.parametrize("text", ["2", "двойка", "на два", "2 из 5", "⭐⭐"])
@pytest.mark.parametrize("later", [timedelta(), timedelta(minutes=11), timedelta(hours=23)])
def test_a_mark_alone_changes_the_answer_for_a_day(text: str, later: timedelta) -> None:
    stage = solved()
    assert stage.press("5")
    stage.now += later
    stage.listen()
    stage.write(text)
    assert (last(stage).value, last(stage).first_value, last(stage).comment) == (2, 5, "")
    assert stage.dialog.state == "closed"
    assert stage.said[-1].text == texts()["ru"]["rating_thanks"]
    stage.write("долго ждал")
    assert last(stage).comment == ("долго ждал" if later < timedelta(minutes=10) else "")


@pytest.mark.parametrize("text", ["хорошо объяснили", "супер", "ждал 2 часа", "7"])
def test_a_comment_changes_no_mark(text: str) -> None:
    stage = solved()
    assert stage.press("5")
    stage.write(text)
    assert (last(stage).value, last(stage).comment) == (5, text)


def test_a_number_after_the_day_reopens() -> None:
    stage = solved(replace(FIVE, change=timedelta(hours=1)))
    stage.write("5")
    stage.now += timedelta(hours=2)
    stage.write("2")
    assert (last(stage).value, stage.dialog.state) == (5, "bot")


def test_a_number_after_another_close_changes_no_older_mark() -> None:
    stage = solved()
    stage.write("5")
    stage.wait(timedelta(minutes=11))
    stage.write("справка")
    stage.write("нет, спасибо")
    assert last(stage).not_asked == "already_answered"
    stage.write("2")
    assert stage.dialog.rating is not None
    assert (stage.dialog.rating.value, stage.dialog.state) == (5, "bot")


def test_a_text_after_another_close_is_no_comment_to_an_older_mark() -> None:
    stage = solved()
    for line in ("5", "справка", "нет, спасибо"):
        stage.write(line)
        stage.wait(timedelta(minutes=1))
    assert stage.dialog.state == "closed"
    stage.write("так и не помогло")
    assert stage.dialog.rating is not None
    assert (stage.dialog.rating.comment, stage.dialog.state) == ("", "bot")


def test_a_later_press_changes_the_mark() -> None:
    stage = solved()
    assert stage.press("5")
    stage.now += timedelta(hours=23)
    assert stage.press("2"), "a platform may leave the keyboard where it was"
    assert (last(stage).value, last(stage).first_value) == (2, 5)


def test_other_words_reopen_and_withdraw_the_ask() -> None:
    stage = solved()
    stage.write("баланс")
    assert stage.dialog.state == "bot"
    assert last(stage).withdrawn_at == stage.now


def test_once_answered_a_dialog_is_not_asked_again() -> None:
    stage = solved()
    stage.write("5")
    stage.wait(timedelta(hours=1))
    stage.write("справка")
    stage.write("нет, спасибо")
    assert stage.dialog.state == "closed"
    assert last(stage).not_asked == "already_answered"
    assert sum(one.value is not None for one in stage.ratings.values()) == 1


def test_operator_may_skip_the_question_with_a_reason() -> None:
    stage = helped(ask_rating=False, skip_reason="abuse")
    assert stage.dialog.state == "closed"
    assert last(stage).not_asked == "abuse"


def test_rating_keeps_the_operator_and_the_queue_at_the_time_of_the_ask() -> None:
    stage = talk()
    stage.write("оператор")
    anna: dict[str, Any] = {"operator": "anna", "name": "Анна"}
    boris: dict[str, Any] = {"operator": "boris", "name": "Борис"}
    stage.receive(OperatorTook(**anna))
    stage.receive(OperatorTransferred(**anna, to_operator="boris", to_name="Борис"))
    stage.receive(OperatorReplied(**boris, client_id="1", content=Outgoing(text="Сделано.")))
    stage.receive(OperatorClosed(**boris))
    stage.write("3")
    assert (last(stage).operator, last(stage).queue) == ("boris", "first_line")
    assert last(stage).question


def test_customer_who_left_or_fell_silent_is_not_asked() -> None:
    gone = talk()
    gone.write("справка")
    gone.receive(CustomerGone())
    assert last(gone).not_asked == "unreachable"
    silent = talk()
    silent.write("тарифы")
    silent.wait(timedelta(hours=3))
    assert silent.dialog.result == "silence"
    assert last(silent).not_asked == "silence"


def test_customer_who_closes_after_an_operators_help_is_asked() -> None:
    stage = talk()
    stage.write("оператор")
    anna: dict[str, Any] = {"operator": "anna", "name": "Анна"}
    stage.receive(OperatorTook(**anna))
    stage.receive(OperatorReplied(**anna, client_id="1", content=Outgoing(text="Готово.")))
    stage.receive(CustomerClosed())
    assert stage.dialog.state == "rating"


def test_nobody_is_asked_where_the_setting_says_so() -> None:
    stage = solved(RatingPolicy(question="off"))
    assert (stage.dialog.state, last(stage).not_asked) == ("closed", "off")


def test_mixed_asks_nps_of_a_sample_and_not_twice_in_the_cooldown() -> None:
    mixed = RatingPolicy(question="mixed", nps_sample=0.1)
    dialog = talk().dialog
    people = [replace(dialog, identity=f"i{n}") for n in range(2000)]
    facts = Facts(seq=1, capabilities=BUTTONS)
    asked = [one for one in people if asked_metric(mixed, one, facts, NOW) == "nps"]
    assert 140 < len(asked) < 260, "about a tenth"
    recently = replace(facts, asked_nps_at=NOW - timedelta(days=89))
    assert all(asked_metric(mixed, one, recently, NOW) == "csi" for one in asked)
