"""Queues, hours and channels as every row of a list needs them, read at most each two seconds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.desk.context import DeskContext
from core import calendar
from core.desk_values import DeskQueue, Listed
from core.queue import Deadline, deadline
from core.store_values import Hours

TTL = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A snapshot. hours: calendar id -> its versions, oldest first. channels: name -> platform."""

    queues: Mapping[str, DeskQueue]
    hours: Mapping[str, tuple[Hours, ...]]
    channels: Mapping[str, str]

    def hours_of(self, queue: str) -> tuple[Hours, ...]:
        """Working hours of a queue; none are 24/7."""
        known = self.queues.get(queue)
        return self.hours.get(known.calendar, ()) if known and known.calendar else ()

    def deadline(self, row: Listed, now: datetime) -> Deadline | None:
        """The promise of the queue to a dialog that nobody has answered yet."""
        known = self.queues.get(row.queue)
        if known is None or row.escalated_at is None:
            return None
        return deadline(
            self.hours_of(row.queue),
            row.escalated_at,
            known.answer_within_s,
            known.warn_before_s,
            now,
        )

    def is_open(self, queue: str, now: datetime) -> bool:
        """Somebody works in the queue's hours now."""
        return calendar.is_open(self.hours_of(queue), now)


class SurroundingsSource:
    """Gives the snapshot; however many ask at once, one reads."""

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._found: Surroundings | None = None
        self._read_at: datetime | None = None

    async def __call__(self) -> Surroundings:
        """Two seconds old at most."""
        async with self._lock:
            now = self._context.clock()
            if self._found is None or self._read_at is None or now - self._read_at >= TTL:
                self._found, self._read_at = await self._read(), now
            return self._found

    def forget(self) -> None:
        """A queue or its hours changed."""
        self._read_at = None

    async def _read(self) -> Surroundings:
        store = self._context.store
        hours: dict[str, tuple[Hours, ...]] = {}
        for one in await store.calendars():
            version = Hours(
                version=one.version,
                zone=one.zone,
                weekly=one.weekly,
                exceptions=one.exceptions,
                always=one.always,
                effective_from=one.effective_from,
            )
            hours[one.id] = (*hours.get(one.id, ()), version)
        queues = {queue.id: queue for queue in await store.desk_queues(archived=True)}
        return Surroundings(queues=queues, hours=hours, channels=self._context.channels())
