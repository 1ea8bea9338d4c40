"""A company's own REST service, as openapi.json beside this file describes it.

Reads are tried again with jitter, effects never; a circuit breaker and a bulkhead keep a slow
back office from holding up the rest; whatever does not look as promised is Unavailable.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import Literal, NamedTuple, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from core.backoffice.breaker import Breaker
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

#: Bytes; the largest honest answer is a few kilobytes.
ANSWER_LIMIT = 256 * 1024
#: Refusals that touch every call: our token is refused, or they have no time for us.
_REFUSES_ALL = frozenset({401, 403, 408, 429})
_NO_LINE_ENDS = str.maketrans({"\r": " ", "\n": " ", "\x00": " "})

_log = logging.getLogger(__name__)
T = TypeVar("T")


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """timeout, connect: seconds of one attempt. attempts: of a read. backoff: seconds, the upper
    end of the first random pause, doubled each time. parallel: calls at once; wait: seconds in
    line for one of them. failures, cooldown: see Breaker."""

    timeout: float = 5.0
    connect: float = 2.0
    attempts: int = 3
    backoff: float = 0.2
    parallel: int = 20
    wait: float = 1.0
    failures: int = 5
    cooldown: float = 5.0


class _Found(msgspec.Struct, frozen=True):
    account: str
    error: object = None


class _History(msgspec.Struct, frozen=True):
    items: tuple[HistoryItem, ...]


class _Running(msgspec.Struct, frozen=True):
    outage: Outage | None


class _Refusal(msgspec.Struct, frozen=True):
    error: str
    text: str = ""


class _Failure(Exception):
    """One attempt without a usable answer. again: a repeat of a read may help. is_refusal: the
    other side lives and refused this one call."""

    def __init__(self, reason: str, *, again: bool = True, is_refusal: bool = False) -> None:
        super().__init__(reason)
        self.again = again
        self.is_refusal = is_refusal


class _Request(NamedTuple):
    """refusals: names the operation may answer with."""

    name: str
    method: Literal["GET", "POST"]
    path: str
    key: str = ""
    body: dict[str, str] | None = None
    refusals: tuple[str, ...] = ()


class HttpBackoffice:
    """A Backoffice over HTTP. The session is the caller's and stays open.

    url: of the service, without a slash at the end. clock: monotonic seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        token: str,
        clock: Callable[[], float],
        rng: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        limits: HttpLimits | None = None,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._token = token
        self._clock = clock
        self._rng = rng
        self._sleep = sleep
        self._limits = limits or HttpLimits()
        self._breaker = Breaker(failures=self._limits.failures, cooldown=self._limits.cooldown)
        self._places = asyncio.Semaphore(self._limits.parallel)

    async def find_account(self, account: str) -> Account | None:
        request = _read("find_account", f"/accounts/{_segment(account)}", "not_found")
        try:
            found = await self._ask(request, _shaped(Account))
        except Refused:
            return None
        return _same(account, found)

    async def send_code(self, account: str, *, key: str) -> None:
        await self._ask(_act("send_code", "/codes", key, {"account": account}), _nothing)

    async def check_code(self, account: str, code: str, *, key: str) -> None:
        body = {"account": account, "code": code}
        await self._ask(_act("check_code", "/codes/check", key, body, "wrong_code"), _nothing)

    async def send_phone_code(self, phone: str, *, key: str) -> None:
        await self._ask(_act("send_phone_code", "/phone-codes", key, {"phone": phone}), _nothing)

    async def find_by_phone(self, phone: str, code: str, *, key: str) -> str:
        body = {"phone": phone, "code": code}
        request = _act("find_by_phone", "/phone-codes/check", key, body, "wrong_code")
        found = await self._ask(request, _shaped(_Found))
        if found.error is not None or not found.account.strip() or len(found.account) > 40:
            raise Unavailable("find_by_phone: no account in the answer")
        return found.account

    async def send_reset_link(self, account: str, *, key: str) -> None:
        body = {"account": account}
        await self._ask(_act("send_reset_link", "/reset-links", key, body, "too_often"), _nothing)

    async def balance(self, account: str) -> Balance:
        return await self._ask(
            _read("balance", f"/accounts/{_segment(account)}/balance"), _shaped(Balance)
        )

    async def history(self, account: str, months: int) -> tuple[HistoryItem, ...]:
        path = f"/accounts/{_segment(account)}/history?months={int(months)}"
        found = await self._ask(_read("history", path), _shaped(_History))
        return found.items[:LIST_LIMIT]

    async def promise_payment(self, account: str, *, key: str) -> PromisedPayment:
        body = {"account": account}
        request = _act("promise_payment", "/promised-payments", key, body, "not_allowed")
        return await self._ask(request, _shaped(PromisedPayment))

    async def tariffs(self, city: str) -> Offer:
        path = f"/cities/{_segment(city)}/tariffs"
        return await self._ask(_read("tariffs", path, "no_service"), _shaped(Offer))

    async def outage(self, account: str) -> Outage | None:
        path = f"/accounts/{_segment(account)}/outage"
        return (await self._ask(_read("outage", path), _shaped(_Running))).outage

    async def _ask(self, request: _Request, read: Callable[[str, bytes], T]) -> T:
        """The answer as `read` makes it of the content type and the body."""
        try:
            async with asyncio.timeout(self._limits.wait):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable(f"{request.name}: too many calls at once") from None
        try:
            return await self._tries(request, read)
        finally:
            self._places.release()

    async def _tries(self, request: _Request, read: Callable[[str, bytes], T]) -> T:
        attempts = self._limits.attempts if request.method == "GET" else 1
        for attempt in range(1, attempts + 1):
            try:
                return await self._guarded(request, read)
            except _Failure as failure:
                _log.warning("back office: %s failed: %s", request.name, failure)
                if attempt == attempts or not failure.again:
                    raise Unavailable(f"{request.name}: {failure}") from None
            await self._sleep(self._rng.uniform(0, self._limits.backoff * 2 ** (attempt - 1)))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _guarded(self, request: _Request, read: Callable[[str, bytes], T]) -> T:
        """One attempt under the circuit breaker."""
        if not self._breaker.allows(self._clock()):
            raise _Failure("the circuit is open", again=False)
        is_told = False
        try:
            answer = await self._attempt(request, read)
        except Refused:
            is_told = True
            self._breaker.succeeded()
            raise
        except _Failure as failure:
            is_told = True
            if failure.is_refusal:
                # One person's odd number must not stop the service for everybody.
                self._breaker.succeeded()
            else:
                self._breaker.failed(self._clock())
            raise
        else:
            is_told = True
            self._breaker.succeeded()
            return answer
        finally:
            if not is_told:
                self._breaker.abandoned()

    async def _attempt(self, request: _Request, read: Callable[[str, bytes], T]) -> T:
        status, content_type, raw = await self._exchange(request)
        if status in {401, 403}:
            raise _Failure(f"our token is refused ({status})", again=False)
        if 400 <= status < 500 and status not in _REFUSES_ALL:
            raise _refused(request, status, content_type, raw)
        if not 200 <= status < 300:
            raise _Failure(f"status {status}")
        return read(content_type, raw)

    async def _exchange(self, request: _Request) -> tuple[int, str, bytes]:
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if request.key:
            headers["Idempotency-Key"] = request.key
        timeout = aiohttp.ClientTimeout(
            total=self._limits.timeout, sock_connect=self._limits.connect
        )
        try:
            async with self._session.request(
                request.method,
                URL(self._url + request.path, encoded=True),
                json=request.body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return response.status, response.content_type, await _body(response)
        except TimeoutError:
            raise _Failure("no answer in time") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            # The exception's text may hold the address; its class says enough.
            raise _Failure(type(error).__name__) from None


def _nothing(content_type: str, raw: bytes) -> None:
    """Reader of an answer without a body. Whatever the body of a success says, it may be a proxy's
    page or a refusal: taken for a yes it would prove a person by any code."""
    if raw:
        raise _Failure("a body where none is described", again=False)


def _shaped(shape: type[T]) -> Callable[[str, bytes], T]:
    """Reader of an answer that must look like `shape`."""

    def read(content_type: str, raw: bytes) -> T:
        if not _is_json(content_type):
            raise _Failure("the answer is not JSON")
        try:
            return msgspec.json.decode(raw, type=shape)
        except UnicodeDecodeError:  # no DecodeError to msgspec; its text quotes the answer
            raise _Failure("the answer is not UTF-8", again=False) from None
        except (msgspec.DecodeError, RecursionError) as error:
            raise _Failure(f"the answer has another shape: {_brief(error)}", again=False) from None

    return read


async def _body(response: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for part in response.content.iter_chunked(16 * 1024):
        parts += part
        if len(parts) > ANSWER_LIMIT:
            raise _Failure("the answer is too large", again=False)
    return bytes(parts)


def _refused(request: _Request, status: int, content_type: str, raw: bytes) -> Exception:
    """Refused when the answer is one of those agreed on, else a failure."""
    if _is_json(content_type):
        try:
            refusal = msgspec.json.decode(raw, type=_Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            refusal = _Refusal("")
        if refusal.error in request.refusals:
            return Refused(refusal.error, refusal.text.translate(_NO_LINE_ENDS)[:500].strip())
    return _Failure(f"status {status}", again=False, is_refusal=True)


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or content_type.endswith("+json")


def _brief(error: Exception) -> str:
    """What is wrong and where, without the values of the answer."""
    return str(error).partition("\n")[0][:200]


def _segment(text: str) -> str:
    """One segment of a path, whatever the text."""
    if not text.strip("."):
        raise Unavailable("not a name the back office could know")
    return quote(text, safe="", errors="replace")


def _same(account: str, found: Account) -> Account:
    if found.account != account:
        raise Unavailable("find_account: the answer is about another account")
    return found


def _read(name: str, path: str, *refusals: str) -> _Request:
    return _Request(name, "GET", path, refusals=refusals)


def _act(name: str, path: str, key: str, body: dict[str, str], *refusals: str) -> _Request:
    return _Request(name, "POST", path, key=key, body=body, refusals=refusals)
