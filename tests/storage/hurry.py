"""Time for processes that share a database: a test moves it, whosever clock counts."""

import asyncio
from datetime import datetime, timedelta

from bots import wiring
from tests.storage.look import Look


async def age_paces(look: Look, seconds: float, database_url: str) -> None:
    """Lets time go by for the shared rows, where the database counts by a clock of its own."""
    if database_url.startswith("postgresql"):
        back = f"- interval '{seconds:.6f} seconds'"
        moments = ", ".join(f"{name} = {name} {back}" for name in ("at", "until", "slowed_at"))
        await look(f"UPDATE pace SET {moments}")  # noqa: S608  # our own names


class Hurry:
    """Skips what somebody would have slept. Where the database counts by a clock of its own, it
    goes on as that does; else it stands still meanwhile, however busy the machine is."""

    def __init__(self, look: Look, database_url: str) -> None:
        self._look = look
        self._url = database_url
        self._ahead = timedelta()
        self._still = None if database_url.startswith("postgresql") else wiring.now()

    def __call__(self) -> datetime:
        return (self._still or wiring.now()) + self._ahead

    async def sleep(self, seconds: float) -> None:
        """In the place of asyncio.sleep. Who falls asleep together wakes together; a sleeper who
        is woken early has skipped it all."""
        await asyncio.shield(self._until(self() + timedelta(seconds=seconds)))

    async def _until(self, moment: datetime) -> None:
        await asyncio.sleep(0)  # everybody else who is awake acts before time goes on
        left = moment - self()
        if left > timedelta():
            self._ahead += left
            await age_paces(self._look, left.total_seconds(), self._url)
