"""What a platform's folder offers to the process: `open_way` in its `way.py` makes a Way.

The process imports that module only when a channel of the platform is configured.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bots.transport import Transport
from core.channel import Channel, Ingress
from core.counters import Counters
from core.ingress import Cursors, Intake, Quarantine
from core.updates import Received


class Opening(NamedTuple):
    """What a folder is given to open one account.

    settings: as its owner wrote them, secrets as plain text, unset ones None or left out.
    public_url: of this installation, without `/webhooks/…`. shared: kept by accounts of one
    platform together, under keys of their own.
    """

    name: str
    settings: Mapping[str, Any]
    public_url: str
    clock: Callable[[], datetime]
    transport: Transport
    shared: dict[str, Any]

    @property
    def webhook_url(self) -> str:
        """Where the platform is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"


class In(NamedTuple):
    """What a way in gives its updates to; `taken` is told of them once they are durable."""

    intake: Intake
    quarantine: Quarantine
    taken: Callable[[str, Sequence[Received]], None]
    cursors: Cursors
    counters: Counters


class Way(NamedTuple):
    """How one account is reached. ingress: its webhook, None in polling mode.

    poll: reads updates until cancelled, None in webhook mode. register: tells the platform where
    we are, at start. watch: every few minutes; registers again when the platform forgot, and says
    whether it had to. Both raise ChannelError."""

    channel: Channel
    ingress: Ingress | None
    poll: Callable[[In], Coroutine[None, None, None]] | None
    register: Callable[[], Awaitable[None]]
    watch: Callable[[], Awaitable[bool]]
