"""Jobs that run again and again."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bots.timers import Job, ticking
from core.errors import StoreUnavailable

QUICK = timedelta(milliseconds=10)


class _Failing:
    """A job that fails three times, then rings."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.runs = 0
        self.well = asyncio.Event()

    async def run(self) -> None:
        self.runs += 1
        if self.runs <= 3:
            raise self.error
        self.well.set()


async def _records(error: Exception, caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    failing = _Failing(error)
    async with ticking([Job("accounts", QUICK, failing.run)]), asyncio.timeout(10):
        await failing.well.wait()
    return [record for record in caplog.records if record.name == "bots.timers"]


async def test_outage_of_the_database_is_a_line_and_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = await _records(StoreUnavailable("it is locked"), caplog)
    assert [record.levelname for record in records] == ["WARNING"] * 3
    assert not any(record.exc_info for record in records)
    assert "job accounts: the database does not answer: it is locked" in records[0].getMessage()


async def test_fault_of_a_job_is_told_whole_and_the_job_comes_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = await _records(RuntimeError("a fault"), caplog)
    assert [record.levelname for record in records] == ["ERROR"] * 3
    assert all(record.exc_info for record in records)


async def test_a_job_that_is_under_way_at_the_end_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with asyncio.timeout(10):
        async with ticking([Job("vanished", QUICK, run)]):
            await begun.wait()
        await ended.wait()
        await asyncio.sleep(0)  # the scheduler's own word comes after it
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
