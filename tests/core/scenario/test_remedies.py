"""What the checker advises where a slip of the pen is easy to recognise."""

import pytest

from core.scenario.findings import hint, message
from tests.core.scenario.small_bot import CONFIRM, DEBT, MENU
from tests.core.scenario.small_rules import ACCOUNT, DONE, LOOK, found
from tests.core.scenario.test_checker import checked


def told(file: str, text: str, lang: str = "ru") -> list[str]:
    return [message(finding, lang) for finding in checked(**{file: text}) if finding.is_error]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "label: Долг",
            "label: Да, долг",
            "«долг» стоит за запятой и читается как новое поле; если это часть текста, "
            'возьмите весь текст в прямые кавычки: "…"',
        ),
        (
            "label: Долг",
            "label: “Да, долг”",
            "«долг”» стоит за запятой и читается как новое поле; если это часть текста, "
            'возьмите весь текст в прямые кавычки: "…"',
        ),
        ("run: debt}", "run: debt, go:menu}", "«go:menu»: после двоеточия нужен пробел"),
        ("run: debt}", "run: debt, clothes}", "неизвестное поле «clothes»"),
        (
            "run: debt}",
            "run: debt, closes: 'true'}",
            "здесь нужно true или false, а написан текст «true»: уберите кавычки",
        ),
        (
            "run: debt}",
            "run: debt, also: долги}",
            "здесь нужен список: возьмите значение в квадратные скобки: [долги]",
        ),
        (
            "    buttons:\n      - {key",
            "    buttons:\n      {key",
            "здесь нужен список: каждый пункт начинается с «- » на своей строке",
        ),
        ("format: 1", "format: '1'", "здесь нужно число, а написан текст «1»: уберите кавычки"),
    ],
)
def test_a_slip_in_a_field_is_told_with_its_remedy(old: str, new: str, sentence: str) -> None:
    assert old in MENU
    assert told("ru/menu.yaml", MENU.replace(old, new)) == [sentence]
    assert told("ru/menu.yaml", MENU.replace(old, new), "en") != [sentence]


def test_a_number_in_quotes_is_told_so() -> None:
    debt = DEBT.replace("    wrong:", "    tries: '2'\n    wrong:")
    sentence = "здесь нужно число, а написан текст «%s»: уберите кавычки"
    assert told("ru/debt.yaml", debt) == [sentence % 2]
    assert told("ru/confirm.yaml", CONFIRM.replace("length: 6", "length: '6'")) == [sentence % 6]
    assert "написано «две»" in told("ru/debt.yaml", debt.replace("'2'", "две"))[0]


_WORDS = "в условии пишут and, or, not и сравнивают == != < <= > >=, а здесь «%s»: "
_QUOTES = "тексты в условии берут в прямые одинарные кавычки: 'spb', а здесь другие: "


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("city != null && b.amount < 5", _WORDS % "&&"),
        ("city != null AND b.amount < 5", _WORDS % "AND"),
        ("city != null и b.amount < 5", _WORDS % "и"),
        ("b.amount <> 5", _WORDS % "<>"),
        ("!city", _WORDS % "!"),
        ("b.title == «х»", _QUOTES),
        ("b.title == “х”", _QUOTES),
        ("sure == True", "в условии пишут true, false и null маленькими буквами, а здесь True"),
        ("city == None", "в условии пишут true, false и null маленькими буквами, а здесь None"),
        ("b.amount < 5 or (b.title == 'и'", "условие не читается: "),
    ],
)
def test_a_slip_in_a_condition_is_told_with_its_remedy(condition: str, sentence: str) -> None:
    steps = ACCOUNT + LOOK + f'  - if: "{condition}"\n    then: []\n' + DONE
    whole = sentence + condition if sentence.endswith(": ") else sentence
    assert found(steps) == [("E015", whole)]


@pytest.mark.parametrize(
    ("action", "remedy"),
    [
        ("go: debt", "«debt» — сценарий, а не шаг: пишите run: debt"),
        ("run: menu_again", "«menu_again» — шаг этого файла, а не сценарий: пишите go: menu_again"),
    ],
)
def test_go_and_run_that_are_mixed_up_are_told_apart(action: str, remedy: str) -> None:
    menu = MENU.replace("id: menu", "id: menu_again").replace("run: debt", action)
    found = [finding for finding in checked(**{"ru/menu.yaml": menu}) if finding.is_error]
    assert [hint(finding, "ru") for finding in found] == [remedy]
    assert hint(found[0], "en") != remedy


def test_an_example_is_not_an_example_of_the_opposite_as_well() -> None:
    menu = MENU.replace("steps:", "not_examples: [Раз!, совсем другое]\nsteps:")
    ((code, line),) = [(f.code, f.line) for f in checked(**{"ru/menu.yaml": menu})]
    assert (code, line) == ("W025", 5)


def test_a_name_of_two_cities_is_told() -> None:
    cities = """\
format: 1
cities:
  spb: {label: {ru: Санкт-Петербург, en: Saint Petersburg}, names: [санкт-петербург, питер]}
  kazan: {label: {ru: Казань}, names: [казань, Питер]}
"""
    (finding,) = checked(**{"cities.yaml": cities})
    place = (finding.code, finding.file, finding.line, finding.column)
    assert place == ("W025", "cities.yaml", 4, cities.splitlines()[3].index("Питер") + 1)
    assert "cities.yaml:3" in message(finding, "ru")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("", True),
        ("      - {key: b, label: Б, run: debt}\n", False),
        ("      - {key: b, label: Б, run: debt, show_if: not desk_open}\n", False),
        ("      - {key: b, label: Б, run: debt, show_if: level == 'verified'}\n", True),
    ],
)
def test_a_choice_that_may_have_no_button_is_told(other: str, told: bool) -> None:
    menu = MENU.replace("run: debt}\n", "run: debt, show_if: desk_open}\n" + other)
    codes = [finding.code for finding in checked(**{"ru/menu.yaml": menu})]
    assert ("W032" in codes) is told
