"""Statements with a text for each database, and the plans that ask for them.

A plan is a generator: it yields (statement, parameters), is sent the rows, and returns its result.
So what a write means is said once, and knows nothing of connections; the two drivers run it.
Moments in parameters and rows are integers, microseconds since 1970 UTC.
"""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar

T = TypeVar("T")
Form = Literal["once", "each", "rows", "hits", "packed", "all"]

Rows = list[Any]


class Statement(NamedTuple):
    """One statement. An empty text: this database does not need it.

    form: `once` with one row of parameters, lists among them being JSON arrays on SQLite; the
    others take a list of rows, which on PostgreSQL arrive as one array per column for `unnest`.
    On SQLite `each` runs once per row; `rows` does so and collects what comes back; `hits` does
    so and gives back the rows of parameters that changed something (a third of the price of
    RETURNING); `packed` runs once, all rows being one JSON array of arrays; `all` is made by
    `joined`, its parameters are what was joined.
    """

    sqlite: str
    postgres: str
    form: Form


Asked = tuple[Statement, Sequence[Any]]
Plan = Generator[Asked, Rows, T]


_ALL = Statement("", "", "all")


def joined(asked: Sequence[Asked]) -> Asked:
    """Writes that need not see each other, as one question: PostgreSQL is asked once instead of
    once for each. What comes back is of the last one; those without rows are left out.

    No two of them may touch the same row, and none may read what another writes."""
    parts = [(statement, rows) for statement, rows in asked if rows]
    return parts[0] if len(parts) == 1 else (_ALL, parts)


def each(sqlite: str, postgres: str, *, returns: bool = False) -> Statement:
    """A statement for every row of its parameters."""
    return Statement(sqlite, postgres, "rows" if returns else "each")


def hits(sqlite: str, postgres: str) -> Statement:
    """A guarded update; what comes back begins with the columns of the guarded rows' keys."""
    return Statement(sqlite, postgres, "hits")


def packed(sqlite: str, postgres: str) -> Statement:
    """A query about many keys, on SQLite too in one statement."""
    return Statement(sqlite, postgres, "packed")


def once(sqlite: str, postgres: str) -> Statement:
    """A statement with one set of parameters."""
    return Statement(sqlite, postgres, "once")


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
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def micros(moment: datetime) -> int:
    """The moment as the statements want it; most of what a turn writes was asked for before."""
    return (moment - _EPOCH) // _MICROSECOND


def micros_or_none(moment: datetime | None) -> int | None:
    """The same for a moment that may not have come."""
    return None if moment is None else micros(moment)


def moment(value: int) -> datetime:
    """The moment that `micros` wrote."""
    return _EPOCH + timedelta(microseconds=value)


def moment_or_none(value: int | None) -> datetime | None:
    """The same for NULL."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)
