"""Opens the store of a database URL, its schema brought up to date."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path

import apsw

from core.errors import ConfigError, StoreUnavailable
from core.storage import schema
from core.storage.address import Address, address
from core.storage.apsw_driver import BUSY, open_file
from core.storage.own_file import OwnFile
from core.storage.rules import Rules
from core.storage.sql_store import SqlStore
from core.storage.sqlite import SqliteExecutor, connect, free_of_the_dead, lock_for_serving
from core.store import Cipher, Store

KEY_LIFE = timedelta(days=3)


def _three_days(channel: str) -> timedelta:
    return KEY_LIFE


@asynccontextmanager
async def open_store(
    url: str,
    *,
    cipher: Cipher,
    new_id: Callable[[], str],
    reopen_window: timedelta,
    exclusive: bool = False,
    files: str = "",
    key_life: Callable[[str], timedelta] = _three_days,
    busy: float = BUSY,
) -> AsyncIterator[Store]:
    """A store for as long as the block lasts.

    exclusive: for `serve`, refused with ConfigError while another one holds the same SQLite file;
    what a dead one held is ready at once, not when its leases end.
    files: folder of attachments. key_life: how long a channel's dedup keys are kept.
    busy: seconds to wait for other processes on SQLite. Raises StoreUnavailable, and ConfigError
    where a newer program brought the schema beyond ours.
    """
    where = address(url)
    rules = Rules(
        cipher=cipher,
        new_id=new_id,
        reopen_window=reopen_window,
        key_life=key_life,
        files=files,
    )
    if where.kind == "sqlite":
        store = await _open_sqlite(where, rules, exclusive=exclusive, busy=busy)
    else:
        store = await _open_postgres(where, rules)
    try:
        yield store
    finally:
        await store.close()


async def clock_ahead(url: str, clock: Callable[[], datetime]) -> timedelta:
    """How far a clock is ahead of the database's; SQLite goes by the one we have. Raises
    StoreUnavailable."""
    where = address(url)
    if where.kind == "sqlite":
        return timedelta()
    from core.storage.line import ahead

    return await ahead(where.target, clock)


async def beyond_us(url: str) -> str:
    """What to say of a database that a newer program made, else nothing; changes nothing there.
    Raises StoreUnavailable, also where a SQLite file is gone."""
    where = address(url)
    if where.is_memory:
        return ""
    if where.kind == "sqlite":
        revision = await asyncio.to_thread(_revision_of_file, where.target)
    else:
        from core.storage.line import revision_of

        revision = await revision_of(where.target)
    if revision in (None, schema.head()):
        return ""
    from core.storage.migrate import beyond

    return beyond(revision)


def _revision_of_file(path: str) -> str | None:
    if not Path(path).exists():  # a look would make it anew
        raise StoreUnavailable(f"SQLite: {path}: there is no such file")
    try:
        with closing(open_file(path, busy=BUSY)) as connection:
            return schema.revision_of(connection)
    except apsw.Error as error:
        raise StoreUnavailable(f"SQLite: {error}") from error


async def _open_sqlite(where: Address, rules: Rules, *, exclusive: bool, busy: float) -> SqlStore:
    if not where.is_memory:
        Path(where.target).parent.mkdir(parents=True, exist_ok=True)
    lock = lock_for_serving(where.target) if exclusive and not where.is_memory else None
    try:
        connection = await asyncio.to_thread(_ready_to_serve if exclusive else _ready, where, busy)
    except BaseException as error:
        if lock is not None:
            lock.close()
        if isinstance(error, apsw.Error):
            raise StoreUnavailable(f"SQLite: {error}") from error
        raise
    own = None if where.is_memory else OwnFile(where.target)
    return SqlStore(SqliteExecutor(connection, rules, lock, own), rules)


def _ready(where: Address, busy: float) -> apsw.Connection:
    """A connection to the newest schema. Alembic is imported only for an older one."""
    connection = connect(where.target, busy=busy)
    try:
        if schema.is_empty(connection):
            schema.create(connection)
        if schema.revision_of(connection) == schema.head():
            return connection
        _refuse_foreign(connection, where.target)
    except BaseException:
        connection.close()
        raise
    connection.close()
    _migrate(where)
    return connect(where.target, busy=busy)


def _ready_to_serve(where: Address, busy: float) -> apsw.Connection:
    connection = _ready(where, busy)
    try:
        free_of_the_dead(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: apsw.Connection, path: str) -> None:
    if not schema.is_ours(connection):
        raise ConfigError([f"{path} is a SQLite file of another program"])


def _migrate(where: Address) -> None:
    from core.storage.migrate import migrate

    migrate(where.for_sqlalchemy())


async def _open_postgres(where: Address, rules: Rules) -> SqlStore:
    from core.storage.line import revision_of
    from core.storage.postgres import PostgresExecutor

    if await revision_of(where.target) != schema.head():
        await asyncio.to_thread(_migrate, where)
    return SqlStore(PostgresExecutor(where.target, rules), rules)
