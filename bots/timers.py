"""The ticker: jobs that run again and again. Rows are the truth, so a missed tick loses nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.errors import StoreUnavailable

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """Something to do every `every`; one run at a time, late runs are merged into one."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]


@asynccontextmanager
async def ticking(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Runs the jobs while the block runs; a job that fails is logged and comes again."""
    # its own records say «executed successfully» every second
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(timezone="UTC")
    for job in jobs:
        scheduler.add_job(
            _guarded(job),
            "interval",
            seconds=job.every.total_seconds(),
            id=job.name,
            name=job.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _guarded(job: Job) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await job.run()
        except asyncio.CancelledError:  # the end of `ticking`; the scheduler would call it a fault
            return
        except StoreUnavailable as error:  # an outage: every job meets it at every tick
            log.warning("job %s: the database does not answer: %s", job.name, error)
        except Exception:  # the ticker must outlive any of its jobs
            log.exception("job %s failed", job.name)

    return run
