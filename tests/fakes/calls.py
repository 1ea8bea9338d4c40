"""A journal of calls and counters of attempts in memory."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from core.errors import StoreUnavailable
from core.store_values import Accepted, CallJob
from core.updates import AnyUpdate


def job(service: str, key: str = "d1:1:1", **arguments: Any) -> CallJob:
    """A call as the journal gives it, nobody's yet."""
    return CallJob(
        key=key,
        dialog=key.partition(":")[0],
        identity="i1",
        channel="main",
        chat="c1",
        service=service,
        arguments=arguments,
        sealed=(),
        timeout=10.0,
        tries=0,
        epoch=1,
    )


class ListJournal:
    """failing: how many times finish_call finds the database away."""

    def __init__(self, *jobs: CallJob) -> None:
        self.waiting = list(jobs)
        self.finished: list[tuple[CallJob, AnyUpdate]] = []
        self.failing = 0
        self.written = asyncio.Event()

    async def claim_calls(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[CallJob, ...]:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return tuple(taken)

    async def finish_call(
        self, worker: str, job: CallJob, update: AnyUpdate, now: datetime
    ) -> Accepted | None:
        if self.failing:
            self.failing -= 1
            raise StoreUnavailable("locked")
        self.finished.append((job, update))
        self.written.set()
        return Accepted(dialog=job.dialog, seq=len(self.finished))

    def again(self, job: CallJob) -> None:
        """The maker of this call vanished: it waits for another one."""
        self.waiting.append(replace(job, tries=job.tries + 1, epoch=job.epoch + 1))


class MemoryAttempts:
    """Attempts that last as long as this object."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tries: dict[str, list[datetime]] = {}

    async def spend(self, keys: Sequence[str], limit: int, window: timedelta) -> bool:
        since = self._clock() - window
        recent = {key: [at for at in self._tries.get(key, []) if at > since] for key in keys}
        if any(len(tries) >= limit for tries in recent.values()):
            return False
        for key, tries in recent.items():
            self._tries[key] = [*tries, self._clock()]
        return True

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._tries)


class MovingClock:
    """A clock that only its own `sleep` moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)
