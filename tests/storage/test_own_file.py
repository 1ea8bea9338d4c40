"""A SQLite file that is replaced or deleted under the process that has it open."""

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.errors import StoreReplaced
from core.storage.apsw_driver import Connection as SqliteConnection
from core.storage.desk import SqlDeskStore
from core.storage.desk_base import Database, engine_of
from core.storage.own_file import LOOK, OwnFile
from core.storage.sql_store import SqlStore
from core.storage.sqlite import SqliteExecutor, connect
from core.store import Store
from tests.fakes.fresh_store import fresh_store
from tests.storage.build import NOW, text
from tests.storage.conftest import rules_for

Move = Callable[[Path], object]


def restore(path: Path) -> None:
    """A backup is put in the place of the file."""
    (path.parent / "copy.db").replace(path)


def move_away(path: Path) -> None:
    """The file goes elsewhere."""
    path.replace(path.parent / "away.db")


MOVES: dict[str, Move] = {"replaced": restore, "moved": move_away, "deleted": Path.unlink}


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database in use, with a backup beside it that knows one message."""
    path = tmp_path / "a.db"
    async with fresh_store(f"sqlite:///{path}") as store:
        await store.accept("tg", [text("до копии")], NOW)
    beside = SqliteConnection(str(path))
    beside.execute(f"VACUUM INTO '{tmp_path / 'copy.db'}'")
    beside.close()
    return path


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A store that looks before every transaction."""
    numbers = iter(range(1000))
    rules = rules_for(lambda: f"new{next(numbers)}")
    own = OwnFile(str(path), every=0)
    store = SqlStore(SqliteExecutor(connect(str(path), busy=0.1), rules, own=own), rules)
    await store.accept("tg", [text("после копии")], NOW)
    yield store
    await store.close()


def said(path: Path) -> int:
    """How many updates a file holds, as whoever opens it next sees it."""
    beside = SqliteConnection(str(path))
    try:
        assert beside.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ((count,),) = beside.execute('SELECT count(*) FROM "update"').fetchall()
        return int(count)
    finally:
        beside.close()


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
async def test_nothing_more_is_stored_in_a_file_that_nobody_finds_again(
    store: Store, path: Path, move: Move, caplog: pytest.LogCaptureFixture
) -> None:
    move(path)
    for words in ("раз", "два"):
        with pytest.raises(StoreReplaced, match=r"a\.db was replaced or deleted"):
            await store.accept("tg", [text(words)], NOW)
    with pytest.raises(StoreReplaced):
        await store.cursor("tg")
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [str(path) in record.message for record in told] == [True], "once, in one sentence"


async def test_a_backup_put_in_its_place_is_not_read_with_the_log_of_the_old_file(
    store: Store, path: Path
) -> None:
    restore(path)
    with pytest.raises(StoreReplaced):
        await store.accept("tg", [text("раз")], NOW)
    assert said(path) == 1
    await store.close()
    assert said(path) == 1


async def test_a_stop_before_anybody_looked_leaves_the_backup_whole_too(path: Path) -> None:
    async with fresh_store(f"sqlite:///{path}") as store:
        await store.accept("tg", [text("после копии")], NOW)
        restore(path)
    assert said(path) == 1


async def test_a_file_that_was_moved_away_holds_all_that_was_stored(
    store: Store, path: Path
) -> None:
    move_away(path)
    with pytest.raises(StoreReplaced):
        await store.accept("tg", [text("раз")], NOW)
    assert said(path.parent / "away.db") == 2


async def test_a_file_that_is_put_back_is_not_trusted_before_the_restart(
    store: Store, path: Path
) -> None:
    move_away(path)
    with pytest.raises(StoreReplaced):
        await store.cursor("tg")
    (path.parent / "away.db").replace(path)
    with pytest.raises(StoreReplaced):
        await store.cursor("tg")


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
async def test_the_desk_opens_no_other_file_either(path: Path, move: Move) -> None:
    own = OwnFile(str(path), every=0)
    desk = SqlDeskStore(Database(engine_of(f"sqlite:///{path}", own)))
    try:
        assert await desk.accounts() == ()
        move(path)
        with pytest.raises(StoreReplaced):
            await desk.accounts()
        with pytest.raises(StoreReplaced):
            await desk.put_status("anna", "online", "", "anna", NOW)
    finally:
        await desk.close()
    files = {found.name for found in path.parent.iterdir()}
    assert ("a.db" in files) == (move is restore), "no new file is made"


def test_the_file_is_looked_at_once_a_second(path: Path) -> None:
    now = [0.0]
    own = OwnFile(str(path), clock=lambda: now[0])
    path.unlink()
    own.check()
    now[0] += LOOK
    with pytest.raises(StoreReplaced):
        own.check()


def test_a_database_in_memory_is_never_replaced() -> None:
    own = OwnFile(":memory:", every=0)
    own.check()
    assert not own.look()
