"""Brings a database to the newest schema with Alembic; one history for both databases."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.errors import ConfigError, StoreUnavailable
from core.storage.address import Address, address
from core.storage.apsw_driver import Connection as SqliteConnection
from core.storage.tables import METADATA

T = TypeVar("T")

#: Any number will do as long as every migrating process takes the same one.
_ADVISORY_LOCK = 7_405_119


def scripts() -> ScriptDirectory:
    """Our migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def head() -> str:
    """The newest revision."""
    revision = scripts().get_current_head()
    if revision is None:
        raise RuntimeError("the migrations are missing from this installation")
    return revision


def beyond(revision: str | None) -> str:
    """What to say of a database at a revision that this program does not know, else nothing."""
    if revision is None or revision in {script.revision for script in scripts().walk_revisions()}:
        return ""
    return (
        f"the database is at {revision}, this program knows up to {head()}:"
        " take the newer program, or name another database by OTKLIK_DATABASE_URL"
    )


def current(url: str) -> str | None:
    """The revision a database is at, None when it has none of our tables."""
    return _connected(address(url), _revision)


def migrate(url: str) -> None:
    """Upgrades the database; safe to call from several processes, does nothing at head. Raises
    StoreUnavailable, and ConfigError for a database of a newer program and a SQLite file of
    another one.

    Runs its own event loop for PostgreSQL: inside a loop call it by asyncio.to_thread."""
    _connected(address(url), upgrade)


def on_connection(url: str, work: Callable[[Connection], T]) -> T:
    """What `work` makes of a connection to the database, in one transaction."""
    return _connected(address(url), work)


def upgrade(connection: Connection) -> None:
    """Upgrades over an open connection, inside its transaction. Raises ConfigError as `migrate`."""
    directory = scripts()
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    if wrong := beyond(_revision(connection)):
        raise ConfigError([wrong])
    if connection.dialect.name == "sqlite":
        _refuse_foreign(connection)

    def plan(revision: Any, context: MigrationContext) -> Any:
        return directory._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), directory, fn=plan, destination_rev="head") as environment:
        environment.configure(connection=connection, target_metadata=METADATA)
        environment.run_migrations()


def _refuse_foreign(connection: Connection) -> None:
    tables = inspect(connection).get_table_names()
    if tables and "alembic_version" not in tables:
        path = connection.engine.url.database
        raise ConfigError([f"{path} is a SQLite file of another program"])


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _connected(where: Address, work: Callable[[Connection], T]) -> T:
    try:
        if where.kind == "sqlite":
            return _with_sqlite(where, work)
        return asyncio.run(_with_postgres(where, work))
    except DBAPIError as error:  # its own text is of several lines, one of them a link
        raise StoreUnavailable(f"the database does not answer: {error.orig}") from error


def _with_sqlite(where: Address, work: Callable[[Connection], T]) -> T:
    engine = create_engine(
        where.for_sqlalchemy(),
        creator=lambda: SqliteConnection(where.target),
        poolclass=NullPool,
    )

    # The write lock comes first, so that of two processes one migrates and the other finds it done.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


async def _with_postgres(where: Address, work: Callable[[Connection], T]) -> T:
    import asyncpg

    engine = create_async_engine(
        "postgresql+asyncpg://",
        # the address is asyncpg's to read: SQLAlchemy knows nothing of sslmode and its like
        async_creator=lambda: asyncpg.connect(where.target),
        poolclass=NullPool,
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
