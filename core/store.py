"""The port to the database: the hot path of a turn, in a few set-based calls.

Every call is one transaction, durable when it returns. Calls raise core.errors.StoreUnavailable
when the database is locked, full, read-only or gone; then nothing was stored.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from core.channel import MessageClass, StoredFile
from core.content import Outgoing
from core.scenario.model import Level
from core.state import Dialog, Refusal, Turn
from core.updates import AnyUpdate, Received


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Where an update went. repeat: its dedup key was known, nothing changed."""

    dialog: str
    seq: int
    repeat: bool = False


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An update not yet turned. outcome is written when it is."""

    seq: int
    update: AnyUpdate
    received_at: datetime


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog under lease with its unread updates, in order.

    grants: account -> (level, until). remembered: slot -> value. tries: turns that failed before.
    """

    dialog: Dialog
    epoch: int
    updates: tuple[Pending, ...]
    grants: Mapping[str, tuple[Level, datetime]] = {}
    remembered: Mapping[str, Any] = {}
    tries: int = 0
    place: int = 0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker made of one claimed dialog: the turns of its updates up to `seq`, in order.

    error: the last update could not be turned and stays; retried at `retry_at`, or parked with
    `parked` as the reason.
    """

    dialog: str
    epoch: int
    seq: int
    turns: tuple[tuple[int, Turn], ...] = ()
    error: str = ""
    retry_at: datetime | None = None
    parked: str = ""


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to be sent. tries: attempts so far."""

    id: int
    dialog: str
    n: int
    part: int
    kind: MessageClass
    priority: int
    content: Outgoing
    tries: int = 0
    files: Mapping[str, StoredFile] = {}


class ChatClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A chat under lease with its next rows, in the order in which they must be sent."""

    channel: str
    chat: str
    address: str
    epoch: int
    rows: tuple[OutboxRow, ...]


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one outbox row.

    state: `sent`; `new` try again at not_before; `unknown` (stays so while `hold`, else tried
    again at not_before); `failed`; `cancelled`. code: of the platform. tries: attempts made.
    """

    row: int
    state: str
    at: datetime
    tries: int
    platform_id: str = ""
    code: str = ""
    not_before: datetime | None = None
    hold: bool = False
    files: Mapping[str, str] = {}


class CallJob(msgspec.Struct, frozen=True, kw_only=True):
    """A journalled service call to be made. arguments hold sealed secrets under `sealed` names."""

    key: str
    dialog: str
    identity: str
    channel: str
    chat: str
    service: str
    arguments: Mapping[str, Any]
    sealed: tuple[str, ...]
    timeout: float
    tries: int
    epoch: int


class DeskEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the live feed; `id` is the position sockets resume from."""

    id: int
    topic: str
    dialog: str
    version: int
    kind: str
    by: str = ""
    first_n: int = 0
    at: datetime


class Store(Protocol):
    """What the hot path asks of the database. Every write may be grouped with those of others."""

    async def accept(
        self, channel: str, received: Sequence[Received], now: datetime
    ) -> tuple[Accepted, ...]:
        """Files customers' updates: dedup keys, identity, chat, dialog, sequence number, row.

        Each update goes into the last dialog of its chat, or into a new one when that is closed
        for longer than the reopen window. Repeats answer as the first time. Called by ingress
        before it answers the platform."""

    async def append(
        self, dialog: str, update: AnyUpdate, now: datetime, dedup_key: str = ""
    ) -> Accepted:
        """Files an update for a dialog that exists (operators, desk). Raises KeyError when it
        does not."""

    async def claim(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[Claimed, ...]:
        """Takes ready dialogs under lease, oldest due first."""

    async def save(self, worker: str, done: Sequence[Done], now: datetime) -> tuple[str, ...]:
        """Writes the turns of a batch and lets the dialogs go, all in one transaction.

        Returns the dialogs whose lease was lost; their turns were not written."""

    async def outcome(self, dialog: str, seq: int) -> tuple[bool, Refusal | None]:
        """Whether an update was turned, and the refusal if it was refused."""

    async def claim_chats(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[ChatClaim, ...]:
        """Takes chats that have something to send now; their rows become `sending`."""

    async def settle(
        self,
        worker: str,
        chat: ChatClaim,
        outcomes: Sequence[Delivered],
        release: bool,
        now: datetime,
    ) -> bool:
        """Writes what became of rows; with `release` lets the chat go, unsent rows back to `new`.

        False: the lease was lost, nothing was written."""

    async def fire_timers(self, now: datetime, limit: int) -> int:
        """Turns due timer rows into TimerFired updates; how many."""

    async def claim_calls(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[CallJob, ...]:
        """Takes journalled calls to be made, and those whose maker vanished."""

    async def finish_call(
        self, worker: str, job: CallJob, update: AnyUpdate, now: datetime
    ) -> Accepted | None:
        """Writes a call's result into the journal and files it as an update, in one transaction.

        None: the lease was lost or the call already has a result."""

    async def events(self, after: int, limit: int) -> tuple[DeskEvent, ...]:
        """The live feed after a position, oldest first."""

    async def close(self) -> None:
        """Finishes what is queued and closes the database."""
