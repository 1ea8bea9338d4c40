"""Whether what comes in can be stored: what `/readyz` says of the database."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.errors import StoreReplaced, StoreUnavailable
from core.ingress import Intake
from core.store_values import Accepted
from core.updates import Received

#: A row like that of a channel, under a name that no channel has.
ROW = "/readyz"
#: After a write that went well the next is believed in for so long: each is an fsync.
BELIEVED = timedelta(seconds=5)
#: Small rows may find room on a disk that is full for updates, so these are believed for longer.
FAILED = timedelta(minutes=1)
#: How often it is looked whether the schema is still ours.
LOOK = timedelta(seconds=30)


class Rows(Protocol):
    """What is needed of the store."""

    async def cursor(self, channel: str) -> str:
        """Reads; raises StoreUnavailable."""

    async def put_cursor(self, channel: str, value: str, now: datetime) -> None:
        """Writes; raises StoreUnavailable."""


class Storing:
    """The way in, watched: `take_in` stands for it, `check` tells how it fares."""

    def __init__(self, intake: Intake, rows: Rows, clock: Callable[[], datetime]) -> None:
        self._intake = intake
        self._rows = rows
        self._clock = clock
        self._stored_at: datetime | None = None
        self._failed_at: datetime | None = None

    async def take_in(self, channel: str, received: Sequence[Received]) -> Sequence[Accepted]:
        """As the way in itself."""
        try:
            accepted = await self._intake(channel, received)
        except StoreUnavailable:
            self._failed_at = self._clock()
            raise
        if any(where.dialog for where in accepted):  # of typing alone nothing is stored
            self._stored_at, self._failed_at = self._clock(), None
        return accepted

    async def check(self) -> str:
        """What is wrong with the database, empty when nothing is. Raises StoreUnavailable.

        Updates that could not be stored a moment ago are wrong until one is; without any, a small
        row is written."""
        try:
            await self._rows.cursor(ROW)
        except StoreReplaced:  # its text names the file, which is not for everybody
            return "the database file was replaced or deleted: start this process again"
        now = self._clock()
        if self._failed_at is not None and now - self._failed_at < FAILED:
            return "updates cannot be stored"
        if self._stored_at is None or now - self._stored_at >= BELIEVED:
            await self._rows.put_cursor(ROW, "", now)
            self._stored_at = now
        return ""


class Migrations:
    """Whether the schema is still one that we know: a newer program may bring the database beyond
    us while we serve. beyond: what to say then, else nothing; see core.storage.open.beyond_us."""

    def __init__(self, beyond: Callable[[], Awaitable[str]], clock: Callable[[], datetime]) -> None:
        self._beyond = beyond
        self._clock = clock
        self._looked_at: datetime | None = None
        self._found = ""

    async def check(self) -> str:
        """What is wrong, empty when nothing is. Raises StoreUnavailable."""
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= LOOK:
            self._found = await self._beyond()
            self._looked_at = now
        return self._found
