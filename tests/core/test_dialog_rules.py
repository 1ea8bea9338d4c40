"""Every pair of state and update is listed once: allowed, or refused with a reason."""

from itertools import product
from typing import get_args

import pytest

from core.dialog import REFUSED, RULES, STATES, TRANSITIONS
from core.state import Refusal
from core.updates import AnyUpdate, CustomerUpdate, OperatorUpdate, Update

KINDS = get_args(AnyUpdate)
PAIRS = list(product(STATES, KINDS))


@pytest.mark.parametrize(
    ("state", "kind"), PAIRS, ids=lambda value: getattr(value, "__name__", value)
)
def test_pair_is_either_allowed_or_refused(state: str, kind: type[Update]) -> None:
    allowed = kind in RULES[state]  # type: ignore[index]  # ids of pytest are plain text
    refused = kind in REFUSED[state]  # type: ignore[index]  # as above
    assert allowed != refused


def test_customers_are_never_refused() -> None:
    for kinds in REFUSED.values():
        assert all(issubclass(kind, OperatorUpdate) for kind in kinds)
        assert not any(issubclass(kind, CustomerUpdate) for kind in kinds)


def test_every_refusal_has_a_code_of_the_api() -> None:
    codes = set(get_args(Refusal.__annotations__["code"]))
    assert {code for kinds in REFUSED.values() for code in kinds.values()} <= codes


def test_tables_name_no_unknown_kind_or_state() -> None:
    assert set(RULES) == set(REFUSED) == set(TRANSITIONS) == set(STATES)
    for state in STATES:
        assert set(RULES[state]) | set(REFUSED[state]) == set(KINDS)
        assert TRANSITIONS[state] <= set(STATES)


def test_nobody_speaks_to_a_closed_dialog_but_the_customer_can_reopen_it() -> None:
    assert "with_operator" in TRANSITIONS["closed"]  # the last operator, when on the line
