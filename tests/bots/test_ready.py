"""Whether a process says that it can store, by what it met and by what it tries."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from bots.ready import BELIEVED, FAILED, LOOK, Migrations, Storing
from core.errors import StoreReplaced, StoreUnavailable
from core.updates import CustomerAllowed, Received, Sender
from tests.fakes.intake import FakeIntake
from tests.storage.build import NOW

PERSON = Sender(user="7")


class Database:
    """A row that is read and written, and the way in beside it."""

    def __init__(self) -> None:
        self.now = NOW
        self.is_full = False
        self.is_away = False
        self.is_replaced = False
        self.written = 0
        self.intake = FakeIntake()
        self.storing = Storing(self.intake, self, lambda: self.now)

    async def cursor(self, channel: str) -> str:
        if self.is_replaced:
            raise StoreReplaced("/srv/otklik.db is another one")
        if self.is_away:
            raise StoreUnavailable("away")
        return ""

    async def put_cursor(self, channel: str, value: str, now: datetime) -> None:
        if self.is_full:
            raise StoreUnavailable("full")
        self.written += 1

    async def accept(self, key: str) -> None:
        """An update comes in, and is stored where that can be done."""
        received = Received(chat="7", sender=PERSON, update=CustomerAllowed(), dedup_key=key)
        with suppress(StoreUnavailable):
            await self.storing.take_in("main", [received])

    async def says(self) -> str:
        """What is wrong."""
        try:
            return await self.storing.check()
        except StoreUnavailable as error:
            return str(error)


async def test_a_small_row_is_written_now_and_then() -> None:
    database = Database()
    for _ in range(3):
        assert await database.says() == ""
    assert database.written == 1
    database.now += BELIEVED
    assert await database.says() == ""
    assert database.written == 2


async def test_a_database_that_cannot_be_written_or_read_is_told_without_any_update() -> None:
    database = Database()
    database.is_full = True
    assert await database.says() == "full"
    database.is_full = False
    assert await database.says() == ""
    database.is_away = True
    assert await database.says() == "away"


async def test_a_file_that_was_replaced_is_told_in_words_without_its_place() -> None:
    database = Database()
    await database.accept("a")
    database.is_replaced = True
    assert await database.says() == (
        "the database file was replaced or deleted: start this process again"
    )


async def test_updates_that_are_stored_save_the_row() -> None:
    database = Database()
    await database.accept("a")
    assert await database.says() == ""
    assert database.written == 0


async def test_after_an_update_that_was_not_stored_small_rows_prove_nothing() -> None:
    database = Database()
    database.intake.down = True
    await database.accept("a")
    assert await database.says() == "updates cannot be stored"
    database.intake.down = False
    await database.accept("a")
    assert await database.says() == ""


async def test_without_further_updates_a_failure_is_forgotten_in_a_minute() -> None:
    database = Database()
    database.intake.down = True
    await database.accept("a")
    database.now += FAILED - timedelta(seconds=1)
    assert await database.says() == "updates cannot be stored"
    database.now += timedelta(seconds=1)
    assert await database.says() == ""
    assert database.written == 1


async def test_a_schema_beyond_us_is_told_soon_and_a_database_that_is_away_at_once() -> None:
    said = ["", "the database is at 9999"]
    now = [NOW]

    async def beyond() -> str:
        if not said:
            raise StoreUnavailable("away")
        return said.pop(0)

    migrations = Migrations(beyond, lambda: now[0])
    assert [await migrations.check() for _ in range(2)] == ["", ""]
    now[0] += LOOK
    assert [await migrations.check() for _ in range(2)] == ["the database is at 9999"] * 2
    now[0] += LOOK
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await migrations.check()
