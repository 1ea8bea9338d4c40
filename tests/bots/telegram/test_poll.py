"""Polling: nothing is confirmed before it is stored, and nothing bad holds up the rest."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bots.polling import Poller
from bots.telegram.channel import TelegramChannel
from bots.telegram.poll import POLL_SECONDS, TelegramUpdates
from bots.way import In
from core.counters import Counters
from core.errors import ChannelUnavailable, StoreUnavailable
from core.ingress import Intake
from core.updates import ButtonPressed, CustomerMessage
from tests.bots.telegram.conftest import NOW, TOKEN, MakeChannel, fixture
from tests.fakes import faults
from tests.fakes import telegram as double
from tests.fakes.cursors import MemoryCursors
from tests.fakes.intake import FakeIntake
from tests.fakes.telegram import FakeTelegram

BOT = TOKEN.partition(":")[0]


class House:
    """A poller and what is around it; `now` may be moved."""

    def __init__(self, channel: TelegramChannel, rng: random.Random) -> None:
        self.channel, self.rng = channel, rng
        self.intake, self.cursor, self.counters = FakeIntake(), MemoryCursors(), Counters()
        self.now = NOW
        self.waits: list[float] = []

    def clock(self) -> datetime:
        return self.now

    def poller(self, seconds: int = POLL_SECONDS, intake: Intake | None = None) -> Poller:
        way = In(
            intake or self.intake,
            self.intake.quarantine,
            self.intake.told,
            self.cursor,
            self.counters,
        )
        source = TelegramUpdates(self.channel, self.clock, seconds)
        return Poller(source, way, clock=self.clock, rng=self.rng)

    async def run(self, until: Callable[[], bool], poller: Poller | None = None) -> None:
        """Runs a poller until a condition holds after a wait or a filing."""
        task = asyncio.create_task((poller or self.poller()).run(self.sleeper()))
        async with asyncio.timeout(5):
            while not until():  # noqa: ASYNC110  conditions over several objects
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def sleeper(self) -> Callable[[float], Awaitable[None]]:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)
            await asyncio.sleep(0)

        return sleep


@pytest.fixture
def house(make_channel: MakeChannel, rng: random.Random) -> House:
    return House(make_channel(mode="polling"), rng)


def update(number: int, text: str = "?") -> dict[str, Any]:
    raw = fixture("01_text_cyrillic")
    raw["update_id"] = number
    raw["message"].update(message_id=number, text=text)
    return raw


async def test_updates_are_filed_in_order_and_then_confirmed(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push(update(5, "раз"), update(6, "два"))
    await house.run(lambda: house.cursor.value.startswith("7 "))
    texts = [u.text for u in house.intake.updates if isinstance(u, CustomerMessage)]
    assert texts == ["раз", "два"]


async def test_nothing_is_confirmed_while_the_database_is_down(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push(update(5), update(6))
    house.intake.down = True
    poller = house.poller()
    await house.run(lambda: len(house.waits) >= 6, poller)
    assert house.cursor.value == ""
    assert [u["update_id"] for u in telegram.pending] == [5, 6]
    assert house.waits == sorted(house.waits)
    assert max(house.waits) <= 60 * 1.2
    house.intake.down = False
    await house.run(lambda: len(house.intake.filed) == 2, poller)


async def test_what_was_stored_before_the_failure_is_not_asked_for_again(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push(update(5), update(6))

    async def only_the_first(channel: str, received: Any) -> Any:
        if house.intake.filed:
            raise StoreUnavailable("locked")
        return await house.intake(channel, received)

    with pytest.raises(StoreUnavailable):
        await house.poller(0, only_the_first).step()
    assert house.cursor.value.startswith("6 ")


async def test_a_crash_between_commit_and_confirmation_leads_to_a_repeat_not_a_loss(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push(update(5))
    await house.poller(0).step()
    house.cursor.value = ""  # the process died before the cursor was written
    await house.poller(0).step()
    assert len(house.intake.filed) == 1
    assert house.intake.calls == 2


async def test_a_bad_update_is_set_aside_and_the_rest_goes_on(
    house: House, telegram: FakeTelegram
) -> None:
    malformed = {**fixture("20_malformed_types"), "update_id": 6}
    foreign = {**fixture("18_unknown_event"), "update_id": 7}
    await telegram.push(update(5), malformed, foreign, update(8))
    await house.run(lambda: house.cursor.value.startswith("9 "))
    assert len(house.intake.filed) == 2
    assert len(house.intake.samples) == 1
    assert 'kind="chat_boost"} 1' in house.counters.text()


async def test_an_update_that_cannot_be_filed_is_given_up_in_the_end(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push(update(5))
    house.intake.broken = ZeroDivisionError("?")
    await house.run(lambda: house.cursor.value.startswith("6 "))
    assert len(house.waits) == 4
    assert len(house.intake.samples) == 1


async def test_an_update_without_a_number_is_no_busy_loop(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push({"message": {}})
    await house.run(lambda: len(house.waits) >= 3)
    assert telegram.calls.count("getUpdates") <= len(house.waits) + 1


async def test_another_poller_is_waited_out(house: House, telegram: FakeTelegram) -> None:
    telegram.webhook["url"] = "https://elsewhere.example.org"
    with pytest.raises(ChannelUnavailable) as caught:
        await house.poller(0).step()
    assert caught.value.reason == "config"
    poller = house.poller()
    await house.run(lambda: len(house.waits) >= 3, poller)
    telegram.drop_webhook()
    await telegram.push(update(5))
    await house.run(lambda: bool(house.intake.filed), poller)


@pytest.mark.parametrize(
    "fault", [faults.PAGE, faults.GARBAGE, faults.EMPTY, faults.DROP, double.FLOOD_NO_HINT]
)
async def test_a_failing_platform_is_asked_again_later(
    house: House, telegram: FakeTelegram, fault: faults.Fault
) -> None:
    await telegram.push(update(5))
    telegram.fail(fault)
    await house.run(lambda: bool(house.intake.filed))
    assert len(house.waits) == 1
    assert 0.8 <= house.waits[0] <= 1.2


async def test_a_crowd_of_long_messages_is_read_in_smaller_portions(
    house: House, telegram: FakeTelegram
) -> None:
    long = "я" * 4096  # six bytes a letter, as Telegram writes them
    crowd = [update(number, long) for number in range(1, 101)]
    for raw in crowd:
        raw["message"]["reply_to_message"] = raw["message"].copy()
    await telegram.push(*crowd)
    await house.run(lambda: len(house.intake.filed) == 100)
    assert len(house.waits) == 1


async def test_a_hint_to_wait_is_obeyed(house: House, telegram: FakeTelegram) -> None:
    await telegram.push(update(5))
    telegram.fail(double.FLOOD)
    await house.run(lambda: bool(house.intake.filed))
    assert house.waits == [7.0]


async def test_a_new_process_goes_on_where_the_last_one_stopped(
    house: House, telegram: FakeTelegram
) -> None:
    house.cursor.value = f"6 {NOW.isoformat()} {BOT}"
    await telegram.push(update(5), update(6))
    await house.run(lambda: bool(house.intake.filed))
    assert [item.dedup_key for item in house.intake.filed] == ["upd:6:700100200:6"]


async def test_the_place_of_another_bot_confirms_nothing_of_this_one(
    house: House, telegram: FakeTelegram
) -> None:
    house.cursor.value = f"900 {NOW.isoformat()} 555555555"
    await telegram.push(update(5))
    await house.run(lambda: house.cursor.value == f"6 {NOW.isoformat()} {BOT}")
    assert len(house.intake.filed) == 1


async def test_after_a_silent_week_lower_numbers_are_not_taken_for_old(
    house: House, telegram: FakeTelegram
) -> None:
    house.cursor.value = f"900 {NOW.isoformat()} {BOT}"
    house.now = NOW + timedelta(days=8)
    await telegram.push(update(5))
    await house.run(lambda: house.cursor.value.startswith("6 "))
    assert len(house.intake.filed) == 1


@pytest.mark.parametrize("value", ["", "x", "7", "7 yesterday", f"7 yesterday {BOT}", "  "])
async def test_a_cursor_nobody_can_read_starts_from_what_is_unconfirmed(
    house: House, telegram: FakeTelegram, value: str
) -> None:
    house.cursor.value = value
    await telegram.push(update(5))
    await house.run(lambda: bool(house.intake.filed))


async def test_presses_are_told_on_once_they_are_durable(
    house: House, telegram: FakeTelegram
) -> None:
    await telegram.push({**fixture("05_button"), "update_id": 5})
    await house.run(lambda: bool(house.intake.taken))
    ((name, pressed),) = house.intake.taken
    assert (name, isinstance(pressed, ButtonPressed)) == ("main", True)


async def test_a_poller_that_waits_for_news_stops_at_once_when_cancelled(
    house: House, telegram: FakeTelegram
) -> None:
    task = asyncio.create_task(house.poller().run())
    while "getUpdates" not in telegram.calls:  # noqa: ASYNC110  the double has no event for it
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
