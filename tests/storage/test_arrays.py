"""Columns of rows as PostgreSQL reads them."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from core.storage.arrays import together, wired
from core.storage.line import connect
from core.storage.statement import insert, micros

pytestmark = pytest.mark.postgres

ODD = [
    "",
    " ",
    "NULL",
    "null",
    '"',
    '\\"',
    "a,b",
    "{}",
    "two\nlines\ttab",
    "\x01\x1f",
    "Ёж 🦔",
    "\\",
]


@pytest.fixture
async def connection(postgres_server: str) -> AsyncIterator[Any]:
    connection = await connect(postgres_server)
    yield connection
    await connection.close()


async def echoed(connection: Any, kind: str, column: Sequence[Any]) -> list[Any]:
    """The values as they arrive in a statement about rows."""
    text, (wire,) = wired(
        "SELECT k.value FROM unnest($1::text[]) AS k(value)".replace("text", kind)
    )
    return [row[0] for row in await connection.fetch(text, wire(column))]


@pytest.mark.parametrize("column", [ODD, [*ODD, None], [None, None], [None], ["\\", None, '"']])
async def test_texts_arrive_as_they_are(connection: Any, column: list[str | None]) -> None:
    assert await echoed(connection, "text", column) == column


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("int", [0, -1, 2**31 - 1, None]),
        ("bigint", [0, -(2**63), 2**63 - 1, None]),
        ("bool", [True, False, None]),
        ("timestamptz", [0, 1, -1, 1_790_000_000_123_456, 4_102_444_800_999_999, None]),
        ("float8", [0.1, -2.5e300, None]),
        ("bytea", [b"", b"\x00\xff\\", None]),
    ],
)
async def test_other_values_arrive_as_they_are(
    connection: Any, kind: str, column: list[Any]
) -> None:
    assert await echoed(connection, kind, column) == column


async def test_a_moment_is_a_moment_there(connection: Any) -> None:
    at = micros(datetime(2026, 11, 26, 21, 40, 5, 123456, tzinfo=UTC))
    text, (wire,) = wired("SELECT k.at::text FROM unnest($1::timestamptz[]) AS k(at)")
    await connection.execute("SET timezone = 'UTC'")
    assert (await connection.fetchval(text, wire([at]))) == "2026-11-26 21:40:05.123456+00"


@pytest.mark.parametrize("column", [["a\0b"], ["a", "b\0"], ["a\0b", None]])
async def test_a_nul_is_refused_and_moves_nothing(
    connection: Any, column: list[str | None]
) -> None:
    with pytest.raises(asyncpg.CharacterNotInRepertoireError):
        await echoed(connection, "text", column)


@pytest.mark.parametrize("column", [[1], ["a", 1], [None, b"bytes"], [b"bytes"]])
def test_only_texts_are_texts(column: list[Any]) -> None:
    _, (wire,) = wired("SELECT FROM unnest($1::text[]) AS k(value)")
    with pytest.raises((TypeError, AttributeError)):
        wire(column)


async def test_statements_together_get_each_their_own(connection: Any) -> None:
    await connection.execute("CREATE TEMP TABLE heard (id int, at timestamptz, said text)")
    new = insert("heard", "id int, at timestamptz, said text", ordered=True).postgres
    text, wires = together((new, f"{new} RETURNING id, at, said"))
    one, two = [(1, 10, "раз")], [(3, None, None), (2, 20, "{два}")]
    columns = [*zip(*one, strict=True), *zip(*two, strict=True)]
    arguments = [wire(column) for wire, column in zip(wires, columns, strict=True)]
    assert [tuple(row) for row in await connection.fetch(text, *arguments)] == two
    assert await connection.fetchval("SELECT count(*) FROM heard") == 3


def test_what_is_no_unnest_keeps_its_array() -> None:
    text = "UPDATE dialog_run SET owner = NULL WHERE dialog = ANY($1::text[])"
    sql, (wire,) = wired(text)
    assert (sql, wire(("a", "b"))) == (text, ["a", "b"])
