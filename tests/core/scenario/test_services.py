"""What is known of a service, from its type hints."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.errors import ConfigError, Unavailable
from core.scenario.services import (
    CallContext,
    Service,
    ServiceError,
    checked,
    result_json,
    signature,
)


@dataclass(frozen=True)
class Item:
    title: str
    price: Decimal


@dataclass(frozen=True)
class Balance:
    amount: Decimal
    blocked: bool
    paid_until: date | None
    seen_at: datetime
    items: tuple[Item, ...]
    best: Item


async def balance(call: CallContext, account: str, months: int = 1) -> Balance:
    raise ServiceError("no_service", "Не работаем")


async def send_code(call: CallContext, account: str) -> None:
    return None


@dataclass
class Thawed:
    error: str
    anything: object


async def broken(call: CallContext, account: set[str]) -> Thawed:
    raise AssertionError


BALANCE = Service("billing.get_balance", balance, level="linked", subject="account", timeout=8)
RESULT = Balance(
    amount=Decimal("-350.50"),
    blocked=True,
    paid_until=None,
    seen_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    items=(Item("Плата", Decimal(450)),),
    best=Item("Плата", Decimal("0.1")),
)


def test_a_signature_lists_arguments_and_every_field_of_the_result() -> None:
    made = signature(BALANCE)
    assert made.arguments == {"account": "text", "months": "number"}
    assert made.result == {
        "amount": "number",
        "blocked": "bool",
        "paid_until": "date?",
        "seen_at": "moment",
        "items": "list",
        "items.*": "object",
        "items.*.title": "text",
        "items.*.price": "number",
        "best": "object",
        "best.title": "text",
        "best.price": "number",
    }
    assert (made.level, made.subject, made.timeout) == ("linked", "account", 8)


def test_a_service_may_return_nothing() -> None:
    made = signature(Service("auth.send_code", send_code, kind="act"))
    assert made.result == {}
    assert checked(made, result_json(None)) == {}


def test_a_result_becomes_plain_json_values_and_fits_its_signature() -> None:
    plain = result_json(RESULT)
    assert plain["amount"] == -350.5
    assert plain["items"] == [{"title": "Плата", "price": 450}]
    assert isinstance(plain["items"][0]["price"], int)
    assert plain["seen_at"] == "2026-11-20T12:00:00+00:00"
    assert checked(signature(BALANCE), plain) == plain


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("amount", "много", "amount is no number"),
        ("amount", True, "amount is no number"),
        ("amount", float("nan"), "amount is no number"),
        ("blocked", 1, "blocked is no bool"),
        ("paid_until", "завтра", "paid_until is no date"),
        ("seen_at", "2026-11-20T12:00:00", "seen_at is no moment"),
        ("items", {}, "items is no list"),
        ("items", [{"title": "x"}], "no items.*.price"),
        ("best", None, "no best"),
        ("extra", 1, "unknown field extra"),
    ],
)
def test_a_result_of_another_shape_is_no_answer(field: str, value: object, problem: str) -> None:
    plain = result_json(RESULT) | {field: value}
    with pytest.raises(Unavailable, match=problem.replace("*", r"\*")):
        checked(signature(BALANCE), plain)


def test_an_absent_optional_field_is_null() -> None:
    plain = result_json(RESULT)
    del plain["paid_until"]
    assert checked(signature(BALANCE), plain)["paid_until"] is None


def test_a_result_over_sixteen_kilobytes_is_no_answer() -> None:
    plain = result_json(RESULT) | {"best": {"title": "я" * 9000, "price": 1}}
    with pytest.raises(Unavailable, match="bytes"):
        checked(signature(BALANCE), plain)


def test_everything_wrong_with_a_service_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        signature(Service("a.b", broken, level="verified", subject="nobody"))
    told = "\n".join(caught.value.problems)
    for piece in ("account", "frozen", "anything", "`error`", "nobody"):
        assert piece in told


def test_a_level_needs_a_subject() -> None:
    with pytest.raises(ConfigError, match="subject"):
        signature(Service("billing.get_balance", balance, level="linked"))
