"""Polling MAX: nothing is confirmed before it is stored, and not too often."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from bots.max.channel import MaxChannel
from bots.max.poll import MaxUpdates
from bots.polling import Poller, Position
from bots.way import In
from core.counters import Counters
from core.errors import ChannelUnavailable
from core.updates import CustomerMessage
from tests.bots.max.conftest import NOW, MakeChannel, fixture
from tests.fakes import faults
from tests.fakes.cursors import MemoryCursors
from tests.fakes.intake import FakeIntake
from tests.fakes.max import FakeMax


class House:
    """A poller and what is around it."""

    def __init__(self, channel: MaxChannel, rng: random.Random) -> None:
        self.channel, self.rng = channel, rng
        self.intake, self.cursor, self.counters = FakeIntake(), MemoryCursors(), Counters()
        self.waits: list[float] = []
        self.pauses: list[float] = []

    def poller(self, seconds: int = 30) -> Poller:
        way = In(self.intake, self.intake.quarantine, self.intake.told, self.cursor, self.counters)
        source = MaxUpdates(self.channel, seconds, self._noted(self.pauses))
        return Poller(source, way, clock=lambda: NOW, rng=self.rng)

    async def run(self, until: Callable[[], bool], poller: Poller | None = None) -> None:
        """Runs a poller until a condition holds."""
        task = asyncio.create_task((poller or self.poller()).run(self._noted(self.waits)))
        async with asyncio.timeout(5):
            while not until():  # noqa: ASYNC110  conditions over several objects
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    @staticmethod
    def _noted(waits: list[float]) -> Any:
        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(0)

        return sleep

    @property
    def texts(self) -> list[str]:
        return [u.text for u in self.intake.updates if isinstance(u, CustomerMessage)]


@pytest.fixture
def house(make_channel: MakeChannel, rng: random.Random) -> House:
    return House(make_channel(mode="polling"), rng)


def update(number: int, text: str = "?") -> dict[str, Any]:
    raw = fixture("01_text_cyrillic")
    raw["timestamp"] += number
    raw["message"]["body"].update(mid=f"mid.{number}", seq=number, text=text)
    return raw


async def test_updates_are_filed_in_order_and_then_confirmed(house: House, fake: FakeMax) -> None:
    house.cursor.value = f"0 {NOW.isoformat()}"
    await fake.push(update(5, "раз"), update(6, "два"))
    await house.run(lambda: house.cursor.value.startswith("2 "))
    assert house.texts == ["раз", "два"]
    await fake.push(update(7, "три"))
    await house.run(lambda: house.cursor.value.startswith("3 "))
    assert house.texts == ["раз", "два", "три"]


async def test_the_marker_of_an_earlier_process_is_where_reading_goes_on(
    house: House, fake: FakeMax
) -> None:
    await fake.push(*(update(n, str(n)) for n in range(5)))
    house.cursor.value = f"2 {NOW.isoformat()}"
    await house.run(lambda: house.cursor.value.startswith("5 "))
    assert house.texts == ["2", "3", "4"]


async def test_without_a_marker_max_tells_the_last_event_only(house: House, fake: FakeMax) -> None:
    await fake.push(*(update(n, str(n)) for n in range(5)))
    await house.run(lambda: house.cursor.value.startswith("5 "))
    assert house.texts == ["4"]


async def test_nothing_is_confirmed_while_the_database_is_down(house: House, fake: FakeMax) -> None:
    house.cursor.value = f"0 {NOW.isoformat()}"
    await fake.push(update(5), update(6))
    house.intake.down = True
    poller = house.poller()
    await house.run(lambda: len(house.waits) >= 4, poller)
    assert house.cursor.value.startswith("0 ")
    house.intake.down = False
    await house.run(lambda: len(house.intake.filed) == 2, poller)


async def test_a_bad_update_is_set_aside_and_the_rest_goes_on(house: House, fake: FakeMax) -> None:
    house.cursor.value = f"0 {NOW.isoformat()}"
    bad = [fixture("20_malformed_types"), fixture("18_unknown_event"), "x", None]
    await fake.push(update(5), *bad, update(8))
    await house.run(lambda: house.cursor.value.startswith("6 "))
    assert len(house.intake.filed) == 2
    assert len(house.intake.samples) == 3
    assert 'kind="dialog_muted"} 1' in house.counters.text()


async def test_max_is_asked_at_most_twice_a_second(house: House, fake: FakeMax) -> None:
    house.cursor.value = f"0 {NOW.isoformat()}"
    await fake.push(*(update(n) for n in range(350)))
    await house.run(lambda: house.cursor.value.startswith("350 "))
    assert fake.calls.count("GET /updates") >= 4, "a hundred at a time"
    # the clock of the loop did not move much, so each wait is longer than the one before
    assert len(house.pauses) >= 3
    assert house.pauses == sorted(house.pauses)
    assert 0.3 < house.pauses[0] <= 0.5


async def test_a_webhook_that_is_still_subscribed_is_a_matter_of_settings(
    house: House, fake: FakeMax
) -> None:
    fake.subscriptions.append(
        {"url": "https://elsewhere.example.org", "update_types": [], "time": 1}
    )
    with pytest.raises(ChannelUnavailable) as caught:
        await house.poller(0).step()
    assert caught.value.reason == "config"
    await house.channel.register()
    await fake.push(update(5))
    await house.run(lambda: bool(house.intake.filed))


@pytest.mark.parametrize("fault", [faults.PAGE, faults.GARBAGE, faults.DROP, faults.REFUSE])
async def test_a_failing_platform_is_asked_again_later(
    house: House, fake: FakeMax, fault: faults.Fault
) -> None:
    await fake.push(update(5))
    fake.fail(fault, fault)  # aiohttp asks a second time by itself when a GET was cut off
    await house.run(lambda: bool(house.intake.filed))
    assert 0.8 <= house.waits[0] <= 1.2


@pytest.mark.parametrize("cursor", ["x", "1e5", "²"])
async def test_a_cursor_nobody_can_read_is_left_out(
    house: House, fake: FakeMax, cursor: str
) -> None:
    await fake.push(update(5))
    page = await MaxUpdates(house.channel, 0).page(Position(cursor, NOW))
    assert (len(page.items), page.cursor) == (1, "1")


async def test_an_answer_of_another_shape_brings_nothing(house: House, fake: FakeMax) -> None:
    fake.fail(faults.GARBAGE._replace(body='{"updates": 5, "marker": "x"}'))
    fake.pending = [update(5)]
    page = await MaxUpdates(house.channel, 0).page(Position())
    assert page == ([], "")
