"""A line to PostgreSQL: what a connection lives through between and within transactions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from bots.wiring import now
from core.errors import StoreUnavailable
from core.storage import sql_delivery, sql_doubt, sql_intake, sql_turn, sql_work
from core.storage.line import AGE, IDLE, Line, ahead, connect
from core.storage.statement import Statement

pytestmark = pytest.mark.postgres


class Clock:
    """Seconds that a test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def line(postgres_server: str, clock: Clock) -> AsyncIterator[Line]:
    made = Line(postgres_server, clock)
    yield made
    await made.close()


@pytest.fixture
async def beside(postgres_server: str) -> AsyncIterator[Any]:
    """Another connection, which sees what is durable, with a table for the test."""
    connection = await connect(postgres_server)
    await connection.execute("CREATE TABLE kept (id int PRIMARY KEY)")
    yield connection
    await connection.execute("DROP TABLE kept")
    await connection.close()


async def pid(connection: Any) -> int:
    found: int = await connection.fetchval("SELECT pg_backend_pid()")
    return found


async def kept(connection: Any) -> list[int]:
    return [row[0] for row in await connection.fetch("SELECT id FROM kept ORDER BY id")]


@pytest.mark.parametrize(
    ("asked", "answered", "found"),
    [(-1, 1, 0), (60, 62, 60), (-62, -60, -60)],
    ids=["a slow question", "ahead", "behind"],
)
async def test_a_clock_is_compared_with_the_databases_whatever_the_way_takes(
    postgres_server: str, asked: int, answered: int, found: int
) -> None:
    looks = iter((asked, answered))

    def skewed() -> datetime:
        return now() + timedelta(seconds=next(looks))

    off = await ahead(postgres_server, skewed)
    assert abs(off - timedelta(seconds=found)) < timedelta(seconds=0.9 if found else 0.001)


async def test_one_connection_serves_one_transaction_after_the_other(line: Line) -> None:
    async def settle_in(connection: Any) -> int:
        await connection.execute("SET lock_timeout = 7777")
        return await pid(connection)

    async def look(connection: Any) -> tuple[int, str]:
        return await pid(connection), await connection.fetchval("SHOW lock_timeout")

    assert (await line.transaction(look))[1] != "7777ms"
    own = await line.transaction(settle_in)
    assert await line.transaction(look) == (own, "7777ms")


async def test_what_was_written_is_durable_when_it_is_answered(line: Line, beside: Any) -> None:
    async def write(connection: Any) -> str:
        await connection.execute("INSERT INTO kept VALUES (1)")
        assert await kept(beside) == []
        return "written"

    assert await line.transaction(write) == "written"
    assert await kept(beside) == [1]


async def test_a_transaction_that_fails_leaves_nothing_and_keeps_the_connection(
    line: Line, beside: Any
) -> None:
    own = await line.transaction(pid)

    async def write_twice(connection: Any) -> None:
        await connection.execute("INSERT INTO kept VALUES (1)")
        await connection.execute("INSERT INTO kept VALUES (1)")

    with pytest.raises(asyncpg.UniqueViolationError):
        await line.transaction(write_twice)
    assert (await kept(beside), await line.transaction(pid)) == ([], own)


async def test_what_a_plan_raises_leaves_nothing(line: Line, beside: Any) -> None:
    async def write_and_raise(connection: Any) -> None:
        await connection.execute("INSERT INTO kept VALUES (1)")
        raise KeyError("plan")

    with pytest.raises(KeyError):
        await line.transaction(write_and_raise)
    assert await kept(beside) == []


async def test_a_connection_that_died_while_idle_is_made_anew(line: Line, beside: Any) -> None:
    own = await line.transaction(pid)
    await beside.execute(f"SELECT pg_terminate_backend({own}, 5000)")
    assert await line.transaction(pid) != own


async def test_one_that_dies_at_work_is_an_error_and_made_anew(line: Line, beside: Any) -> None:
    async def die(connection: Any) -> None:
        await connection.execute("INSERT INTO kept VALUES (1)")
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await line.transaction(die)
    assert await line.transaction(kept) == []


async def test_who_is_cut_off_does_not_wait_for_the_server(line: Line, beside: Any) -> None:
    own = await line.transaction(pid)
    asked = asyncio.Event()

    async def wait_long(connection: Any) -> None:
        await connection.execute("INSERT INTO kept VALUES (1)")
        asked.set()
        await connection.execute("SELECT pg_sleep(3600)")

    task = asyncio.create_task(line.transaction(wait_long))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await line.transaction(pid) != own
    assert await kept(beside) == []
    await beside.execute(f"SELECT pg_terminate_backend({own}, 5000)")


async def test_a_connection_unused_for_long_is_not_trusted(line: Line, clock: Clock) -> None:
    own = await line.transaction(pid)
    clock.now += IDLE
    assert await line.transaction(pid) == own
    clock.now += IDLE + 1
    assert await line.transaction(pid) != own


async def test_an_old_connection_is_replaced_however_busy_it_is(line: Line, clock: Clock) -> None:
    own = await line.transaction(pid)
    while clock.now < AGE - IDLE:
        clock.now += IDLE
        assert await line.transaction(pid) == own
    clock.now += IDLE
    assert await line.transaction(pid) == own
    clock.now += 1
    assert await line.transaction(pid) != own


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (sql_turn.CLAIM, "'worker', now(), 1, 1"),
        (sql_delivery.CLAIM_CHATS, "'worker', now(), 1, 1"),
        (sql_work.CLAIM_CALLS, "'worker', now(), 1, 1"),
        (sql_intake.CHAT_OF, "'anna'"),
        (sql_doubt.GIVE_BACK_RUNS, "'worker', now(), now()"),
        (sql_doubt.GIVE_BACK_CHATS, "'worker', now(), now(), true"),
        (sql_doubt.GIVE_BACK_CALLS, "'worker', now(), now()"),
    ],
)
async def test_nothing_reads_a_whole_table(beside: Any, statement: Statement, values: str) -> None:
    """Statements are planned without their parameters, and who knows no limit expects a tenth of
    the table."""
    for table in ("dialog_run", "chat_run", "call"):
        await beside.execute(f"ANALYZE {table}")
    await beside.execute(f"PREPARE asked AS {statement.postgres}")
    plan = await beside.fetch(f"EXPLAIN EXECUTE asked ({values})")
    assert "Seq Scan" not in str(plan)


async def test_a_server_that_is_not_there_stores_nothing(tmp_path: Any, clock: Clock) -> None:
    line = Line(f"postgresql://u@/n?host={tmp_path}", clock)
    with pytest.raises(StoreUnavailable):
        await line.transaction(pid)
    await line.close()


async def test_a_closed_line_leaves_no_connection(line: Line) -> None:
    connections = []

    async def look(connection: Any) -> None:
        connections.append(connection)

    await line.transaction(look)
    assert not connections[0].is_closed()
    await line.close()
    await line.close()
    assert connections[0].is_closed()
