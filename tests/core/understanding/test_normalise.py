"""Texts are compared by their words, however they were typed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.understanding.normalise import Normaliser, behind_thanks, folded, stem, without_numbers

_KNOWN = {"забыл", "пароль", "личный", "кабинет", "баланс", "интернет", "show", "balance", "тариф"}
_OURS = Normaliser({"лк": "личный кабинет", "инет": "интернет"}, lambda: _KNOWN)
_ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Не знаю!", "не знаю"),
        ("  ВСЁ   понятно…", "все понятно"),
        ("ﬁ №5", "fi no5"),
        ("ЛК", "личный кабинет"),
        ("инет", "интернет"),
        ("вай-фай", "вайфай"),
        ("вай фай не работает", "вайфай не работает"),
        ("Wi‑Fi", "вайфай"),
        ("СПб", "петербург"),
        ("100 мегабит", "100 мбит"),
        ("100 Mbps", "100 мбит"),
        ("/start", "start"),
        ("что-нибудь", "что-нибудь"),
        ("за\u200bбыл", "забыл"),
        ("👍🏻", "👍"),
        ("👍 👎", "👍👎"),
        ("✅ Да", "да"),
        ("+", "+"),
        ("???", "???"),
        ("", ""),
    ],
)
def test_a_text_is_its_words_or_its_signs(text: str, normal: str) -> None:
    assert _OURS.normal(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("pf,sk gfhjkm", "забыл пароль"),
        ("PF<SK GFHJKM", "забыл пароль"),
        ("zabyl parol", "забыл парол"),
        ("zabyl parol' ot lk", "забыл пароль от личный кабинет"),
        ("lichnyy kabinet", "личный кабинет"),
        ("show my balance", "show my balance"),
        ("spb", "spb"),
        ("qwxz", "qwxz"),
        ("забыл parol", "забыл parol"),
    ],
)
def test_latin_letters_become_what_was_meant_if_that_is_known(text: str, normal: str) -> None:
    assert _OURS.normal(text) == normal


@given(_ANY)
def test_a_normal_text_is_normal(text: str) -> None:
    plain = Normaliser({}, lambda: frozenset())
    normal = plain.normal(text)
    assert normal == normal.strip()
    assert "  " not in normal
    assert plain.normal(text.upper() if text.isascii() else text) == normal


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("счёт 7700 1234 долг", "счёт   долг"),
        ("звоните +7 (921) 123-45-67", "звоните  "),
        ("100 мбит", "100 мбит"),
        ("77001234", "77001234"),
    ],
)
def test_long_numbers_tell_nothing_of_a_topic(text: str, left: str) -> None:
    assert without_numbers(text) == left


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("казани", "казан"),
        ("казань", "казан"),
        ("уфы", "уф"),
        ("нижнем", "нижн"),
        ("нижний", "нижн"),
        ("перми", "перм"),
        ("спб", "спб"),
        ("я", "я"),
    ],
)
def test_a_stem_leaves_three_letters_or_two(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize("piece", ["1 ", "a-", "qw'", "ё\u0301", "(", "👍", "-", "\u200b", "ﷺ"])
def test_normalising_a_hostile_text_takes_no_time(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    started = time.process_time()
    _OURS.normal(text)
    without_numbers(folded(text))
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("спасибо а еще какой у меня баланс", "какой у меня баланс"),
        ("ок понятно а как оплатить", "как оплатить"),
        ("thanks and how can i pay", "how can i pay"),
        ("спасибо большое", ""),
        ("спасибо все работает", ""),
        ("как оплатить а еще баланс", ""),
    ],
)
def test_the_question_behind_thanks(text: str, question: str) -> None:
    assert behind_thanks(text) == question
