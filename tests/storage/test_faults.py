"""A database that is locked, full, read-only, foreign or gone: an error, and nothing stored."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from core.errors import ConfigError, MalformedUpdate, StoreUnavailable
from core.storage import schema
from core.storage.apsw_driver import Connection as SqliteConnection
from core.storage.cipher import SivCipher
from core.storage.desk import open_desk
from core.storage.migrate import migrate
from core.storage.open import open_store
from core.storage.sql_store import SqlStore
from core.storage.sqlite import SqliteExecutor, connect
from core.store import Store
from tests.fakes.workplace import Workplace
from tests.storage.build import HOUR, NOW, answered, only, text
from tests.storage.conftest import rules_for


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def opened(path: Path, **settings: Any) -> Any:
    given = {"cipher": SivCipher("x" * 32), "new_id": ids(), "busy": 0.1}
    given["reopen_window"] = 24 * HOUR
    return open_store(url_of(path), **{**given, **settings})


def ids() -> Callable[[], str]:
    numbers = iter(range(10_000))
    return lambda: f"id{next(numbers)}"


def started(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def test_a_locked_file_is_unavailable_and_well_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with opened(path) as store:
        await store.accept("tg", [text("раз")], NOW)
        holder = started(
            [
                sys.executable,
                "-c",
                "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
                "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); input()",
                str(path),
            ]
        )
        try:
            assert holder.stdout is not None
            await asyncio.to_thread(holder.stdout.readline)
            with pytest.raises(StoreUnavailable, match="locked"):
                await store.accept("tg", [text("два")], NOW)
        finally:
            holder.communicate(b"\n")
        (accepted,) = await store.accept("tg", [text("два")], NOW)
        assert (accepted.seq, accepted.repeat) == (2, False)


async def test_a_full_disk_is_unavailable_and_stores_nothing_of_the_group(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = connect(str(path), busy=0.1)
    schema.create(connection)
    pages = connection.pragma("page_count")
    connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    rules = rules_for(ids())
    store = SqlStore(SqliteExecutor(connection, rules), rules)
    big = [text("х" * 3000, chat=str(chat)) for chat in range(40)]
    answers = await asyncio.gather(
        *(store.accept("tg", [item], NOW) for item in big), return_exceptions=True
    )
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert "full" in str(answers[0])
    (accepted,) = await store.accept("tg", [text("мало")], NOW)
    assert accepted.seq == 1
    assert (await only(store)).dialog.id == accepted.dialog
    await store.close()


async def test_a_read_only_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with opened(path) as store:
        await store.accept("tg", [text("раз")], NOW)
    # As root the mode of a file says nothing, so the connection itself is read-only.
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    rules = rules_for(ids())
    store = SqlStore(SqliteExecutor(connection, rules), rules)
    with pytest.raises(StoreUnavailable, match="readonly"):
        await store.accept("tg", [text("два")], NOW)
    await store.close()


async def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    foreign = SqliteConnection(str(path))
    foreign.execute("CREATE TABLE photos (id)")
    foreign.close()
    with pytest.raises(ConfigError, match="another program"):
        async with opened(path):
            pass
    with pytest.raises(ConfigError, match="another program"):
        migrate(url_of(path))
    foreign = SqliteConnection(str(path))
    assert foreign.execute("SELECT name FROM sqlite_master").fetchall() == [("photos",)]
    foreign.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("hello" * 1000)
    with pytest.raises(StoreUnavailable):
        async with opened(path):
            pass


async def test_a_damaged_text_is_unavailable_and_spoils_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with opened(path) as store:
        await store.put_cursor("tg", "17", NOW)
        other = SqliteConnection(str(path))
        other.execute("UPDATE channel_cursor SET value = CAST(x'ff' AS TEXT)")
        with pytest.raises(StoreUnavailable, match="utf-8"):
            await store.cursor("tg")
        other.execute("UPDATE channel_cursor SET at = 0")  # what was half read holds nobody
        other.close()
        beside = asyncio.ensure_future(store.accept("tg", [text("раз")], NOW))
        with pytest.raises(StoreUnavailable):
            await store.cursor("tg")
        assert (await beside)[0].seq == 1


async def test_a_directory_in_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        async with opened(tmp_path):
            pass


async def test_a_second_serve_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with opened(path, exclusive=True):
        with pytest.raises(ConfigError, match="another `otklik serve`"):
            async with opened(path, exclusive=True):
                pass
        async with opened(path) as beside:
            await beside.accept("tg", [text("раз")], NOW)
    async with opened(path, exclusive=True) as again:
        assert (await only(again)).dialog.chat == "7"


async def test_a_second_serve_by_another_name_of_the_file_is_refused_too(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.db", tmp_path / "linked"
    (tmp_path / "b.db").symlink_to(path)
    folder.symlink_to(tmp_path)
    async with opened(path, exclusive=True):
        for name in (tmp_path / "b.db", folder / "a.db"):
            with pytest.raises(ConfigError, match="another `otklik serve`"):
                async with opened(name, exclusive=True):
                    pass


async def test_a_serve_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    holder = started(
        [
            sys.executable,
            "-c",
            "import sys; from core.storage.sqlite import lock_for_serving as f;"
            "lock = f(sys.argv[1]); print('held', flush=True); input()",
            str(path),
        ]
    )
    assert holder.stdout is not None
    await asyncio.to_thread(holder.stdout.readline)
    with pytest.raises(ConfigError):
        async with opened(path, exclusive=True):
            pass
    holder.kill()
    holder.communicate()
    async with opened(path, exclusive=True) as store:
        await store.accept("tg", [text("раз")], NOW)


@pytest.mark.parametrize("spoil", [Path.mkdir, lambda lock: lock.write_text("x" * 5000)])
async def test_a_lock_that_cannot_be_taken_is_not_blamed_on_another_serve(
    tmp_path: Path, spoil: Callable[[Path], Any]
) -> None:
    spoil(tmp_path / "a.db.lock")
    with pytest.raises(StoreUnavailable, match=r"a\.db\.lock: "):
        async with opened(tmp_path / "a.db", exclusive=True):
            pass


async def test_the_folder_of_the_file_is_made_for_serve_as_for_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.db"
    async with opened(path, exclusive=True) as store:
        await store.accept("tg", [text("раз")], NOW)
    assert path.exists()


async def test_a_desk_in_memory_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="needs a SQLite file"):
        async with open_desk("sqlite://"):
            pass


async def test_a_closed_store_is_unavailable(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.accept("tg", [text("раз")], NOW)


async def test_what_was_queued_is_written_before_a_store_closes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with opened(path) as store:
        waiting = [
            asyncio.ensure_future(store.accept("tg", [text(str(n))], NOW)) for n in range(20)
        ]
        await asyncio.sleep(0)
    assert [answer[0].seq for answer in await asyncio.gather(*waiting)] == list(range(1, 21))


async def test_a_caller_who_went_away_does_not_undo_the_write(store: Store) -> None:
    task = asyncio.ensure_future(store.accept("tg", [text("раз")], NOW))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (again,) = await store.accept("tg", [text("раз")], NOW)
    assert (again.seq, again.repeat) == (1, True)


@pytest.mark.postgres
async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        async with open_store(
            f"postgresql+asyncpg://u@/n?host={tmp_path}",
            cipher=SivCipher("x" * 32),
            new_id=ids(),
            reopen_window=HOUR,
        ):
            pass


@pytest.mark.postgres
async def test_connections_cut_by_the_server_are_made_anew(
    store: Store, look: Any, database_url: str
) -> None:
    if not database_url.startswith("postgres"):
        pytest.skip("SQLite has no connections to cut")
    await answered(store)
    await look(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    answers = await asyncio.gather(*(store.accept("tg", [text(f"{n}")], NOW) for n in range(5)))
    assert [answer[0].seq for answer in answers] == [2, 3, 4, 5, 6]


@pytest.mark.postgres
async def test_connections_of_the_desk_cut_while_nobody_used_them_are_made_anew(
    place: Workplace, look: Any, database_url: str
) -> None:
    if not database_url.startswith("postgres"):
        pytest.skip("SQLite has no connections to cut")
    await place.stand_still()
    await asyncio.gather(*(place.desk.accounts() for _ in range(4)))
    whose = "FROM pg_stat_activity WHERE application_name = 'otklik desk'"
    await look(f"SELECT pg_terminate_backend(pid, 10000) {whose}")
    assert await look(f"SELECT 1 {whose}") == [], "the server has waited for their end"
    await asyncio.gather(*(place.desk.accounts() for _ in range(4)))
    await place.hire("anna")


async def test_a_text_the_database_cannot_hold_spoils_nobody_else(store: Store) -> None:
    good, bad = await asyncio.gather(
        store.accept("tg", [text("раз", chat="1")], NOW),
        store.accept("tg", [text("\ud800", chat="2", key="k")], NOW),
        return_exceptions=True,
    )
    assert not isinstance(good, BaseException)
    assert isinstance(bad, MalformedUpdate)
    assert (await only(store)).dialog.chat == "1"


def test_a_sealed_text_opens_in_its_own_context_and_key_only() -> None:
    cipher = SivCipher("x" * 32)
    sealed = cipher.seal("1234", "dialog:1")
    assert sealed == cipher.seal("1234", "dialog:1")
    assert "1234" not in sealed
    assert cipher.open(sealed, "dialog:1") == "1234"
    assert cipher.open(cipher.seal("", "d"), "d") == ""
    for other, context in ((cipher, "dialog:2"), (SivCipher("y" * 32), "dialog:1")):
        with pytest.raises(ValueError, match="not sealed"):
            other.open(sealed, context)
    with pytest.raises(ValueError, match="not sealed"):
        cipher.open("ой", "dialog:1")
