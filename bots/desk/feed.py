"""The tail of the desk's events, without losing any.

Ids are given out before commit, so a lower one may become visible after a higher one: holes in
the numbers are looked at again for half a minute, which is longer than any writing transaction
may last. A hole that stays was a transaction undone.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from core.desk_store import Dialogs
from core.store_values import DeskEvent

OVERLAP = timedelta(seconds=30)
AT_ONCE = 1000
#: Holes watched at once; beyond it only the newest, as after a restart of the database's counter.
HOLES = 1000
_BEFORE_START = 200


class Feed:
    """position: the highest id seen. told: the highest up to which every tab was told; what
    sockets resume from. started: both are known."""

    def __init__(self, store: Dialogs, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._holes: dict[int, datetime] = {}
        self.position = 0
        self.told = 0
        self.started = asyncio.Event()

    async def start(self) -> None:
        """From now on; what is under way at this moment counts as news."""
        self.position = self.told = await self._store.last_event()
        low = max(0, self.position - _BEFORE_START)
        known = {event.id for event in await self._store.events(low, _BEFORE_START)}
        if known:
            self._watch(set(range(low + 1, self.position)) - known)
        self.started.set()

    async def news(self) -> list[DeskEvent]:
        """Events that became visible since the last call, by id; empty when there are none."""
        found = list(await self._store.events(self.position, AT_ONCE))
        late = await self._late()
        if found:
            last = found[-1].id
            missing = set(range(max(self.position + 1, last - HOLES), last))
            self._watch(missing - {event.id for event in found})
            self.position = last
        return late + found

    async def _late(self) -> list[DeskEvent]:
        now = self._clock()
        self._holes = {id_: until for id_, until in self._holes.items() if now < until}
        if not self._holes:
            return []
        late = list(await self._store.events_among(sorted(self._holes)))
        for event in late:
            del self._holes[event.id]
        return late

    def _watch(self, ids: set[int]) -> None:
        until = self._clock() + OVERLAP
        self._holes |= dict.fromkeys(sorted(ids), until)
        for id_ in sorted(self._holes)[:-HOLES]:
            del self._holes[id_]
