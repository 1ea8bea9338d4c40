"""The rules about what texts print: filters, values that cannot be printed, translations."""

import pytest

from core.scenario.faces import mark
from tests.core.scenario.small_rules import ACCOUNT, DONE, LOOK, codes, found

_LIST = "    list: {of: b.items, line: '%s'}\n"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{b.amount|abs|money}", ""),
        ("{b.amount|или: 0|money}", ""),
        ("{b.until|date|upper}", ""),
        ("{b.amount|plural: рубль, рубля, рублей}", ""),
        # behind a filter there is a text
        ("{b.amount|money|abs}", "E018"),
        ("{b.until|upper|date}", "E018"),
        ("{b.amount|money: руб}", "E015"),
        ("{b.until|date:}", "E015"),
        ("{b.amount|plural: рубль, , рублей}", "E015"),
        # fields and lists print as nothing
        ("{b}", "E018"),
        ("{b|или: нет}", "E018"),
        ("{b|upper}", "E018"),
        ("{b.items}", "E018"),
        ("{links}", "E018"),
    ],
)
def test_what_a_text_would_not_print_right_is_a_finding(value: str, code: str) -> None:
    steps = ACCOUNT + LOOK + f"  - say: '{value}'\n" + DONE
    assert codes(steps) == ([code] if code else []), found(steps)


def test_a_group_of_fields_is_told_with_a_field_to_name() -> None:
    steps = ACCOUNT + LOOK + "  - say: Вот\n" + _LIST % "{item}" + DONE
    ((code, told),) = found(steps)
    assert (code, told) == (
        "E018",
        "«item» — набор полей и целиком не печатается; назовите поле: {item.name}",
    )


_SOURCE = "Долг {b.amount|money}, {city|или: где-то}"
_ENGLISH = """\
format: 1
translates: debt
language: en
texts:
  told.say: {from: "%s", text: "%s"}
"""


@pytest.mark.parametrize(
    ("english", "code"),
    [
        ("Debt {b.amount|money}, {city|or: somewhere}", ""),
        ("Debt {b.amount|plural: rouble, roubles}, {city|or: somewhere}", ""),
        ("Debt {b.amount|mony}, {city|or: somewhere}", "E015"),
        ("Debt {b.amount|date}, {city|or: somewhere}", "E018"),
        # three forms would be chosen by the Russian rule: 21 rouble
        ("Debt {b.amount|plural: rouble, roubles, roubles}, {city|or: somewhere}", "E015"),
        ("Debt {b.amount|money}, {city}", "E016"),
    ],
)
def test_a_translation_prints_as_carefully_as_its_source(english: str, code: str) -> None:
    steps = ACCOUNT + LOOK + f"  - say: '{_SOURCE}'\n    id: told\n" + DONE
    fresh = {"i18n/en/debt.yaml": _ENGLISH % (mark(_SOURCE), english)}
    assert codes(steps, **fresh) == ([code] if code else [])


def test_a_stale_translation_holds_nobody_up() -> None:
    steps = ACCOUNT + LOOK + f"  - say: '{_SOURCE}'\n    id: told\n" + DONE
    stale = {"i18n/en/debt.yaml": _ENGLISH % ("00000000", "Debt {b.amount|mony}, {city}")}
    assert codes(steps, **stale) == []
