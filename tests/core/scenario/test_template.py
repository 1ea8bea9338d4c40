"""Texts with values: filters in both languages, labels instead of keys, no failure."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scenario.model import City, Slot
from core.scenario.template import Context, TemplateError, holes, pieces, render

CONTEXT = Context(
    slots={
        "city": Slot(type="city", title="город"),
        "phone": Slot(type="phone", title="телефон"),
        "speed": Slot(type="speed", title="скорость"),
        "sum": Slot(type="money", title="сумма"),
        "tariff": Slot(type="choice", title="тариф"),
        "sure": Slot(type="yes_no", title="уверены"),
        "day": Slot(type="date", title="день"),
    },
    cities={"spb": City(label={"ru": "Санкт-Петербург", "en": "Saint Petersburg"}, names=())},
    labels={"tariff": "Гигабит"},
    timezone="Europe/Moscow",
    today=datetime(2026, 11, 20, 9, tzinfo=UTC),
)
NAMES: dict[str, Any] = {
    "city": "spb",
    "phone": "+79211234567",
    "speed": 1500,
    "sum": 1200.5,
    "tariff": "g1",
    "sure": True,
    "day": "2026-11-25",
    "b": {
        "amount": -350.5,
        "whole": 1200,
        "many": 1234567,
        "until": "2026-11-25",
        "later": "2027-11-25",
        "at": "2026-11-25T11:05:00+00:00",
        "night": "2026-11-24T22:30:00+00:00",
        "nothing": None,
        "blank": "",
        "n": 5,
    },
}


def shown(source: str, lang: str = "ru") -> str:
    return render(source, NAMES, lang, CONTEXT).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("source", "ru", "en"),
    [
        ("{b.whole|money}", "1 200 ₽", "1,200 ₽"),
        ("{b.amount|abs|money}", "350,50 ₽", "350.50 ₽"),
        ("{b.many|money}", "1 234 567 ₽", "1,234,567 ₽"),
        ("{b.until|date}", "25 ноября", "November 25"),
        ("{b.later|date}", "25 ноября 2027", "November 25, 2027"),
        ("{b.night|date}", "25 ноября", "November 25"),
        ("{b.at|time}", "14:05", "14:05"),
        ("{b.n|speed}", "5 Мбит/с", "5 Mbit/s"),
        ("{speed}", "1,5 Гбит/с", "1.5 Gbit/s"),
        ("{speed|speed}", "1,5 Гбит/с", "1.5 Gbit/s"),
        ("{b.n|plural: день, дня, дней}", "5 дней", "5 дней"),
        ("{b.n|plural: day, days}", "5 days", "5 days"),
        ("{city}", "Санкт-Петербург", "Saint Petersburg"),
        ("{city|upper}", "САНКТ-ПЕТЕРБУРГ", "SAINT PETERSBURG"),
        ("{phone}", "+7 921 123-45-67", "+7 921 123-45-67"),
        ("{phone|phone}", "+7 921 123-45-67", "+7 921 123-45-67"),
        ("{sum}", "1 200,50 ₽", "1,200.50 ₽"),
        ("{tariff}", "Гигабит", "Гигабит"),
        ("{sure}", "да", "yes"),
        ("{day}", "25 ноября", "November 25"),
        ("{b.nothing|или: нет}", "нет", "нет"),
        ("{b.blank|or: none}", "none", "none"),
        ("{b.n|or: none}", "5", "5"),
        ("{{как есть}}", "{как есть}", "{как есть}"),
    ],
)
def test_a_value_is_written_in_the_language_of_the_dialog(source: str, ru: str, en: str) -> None:
    assert shown(source) == ru
    assert shown(source, "en") == en


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "день"), (2, "дня"), (5, "дней"), (11, "дней"), (21, "день"), (112, "дней"), (1.5, "дня")],
)
def test_russian_has_three_forms(number: float, word: str) -> None:
    text = render("{n|plural: день, дня, дней}", {"n": number}, "ru", CONTEXT)
    assert text.endswith(f" {word}")


def test_english_has_two_forms() -> None:
    texts = [render("{n|plural: day, days}", {"n": n}, "en", CONTEXT) for n in (1, 2, 21)]
    assert texts == ["1 day", "2 days", "21 days"]


def test_money_never_breaks_over_lines() -> None:
    assert render("{b.whole|money}", NAMES, "ru", CONTEXT) == "1\u00a0200\u00a0₽"


def test_a_missing_value_prints_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert shown("Срок: {b.nothing|date}{nobody.at.all}.") == "Срок: ."
    assert "nobody.at.all" in caplog.text
    assert "Срок" not in caplog.text


def test_a_value_brings_no_markup_into_the_text() -> None:
    text = render("**{x}**", {"x": "**жирно**"}, "ru", CONTEXT)
    assert text.startswith("**")
    assert "**" not in text[2:-2]


@pytest.mark.parametrize(
    ("source", "key", "column"),
    [
        ("Долг {b.amount", "open_brace", 5),
        ("Долг b.amount}", "close_brace", 13),
        ("{b amount}", "bad_path", 1),
        ("{}", "bad_path", 1),
        ("{b.amount|}", "bad_filter", 10),
        ("{a|или: {b}}", "open_brace", 0),
    ],
)
def test_a_broken_text_is_refused_at_its_column(source: str, key: str, column: int) -> None:
    with pytest.raises(TemplateError) as caught:
        pieces(source)
    assert (caught.value.key, caught.value.column) == (key, column)


def test_holes_name_path_filters_and_columns() -> None:
    (hole,) = holes("Долг {b.amount|abs|или: нет}")
    assert hole.path == ("b", "amount")
    assert [(f.name, f.argument, f.column) for f in hole.filters] == [
        ("abs", None, 15),
        ("или", "нет", 19),
    ]
    assert hole.is_safe
    assert hole.column == 6


_VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([1]))
_FILTERS = st.lists(
    st.sampled_from(
        ["money", "date", "time", "speed", "phone", "abs", "upper", "plural: a, b", "or: x", "zz"]
    ),
    max_size=4,
)


@given(st.text(max_size=40), _VALUES, _FILTERS, st.sampled_from(["ru", "en", "kk"]))
def test_rendering_never_raises(text: str, value: Any, filters: list[str], lang: str) -> None:
    render(text, {"x": value}, lang, CONTEXT)
    render("{" + "|".join(["x", *filters]) + "}", {"x": value}, lang, CONTEXT)
