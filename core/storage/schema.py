"""The newest schema as a snapshot: a fresh SQLite file is made without importing Alembic.

Importing Alembic and the tables costs about 0.7 s, which a first `otklik chat` would feel.
"""

from importlib.resources import files

import apsw

_SNAPSHOT = "schema_sqlite.sql"
_MARK = "-- revision: "


def snapshot() -> str:
    """The statements that make the newest schema on SQLite."""
    return files("core.storage").joinpath(_SNAPSHOT).read_text(encoding="utf-8")


def head() -> str:
    """The revision this program needs."""
    first = snapshot().partition("\n")[0]
    return first.removeprefix(_MARK).strip()


def is_ours(database: apsw.Connection) -> bool:
    """Our migrations have worked on it."""
    found = database.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).fetchone()
    return found is not None


def revision_of(database: apsw.Connection) -> str | None:
    """The revision of a SQLite database, None when it is not one of ours or empty."""
    if not is_ours(database):
        return None
    row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def create(database: apsw.Connection) -> None:
    """Makes the newest schema in an empty database, unless somebody else just did."""
    database.execute("BEGIN IMMEDIATE")
    try:
        if revision_of(database) is None:
            for statement in snapshot().split(";\n"):
                database.execute(statement)
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def is_empty(database: apsw.Connection) -> bool:
    """Nothing was ever made in it."""
    return database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
