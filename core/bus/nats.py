"""The bus over NATS core: at most once, no storage; this process is served without it."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from core.bus.local import WAKE, LocalBus
from core.bus.port import Subscription

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

log = logging.getLogger(__name__)

#: Messages kept while the server takes none; beyond it the oldest are lost, as they may be.
UNSENT = 10_000
_RECONNECT_WAIT = 0.5
_CONNECT_TIMEOUT = 2.0
_PING_EVERY = 10


class NatsBus:
    """core.bus.port.Bus over many processes.

    Own messages are delivered directly and are not echoed by the server, so that a dead server
    slows nothing down inside the process.
    """

    def __init__(self, url: str, *, prefix: str = "otklik") -> None:
        self._url = url
        self._prefix = prefix
        self._local = LocalBus()
        self._client: Client | None = None
        self._remote: dict[str, Any] = {}
        self._wakes: dict[str, None] = {}
        self._unsent: deque[tuple[str, bytes]] = deque(maxlen=UNSENT)
        self._has_work = asyncio.Event()
        self._told = ""
        self._is_closing = False
        #: Set once the server was reached for the first time.
        self.reached = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """As core.bus.port.Bus."""
        return self._client is not None and self._client.is_connected

    def wake(self, topic: str) -> None:
        """As core.bus.port.Bus; wake-ups not yet sent are merged."""
        self._local.wake(topic)
        self._wakes[topic] = None
        self._has_work.set()

    def publish(self, topic: str, payload: bytes) -> None:
        """As core.bus.port.Bus."""
        self._local.publish(topic, payload)
        self._unsent.append((topic, payload))
        self._has_work.set()

    async def subscribe(self, topic: str) -> Subscription:
        """As core.bus.port.Bus."""
        subscription = await self._local.subscribe(topic)
        if self.is_connected:
            await self._follow()
        self._has_work.set()
        return subscription

    async def close(self) -> None:
        """As core.bus.port.Bus."""
        self._is_closing = True
        await self._local.close()
        if self._client is not None:
            await self._client.close()

    async def run(self) -> None:
        """Connects, stays connected and sends what is published; ends when cancelled."""
        await self._connect()
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            await self._follow()
            await self._send()

    # -- the server

    async def _connect(self) -> None:
        # Imported here: the embedded set-up runs without it.
        import nats
        from nats.errors import Error

        while self._client is None:
            try:
                self._client = await nats.connect(
                    self._url,
                    name="otklik",
                    no_echo=True,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=_RECONNECT_WAIT,
                    connect_timeout=_CONNECT_TIMEOUT,
                    ping_interval=_PING_EVERY,
                    max_outstanding_pings=2,
                    error_cb=self._on_error,
                    reconnected_cb=self._on_reconnect,
                )
            except (Error, OSError, TimeoutError) as error:
                await self._on_error(error)
                await asyncio.sleep(_RECONNECT_WAIT)
        self.reached.set()
        self._has_work.set()

    async def _on_error(self, error: Exception) -> None:
        """Told once: an outage of hours would fill the log with one line twice a second."""
        told = repr(error)
        if not self._is_closing and told != self._told:
            log.warning("NATS: %s", told)
        self._told = told

    async def _on_reconnect(self) -> None:
        self._told = ""
        # What was said meanwhile is lost for others: one wake-up makes everybody look.
        for topic in self._local.topics:
            self._local.wake(topic)
        self._has_work.set()

    async def _follow(self) -> None:
        """Server-side subscriptions for the topics somebody reads, and for no others."""
        client = self._client
        if client is None or not client.is_connected:
            return
        wanted = set(self._local.topics)
        for topic in wanted - set(self._remote):
            self._remote[topic] = None  # before the await: another task must not do it as well
            self._remote[topic] = await client.subscribe(
                self._subject(topic), cb=self._receiver(topic)
            )
        for topic in set(self._remote) - wanted:
            subscription = self._remote.pop(topic)
            if subscription is not None:
                await subscription.unsubscribe()

    def _receiver(self, topic: str) -> Any:
        async def received(message: "Msg") -> None:
            self._local.publish(topic, message.data)

        return received

    async def _send(self) -> None:
        from nats.errors import Error

        client = self._client
        if client is None or not client.is_connected:
            self._wakes.clear()
            self._unsent.clear()
            return
        wakes, self._wakes = self._wakes, {}
        try:
            for topic in wakes:
                await client.publish(self._subject(topic), WAKE)
            while self._unsent:
                topic, payload = self._unsent.popleft()
                await client.publish(self._subject(topic), payload)
        except (Error, OSError) as error:
            log.warning("NATS: %r", error)

    def _subject(self, topic: str) -> str:
        return f"{self._prefix}.{quote(topic, safe=':').replace('.', '%2E')}"


@asynccontextmanager
async def open_nats(
    url: str, *, prefix: str = "otklik", wait: float = 3.0
) -> AsyncIterator[NatsBus]:
    """A bus for as long as the block lasts; without a server after `wait` seconds it starts
    without one and goes on trying. prefix: installations that share a server differ in it."""
    bus = NatsBus(url, prefix=prefix)
    running = asyncio.create_task(bus.run(), name="nats bus")
    try:
        async with asyncio.timeout(wait):
            await bus.reached.wait()
    except TimeoutError:
        log.warning("NATS is not reachable yet; other processes are found by the sweep")
    try:
        yield bus
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bus.close()
