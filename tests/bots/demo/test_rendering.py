"""Texts become pages: the same in both languages, nothing unescaped, nothing missing."""

import re
from datetime import date
from decimal import Decimal
from string import Template

import pytest

from bots.demo import words
from bots.demo.rendering import (
    LANGUAGES,
    Html,
    filled,
    language_of,
    prose,
    shown_texts,
    template,
    texts,
)

_PLACE = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r"\$(\w+)")
PAGES = ("shop", "account", "notice", "city", "tariff")


def test_both_languages_have_the_same_texts() -> None:
    assert texts("ru").keys() == texts("en").keys()
    assert all(text.strip() or name == "format_thousands" for name, text in texts("ru").items())
    assert all(text.strip() for text in texts("en").values())


def test_both_languages_leave_the_same_places_for_values() -> None:
    russian, english = texts("ru"), texts("en")
    for name, text in russian.items():
        assert _PLACE.findall(text) == _PLACE.findall(english[name]), name


def test_every_text_is_shown_somewhere() -> None:
    used = {name for page in PAGES for name in _NAME.findall(template(page).template)}
    for name in texts("ru"):
        section = name.partition("_")[0]
        by_code = section in {"format", "sms"} or name in {
            "account_debt", "account_balance", "account_active", "account_blocked", "city_up_to"
        }  # fmt: skip
        assert name in used or by_code, name


def test_a_value_is_escaped_and_html_is_not() -> None:
    page = Template('<p title="$a">$b</p>')
    shown = filled(page, {"a": '"><script>', "b": Html("<b>1</b>")})
    assert shown == '<p title="&quot;&gt;&lt;script&gt;"><b>1</b></p>'


def test_a_page_with_a_missing_value_is_not_made() -> None:
    with pytest.raises(KeyError):
        filled(Template("$a $b"), {"a": "1"})


def test_backticks_are_code_and_the_rest_is_escaped() -> None:
    assert prose("a < `b & c`") == "a &lt; <code>b &amp; c</code>"


def test_texts_inside_attributes_hold_no_code() -> None:
    for page in PAGES:
        for name in re.findall(r'="\$(\w+)"', template(page).template):
            for language in LANGUAGES:
                assert "<" not in shown_texts(language).get(name, "")


def test_templates_hold_no_inline_script_or_style_and_no_foreign_address() -> None:
    for page in PAGES:
        text = template(page).template
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?://", text), (
            page
        )


@pytest.mark.parametrize(
    ("asked", "header", "language"),
    [
        (None, "", "en"),
        (None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, "de, en;q=0.5, ru;q=0.7", "ru"),
        (None, "de-DE", "en"),
        (None, "ru;q=0, en;q=0.1", "en"),
        (None, "ru;q=nonsense", "en"),
        ("en", "ru", "en"),
        ("ru", "en", "ru"),
        ("de", "ru", "ru"),
    ],
)
def test_the_switch_wins_over_the_browser(asked: str | None, header: str, language: str) -> None:
    assert language_of(asked, header) == language


@pytest.mark.parametrize(
    ("amount", "russian", "english"),
    [
        ("-350.50", "−350,50 ₽", "−350.50 ₽"),
        ("1200.00", "1 200 ₽", "1,200 ₽"),
        ("1234567.89", "1 234 567,89 ₽", "1,234,567.89 ₽"),
        ("0", "0 ₽", "0 ₽"),
    ],
)
def test_money_is_written_as_the_language_does(amount: str, russian: str, english: str) -> None:
    shown = [words.money(Decimal(amount), texts(language)) for language in LANGUAGES]
    assert [text.replace("\u00a0", " ") for text in shown] == [russian, english]


def test_days_and_speeds_are_written_as_the_language_does() -> None:
    russian, english = texts("ru"), texts("en")
    assert words.day(date(2026, 12, 1), russian) == "1\u00a0декабря 2026"
    assert words.day(date(2026, 1, 31), english) == "31\u00a0January 2026"
    assert words.speed(1000, russian) == "1\u00a0Гбит/с"
    assert words.speed(1500, english) == "1500\u00a0Mbit/s"
    assert words.speed(100, english) == "100\u00a0Mbit/s"


def test_a_phone_of_another_shape_stays_as_it_is() -> None:
    assert words.phone("+79210001234") == "+7\u00a0921\u00a0000-12-34"
    assert words.phone("+4930123456") == "+4930123456"
