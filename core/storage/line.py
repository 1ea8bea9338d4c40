"""Lines to PostgreSQL: a connection each, kept from one transaction to the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg

from core.errors import StoreUnavailable
from core.storage.statement import micros

T = TypeVar("T")

#: The feed replays the last 30 s, so no write may become visible later than that.
CUT_OFF = 15.0
#: What lies between us and the server may forget a connection nobody uses; and none lives for
#: ever, so that neither does what the server keeps for it.
IDLE, AGE = 300.0, 3600.0
#: Whatever the database or the way to it says against us.
GONE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.InternalClientError,  # a connection that died while idle
    OSError,
    TimeoutError,
)
_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from there


async def connect(dsn: str) -> Any:
    """A connection as the plans want it; StoreUnavailable when there is none.

    Whoever asks something of it says how long that may last: asyncpg's own clock for every
    question costs as much as half of a short one."""
    try:
        connection = await asyncpg.connect(
            dsn,
            timeout=CUT_OFF,
            statement_cache_size=256,
            max_cached_statement_lifetime=0,
            server_settings={
                "application_name": "otklik",
                "jit": "off",
                # every statement comes again and again and finds its rows by keys: planning each
                # anew cost as much as carrying it out
                "plan_cache_mode": "force_generic_plan",
                # and planned without its parameters a claim would read all of its table, because
                # its limit is not known
                "enable_seqscan": "off",
                "enable_hashjoin": "off",
                "enable_mergejoin": "off",
                "statement_timeout": str(int(CUT_OFF * 1000)),
                "idle_in_transaction_session_timeout": str(int(CUT_OFF * 1000)),
            },
        )
        try:
            async with asyncio.timeout(CUT_OFF):
                await _prepare(connection)
        except BaseException:
            connection.terminate()
            raise
    except GONE as error:
        raise StoreUnavailable(f"PostgreSQL: {error}") from error
    return connection


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda value: (value - _2000,),
        decoder=lambda value: value[0] + _2000,
    )
    if connection.get_server_version().major >= 17:
        await connection.execute(f"SET transaction_timeout = {int(CUT_OFF * 1000)}")


async def revision_of(dsn: str) -> str | None:
    """The revision the database is at, None when it has none of our tables."""
    async with _asking(dsn) as connection:
        known = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
        if not known:
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


async def ahead(dsn: str, clock: Callable[[], datetime]) -> timedelta:
    """How far a clock is ahead of the database's, at the least: nobody knows when, on the way of
    the question and back, the database looked at its own."""
    async with _asking(dsn) as connection:
        asked = micros(clock())
        there = await connection.fetchval("SELECT clock_timestamp()")
        answered = micros(clock())
    nearest = min(max(there, asked), answered)
    return timedelta(microseconds=nearest - there)


@asynccontextmanager
async def _asking(dsn: str) -> AsyncIterator[Any]:
    """A connection for a few questions."""
    connection = await connect(dsn)
    try:
        async with asyncio.timeout(CUT_OFF):
            yield connection
    except GONE as error:
        raise StoreUnavailable(f"PostgreSQL: {error}") from error
    finally:
        with suppress(*GONE):
            await connection.close(timeout=CUT_OFF)


class Line:
    """One transaction after the other over one connection, which is made anew where it died.

    clock: seconds, as the event loop's."""

    def __init__(self, dsn: str, clock: Callable[[], float]) -> None:
        self._dsn = dsn
        self._clock = clock
        self._connection: Any = None
        self._made = self._used = 0.0
        #: Whether the last transaction asked for its commit and got no answer.
        self.in_doubt = False

    async def transaction(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """What `work` answers when given the connection, once that is durable.

        A connection that had died before anything was asked of it is no error. May be cancelled;
        then the connection is given up. The caller sees to the time it may take."""
        self.in_doubt = False
        try:
            connection = await self._begun()
            answer = await work(connection)
            self.in_doubt = True
            await connection.execute("COMMIT")
            self.in_doubt = False
        except (Exception, asyncio.CancelledError) as error:
            await self._take_back(error)
            raise
        self._used = self._clock()
        return answer

    async def close(self) -> None:
        """Lets the connection go; may be called again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*GONE):
                await connection.close(timeout=CUT_OFF)

    async def _begun(self) -> Any:
        now = self._clock()
        if now - self._used > IDLE or now - self._made > AGE:
            self._give_up()
        if self._connection is not None:
            try:
                await self._connection.execute("BEGIN")
            except GONE:
                self._give_up()
            else:
                return self._connection
        self._connection = await connect(self._dsn)
        self._made = now
        await self._connection.execute("BEGIN")
        return self._connection

    async def _take_back(self, error: BaseException) -> None:
        """Ends a transaction that failed. Who was cut off in the middle does not know what the
        server is at, and does not wait to see."""
        connection = self._connection
        if connection is None:
            return
        if isinstance(error, asyncio.CancelledError) or connection.is_closed():
            self._give_up()
            return
        try:
            await connection.execute("ROLLBACK")
        except GONE:
            self._give_up()
        except asyncio.CancelledError:
            self._give_up()
            raise

    def _give_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
