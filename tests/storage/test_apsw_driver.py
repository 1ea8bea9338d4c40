"""SQLite in the shape of Python's own module, as SQLAlchemy's dialect uses it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from core.storage.apsw_driver import Connection

Ask = Callable[[Connection], Any]


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    made = Connection(str(tmp_path / "a.db"))
    made.execute("CREATE TABLE pet (name TEXT PRIMARY KEY, age INTEGER NOT NULL) STRICT")
    made.cursor().executemany("INSERT INTO pet VALUES (?, ?)", [("Рекс", 3), ("Мурка", 5)])
    yield made
    made.close()


def test_rows_come_one_by_one_several_or_all(connection: Connection) -> None:
    cursor = connection.execute("SELECT name FROM pet ORDER BY age")
    assert cursor.fetchone() == ("Рекс",)
    assert cursor.fetchmany() == [("Мурка",)]
    assert (cursor.fetchone(), cursor.fetchall()) == (None, [])
    assert connection.execute("SELECT age FROM pet ORDER BY 1").fetchall() == [(3,), (5,)]


@pytest.mark.parametrize(
    ("statement", "columns", "rows"),
    [
        ("SELECT name, age AS years FROM pet", ["name", "years"], -1),
        ("SELECT name FROM pet WHERE age > 100", ["name"], -1),
        ("UPDATE pet SET age = age + 1", None, 2),
        ("DELETE FROM pet WHERE age > 100", None, 0),
        ("UPDATE pet SET age = 9 WHERE age = 3 RETURNING name", ["name"], 1),
        ("UPDATE pet SET age = 9 WHERE age = 100 RETURNING name", ["name"], 0),
        ("CREATE TABLE toy (name)", None, 0),
        ("BEGIN", None, -1),
    ],
)
def test_columns_are_known_without_rows_and_changed_rows_are_counted(
    connection: Connection, statement: str, columns: list[str] | None, rows: int
) -> None:
    connection.execute("UPDATE pet SET age = age")  # its count is not the next one's
    cursor = connection.execute(statement)
    named = None if cursor.description is None else [column[0] for column in cursor.description]
    assert (named, cursor.rowcount) == (columns, rows)


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (lambda c: c.execute("INSERT INTO pet VALUES ('Рекс', 1)"), sqlite3.IntegrityError),
        (lambda c: c.execute("INSERT INTO pet (name) VALUES ('Бим')"), sqlite3.IntegrityError),
        (lambda c: c.execute("INSERT INTO pet VALUES ('Бим', 'x')"), sqlite3.IntegrityError),
        (lambda c: c.execute("SELECT ?", ()), sqlite3.ProgrammingError),
        (lambda c: c.execute("SELECT ?", ({1},)), sqlite3.ProgrammingError),
        (lambda c: c.execute("SELEKT 1"), sqlite3.OperationalError),
        (lambda c: c.execute("SELECT CAST(x'ff' AS TEXT)"), sqlite3.OperationalError),
        (lambda c: c.close() or c.execute("SELECT 1"), sqlite3.ProgrammingError),
    ],
)
def test_errors_are_those_of_python_s_own_module(
    connection: Connection, ask: Ask, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        ask(connection)
    assert type(caught.value) is kind


def test_a_file_that_cannot_be_opened_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        Connection(str(tmp_path))


def test_rows_that_could_not_be_read_hold_no_snapshot(tmp_path: Path) -> None:
    one, other = (Connection(str(tmp_path / "a.db")) for _ in range(2))
    one.execute("PRAGMA journal_mode = WAL")
    one.execute("CREATE TABLE pet (name)")
    one.execute("INSERT INTO pet VALUES ('Рекс'), (CAST(x'ff' AS TEXT)), ('Мурка')")
    one.execute("BEGIN")
    reading = one.cursor()
    with pytest.raises(sqlite3.OperationalError):
        reading.execute("SELECT name FROM pet")
    one.rollback()
    other.execute("DELETE FROM pet")
    assert one.execute("SELECT count(*) FROM pet").fetchone() == (0,)
    one.execute("BEGIN IMMEDIATE")
    one.close()
    other.close()


def test_a_file_that_is_no_database_is_told_from_one_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("hello" * 1000)
    connection = Connection(str(tmp_path / "a.db"))
    with pytest.raises(sqlite3.DatabaseError, match="not a database") as caught:
        connection.execute("SELECT * FROM sqlite_master")
    assert type(caught.value) is sqlite3.DatabaseError
    connection.close()


def test_transactions_are_ended_or_undone_and_nothing_happens_without_one(
    connection: Connection,
) -> None:
    for end, left in ((connection.rollback, 2), (connection.commit, 0), (connection.commit, 0)):
        connection.execute("BEGIN")
        connection.execute("DELETE FROM pet")
        end()
        end()
        assert connection.execute("SELECT count(*) FROM pet").fetchone() == (left,)


def test_sqlalchemy_works_over_it(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    engine = create_engine("sqlite:///", creator=lambda: Connection(path))
    try:
        with engine.begin() as work:
            work.execute(text("CREATE TABLE pet (id INTEGER PRIMARY KEY, name UNIQUE)"))
            made = work.execute(text("INSERT INTO pet (name) VALUES (:name)"), {"name": "Рекс"})
            assert (made.lastrowid, made.rowcount) == (1, 1)
            assert work.execute(text("SELECT name FROM pet WHERE 0")).all() == []
            assert work.execute(text("SELECT floor(2.5), 'Рекс' REGEXP 'Р.кс'")).all() == [(2, 1)]
        with pytest.raises(IntegrityError), engine.begin() as work:
            work.execute(text("INSERT INTO pet (name) VALUES ('Рекс')"))
        with pytest.raises(OperationalError), engine.begin() as work:
            work.execute(text("SELECT * FROM toy"))
    finally:
        engine.dispose()
