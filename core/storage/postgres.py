"""PostgreSQL through asyncpg: jobs that come together travel as arrays in one transaction."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import asyncpg

from core.errors import StoreUnavailable
from core.storage.arrays import together, wired
from core.storage.executor import Hand, RowsRefused, deliver, nobody
from core.storage.jobs import Kind
from core.storage.rules import Rules
from core.storage.statement import Plan, Rows, Statement

#: The feed replays the last 30 s, so no write may become visible later than that.
CUT_OFF = 15.0
GROUP = 500
CONNECTIONS = 12
_RETRIES = CONNECTIONS + 3
_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from there
_REFUSED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
_GONE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.InternalClientError,  # a connection that died while idle
    OSError,
    TimeoutError,
)


class _Idle(Exception):
    """A connection of the pool had died before anything was asked of it: take another one."""


_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, _Idle)


class _Job(NamedTuple):
    kind: Kind
    argument: Any
    future: "asyncio.Future[Any]"


async def open_pool(dsn: str, *, connections: int = CONNECTIONS) -> Any:
    """Connections as the plans want them; StoreUnavailable when there are none."""
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=connections,
            init=_prepare,
            reset=_as_it_is,
            command_timeout=CUT_OFF,
            timeout=CUT_OFF,
            statement_cache_size=256,
            max_cached_statement_lifetime=0,
            server_settings={
                "application_name": "otklik",
                "jit": "off",
                # every statement comes again and again and finds its rows by keys: planning each
                # anew cost as much as carrying it out
                "plan_cache_mode": "force_generic_plan",
                "statement_timeout": str(int(CUT_OFF * 1000)),
                "idle_in_transaction_session_timeout": str(int(CUT_OFF * 1000)),
            },
        )
    except _GONE as error:
        raise StoreUnavailable(f"PostgreSQL: {error}") from error


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


async def _as_it_is(connection: Any) -> None:
    """A job leaves nothing of its own behind on a connection, so nothing needs to be taken back:
    asyncpg's own reset is one more question for every transaction, and undoes `_prepare`."""


async def revision_of(pool: Any) -> str | None:
    """The revision the database is at, None when it has none of our tables."""
    try:
        known = await pool.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
        if not known:
            return None
        revision: str | None = await pool.fetchval("SELECT version_num FROM alembic_version")
    except _GONE as error:
        raise StoreUnavailable(f"PostgreSQL: {error}") from error
    return revision


class PostgresExecutor:
    """A batching task per lane: while one group is under way the next one gathers."""

    def __init__(self, pool: Any, rules: Rules) -> None:
        self.hand: Hand = nobody
        self._pool = pool
        self._rules = rules
        self._waiting: dict[str, list[_Job]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    async def run(self, kind: Kind, job: Any) -> Any:
        """As core.storage.executor.Executor."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(kind.lane, []).append(_Job(kind, job, future))
        if kind.lane not in self._tasks:
            task = asyncio.create_task(self._drain(kind.lane), name=f"store {kind.lane}")
            self._tasks[kind.lane] = task
        return await future

    async def close(self) -> None:
        """As core.storage.executor.Executor; may be called again."""
        self._closed = True
        await asyncio.gather(*self._tasks.values())
        await self._pool.close()

    async def _drain(self, lane: str) -> None:
        waiting = self._waiting[lane]
        try:
            while waiting:
                group = waiting[:GROUP]
                del waiting[:GROUP]
                kinds: dict[str, list[_Job]] = {}
                for job in group:
                    kinds.setdefault(job.kind.name, []).append(job)
                for jobs in kinds.values():
                    await self._carry_out(jobs)
        finally:
            del self._tasks[lane]

    async def _carry_out(self, jobs: Sequence[_Job]) -> None:
        """One transaction for all; when it refuses their rows, one for each."""
        try:
            answers = await self._transaction(jobs)
        except Exception as error:
            if len(jobs) == 1 or isinstance(error, StoreUnavailable):
                for job in jobs:
                    deliver(job.future, error, self.hand)
                return
            for job in jobs:
                await self._carry_out([job])
        else:
            for job, answer in zip(jobs, answers, strict=True):
                deliver(job.future, answer, self.hand)

    async def _transaction(self, jobs: Sequence[_Job]) -> list[Any]:
        for left in reversed(range(_RETRIES)):
            try:
                async with asyncio.timeout(CUT_OFF):
                    return await self._attempt(jobs)
            except (*_REFUSED, UnicodeEncodeError) as error:
                raise RowsRefused(str(error)) from error
            except _AGAIN as error:
                if not left:
                    raise StoreUnavailable(f"PostgreSQL: {error}") from error
            except _GONE as error:
                raise StoreUnavailable(f"PostgreSQL: {error!r}") from error
        raise AssertionError("unreachable")

    async def _attempt(self, jobs: Sequence[_Job]) -> list[Any]:
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            try:
                await transaction.start()
            except _GONE as error:
                raise _Idle(str(error)) from error
            try:
                plan = jobs[0].kind.run(self._rules, [job.argument for job in jobs])
                answers = await _run(connection, plan)
            except BaseException:
                with suppress(*_GONE):
                    await transaction.rollback()
                raise
            await transaction.commit()
            return answers


async def _run(connection: Any, plan: Plan[list[Any]]) -> list[Any]:
    try:
        statement, parameters = next(plan)
        while True:
            rows = await _execute(connection, statement, parameters)
            statement, parameters = plan.send(rows)
    except StopIteration as end:
        answers: list[Any] = end.value
        return answers


async def _execute(connection: Any, statement: Statement, parameters: Sequence[Any]) -> Rows:
    if statement.form == "once":
        return await _fetched(connection, statement.postgres, parameters)
    if statement.form == "all":
        parts = [(one.postgres, rows) for one, rows in parameters if one.postgres]
        if not parts:
            return []
        text, wires = together(tuple(text for text, _ in parts))
        columns = [column for _, rows in parts for column in zip(*rows, strict=True)]
    elif not parameters or not statement.postgres:
        return []
    else:
        text, wires = wired(statement.postgres)
        columns = list(zip(*parameters, strict=True))
    arguments = [wire(column) for wire, column in zip(wires, columns, strict=True)]
    return await _fetched(connection, text, arguments)


async def _fetched(connection: Any, text: str, arguments: Sequence[Any]) -> Rows:
    rows: Rows = await connection.fetch(text, *arguments) if text else []
    return rows
