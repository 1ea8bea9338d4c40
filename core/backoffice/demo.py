"""The embedded back office: two invented accounts, three cities, and codes that it prints itself.

Nothing of it is real, so it alone may show its codes: in `codes()` for the demo page and as log
lines that begin with `demo`. Its state lives in memory.
"""

import hmac
import logging
import tomllib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from importlib import resources
from random import Random
from typing import Any, TypeVar

import msgspec

from core.backoffice.port import (
    LIST_LIMIT,
    Account,
    Balance,
    HistoryItem,
    Offer,
    Outage,
    PromisedPayment,
)
from core.errors import Refused, Unavailable

CODE_LIFE = timedelta(minutes=10)
#: A repeated key is answered as the first time for at least so many later keys.
KEYS_KEPT = 10_000
SHOWN = 20
LINK = "https://isp.example/reset/"

_log = logging.getLogger(__name__)
T = TypeVar("T")


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One invented customer. paid_until_month: 0 the 1st of this month, 1 of the next one."""

    account: str
    name: str
    phone: str
    city: str
    tariff: str
    amount: Decimal
    blocked: bool
    paid_until_month: int
    monthly: Decimal
    outage: Outage | None = None


class DemoData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """demo.toml, or a test's own data of that shape."""

    accounts: tuple[DemoAccount, ...]
    texts: dict[str, str]
    promise: dict[str, int]
    cities: dict[str, Offer]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSms:
    """A message that would have gone to a telephone. text: the code or the link itself."""

    phone: str
    account: str
    text: str
    sent_at: datetime
    until: datetime


