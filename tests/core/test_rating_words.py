"""How words at the question for a rating are read: a mark, a comment, a request."""

from datetime import timedelta

import pytest

from tests.core.rated import TEN, helped, last, solved
from tests.fakes.talk import NO_BUTTONS
from tests.stories.shipped import texts


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


@pytest.mark.parametrize(
    "text", ["нет", "не хочу", "нет, не надо", "не хочу оценивать", "не буду ставить оценку"]
)
def test_a_mere_no_declines_to_rate(text: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert (last(stage).value, stage.dialog.state, stage.said) == (None, "rating", [])


@pytest.mark.parametrize(
    "text", ["не работает", "нет, не помогло", "не получилось", "it doesn't work"]
)
def test_news_that_it_failed_declines_nothing(text: str) -> None:
    stage = solved()
    stage.listen()
    stage.write(text)
    assert stage.dialog.state == "bot", "the case was not solved"
    assert stage.said, "and nobody meets silence"


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
