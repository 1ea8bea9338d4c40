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
