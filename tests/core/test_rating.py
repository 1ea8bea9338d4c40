"""Ratings through whole dialogs: what is asked, how it is read, when nobody is asked."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.effects import AnyEffect, Note
from core.policy import Policy, RatingPolicy
from core.rating import asked_metric
from core.records import Rating
from core.scenario.rehearsal import Rehearsal
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
from tests.fakes.bundles import small_bundle
from tests.fakes.talk import BUTTONS, NO_BUTTONS, NOTHING, NOW, surely
from tests.stories.shipped import texts

FIVE = RatingPolicy()
TEN = RatingPolicy(question="nps")
ONE_TO_TEN = RatingPolicy(question="nps", nps_scale=(1, 10))
MEANINGS = {
    "справка": surely("help"),
    "тарифы": surely("tariffs"),
    "баланс": surely("balance"),
    "5, какие у вас тарифы": surely("tariffs"),
    "хорошо, а какие у вас тарифы": surely("tariffs"),
    "ужасно, верните мне человека": surely("operator"),
    "Всё отлично, спасибо вам большое": surely("thanks"),
    "отлично, справку получила": surely("help"),
    "плохо, справки нет": surely("help"),
    "отлично, а где справка?": surely("help"),
}


class Stage(Rehearsal):
    """Keeps the last state of every ask."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self.ratings: dict[int, Rating] = {}

    def _carry_out(self, effect: AnyEffect) -> None:
        super()._carry_out(effect)
        if isinstance(effect, Note) and isinstance(effect.record, Rating):
            self.ratings[effect.record.n] = effect.record


def talk(policy: RatingPolicy = FIVE, **fields: Any) -> Stage:
    """A dialog with the bot."""
    given: dict[str, Any] = {"capabilities": BUTTONS, **fields}
    return Stage(
        replace(small_bundle(), texts=texts()),
        policy=Policy(rating=policy),
        meaning=lambda text: MEANINGS.get(text, NOTHING),
        now=NOW,
        lang="ru",
        **given,
    )


def solved(policy: RatingPolicy = FIVE, **fields: Any) -> Stage:
    """A dialog the bot has just solved."""
    stage = talk(policy, **fields)
    stage.write("справка")
    stage.listen()
    stage.write("нет, спасибо")
    assert stage.dialog.result == "solved"
    return stage


def helped(policy: RatingPolicy = FIVE, **closing: Any) -> Stage:
    """A dialog an operator has just closed."""
    stage = talk(policy)
    stage.write("оператор")
    anna: dict[str, Any] = {"operator": "anna", "name": "Анна"}
    stage.receive(OperatorTook(**anna))
    stage.receive(OperatorReplied(**anna, client_id="1", content=Outgoing(text="Готово.")))
    stage.listen()
    stage.receive(OperatorClosed(**anna, **closing))
    return stage


def last(stage: Stage) -> Rating:
    """The last ask."""
    return list(stage.ratings.values())[-1]


def keys(stage: Stage) -> list[str]:
    """Keys of the buttons of the last message that has some."""
    return [option.key for option in stage.dialog.open_options]


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


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("пять", 5), ("10/10", 5), ("⭐⭐⭐", 3), ("4 из 5", 4), ("двойка вам", 2)],
)
def test_words_are_a_rating(text: str, value: int) -> None:
    stage = solved()
    stage.write(text)
    assert (stage.dialog.state, last(stage).value) == ("closed", value)


def test_zero_is_a_mark_on_the_nps_scale() -> None:
    stage = solved(TEN)
    stage.write("0")
    assert (last(stage).value, stage.dialog.state) == (0, "closed")


