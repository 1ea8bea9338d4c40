"""Delivery while the database is away, and while a platform takes longer than a lease lasts."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from core.channel import Letter, Sent
from core.errors import RecipientGone
from core.store_values import OutboxRow
from handlers.delivery import Delivery
from tests.handlers.sending import NOW, OneChat, Platform, row


class Office:
    """A delivery whose clock moves only when somebody waits."""

    def __init__(self, store: OneChat, platform: Platform) -> None:
        self.now = NOW
        self.slept: list[float] = []
        self.store = store
        self.delivery = Delivery(
            store,  # type: ignore[arg-type]  # the parts of the port that delivery calls
            {"main": platform},  # type: ignore[dict-item]  # as above
            worker="w",
            clock=lambda: self.now,
        )
        self.delivery.sleep = self._sleep

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    async def send(self, until: datetime = NOW + timedelta(seconds=60)) -> None:
        """One step of delivery, to its end."""
        self.store.claims = [replace(claim, until=until) for claim in self.store.claims]
        await self.delivery.step()
        await self.delivery.drain()


class SlowPlatform(Platform):
    """Takes its time for each message."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.office: Office | None = None

    async def send(self, letter: Letter) -> Sent:
        assert self.office is not None
        self.office.now += timedelta(seconds=self.seconds)
        return await super().send(letter)


def rows(count: int) -> Sequence[OutboxRow]:
    return [row(number) for number in range(1, count + 1)]


async def test_an_outcome_is_written_when_the_database_is_back() -> None:
    store, platform = OneChat(rows(2)), Platform()
    store.away = 5
    office = Office(store, platform)
    await office.send()
    assert platform.taken == [1, 2], "nothing is sent twice, and the next one goes on"
    assert [one.row for one in store.settled] == [1, 2]
    assert office.slept == [0.2, 0.5, 1.0, 1.0]


async def test_nothing_is_taken_up_before_all_is_written() -> None:
    store, platform = OneChat(rows(1)), Platform()
    store.away = 3
    office = Office(store, platform)
    looks = []

    async def look(seconds: float) -> None:
        store.claims = [replace(claim, epoch=2) for claim in store.claims]
        looks.append(await office.delivery.step())

    office.delivery.sleep = look
    asked = asyncio.Event()
    office.delivery.again = asked.set
    await office.send()
    assert looks == [0, 0]
    assert asked.is_set(), "what came meanwhile is looked for afterwards"


async def test_that_a_person_is_gone_is_told_when_the_database_is_back() -> None:
    store, platform = OneChat(rows(1)), Platform(RecipientGone("blocked"))
    store.away = 1
    await Office(store, platform).send()
    ((dialog, update, key),) = store.appended
    assert (dialog, update.reason, key) == ("d1", "blocked", "gone:1")


async def test_a_slow_platform_does_not_outlast_the_lease() -> None:
    store, platform = OneChat(rows(12)), SlowPlatform(9)
    platform.office = Office(store, platform)
    await platform.office.send()
    assert platform.taken == [*range(1, 13)]
    assert store.leases == [timedelta(seconds=60)] * 11 + [None]


@pytest.mark.parametrize(("left", "sent"), [(31, [1]), (29, [])])
async def test_no_row_is_begun_that_the_lease_does_not_last_for(left: int, sent: list[int]) -> None:
    store, platform = OneChat(rows(1)), Platform()
    await Office(store, platform).send(until=NOW + timedelta(seconds=left))
    assert platform.taken == sent
    assert store.released == [True]


async def test_a_row_that_may_be_looked_for_first_needs_more_of_the_lease() -> None:
    store, platform = OneChat([row(1, unsure=True)]), Platform()
    await Office(store, platform).send(until=NOW + timedelta(seconds=50))
    assert (platform.taken, store.settled, store.released) == ([], [], [True])
