"""A mark is read from digits, words and signs, and never from what is no mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.understanding.entities import beside, is_bare, rating


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("5", 5),
        ("5!", 5),
        ("пять", 5),
        ("на пять", 5),
        ("five", 5),
        ("4 из 5", 4),
        ("10/10", 5),
        ("8 из 10", 4),
        ("четыре из пяти", 4),
        ("Три из пяти", 3),
        ("один из пяти", 1),
        ("девять из десяти", 5),
        ("восемь из десяти баллов", 4),
        ("три звезды из пяти", 3),
        ("четвёрка из пяти", 4),
        ("four out of five", 4),
        ("три из 5", 3),
        ("поставлю четыре из пяти, долго ждал ответа", 4),
        ("пять с плюсом", 5),
        ("четыре с минусом", 4),
        ("на троечку", 3),
        ("двоечка", 2),
        ("4 out of 5", 4),
        ("двойка вам", 2),
        ("Твёрдая четвёрка", 4),
        ("⭐⭐⭐", 3),
        ("★★★☆☆", 3),
        ("5 ⭐", 5),
        ("5️⃣", 5),
        ("5+", 5),
        ("5 баллов", 5),
        ("5, спасибо за помощь, всё работает", 5),
        ("Спасибо большое, всё понятно! 5", 5),
        ("ждал 3 часа, ставлю 1", 1),
        ("отлично", 5),
        ("Всё отлично, спасибо!", 5),
        ("ужасно", 1),
        ("terrible", 1),
        ("excellent", 5),
        ("хорошо", 4),
        ("плохо", 2),
        ("не очень хорошо", 2),
        ("неплохо", 4),
        ("👍", 5),
        ("👍🏽", 5),
        ("👎", 1),
        ("не 5", None),
        ("не на 5", None),
        ("не поставлю 5", None),
        ("никогда не поставлю пять", None),
        ("не пятёрка", None),
        ("не 5 из 5", None),
        ("не 5/5", None),
        ("not 5", None),
        ("I won't give 5", None),
        ("не жалко, 5", 5),
        ("без проблем, 5", 5),
        ("проблем нет 5", 5),
        ("нет, 5", 5),
        ("не 3, а 5", 5),
        ("не 3 а 5", 5),
        ("не тройка, а пятёрка", 5),
        ("не 3 из 5, а 4 из 5", 4),
        ("not 3 but 5", 5),
        ("а 5", 5),
        ("100", None),
        ("6", None),
        ("0", None),
        ("-5", None),
        ("12 из 10", None),
        ("25/11", None),
        ("1/5/2024", None),
        ("семь из пяти", None),
        ("один из пяти каналов не показывает", None),
        ("4 из 5 звонков сорвались", None),
        ("два из трёх", None),
        ("⭐⭐⭐⭐⭐⭐", None),
        ("5 дней", None),
        ("жду уже 2 дня", None),
        ("звонил 3 раза", None),
        ("у меня ещё один вопрос", None),
        ("остался один вопрос", None),
        ("77001234", None),
        ("а хорошо ли будет работать?", None),
        ("спасибо", None),
        ("не знаю", None),
        ("интернет опять не работает", None),
        ("", None),
    ],
)
def test_a_mark_of_five(text: str, mark: int | None) -> None:
    assert rating(text, 1, 5) == mark


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("0", 0),
        ("ноль", 0),
        ("10", 10),
        ("🔟", 10),
        ("10 из 10", 10),
        ("4 из 5", 8),
        ("ноль из десяти", 0),
        ("два из десяти", 2),
        ("девять из десяти", 9),
        ("семь из десяти баллов", 7),
        ("четыре из пяти", 8),
        ("семьдесят из ста", 7),
        ("на семёрочку", 7),
        ("отлично", 10),
        ("ужасно", 0),
        ("👍", 10),
        ("👎", 0),
        ("😡", 0),
        ("👎 отлично сработано", 0),
        ("11", None),
    ],
)
def test_a_mark_of_ten(text: str, mark: int | None) -> None:
    assert rating(text, 0, 10) == mark


@pytest.mark.parametrize("low", [0, 1])
@pytest.mark.parametrize("high", [5, 10])
def test_every_number_of_the_scale_is_its_own_mark(low: int, high: int) -> None:
    for mark in range(-2, high + 3):
        assert rating(str(mark), low, high) == (mark if low <= mark <= high else None)


WORDS = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
]
SCALES = {5: "пяти", 10: "десяти", 100: "ста"}
ASKED = [(1, 5), (0, 10), (1, 10)]


@given(st.integers(0, 10), st.sampled_from(sorted(SCALES)), st.sampled_from(ASKED))
def test_a_mark_with_its_scale_is_the_same_in_words_and_in_digits(
    mark: int, scale: int, asked: tuple[int, int]
) -> None:
    digits = rating(f"{mark} из {scale}", *asked)
    assert rating(f"{WORDS[mark]} из {SCALES[scale]}", *asked) == digits
    assert rating(f"{WORDS[mark]} из {scale}", *asked) == digits
    assert rating(f"{mark}/{scale}", *asked) == digits


@given(st.data(), st.sampled_from(ASKED))
def test_a_mark_with_the_scale_asked_is_that_mark(
    data: st.DataObject, asked: tuple[int, int]
) -> None:
    mark = data.draw(st.integers(*asked))
    assert rating(f"{WORDS[mark]} из {SCALES[asked[1]]}", *asked) == mark


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("5", ""),
        ("4 из 5", ""),
        ("4 из 5.", ""),
        ("четыре из пяти", ""),
        ("три звезды из пяти", ""),
        ("10/10", ""),
        ("8 из 10 баллов!", ""),
        ("пять с плюсом", ""),
        ("5+", ""),
        ("моя оценка 5", ""),
        ("ставлю вам твёрдую четвёрку", ""),
        ("★★★☆☆", ""),
        ("5️⃣", ""),
        ("👍", ""),
        ("отлично", ""),
        ("5, всё супер", "всё супер"),
        ("5 - всё супер!", "всё супер!"),
        ("5) всё супер", "всё супер"),
        ("4/5 Долго ждал.", "Долго ждал."),
        ("пять из пяти, быстро помогли", "быстро помогли"),
        ("4, но долго ждал ответа", "но долго ждал ответа"),
        ("Спасибо большое, всё понятно! 5", "Спасибо большое, всё понятно!"),
        ("ждал 3 часа, ставлю 1", "ждал 3 часа"),
        ("3 часа ждал, ставлю 1", "3 часа ждал"),
        ("5. 3 минуты, и всё работает", "3 минуты, и всё работает"),
        ("Всё отлично, спасибо!", "Всё отлично, спасибо!"),
        ("ужасно, оператор", "оператор"),
        ("👎 оператор", "оператор"),
        ("супер, молодцы", ""),
        ("не 3, а 5", ""),
        ("не тройка, а пятёрка", ""),
    ],
)
def test_what_is_said_beside_a_mark(text: str, rest: str) -> None:
    mark = rating(text, 1, 5)
    assert beside(text, -1 if mark is None else mark, 1, 5) == rest


def test_a_judgement_in_words_can_be_told_from_other_marks() -> None:
    assert rating("отлично", 1, 5, judged=False) is None
    assert rating("👎 отлично", 1, 5, judged=False) == 1
    assert rating("5, отлично", 1, 5, judged=False) == 5


@given(st.text(max_size=40), st.integers(0, 10))
def test_what_is_beside_a_mark_is_a_part_of_the_text(text: str, mark: int) -> None:
    assert beside(text, mark, 0, 10) in text


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "0",
        "-5",
        "ноль.",
        "ставлю десять",
        "6 баллов",
        "12 из 10",
        "десятка",
        "⭐⭐⭐⭐⭐⭐",
        "🔟",
    ],
)
def test_a_mark_alone_is_bare_on_any_scale(text: str) -> None:
    assert is_bare(text)


@pytest.mark.parametrize(
    "text", ["", "отлично", "👎", "не 5", "5 дней", "5, спасибо", "один вопрос", "+7 921 123 45 67"]
)
def test_words_beside_it_or_a_judgement_are_no_bare_mark(text: str) -> None:
    assert not is_bare(text)


@given(st.text(max_size=40))
def test_whether_a_mark_is_bare_can_be_asked_of_any_text(text: str) -> None:
    assert not is_bare(text) or any(sign.isalnum() or sign in "⭐★🌟🌠✭☆✩" for sign in text)
