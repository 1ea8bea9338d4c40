"""What a platform's folder offers to the process: `open_way` in its `way.py` makes a Way.

The process imports that module only when a channel of the platform is configured.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bots.transport import Transport
from core.channel import Answer, Channel, Ingress, Letter, StoredFile
from core.counters import Counters
from core.desk_values import ChannelState
from core.errors import ChannelUnavailable
from core.ingress import Cursors, Intake, Quarantine
from core.updates import Received


def no_link(key: str, file: StoredFile) -> str:
    """Of a process that sends nothing, such as `otklik doctor`."""
    raise ChannelUnavailable("config", "this process has no links to files")


def uncounted() -> None:
    """Nobody wants to know how many calls are made."""


class Opening(NamedTuple):
    """What a folder is given to open one account.

    settings: as its owner wrote them, secrets as plain text, unset ones None or left out.
    public_url: of this installation, without `/webhooks/…`. shared: kept by accounts of one
    platform together, under keys of their own. link: (key as in Letter.files, file) -> an address
    from which the platform can fetch it for some days. counted: to be told of every call that
    counts in the account's rate, where every call does (Capabilities.counts_calls).
    """

    name: str
    settings: Mapping[str, Any]
    public_url: str
    clock: Callable[[], datetime]
    transport: Transport
    shared: dict[str, Any]
    link: Callable[[str, StoredFile], str] = no_link
    counted: Callable[[], None] = uncounted

    @property
    def webhook_url(self) -> str:
        """Where the platform is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"


async def unheard(channel: str, found: ChannelState) -> None:
    """Nobody wants to know how a channel fares."""


class In(NamedTuple):
    """What a way in gives its updates to; `taken` is told of them once they are durable, `fares`
    when nothing can be read any more, and when it can again."""

    intake: Intake
    quarantine: Quarantine
    taken: Callable[[str, Sequence[Received]], None]
    cursors: Cursors
    counters: Counters
    fares: Callable[[str, ChannelState], Awaitable[None]] = unheard


class Way(NamedTuple):
    """How one account is reached. ingress: its webhook, None in polling mode.

    poll: reads updates until cancelled, None in webhook mode. register: tells the platform where
    we are, at start. watch: every few minutes; registers again when the platform forgot, and says
    whether it had to. Both raise ChannelError. welcome: a message as the answer to the platform's
    own request, where some are taken only so (Received.welcome); raises ChannelError."""

    channel: Channel
    ingress: Ingress | None
    poll: Callable[[In], Coroutine[None, None, None]] | None
    register: Callable[[], Awaitable[None]]
    watch: Callable[[], Awaitable[bool]]
    welcome: Callable[[Letter], Answer] | None = None
