"""The services of an internet provider: what its scenarios may call, and on what terms.

Each function is thin: it counts attempts where somebody could guess, and asks the back office.
Refusals of the back office pass through under their own names; the rest becomes `unavailable`.
"""

from dataclasses import dataclass

from core.backoffice.port import Balance, HistoryItem, Offer, PromisedPayment
from core.scenario.services import CallContext, Service, ServiceError

#: A longer one is nobody's number; it must not make a key of any length.
_KEY_CHARACTERS = 64
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """The account of a phone's owner."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Charges, newest first."""

    items: tuple[HistoryItem, ...]


async def send_code(call: CallContext, account: str) -> None:
    """Sends a code to the phone on file; nothing tells whether there is such an account."""
    await _count_code(call, f"account:{_short(account)}")
    await call.backoffice.send_code(account, key=call.key)


async def check_code(call: CallContext, account: str, code: str) -> None:
    """Proves that the customer holds the phone on file."""
    await _count_check(call, f"account:{_short(account)}")
    await call.backoffice.check_code(account, code, key=call.key)


async def send_phone_code(call: CallContext, phone: str) -> None:
    """Sends a code to a phone if a contract has it; nothing tells whether one has."""
    await _count_code(call, f"phone:{_short(phone)}")
    await call.backoffice.send_phone_code(phone, key=call.key)


async def find_by_phone(call: CallContext, phone: str, code: str) -> FoundAccount:
    """The account of whoever holds this phone."""
    await _count_check(call, f"phone:{_short(phone)}")
    return FoundAccount(account=await call.backoffice.find_by_phone(phone, code, key=call.key))


async def send_reset_link(call: CallContext, account: str) -> None:
    """Sends a link for a new password to the phone on file."""
    limits = call.limits
    keys = (f"link:{_chat(call)}", f"link:account:{_short(account)}")
    if not await call.attempts.spend(keys, limits.links, limits.window):
        raise ServiceError("too_often")
    await call.backoffice.send_reset_link(account, key=call.key)


async def balance(call: CallContext, account: str) -> Balance:
    """The state of the account; a debt is negative."""
    return await call.backoffice.balance(account)


async def history(call: CallContext, account: str, months: int) -> History:
    """Charges of the last months, a year at most."""
    asked = max(1, min(int(months), _MONTHS))
    return History(items=await call.backoffice.history(account, asked))


async def promised_payment(call: CallContext, account: str) -> PromisedPayment:
    """Switches the internet on against a promise to pay."""
    return await call.backoffice.promise_payment(account, key=call.key)


async def tariffs(call: CallContext, city: str) -> Offer:
    """What is sold in a city."""
    return await call.backoffice.tariffs(city)


async def _count_code(call: CallContext, target: str) -> None:
    limits = call.limits
    keys = (f"code:{_chat(call)}", f"code:{target}")
    if not await call.attempts.spend(keys, limits.codes, limits.window):
        raise ServiceError("too_often")


async def _count_check(call: CallContext, target: str) -> None:
    limits = call.limits
    keys = (f"check:{_chat(call)}", f"check:{target}")
    if not await call.attempts.spend(keys, limits.checks, limits.window):
        raise ServiceError("too_many")


def _chat(call: CallContext) -> str:
    return f"chat:{call.channel}:{call.chat}"


def _short(number: str) -> str:
    return number.strip()[:_KEY_CHARACTERS]


SERVICES = (
    Service(
        "auth.send_code",
        send_code,
        kind="act",
        opaque=True,
        at_least=1.5,
        errors=("too_often",),
    ),
    Service(
        "auth.check_code",
        check_code,
        kind="act",
        opaque=True,
        at_least=1.0,
        errors=("wrong_code", "too_many"),
        grants="verified",
        subject="account",
    ),
    Service(
        "auth.send_phone_code",
        send_phone_code,
        kind="act",
        opaque=True,
        at_least=1.5,
        errors=("too_often",),
    ),
    Service(
        "auth.find_by_phone",
        find_by_phone,
        kind="act",
        opaque=True,
        at_least=1.0,
        errors=("wrong_code", "too_many"),
        grants="verified",
        subject="result.account",
    ),
    Service(
        "auth.send_reset_link",
        send_reset_link,
        kind="act",
        level="verified",
        subject="account",
        errors=("too_often",),
    ),
    Service("billing.get_balance", balance, level="linked", subject="account", timeout=8),
    Service("billing.history", history, level="linked", subject="account"),
    Service(
        "billing.promised_payment",
        promised_payment,
        kind="change",
        level="verified",
        subject="account",
        errors=("not_allowed",),
    ),
    Service("catalog.tariffs", tariffs, errors=("no_service",)),
)
