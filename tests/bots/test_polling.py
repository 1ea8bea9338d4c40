"""Whoever reads a channel goes on whatever happens, and says so when nothing can be read."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.polling import Item, Page, Poller, Position
from bots.way import In
from core.counters import Counters
from core.desk_values import ChannelState
from core.errors import ChannelUnavailable
from core.updates import CustomerMessage, Received, Sender
from tests.fakes.bell import Bell
from tests.fakes.cursors import MemoryCursors
from tests.fakes.intake import FakeIntake

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFLICT = ChannelUnavailable("config", "another process reads this account")


class Line:
    """A platform that answers as told: with news, or with a failure."""

    name = "main"
    account = "77"

    def __init__(self, *answers: Exception | str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def page(self, position: Position) -> Page:
        self.asked += 1
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Page([Item(answer, str(self.asked))])

    def parse(self, raw: Any) -> Sequence[Received]:
        update = CustomerMessage(text=raw)
        return [Received(chat="7", sender=Sender(user="7"), update=update, dedup_key=raw)]


class Reading:
    """A poller at work; every wait takes `seconds` of its clock."""

    def __init__(self, line: Line, seconds: float) -> None:
        self.line, self.seconds, self.now = line, seconds, NOW
        self.intake, self.bell, self.counters = FakeIntake(), Bell(), Counters()
        self.told: list[tuple[str, ChannelState]] = []

    async def fares(self, channel: str, found: ChannelState) -> None:
        self.told.append((channel, found))
        self.bell.ring()

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=self.seconds)
        await asyncio.sleep(0)

    async def until(self, fact: Callable[[], bool]) -> None:
        """Reads until something is so; looked at whenever a word was filed or told."""
        way = In(
            intake=self.intake,
            quarantine=self.intake.quarantine,
            taken=lambda name, received: self.bell.ring(),
            cursors=MemoryCursors(),
            counters=self.counters,
            fares=self.fares,
        )
        poller = Poller(self.line, way, clock=lambda: self.now, rng=random.Random(1))
        task = asyncio.create_task(poller.run(self.sleep))
        try:
            await self.bell.until(fact, 5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def words(self) -> list[str]:
        """What was filed."""
        updates = [item.update for item in self.intake.filed]
        return [update.text for update in updates if isinstance(update, CustomerMessage)]


async def test_a_channel_that_cannot_be_read_for_a_minute_is_told_of_until_it_is_read() -> None:
    reading = Reading(Line(*[CONFLICT] * 5, "раз"), seconds=20)
    await reading.until(lambda: bool(reading.words) and len(reading.told) > 1)
    (_, down), (name, well) = reading.told
    assert (down.state, name, well) == ("down", "main", ChannelState())
    assert "another process reads this account" in down.problem


async def test_what_is_read_again_is_counted_apart_from_what_is_new() -> None:
    reading = Reading(Line("раз", "раз", "два"), seconds=20)
    await reading.until(lambda: reading.words == ["раз", "два"])
    text = reading.counters.text()
    assert 'otklik_updates_total{channel="main",kind="CustomerMessage"} 2' in text
    assert 'otklik_repeated_updates_total{channel="main",kind="CustomerMessage"} 1' in text


async def test_a_short_trouble_of_reading_is_nobodys_business() -> None:
    reading = Reading(Line(CONFLICT, CONFLICT, "раз", CONFLICT, CONFLICT, "два"), seconds=20)
    await reading.until(lambda: reading.words == ["раз", "два"])
    assert reading.told == []


async def test_a_fault_of_ours_is_logged_and_reading_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reading = Reading(Line(KeyError("ts"), KeyError("ts"), "раз"), seconds=60)
    await reading.until(lambda: reading.words == ["раз"] and len(reading.told) == 2)
    assert [found.state for _, found in reading.told] == ["down", "ok"]
    assert "KeyError" in caplog.text
