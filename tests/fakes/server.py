"""The server under a platform's double: its life, its ledger, and the faults that tests arm."""

import asyncio
import random
import ssl
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Self, TypeVar

from aiohttp import web

from tests.fakes.bell import Bell
from tests.fakes.faults import SENDING, Fault, Refusal

Entry = TypeVar("Entry")
Take = Callable[[web.Request], Awaitable[web.Response]]

MEGABYTE = 1024 * 1024


class PlatformServer(ABC, Generic[Entry]):
    """Listens on a free port while entered; `api_url` is for the adapter.

    `ledger` holds accepted calls in order, `calls` the names of all that came; `fail(...)` arms
    faults, each for one call; `bell` rings with every entry of the ledger; `release` lets slow
    calls answer. path: of the API below the address. most: bytes of one request.
    """

    def __init__(
        self, *, path: str = "", most: int = 64 * MEGABYTE, tls: ssl.SSLContext | None = None
    ) -> None:
        self.ledger: list[Entry] = []
        self.calls: list[str] = []
        self.release = asyncio.Event()
        self.bell = Bell()
        self.base = ""
        self.api_url = ""
        self._path = path
        self._tls = tls
        self._faults: deque[Fault] = deque()
        self._chaos: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._app = web.Application(client_max_size=most)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        scheme = "https" if self._tls else "http"
        self.base = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        self.api_url = self.base + self._path
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release.set()
        await self._runner.cleanup()

    def fail(self, *faults: Fault) -> None:
        """Arms faults; each strikes the next call it is meant for, once."""
        self._faults.extend(faults)

    def misbehave(self, rng: random.Random, probability: float, *faults: Fault) -> None:
        """Lets each call go wrong with a probability, reproducibly."""
        self._chaos = (rng, probability, faults)

    @abstractmethod
    def drop_webhook(self) -> None:
        """As if the platform had given us up, or somebody had changed the address."""

    # -- what a platform makes of it

    @abstractmethod
    def _is_sending(self, call: str) -> bool:
        """Whether a call shows the customer a message."""

    def _strikes(self, fault: Fault, call: str) -> bool:
        """Whether a fault is meant for a call."""
        return fault.only in ("", call) or (fault.only == SENDING and self._is_sending(call))

    def _took(self, entry: Entry) -> None:
        self.ledger.append(entry)
        self.bell.ring()

    async def _met(self, request: web.Request, call: str, take: Take) -> web.Response:
        """What one call gets: the answer of `take`, the Refusal it raises, or the fault that
        strikes the call, which comes before or after `take` has its way."""
        self.calls.append(call)
        fault = self._fault(call)
        if fault is not None and fault.kind == "refuse":
            return cut(request)
        if fault is not None and fault.kind == "answer" and not fault.taken:
            return _page(fault)
        try:
            answer = await take(request)
        except Refusal as refusal:
            return web.json_response(refusal.answer, status=refusal.status)
        return answer if fault is None else await self._spoilt(answer, request, fault)

    def _fault(self, call: str) -> Fault | None:
        if self._chaos is not None:
            rng, probability, faults = self._chaos
            if rng.random() < probability:
                return rng.choice(faults)
        for fault in self._faults:
            if self._strikes(fault, call):
                self._faults.remove(fault)
                return fault
        return None

    async def _spoilt(
        self, answer: web.Response, request: web.Request, fault: Fault
    ) -> web.Response:
        if fault.kind == "drop":
            return cut(request)
        if fault.kind in ("timeout", "slow"):
            await self.release.wait()
        return _page(fault) if fault.kind == "answer" else answer


class AskedServer(PlatformServer[Entry]):
    """A server that is asked for events, too; `pending` waits for whoever asks."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self.pending: list[Any] = []
        self._arrived = asyncio.Condition()

    async def push(self, *events: Any) -> None:
        """Queues events."""
        async with self._arrived:
            self.pending.extend(events)
            self._arrived.notify_all()


def cut(request: web.Request) -> web.Response:
    """Ends the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def served(content: bytes | None) -> web.Response:
    """A file, if there is one."""
    return web.Response(status=404) if content is None else web.Response(body=content)


async def form(request: web.Request) -> tuple[dict[str, str], dict[str, web.FileField]]:
    """The fields of a form, and the files that came beside them."""
    parts = await request.post()
    fields = {name: part for name, part in parts.items() if isinstance(part, str)}
    return fields, {name: part for name, part in parts.items() if isinstance(part, web.FileField)}


def _page(fault: Fault) -> web.Response:
    kind = "application/json" if fault.body.startswith("{") else "text/html"
    return web.Response(
        status=fault.status, text=fault.body, content_type=kind, headers=fault.headers
    )
