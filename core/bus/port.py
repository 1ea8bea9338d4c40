"""The port to the bus: hints between tasks and processes; the database stays the truth.

A message may be lost, late or doubled. Whoever waits for one looks at the database once a second
anyway, so a dead bus costs a second and never a message of a customer.
"""

from typing import Protocol


class Subscription(Protocol):
    """Messages of one topic from now on. A wake-up is an empty message.

    Wake-ups that nobody took yet are one wake-up; of other messages the oldest are dropped when
    too many wait.
    """

    def __aiter__(self) -> "Subscription": ...

    async def __anext__(self) -> bytes: ...

    async def wait(self, seconds: float) -> bytes | None:
        """The next message, None when none came in time. Never raises."""

    async def close(self) -> None:
        """No more messages; an iteration over them ends."""


class Bus(Protocol):
    """Topics are any short texts, such as `dialogs`, `chats`, `desk`, `site:{chat}`."""

    @property
    def is_connected(self) -> bool:
        """Messages reach the other processes now; for /readyz."""

    def wake(self, topic: str) -> None:
        """Tells that there is something to do. Never blocks, never raises; call it after commit."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Tells everybody who subscribed. Never blocks, never raises; call it after commit."""

    async def subscribe(self, topic: str) -> Subscription:
        """From when this returns, messages of this process arrive; of others as the bus allows."""

    async def close(self) -> None:
        """Ends all subscriptions and connections."""
