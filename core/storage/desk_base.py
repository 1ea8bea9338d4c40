"""The desk's connections: SQLAlchemy beside the hot path, on the same database.

Reading transactions see one snapshot; writing ones take SQLite's write lock at once, so that two
of them never meet in the middle.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, cast

import aiosqlite
from sqlalchemy import ColumnElement, Table, event, func, insert, literal, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import ConfigError, StoreUnavailable
from core.storage.address import address
from core.storage.apsw_driver import beside_the_loop
from core.storage.own_file import OwnFile
from core.storage.tables import METADATA

CUT_OFF_MS = "15000"
_SESSION = {
    "application_name": "otklik desk",
    "jit": "off",
    "statement_timeout": CUT_OFF_MS,
    "idle_in_transaction_session_timeout": CUT_OFF_MS,
}
#: Ids per statement; both databases take more, their planners prefer less.
CHUNK = 1000


def table(name: str) -> Table:
    """A table by name."""
    return METADATA.tables[name]


DESK_EVENT = table("desk_event")


def among(column: Any, *values: str) -> ColumnElement[bool]:
    """The column holds one of these, said in the statement itself and not as values of it:
    otherwise a planner does not see that an index over a few of the rows holds all that it asks
    for."""
    said = [literal(value, literal_execute=True) for value in values]
    found: ColumnElement[bool] = column == said[0] if len(said) == 1 else column.in_(said)
    return found


def as_value(column: Any) -> ColumnElement[Any]:
    """The text of a column, so that SQLite takes no index for it: it counts on far fewer rows of
    one value than there are, and leaves the index that would do."""
    return func.coalesce(column, "")


def has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """There is a row like this beside the row that is asked for.

    OFFSET keeps PostgreSQL from gathering such rows of the whole archive first, which it takes for
    cheaper since it does not count with the LIMIT outside."""
    return select(literal(1, literal_execute=True)).where(*conditions).offset(0).exists()


def engine_of(url: str, own: OwnFile | None = None) -> AsyncEngine:
    """An engine for the desk. Raises ConfigError for a SQLite database in memory, which has only
    one connection. own: a SQLite file; the one at the address, if not given."""
    where = address(url)
    if where.kind == "postgres":
        import asyncpg  # a terminal over a file needs none

        engine = create_async_engine(
            "postgresql+asyncpg://",
            # the address is asyncpg's to read: SQLAlchemy knows nothing of sslmode and its like
            async_creator=partial(asyncpg.connect, where.target, server_settings=_SESSION),
            pool_size=5,
            max_overflow=5,
        )
        event.listen(engine.sync_engine, "checkout", _must_be_open)
        return engine
    if where.is_memory:
        raise ConfigError(
            ["the desk needs a SQLite file, none in memory: name one by OTKLIK_DATABASE_URL"]
        )
    return _engine_of_file(where.target, own or OwnFile(where.target))


def _engine_of_file(path: str, own: OwnFile) -> AsyncEngine:
    async def connected() -> aiosqlite.Connection:
        own.look()  # a connection to another file would stay in the pool
        own.check()
        return await beside_the_loop(path)

    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", async_creator=connected)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", lambda _: own.check())
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _must_be_open(connection: Any, _record: object, _whose: object) -> None:
    """A connection that died while nobody used it is no error: the pool makes another one. asyncpg
    knows of it already, so this costs no question as the pool's own `pre_ping` would."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("otklik_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """Short transactions on one engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reads = engine
        self._writes = engine.execution_options(otklik_writes=True)

    @property
    def is_postgres(self) -> bool:
        """Concurrent writers exist and need locks of their own."""
        return self._reads.dialect.name == "postgresql"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes nothing."""
        with_errors = _translated()
        async with with_errors, self._reads.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at its end, undone by any exception."""
        async with _translated(), self._writes.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Lets go of connections."""
        await self._reads.dispose()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, OSError, TimeoutError) as error:
        raise StoreUnavailable(f"desk: {type(error).__name__}") from error


class Part:
    """A group of queries; all parts share one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close(self) -> None:
        """Lets go of connections."""
        await self._database.close()


async def say(connection: AsyncConnection, topic: str, now: datetime, **fields: Any) -> None:
    """A desk event, in the transaction of what it tells."""
    row = {"topic": topic, "dialog": "", "version": 0, "kind": "", "by": "", "first_n": 0}
    await connection.execute(insert(DESK_EVENT).values(**row | fields | {"at": now}))


async def rows(connection: AsyncConnection, statement: Any) -> Sequence[Mapping[str, Any]]:
    """The rows of a statement as mappings."""
    found = (await connection.execute(statement)).mappings().all()
    return cast(Sequence[Mapping[str, Any]], found)


async def first(connection: AsyncConnection, statement: Any) -> Mapping[str, Any] | None:
    """Its first row."""
    found = (await connection.execute(statement)).mappings().first()
    return cast(Mapping[str, Any] | None, found)


def chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    """Ids in groups that fit one statement."""
    return [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]
