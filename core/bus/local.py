"""The bus of one process: plain asyncio."""

import asyncio
from collections import deque

from core.bus.port import Subscription

WAKE = b""
#: A slow reader loses the oldest messages beyond this many and looks at the database instead.
WAITING = 1000


class Mailbox:
    """A Subscription filled by `put`."""

    def __init__(self, bus: "LocalBus", topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._messages: deque[bytes] = deque(maxlen=WAITING)
        self._is_awake = False
        self._is_closed = False
        self._arrived = asyncio.Event()

    def put(self, payload: bytes) -> None:
        """A message arrived."""
        if payload == WAKE:
            if self._is_awake:
                return
            self._is_awake = True
        self._messages.append(payload)
        self._arrived.set()

    def end(self) -> None:
        """No more messages."""
        self._is_closed = True
        self._arrived.set()

    def __aiter__(self) -> "Mailbox":
        return self

    async def __anext__(self) -> bytes:
        await self._arrived.wait()
        if not self._messages:
            raise StopAsyncIteration
        return self._take()

    async def wait(self, seconds: float) -> bytes | None:
        """As core.bus.port.Subscription."""
        if not self._messages:
            try:
                async with asyncio.timeout(seconds):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return self._take() if self._messages else None

    async def close(self) -> None:
        """As core.bus.port.Subscription."""
        self._bus.leave(self._topic, self)
        self.end()

    def _take(self) -> bytes:
        payload = self._messages.popleft()
        if payload == WAKE:
            self._is_awake = False
        if not self._messages and not self._is_closed:
            self._arrived.clear()
        return payload


class LocalBus:
    """core.bus.port.Bus within one event loop."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, list[Mailbox]] = {}

    @property
    def is_connected(self) -> bool:
        """There is nobody else to reach."""
        return True

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics somebody reads."""
        return tuple(self._mailboxes)

    def wake(self, topic: str) -> None:
        """As core.bus.port.Bus."""
        self.publish(topic, WAKE)

    def publish(self, topic: str, payload: bytes) -> None:
        """As core.bus.port.Bus."""
        for mailbox in self._mailboxes.get(topic, ()):
            mailbox.put(payload)

    async def subscribe(self, topic: str) -> Subscription:
        """As core.bus.port.Bus."""
        mailbox = Mailbox(self, topic)
        self._mailboxes.setdefault(topic, []).append(mailbox)
        return mailbox

    def leave(self, topic: str, mailbox: Mailbox) -> None:
        """The mailbox reads no more."""
        mailboxes = self._mailboxes.get(topic, [])
        if mailbox in mailboxes:
            mailboxes.remove(mailbox)
        if not mailboxes:
            self._mailboxes.pop(topic, None)

    async def close(self) -> None:
        """As core.bus.port.Bus."""
        for mailboxes in self._mailboxes.values():
            for mailbox in mailboxes:
                mailbox.end()
        self._mailboxes.clear()
