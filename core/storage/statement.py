"""Statements with a text for each database, and the plans that ask for them.

A plan is a generator: it yields (statement, parameters), is sent the rows, and returns its result.
So what a write means is said once, and knows nothing of connections; the two drivers run it.
Moments in parameters and rows are integers, microseconds since 1970 UTC.
"""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

Rows = list[Any]


class Statement(NamedTuple):
    """One statement. many: parameters are a list of rows, each of them applies.

    On SQLite `many` runs once per row, on PostgreSQL the columns arrive as arrays for `unnest`.
    An empty text: this database does not need it. returns: rows are expected.
    A list among the parameters of a single statement becomes a JSON array on SQLite.
    """

    sqlite: str
    postgres: str
    many: bool
    returns: bool


Asked = tuple[Statement, Sequence[Any]]
Plan = Generator[Asked, Rows, T]


def each(sqlite: str, postgres: str, *, returns: bool = False) -> Statement:
    """A statement for every row of its parameters."""
    return Statement(sqlite, postgres, many=True, returns=returns)


def once(sqlite: str, postgres: str, *, returns: bool = True) -> Statement:
    """A statement with one set of parameters."""
    return Statement(sqlite, postgres, many=False, returns=returns)


def insert(table: str, columns: str, on_conflict: str = "", *, ordered: bool = False) -> Statement:
    """An insert of many rows. columns: `name type, name type…` with PostgreSQL's types.

    ordered: rows get their ids in the order of the parameters."""
    pairs = [column.split() for column in columns.split(",")]
    names = ", ".join(name for name, _ in pairs)
    marks = ", ".join("?" for _ in pairs)
    arrays = ", ".join(f"${i}::{kind}[]" for i, (_, kind) in enumerate(pairs, 1))
    head = f"INSERT INTO {table} ({names}) "
    tail = f" {on_conflict}" if on_conflict else ""
    source = f"SELECT {names} FROM unnest({arrays}) AS k({names}){tail}"
    if ordered:
        source = (
            f"SELECT {names} FROM unnest({arrays}) WITH ORDINALITY AS k({names}, k_order)"
            f" ORDER BY k_order{tail}"
        )
    return each(f"{head}VALUES ({marks}){tail}", head + source)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """The moment as the statements want it. A float of it is exact to a quarter microsecond."""
    return round(moment.timestamp() * 1_000_000)


def micros_or_none(moment: datetime | None) -> int | None:
    """The same for a moment that may not have come."""
    return None if moment is None else round(moment.timestamp() * 1_000_000)


def moment(value: int) -> datetime:
    """The moment that `micros` wrote."""
    return _EPOCH + timedelta(microseconds=value)


def moment_or_none(value: int | None) -> datetime | None:
    """The same for NULL."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)
