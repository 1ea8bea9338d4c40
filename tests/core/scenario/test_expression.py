"""Conditions: a white list of Python's expressions with null instead of errors."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scenario.expression import ExpressionError, evaluate, name_of, names_in, parse, truth

NAMES: dict[str, Any] = {
    "city": "spb",
    "b": {"amount": -3.5, "blocked": True, "until": None},
    "items": ["a", 1],
    "empty": [],
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("city == 'spb'", True),
        ("b.amount < 0 and not b.until", True),
        ("b.amount <= -3.5", True),
        ("city in ['spb', 'msk']", True),
        ("city not in ['spb']", False),
        ("not not city", True),
        ("city and b.blocked", True),
        ("unknown.field.deeper == null", True),
        ("b.until != null", False),
        ("(city == 'x') or true", True),
        ("0 < 1 < 2", True),
        ("'text'", "text"),
        (" city ", "spb"),
        ("null", None),
        ("-2", -2),
        ("b.amount", -3.5),
    ],
)
def test_an_expression_has_a_value(source: str, value: Any) -> None:
    assert evaluate(source, NAMES) == value


@pytest.mark.parametrize(
    "source",
    ["null < 1", "b.until > 0", "1 > null", "city < 5", "5 in city", "items in b", "b in b"],
)
def test_order_and_membership_of_unlike_things_are_false(source: str) -> None:
    assert evaluate(source, NAMES) is False


@pytest.mark.parametrize("source", ["null", "false", "0", "''", "[]", "empty", "nobody"])
def test_empty_values_count_as_false(source: str) -> None:
    assert truth(source, NAMES) is False


def test_true_and_one_are_different_things() -> None:
    assert not truth("b.blocked == 1", NAMES)
    assert not truth("true in items", NAMES)


@pytest.mark.parametrize(
    ("source", "key", "column"),
    [
        ("f(city)", "forbidden", 0),
        ("'ё' == city[0]", "forbidden", 7),
        ("1 + 1", "forbidden", 0),
        ("city is null", "forbidden", 0),
        ("city if city else 1", "forbidden", 0),
        ("[x for x in city]", "forbidden", 0),
        ("True", "capital", 0),
        ("-city", "forbidden", 0),
        ("1e999", "forbidden", 0),
        ("b'x'", "forbidden", 0),
        ("city = 1", "equals", 5),
        ("city == 'a=b", "unreadable", 8),
        ("city == 'a=b' and", "unreadable", 0),
        ("(city", "unreadable", 0),
        ("'a\\d'", "unreadable", 2),
        ("city == '\\'\\d'", "unreadable", 11),
        ("   ", "empty", 0),
        ("x" * 201, "too_long", 200),
    ],
)
def test_what_is_not_on_the_white_list_is_refused_at_its_column(
    source: str, key: str, column: int
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert (caught.value.key, caught.value.column) == (key, column)


def test_names_are_dotted_paths_without_constants() -> None:
    paths = names_in("b.amount < 0 and (city == 'spb' or not true) and x in [y.z, null]")
    assert paths == (("b", "amount"), ("city",), ("x",), ("y", "z"))


class Trap:
    """Raises when anybody touches an attribute."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


@pytest.mark.parametrize("source", ["city", " city ", "(city)"])
def test_a_name_alone_is_told_from_other_expressions(source: str) -> None:
    assert name_of(source) == "city"
    assert evaluate(source, {"city": "spb"}) == "spb"


@pytest.mark.parametrize("source", ["null", "true", "'city'", "city.name", "not city", "", "1 +"])
def test_what_is_more_or_less_than_a_name_is_none(source: str) -> None:
    assert name_of(source) == ""


def test_names_are_looked_up_in_mappings_only() -> None:
    assert evaluate("trap.field", {"trap": Trap()}) is None
    assert evaluate("city.upper", NAMES) is None


_SAMPLE = "city b.amount nobody null true 1 -2.5 'x' == != < >= in not and or ( ) [ ] , . f( + is"
_WORDS = st.sampled_from(_SAMPLE.split())


@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_no_text_makes_evaluation_raise(source: str) -> None:
    evaluate(source, NAMES)
    truth(source, {})
