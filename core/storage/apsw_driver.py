"""The one SQLite of this process: APSW's own, and the same in the shape that SQLAlchemy knows.

Two copies of SQLite in one process must never open the same file: the system's locks belong to the
process, so that either one takes away the other's without noticing (sqlite.org/howtocorrupt.html,
"Multiple copies of SQLite linked into the same application"). So nothing here and no test beside it
opens a database with Python's own `sqlite3`; only that module's exceptions are used, since
SQLAlchemy's dialect knows them.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import aiosqlite
import apsw

#: Seconds to wait for somebody else's lock.
BUSY = 5.0
Values = Sequence[Any]
_STATEMENTS = 256  # kept prepared; the hot path has about a hundred
_READ_OR_MAKE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
_KINDS: tuple[tuple[type[Exception], type[sqlite3.Error]], ...] = (
    (apsw.ConstraintError, sqlite3.IntegrityError),
    (apsw.MismatchError, sqlite3.DataError),
    (apsw.TooBigError, sqlite3.DataError),
    (apsw.BindingsError, sqlite3.ProgrammingError),
    (apsw.MisuseError, sqlite3.ProgrammingError),
    (apsw.ConnectionClosedError, sqlite3.ProgrammingError),
    (apsw.CursorClosedError, sqlite3.ProgrammingError),
    (apsw.CorruptError, sqlite3.DatabaseError),
    (apsw.NotADBError, sqlite3.DatabaseError),
    (apsw.Error, sqlite3.OperationalError),
)


def open_file(path: str, *, busy: float) -> apsw.Connection:
    """A connection, the file being made if there is none. busy: as BUSY. Raises apsw.Error.

    Without a mutex of its own: it is used by one thread at a time, whichever that is."""
    flags = _READ_OR_MAKE | apsw.SQLITE_OPEN_NOMUTEX
    connection = apsw.Connection(path, flags=flags, statementcachesize=_STATEMENTS)
    connection.set_busy_timeout(round(busy * 1000))
    return connection


class Cursor:
    """Like sqlite3.Cursor; rows are read to the end at once, and an error closes it."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._cursor.exec_trace = self._begins
        self._rows: list[Any] = []
        self._place = 0
        self._reads = False
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1

    @property
    def lastrowid(self) -> int:
        """Of the connection's last insert."""
        return self._connection.last_insert_rowid()

    def execute(self, sql: str, values: Values = ()) -> "Cursor":
        """One statement."""
        return self._done(lambda: self._cursor.execute(sql, tuple(values)))

    def executemany(self, sql: str, rows: Iterable[Values]) -> "Cursor":
        """One statement for each row of values."""
        return self._done(lambda: self._cursor.executemany(sql, [tuple(row) for row in rows]))

    def fetchone(self) -> Any:
        """The next row, None after the last."""
        return next(iter(self.fetchmany(1)), None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        begin, self._place = self._place, self._place + (self.arraysize if size is None else size)
        return self._rows[begin : self._place]

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        """Forgets its rows."""
        self._rows = []
        self._cursor.close()

    def _done(self, work: Callable[[], apsw.Cursor]) -> "Cursor":
        self.description, self._reads, self._place = None, True, 0
        before = self._connection.total_changes()
        with translated():
            try:
                self._rows = work().fetchall()
            except BaseException:
                self._cursor.close(True)  # rows that nobody reads any more would hold its snapshot
                raise
        self.rowcount = -1 if self._reads else self._connection.total_changes() - before
        return self

    def _begins(self, cursor: apsw.Cursor, _sql: str, _values: object) -> bool:
        """APSW tells of columns while a statement runs; one without rows is over at once."""
        found = cursor.get_description()
        self.description = tuple((name, *(None,) * 6) for name, _ in found) or None
        self._reads = cursor.is_readonly
        return True


class Connection:
    """Like sqlite3.Connection that leaves transactions to its user (isolation_level None)."""

    isolation_level: str | None = None

    def __init__(self, path: str) -> None:
        with translated():
            self._connection = open_file(path, busy=BUSY)

    def cursor(self) -> Cursor:
        """A new cursor."""
        with translated():
            return Cursor(self._connection)

    def execute(self, sql: str, values: Values = ()) -> Cursor:
        """One statement on a cursor of its own."""
        return self.cursor().execute(sql, values)

    def commit(self) -> None:
        """Ends a transaction if there is one."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Undoes a transaction if there is one."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Undoes what is not committed."""
        with translated():
            self._connection.close()

    def create_function(
        self, name: str, values: int, function: Callable[..., Any], *, deterministic: bool = False
    ) -> None:
        """SQLAlchemy gives SQLite functions of its own."""
        with translated():
            self._connection.create_scalar_function(
                name, function, values, deterministic=deterministic
            )

    def _end(self, how: str) -> None:
        with translated():
            if self._connection.in_transaction:
                self._connection.execute(how)


def beside_the_loop(path: str) -> aiosqlite.Connection:
    """The same in a thread of its own, to be awaited, for SQLAlchemy's asyncio dialect."""
    connection = aiosqlite.Connection(lambda: Connection(path), 64)  # type: ignore[arg-type, return-value]  # shaped like sqlite3's
    connection._thread.daemon = True  # as SQLAlchemy does with those it makes itself
    return connection


@contextmanager
def _translated() -> Any:
    try:
        yield
    except apsw.Error as error:
        kind = next(kind for cause, kind in _KINDS if isinstance(error, cause))
        raise kind(str(error)) from error
    except UnicodeDecodeError as error:  # a text in the file is damaged
        raise sqlite3.OperationalError(str(error)) from error
    except TypeError as error:  # a value of a type that SQLite does not know
        raise sqlite3.ProgrammingError(str(error)) from error


def translated() -> AbstractContextManager[None]:
    """Errors of APSW as those of sqlite3."""
    context: AbstractContextManager[None] = _translated()
    return context
