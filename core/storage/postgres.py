"""PostgreSQL through asyncpg: jobs that come together travel as arrays in one transaction."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from core.errors import StoreUnavailable
from core.storage.arrays import together, wired
from core.storage.executor import (
    Doubted,
    Gathering,
    Hand,
    RowsRefused,
    deliver,
    nobody,
    nobody_doubts,
)
from core.storage.jobs import Kind
from core.storage.line import CUT_OFF, GONE, Line
from core.storage.rules import Rules
from core.storage.statement import Plan, Rows, Statement

GROUP = 500
#: See core.storage.executor.Gathering; in its lane a job of one customer is alone.
CROWD = 2
_RETRIES = 15
_REFUSED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class _Job(NamedTuple):
    kind: Kind
    argument: Any
    future: "asyncio.Future[Any]"


class PostgresExecutor:
    """A batching task per lane: while one group is under way the next one gathers."""

    def __init__(self, dsn: str, rules: Rules) -> None:
        self.hand: Hand = nobody
        self.doubted: Doubted = nobody_doubts
        self._dsn = dsn
        self._rules = rules
        self._lines: dict[str, Line] = {}
        self._waiting: dict[str, list[_Job]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._gathering: dict[str, Gathering] = {}
        self._closed = False

    async def run(self, kind: Kind, job: Any) -> Any:
        """As core.storage.executor.Executor."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.setdefault(kind.lane, []).append(_Job(kind, job, future))
        if kind.lane not in self._tasks:
            self._lines.setdefault(kind.lane, Line(self._dsn, loop.time))
            task = asyncio.create_task(self._drain(kind.lane), name=f"store {kind.lane}")
            self._tasks[kind.lane] = task
        return await future

    async def close(self) -> None:
        """As core.storage.executor.Executor; may be called again."""
        self._closed = True
        await asyncio.gather(*self._tasks.values())
        await asyncio.gather(*(line.close() for line in self._lines.values()))

    async def _drain(self, lane: str) -> None:
        waiting, gathering = self._waiting[lane], self._gathering.setdefault(lane, Gathering(CROWD))
        clock = asyncio.get_running_loop().time
        try:
            while waiting:
                pause = gathering.pause(len(waiting), clock())
                if pause:
                    await asyncio.sleep(pause)
                group = waiting[:GROUP]
                del waiting[:GROUP]
                kinds: dict[str, list[_Job]] = {}
                for job in group:
                    kinds.setdefault(job.kind.name, []).append(job)
                for jobs in kinds.values():
                    await self._carry_out(jobs)
                gathering.ended(len(group), clock())
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
            except GONE as error:
                kind = jobs[0].kind
                if self._lines[kind.lane].in_doubt:
                    self.doubted(kind, [job.argument for job in jobs])
                raise StoreUnavailable(f"PostgreSQL: {error!r}") from error
        raise AssertionError("unreachable")

    async def _attempt(self, jobs: Sequence[_Job]) -> list[Any]:
        kind = jobs[0].kind
        plan = kind.run(self._rules, [job.argument for job in jobs])
        return await self._lines[kind.lane].transaction(lambda connection: _run(connection, plan))


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
