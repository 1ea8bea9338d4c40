"""The driver of a company without a back office: every call is unavailable."""

from typing import NoReturn

from core.backoffice.port import Account, Balance, HistoryItem, Offer, Outage, PromisedPayment
from core.errors import Unavailable


def _refuse() -> NoReturn:
    raise Unavailable("no back office is configured: set OTKLIK_BACKOFFICE__DRIVER")


class NoBackoffice:
    """Answers every call with Unavailable, so scenarios hand over to an operator."""

    async def find_account(self, account: str) -> Account | None:
        _refuse()

    async def send_code(self, account: str, *, key: str) -> None:
        _refuse()

    async def check_code(self, account: str, code: str, *, key: str) -> None:
        _refuse()

    async def send_phone_code(self, phone: str, *, key: str) -> None:
        _refuse()

    async def find_by_phone(self, phone: str, code: str, *, key: str) -> str:
        _refuse()

    async def send_reset_link(self, account: str, *, key: str) -> None:
        _refuse()

    async def balance(self, account: str) -> Balance:
        _refuse()

    async def history(self, account: str, months: int) -> tuple[HistoryItem, ...]:
        _refuse()

    async def promise_payment(self, account: str, *, key: str) -> PromisedPayment:
        _refuse()

    async def tariffs(self, city: str) -> Offer:
        _refuse()

    async def outage(self, account: str) -> Outage | None:
        _refuse()
