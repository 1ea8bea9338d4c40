"""The port to the company's billing: what the services of a scenario may ask of it.

Every method raises only core.errors.Unavailable (no answer, nonsense, circuit open) and
core.errors.Refused (understood, and no). Money is Decimal in the tariff's currency, days are local
days of the company. `key` is the idempotency key of the call: a side-effecting method asked twice
with one key has its effect once and answers the same.

No method that can be reached without a proven identity tells whether an account or a phone is
known: it behaves the same, and takes the same time, for both.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

#: More than any bill; a larger amount is a mistake of the other side.
MONEY_LIMIT = Decimal(10) ** 9
TEXT_LIMIT = 500
LIST_LIMIT = 200
#: Mbit/s; a thousand times what anyone sells today.
SPEED_LIMIT = 1_000_000


def _check_money(name: str, value: Decimal) -> None:
    if not value.is_finite() or abs(value) >= MONEY_LIMIT:
        raise ValueError(f"{name} is no amount of money")


def _check_text(name: str, value: str, *, empty: bool = False) -> None:
    if len(value) > TEXT_LIMIT or not (empty or value.strip()):
        raise ValueError(f"{name} must have 1 to {TEXT_LIMIT} characters")


def _check_url(name: str, value: str) -> None:
    _check_text(name, value)
    host = value.removeprefix("https://")
    if host == value or not host or host[0] in "/?#" or any(c.isspace() for c in value):
        raise ValueError(f"{name} must be an https address")


def _check_speed(name: str, value: int) -> None:
    if not 0 < value <= SPEED_LIMIT:
        raise ValueError(f"{name} is no speed in Mbit/s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the desk shows of an account. phone: masked by the back office, as `+7 *** ***-12-34`.

    city: key of the directory of cities, empty when unknown.
    """

    account: str
    name: str = ""
    phone: str = ""
    city: str = ""
    tariff: str = ""
    blocked: bool = False

    def __post_init__(self) -> None:
        _check_text("account", self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """amount: a debt is negative. paid_until: None when nothing was ever paid."""

    amount: Decimal
    blocked: bool
    paid_until: date | None = None

    def __post_init__(self) -> None:
        _check_money("amount", self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """One charge; money given back is negative."""

    date: date
    title: str
    amount: Decimal

    def __post_init__(self) -> None:
        _check_text("title", self.title)
        _check_money("amount", self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedPayment:
    """Service is on until that day; `amount` is to be paid before it ends."""

    until: date
    amount: Decimal

    def __post_init__(self) -> None:
        _check_money("amount", self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """speed: Mbit/s. price: a month. about: one line for the customer, may be empty."""

    code: str
    name: str
    speed: int
    price: Decimal
    about: str = ""

    def __post_init__(self) -> None:
        _check_text("code", self.code)
        _check_text("name", self.name)
        _check_text("about", self.about, empty=True)
        _check_speed("speed", self.speed)
        _check_money("price", self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is sold in a city. max_speed: Mbit/s. url: https only."""

    city_name: str
    max_speed: int
    url: str
    items: tuple[Tariff, ...]

    def __post_init__(self) -> None:
        _check_text("city_name", self.city_name)
        _check_speed("max_speed", self.max_speed)
        _check_url("url", self.url)
        if len(self.items) > LIST_LIMIT:
            raise ValueError(f"more than {LIST_LIMIT} items")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A known failure that touches an account. until: when it should be over, aware, or None."""

    title: str
    started_at: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        _check_text("title", self.title)
        moments = (self.started_at, self.until)
        if any(moment is not None and moment.tzinfo is None for moment in moments):
            raise ValueError("moments need a zone")


class Backoffice(Protocol):
    """A company's billing. Reads may be repeated at will; methods with `key` have an effect."""

    async def find_account(self, account: str) -> Account | None:
        """The account, for an operator's eyes only; None when there is none."""

    async def send_code(self, account: str, *, key: str) -> None:
        """Sends a one-time code to the phone on file; silently nothing for an unknown account."""

    async def check_code(self, account: str, code: str, *, key: str) -> None:
        """Uses the code up. Raises Refused `wrong_code` also for an unknown account."""

    async def send_phone_code(self, phone: str, *, key: str) -> None:
        """Sends a code to this phone (E.164) if a contract has it; silently nothing otherwise."""

    async def find_by_phone(self, phone: str, code: str, *, key: str) -> str:
        """The account of the phone's owner. Raises Refused `wrong_code` also for an unknown one."""

    async def send_reset_link(self, account: str, *, key: str) -> None:
        """Sends a link for a new password to the phone on file. Raises Refused `too_often`."""

    async def balance(self, account: str) -> Balance:
        """The state of the account now."""

    async def history(self, account: str, months: int) -> tuple[HistoryItem, ...]:
        """Charges of so many months back, newest first, at most LIST_LIMIT."""

    async def promise_payment(self, account: str, *, key: str) -> PromisedPayment:
        """Switches the service on until a day. Raises Refused `not_allowed` with the reason."""

    async def tariffs(self, city: str) -> Offer:
        """What is sold in a city. Raises Refused `no_service`."""

    async def outage(self, account: str) -> Outage | None:
        """The failure that touches this account now; None when all is well."""
