"""What carries out jobs: the one difference between the stores of SQLite and PostgreSQL."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from core.errors import StoreError
from core.storage.jobs import Kind
from core.storage.taking import Answer, Handed

log = logging.getLogger(__name__)


class RowsRefused(StoreError):
    """The database is well and will never take these rows: a key exists, a text holds a NUL.

    Alone such a job fails; of a batch of turns the others are saved without it."""


#: After a transaction of a crowd the next one begins not sooner than so many seconds after its end,
#: unless so many jobs wait already. Whoever is alone never waits.
GATHER, ENOUGH = 0.008, 64


class Gathering:
    """When the next transaction begins, so that more jobs share it (what PostgreSQL itself calls
    commit_delay and commit_siblings). crowd: so many jobs in one transaction are one."""

    def __init__(self, crowd: int) -> None:
        self._crowd = crowd
        self._jobs = 0
        self._ended = 0.0

    def pause(self, waiting: int, now: float) -> float:
        """Seconds to wait for others. now: of any clock that never goes back."""
        if self._jobs < self._crowd or waiting >= ENOUGH:
            return 0.0
        return min(max(self._ended + GATHER - now, 0.0), GATHER)

    def ended(self, jobs: int, now: float) -> None:
        """A transaction of so many jobs is over."""
        self._jobs, self._ended = jobs, now


Hand = Callable[[Handed], None]
Doubted = Callable[[Kind, Sequence[Any]], None]


def nobody(handed: Handed) -> None:
    """Nobody follows: what a write took for somebody waits for the end of its lease."""


def nobody_doubts(kind: Kind, arguments: Sequence[Any]) -> None:
    """Nobody looks after what was taken."""


class Executor(Protocol):
    """Carries out jobs, several in one transaction where they come together.

    hand: told in the event loop of what a job's transaction took for a follower, once it is
    durable and whether or not anybody still waits for the job's answer. doubted: told there of jobs
    of one transaction whose commit was not answered, so that nobody knows whether it was stored."""

    hand: Hand
    doubted: Doubted

    async def run(self, kind: Kind, job: Any) -> Any:
        """The answer to one job, durable when it returns. Raises StoreUnavailable or RowsRefused;
        then nothing of it was stored."""

    async def close(self) -> None:
        """Finishes what is queued; later jobs are refused."""


def deliver(future: "asyncio.Future[Any]", answer: Any, hand: Hand) -> None:
    """Gives a job's answer to whoever waits, and what it took to its follower."""
    if isinstance(answer, Answer):
        for handed in answer.handed:
            try:
                hand(handed)
            except Exception:  # its lease ends; those who wait beside it must not wait for ever
                log.exception("what was taken for %s was not handed over", handed.kin)
        answer = answer.value
    if future.done():  # whoever asked was cancelled; the write stands all the same
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
