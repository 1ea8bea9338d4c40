"""The rules about the tests in a scenario file: what cannot hold, or would test nothing."""

import pytest

from tests.core.scenario.small_rules import ACCOUNT, DONE, HEAD, codes, found

_CHOICE = ACCOUNT.replace("account", "tariff") + "    options: [{key: one, label: Первый}]\n"
_TEST = """\
tests:
  - name: т
    lang: %s
    talk: [{user: %s}]
    expect: {data: {%s}}
"""


def _said(test: str) -> list[str]:
    own = HEAD.replace("data:\n", "data:\n  sum: {type: money, title: сумма}\n")
    own = own.replace("data:\n", "data:\n  day: {type: date, title: день}\n")
    return codes("", **{"ru/debt.yaml": own + _CHOICE + DONE + test})


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ("account: '77001234', city: spb, sum: 5.5, day: 2026-11-20, sure: true, tariff: one", ""),
        ("account: null, city: null, sum: null, day: null, sure: null, tariff: null", ""),
        # a number is compared as it is written
        ("account: 77001234, sum: '500'", ""),
        ("account: true", "E018"),
        ("sum: пятьсот", "E018"),
        ("day: 20", "E018"),
        ("sure: 'да'", "E018"),
        ("day: 20 ноября", "E018"),
        ("city: Питер", "E014"),
        ("tariff: Первый", "E014"),
    ],
)
def test_expect_waits_for_values_that_slots_can_have(expected: str, code: str) -> None:
    assert _said(_TEST % ("ru", "а", expected)) == ([code] if code else [])


def test_a_test_is_in_a_language_of_the_bot() -> None:
    assert _said(_TEST % ("en", "а", "")) == []
    assert _said(_TEST % ("de", "а", "")) == ["E014"]


def test_a_test_in_which_nothing_happens_is_told() -> None:
    assert _said(_TEST % ("ru", "", "")) == ["E002"]
    empty = _TEST % ("ru", "а", "")
    assert _said(empty.replace("[{user: а}]", "[]")) == ["E002"]


def test_the_sentences_name_what_stands_there() -> None:
    tests = _TEST % ("de", "а", "account: true")
    own = HEAD + ACCOUNT + DONE + tests
    assert found("", **{"ru/debt.yaml": own}) == [
        ("E014", "«lang» не бывает «de»"),
        ("E018", "здесь ожидается текст, а «true» — да или нет"),
    ]
