"""Until when the platform lets an operator write: it is told with the dialog."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.bots.desk.test_openings import known, opens
from tests.fakes.desk import CAPABILITIES, Browser, DeskServer
from tests.fakes.workplace import Workplace

DAY = replace(CAPABILITIES, window_hours=24.0)


async def until(who: Browser, dialog: str) -> datetime | None:
    """What the dialog says of it."""
    told: str | None = (await who.get(f"/dialogs/{dialog}"))["caps"]["window_until"]
    return None if told is None else datetime.fromisoformat(told)


async def test_the_window_ends_a_day_after_the_customers_last_word(
    place: Workplace, tmp_path: Path
) -> None:
    async with DeskServer(place, tmp_path).open(capabilities=lambda _: DAY) as desk:
        anna = await desk.hired("anna")
        dialog = await place.asks_for_people()
        await anna.take(dialog)
        assert await until(anna, dialog) == place.now + timedelta(days=1)
        place.now += timedelta(hours=2)
        await place.writes("вы тут?")
        assert await until(anna, dialog) == place.now + timedelta(days=1)
        wrote = place.now
        place.now += timedelta(hours=3)
        assert await until(anna, dialog) == wrote + timedelta(days=1)


async def test_who_writes_first_sees_what_is_left_of_the_last_dialogs_window(
    place: Workplace, tmp_path: Path
) -> None:
    async with DeskServer(place, tmp_path).open(capabilities=lambda _: DAY) as desk:
        anna = await desk.hired("anna")
        wrote = place.now
        _, customer = await known(desk, anna)
        place.now += timedelta(hours=2)
        made: Any = (await opens(anna, customer)).body
        assert await until(anna, made["id"]) == wrote + timedelta(days=1)


async def test_a_channel_without_a_window_tells_none(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    assert await until(anna, dialog) is None
