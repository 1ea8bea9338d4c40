"""What turns know of queues and operators, read at most once a second."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from core.desk_store import People
from core.queue import queue_info
from core.store import Store
from handlers.world import DeskFacts

TTL = timedelta(seconds=1)
#: Facts that `refresh` brings each second may be so old; older ones are asked for again.
STALE = timedelta(seconds=3)


class DeskFactsSource:
    """Gives DeskFacts that are `ttl` old at most; however many ask at once, one reads."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        *,
        people: People | None = None,
        ttl: timedelta = TTL,
    ) -> None:
        """people: operators; without them nobody is available, so that a dialog that lives again
        always goes to its queue."""
        self._store = store
        self._clock = clock
        self._people = people
        self._ttl = ttl
        self._stale = STALE if ttl else timedelta()
        self._known: tuple[datetime, DeskFacts] | None = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> DeskFacts:
        """The facts as of now."""
        async with self._lock:
            now = self._clock()
            if self._known is None or now - self._known[0] >= self._ttl:
                self._known = (now, await self._read(now))
            return self._known[1]

    def at_hand(self) -> DeskFacts | None:
        """The facts if they were read a moment ago."""
        if self._known is None or not timedelta() <= self._clock() - self._known[0] < self._stale:
            return None
        return self._known[1]

    async def refresh(self) -> None:
        """Reads the facts, so that no turn needs to; called each second."""
        await self()

    async def _read(self, now: datetime) -> DeskFacts:
        queues = {row.id: queue_info(row, now) for row in await self._store.queues()}
        if self._people is None:
            return DeskFacts(queues)
        room = {
            one.id: one.limit - one.in_hand
            for one in await self._people.accounts()
            if one.status == "online" and one.person().is_operator
        }
        return DeskFacts(queues, room)