def shipped_data() -> DemoData:
    """The data of demo.toml."""
    text = resources.files("core.backoffice").joinpath("demo.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), DemoData)


def month_start(day: date, months: int) -> date:
    """The first day of the month so many months after (before, if negative) that of `day`."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


class DemoBackoffice:
    """A Backoffice in memory.

    fixed_code: every code is this one (`otklik chat`), also one that an earlier process sent;
    empty: six random digits. zone: of the days it names. rng: a SystemRandom outside
    tests, since its codes open accounts.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        rng: Random,
        new_id: Callable[[], str],
        fixed_code: str = "",
        zone: tzinfo = UTC,
        data: DemoData | None = None,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._new_id = new_id
        self._fixed_code = fixed_code
        self._zone = zone
        self._data = data or shipped_data()
        self._accounts = {item.account: item for item in self._data.accounts}
        self._by_phone = {item.phone: item for item in self._data.accounts}
        self._open: dict[str, DemoSms] = {}
        self._links: list[DemoSms] = []
        self._promised: dict[str, PromisedPayment] = {}
        self._done: OrderedDict[tuple[str, str], object] = OrderedDict()

    @property
    def data(self) -> DemoData:
        """What it was made of, for the demo page; nothing that happened since."""
        return self._data

    def codes(self) -> tuple[DemoSms, ...]:
        """The codes that are good now, newest first."""
        now = self._clock()
        good = [sms for sms in self._open.values() if now < sms.until]
        return tuple(sorted(good, key=lambda sms: sms.sent_at, reverse=True)[:SHOWN])

    def links(self) -> tuple[DemoSms, ...]:
        """The last password links, newest first."""
        return tuple(reversed(self._links[-SHOWN:]))

    async def find_account(self, account: str) -> Account | None:
        found = self._accounts.get(account)
        if found is None:
            return None
        return Account(
            account=found.account,
            name=found.name,
            phone=f"+7 *** ***-{found.phone[-4:-2]}-{found.phone[-2:]}",
            city=found.city,
            tariff=found.tariff,
            blocked=self._is_blocked(found),
        )

    async def send_code(self, account: str, *, key: str) -> None:
        self._once("send_code", key, lambda: self._issue(account, self._accounts.get(account)))

    async def check_code(self, account: str, code: str, *, key: str) -> None:
        self._once("check_code", key, lambda: self._use(account, code))

    async def send_phone_code(self, phone: str, *, key: str) -> None:
        self._once("send_phone_code", key, lambda: self._issue(phone, self._by_phone.get(phone)))

    async def find_by_phone(self, phone: str, code: str, *, key: str) -> str:
        return self._once("find_by_phone", key, lambda: self._use(phone, code))

    async def send_reset_link(self, account: str, *, key: str) -> None:
        self._once("send_reset_link", key, lambda: self._link(self._known(account)))

    async def balance(self, account: str) -> Balance:
        found = self._known(account)
        return Balance(
            amount=found.amount,
            blocked=self._is_blocked(found),
            paid_until=month_start(self._today(), found.paid_until_month),
        )

    async def history(self, account: str, months: int) -> tuple[HistoryItem, ...]:
        found = self._known(account)
        today = self._today()
        title = self._data.texts["monthly"]
        return tuple(
            HistoryItem(date=month_start(today, -back), title=title, amount=found.monthly)
            for back in range(max(0, min(months, LIST_LIMIT)))
        )

    async def promise_payment(self, account: str, *, key: str) -> PromisedPayment:
        return self._once("promise_payment", key, lambda: self._promise(self._known(account)))

    async def tariffs(self, city: str) -> Offer:
        offer = self._data.cities.get(city)
        if offer is None:
            raise Refused("no_service")
        return offer

    async def outage(self, account: str) -> Outage | None:
        return self._known(account).outage

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _known(self, account: str) -> DemoAccount:
        found = self._accounts.get(account)
        if found is None:  # callers prove the account first, so this is somebody's mistake
            raise Unavailable("demo: no such account")
        return found

    def _is_blocked(self, account: DemoAccount) -> bool:
        promised = self._promised.get(account.account)
        return account.blocked and not (promised and self._today() <= promised.until)

    def _once(self, operation: str, key: str, act: Callable[[], T]) -> T:
        """Does `act` at the first call of a key; a repeat gets the same answer or refusal."""
        if (operation, key) not in self._done:
            try:
                outcome: object = act()
            except Refused as refused:
                outcome = refused
            self._done[operation, key] = outcome
            if len(self._done) > KEYS_KEPT:
                self._done.popitem(last=False)
        done: Any = self._done[operation, key]
        if isinstance(done, Refused):
            raise Refused(done.name, done.text)
        result: T = done
        return result

    def _issue(self, target: str, account: DemoAccount | None) -> None:
        # Drawn for unknown targets too: the same work, and the same place in the random row.
        code = self._fixed_code or f"{self._rng.randrange(10**6):06d}"
        if account is None:
            return
        self._open[target] = self._sms(account, code)
        _log.info("demo: code %s sent to %s", code, account.phone)

    def _use(self, target: str, code: str) -> str:
        sms = self._open.get(target) or self._sent_before(target)
        expected = sms.text if sms is not None else "------"
        is_equal = hmac.compare_digest(expected.encode(), code.encode("utf-8", "replace"))
        if sms is None or not is_equal or self._clock() >= sms.until:
            raise Refused("wrong_code")
        self._open[target] = replace(sms, until=self._clock())
        return sms.account

    def _sent_before(self, target: str) -> DemoSms | None:
        """The fixed code is known without a memory: an earlier process may have sent it."""
        account = self._accounts.get(target) or self._by_phone.get(target)
        return self._sms(account, self._fixed_code) if account and self._fixed_code else None

    def _sms(self, account: DemoAccount, code: str) -> DemoSms:
        now = self._clock()
        return DemoSms(
            phone=account.phone,
            account=account.account,
            text=code,
            sent_at=now,
            until=now + CODE_LIFE,
        )

    def _link(self, account: DemoAccount) -> None:
        now = self._clock()
        sms = DemoSms(
            phone=account.phone,
            account=account.account,
            text=LINK + self._new_id(),
            sent_at=now,
            until=now + timedelta(minutes=30),
        )
        self._links = [*self._links[-SHOWN + 1 :], sms]
        _log.info("demo: password link sent to %s", account.phone)

    def _promise(self, account: DemoAccount) -> PromisedPayment:
        if account.amount >= 0:
            raise Refused("not_allowed", self._data.texts["no_debt"])
        running = self._promised.get(account.account)
        if running is not None and self._today() <= running.until:
            raise Refused("not_allowed", self._data.texts["already"])
        until = self._today() + timedelta(days=self._data.promise["days"])
        made = PromisedPayment(until=until, amount=-account.amount)
        self._promised[account.account] = made
        return made