@pytest.mark.parametrize("text", ["100", "0", "-5", "ноль", "десять", "шесть баллов", "7 из 5"])
def test_number_outside_the_scale_is_asked_again(text: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert stage.dialog.state == "rating"
    assert "от 1 до 5" in stage.said[-1].text


def test_numbered_list_is_answered_by_the_mark_itself() -> None:
    stage = solved(TEN, capabilities=NO_BUTTONS)
    stage.write("7")
    assert last(stage).value == 7, "the mark is meant, not the seventh line"


def test_next_text_is_the_comment_and_a_later_one_is_not() -> None:
    stage = solved()
    stage.write("5")
    stage.write("всё быстро и понятно")
    assert last(stage).comment == "всё быстро и понятно"
    assert stage.dialog.state == "closed"
    late = solved()
    late.write("5")
    late.wait(timedelta(minutes=11))
    late.write("всё сломалось опять")
    assert last(late).comment == ""
    assert late.dialog.state == "bot", "it reopens the dialog"


@pytest.mark.parametrize(
    ("text", "value", "comment"),
    [
        ("4, но долго ждал ответа", 4, "но долго ждал ответа"),
        ("5, всё супер", 5, "всё супер"),
        ("ждал 3 часа, ставлю 1", 1, "ждал 3 часа"),
    ],
)
def test_words_beside_the_mark_are_the_comment(text: str, value: int, comment: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert (last(stage).value, last(stage).comment) == (value, comment)
    assert stage.said[-1].text == texts()["ru"]["rating_thanks"]


@pytest.mark.parametrize("text", ["5, оператор", "пять, оператор", "5 из 5. Оператор!"])
def test_a_mark_and_a_call_for_people_are_both_heard(text: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert (last(stage).value, last(stage).comment) == (5, "")
    assert (stage.dialog.state, stage.dialog.escalation is not None) == ("queued", True)
    assert [line.text for line in stage.talk if line.author.kind == "customer"][-1] == text
    assert stage.said[0].text.startswith(texts()["ru"]["rating_thanks"])


def test_a_question_beside_a_mark_is_answered() -> None:
    stage = solved()
    stage.write("5, какие у вас тарифы")
    assert (last(stage).value, last(stage).comment) == (5, "")
    assert last(stage).withdrawn_at is None
    assert stage.dialog.place is not None
    assert [frame.scenario for frame in stage.dialog.place.stack] == ["tariffs"]


def test_a_question_to_people_beside_a_mark_goes_to_people() -> None:
    stage = helped()
    stage.write("5, какие у вас тарифы")
    assert (last(stage).value, stage.dialog.state) == (5, "queued")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("хорошо, а какие у вас тарифы", "bot"),
        ("ужасно, верните мне человека", "queued"),
        ("ужасно, оператор", "queued"),
        ("отлично, меню", "bot"),
    ],
)
def test_a_judgement_beside_a_request_is_no_mark(text: str, state: str) -> None:
    stage = solved()
    stage.write(text)
    assert (last(stage).value, stage.dialog.state) == (None, state)
    assert last(stage).withdrawn_at == stage.now


@pytest.mark.parametrize("text", ["Всё отлично, спасибо вам большое", "отлично, спасибо"])
def test_thanks_beside_a_judgement_ask_for_nothing(text: str) -> None:
    stage = solved()
    stage.write(text)
    assert (last(stage).value, stage.dialog.state) == (5, "closed")


@pytest.mark.parametrize("text", ["нет", "не хочу", "нет, не надо"])
def test_a_mere_no_declines_to_rate(text: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert (last(stage).value, stage.dialog.state, stage.said) == (None, "rating", [])


def test_praise_with_news_of_the_case_is_a_comment() -> None:
    stage = solved()
    stage.write("отлично, справку получила")
    assert (last(stage).value, last(stage).comment) == (5, "отлично, справку получила")
    assert stage.dialog.state == "closed"


@pytest.mark.parametrize("text", ["плохо, справки нет", "отлично, а где справка?"])
def test_who_complains_of_the_case_or_asks_is_heard(text: str) -> None:
    stage = solved()
    stage.write(text)
    assert (last(stage).value, stage.dialog.state) == (None, "bot")


@pytest.mark.parametrize("text", ["4 из 5", "четыре из пяти", "4 из 5 баллов", "4, спасибо!"])
def test_a_mark_alone_is_no_comment_and_invites_one(text: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert (last(stage).value, last(stage).comment) == (4, "")
    assert "Спасибо за оценку" in stage.said[-1].text
    stage.write("долго ждал ответа")
    assert last(stage).comment == "долго ждал ответа"


@pytest.mark.parametrize(
    ("text", "value"),
    [("два из десяти", 2), ("девять из десяти", 9), ("семь из десяти баллов", 7), ("4 из 5", 8)],
)
def test_words_with_a_scale_are_a_mark_of_ten(text: str, value: int) -> None:
    stage = solved(TEN)
    stage.write(text)
    assert (last(stage).value, last(stage).scale) == (value, (0, 10))


def test_mere_thanks_is_no_rating_and_reopens_nothing() -> None:
    stage = solved()
    stage.write("спасибо")
    assert (stage.dialog.state, last(stage).value) == ("rating", None)
    stage.write("5")
    stage.write("спасибо")
    assert stage.dialog.state == "closed"
    assert last(stage).comment == ""


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
