"""What carries out jobs: the one difference between the stores of SQLite and PostgreSQL."""

from typing import Any, Protocol

from core.errors import StoreError
from core.storage.jobs import Kind


class RowsRefused(StoreError):
    """The database is well and will never take these rows: a key exists, a text holds a NUL.

    Alone such a job fails; of a batch of turns the others are saved without it."""


class Executor(Protocol):
    """Carries out jobs, several in one transaction where they come together."""

    async def run(self, kind: Kind, job: Any) -> Any:
        """The answer to one job, durable when it returns. Raises StoreUnavailable or RowsRefused;
        then nothing of it was stored."""

    async def close(self) -> None:
        """Finishes what is queued; later jobs are refused."""
