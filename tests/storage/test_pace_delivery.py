"""Two processes that send for one account: strict platforms have nothing to complain of."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from bots.telegram.capabilities import CAPABILITIES as TELEGRAM
from bots.vk.capabilities import CAPABILITIES as VK
from core.bus.local import LocalBus
from core.bus.topics import PACES
from core.channel import Capabilities, Letter, Sent
from core.errors import RateLimited
from core.store import Store
from handlers.delivery import Delivery
from handlers.paces import Paces, Shared
from tests.storage.build import done, text, turn
from tests.storage.conftest import OpenStore
from tests.storage.hurry import Hurry
from tests.storage.look import Look

#: What VK allows in any second.
CALLS = 20


class Strict:
    """A platform that refuses the first call too many in any second. hint: it refuses the next
    one whatever came before, and wants so many seconds."""

    name = "main"

    def __init__(
        self, capabilities: Capabilities, clock: Callable[[], datetime], most: int = CALLS
    ) -> None:
        self.clock = clock
        self.capabilities = capabilities
        self.most = most
        self.taken: list[str] = []
        self.refused = 0
        self.hint: float | None = None
        self._window: deque[datetime] = deque()

    async def send(self, letter: Letter) -> Sent:
        now = self.clock()
        while self._window and self._window[0] <= now - timedelta(seconds=1):
            self._window.popleft()
        self._window.append(now)
        if self.hint is not None or len(self._window) > self.most:
            self.refused += 1
            hint, self.hint = self.hint, None
            raise RateLimited(hint, "channel")
        self.taken.append(letter.chat)
        return Sent(platform_id=f"p{letter.id}")


class Processes:
    """Processes on one database and one bus, each with a worker that sends."""

    def __init__(self, platform: Strict, bus: LocalBus, clock: Hurry) -> None:
        self.platform = platform
        self.bus = bus
        self.clock = clock

    def process(self, store: Store, name: str) -> Delivery:
        shared = Shared(store, lambda: self.bus.wake(PACES))
        paces = Paces(self.clock, sleep=self.clock.sleep, shared=shared)
        channels = {"main": self.platform}
        return Delivery(store, channels, worker=name, clock=self.clock, paces=paces)  # type: ignore[arg-type]  # the parts of a channel that delivery calls


async def waiting(store: Store, chats: Iterator[int], count: int, now: datetime) -> None:
    """So many chats have an answer to be sent."""
    for _, chat in zip(range(count), chats, strict=False):
        await store.accept("main", [text("вопрос", chat=f"{chat}")], now)
    claims = await store.claim("w", now, count, timedelta(seconds=30))
    made = [done(claimed, turn(claimed.dialog, now=now)) for claimed in claims]
    assert await store.save("w", made, now) == ()


async def sent(delivery: Delivery) -> None:
    """Sends until nothing is left for now."""
    while await delivery.step():
        await delivery.drain()


@pytest.fixture
async def bus() -> LocalBus:
    return LocalBus()


@pytest.fixture
def clock(look: Look, database_url: str) -> Hurry:
    return Hurry(look, database_url)


async def test_together_they_never_exceed_the_rate_of_the_platform(
    store: Store, open_another: OpenStore, bus: LocalBus, clock: Hurry
) -> None:
    platform = Strict(VK, clock)
    processes, chats = Processes(platform, bus, clock), iter(range(1000))
    one = processes.process(store, "one")
    two = processes.process(await open_another(), "two")
    await waiting(store, chats, 44, clock())
    half = [
        await store.claim_chats(delivery.worker, clock(), 22, delivery.lease)
        for delivery in (one, two)
    ]
    started = clock()
    for delivery, claims in zip((one, two), half, strict=True):
        delivery.take(claims)
    await asyncio.gather(one.drain(), two.drain())
    took = (clock() - started).total_seconds()
    assert platform.refused == 0
    assert len(set(platform.taken)) == len(platform.taken) == 44
    assert took >= (44 - VK.channel_burst) / CALLS


async def test_a_complaint_to_one_stops_the_other(
    store: Store, open_another: OpenStore, bus: LocalBus, look: Look, clock: Hurry
) -> None:
    platform = Strict(TELEGRAM, clock, most=1000)
    processes, chats = Processes(platform, bus, clock), iter(range(1000))
    one = processes.process(store, "one")
    two = processes.process(await open_another(), "two")
    heard = await bus.subscribe(PACES)
    await waiting(store, chats, 1, clock())
    await sent(two)
    assert len(platform.taken) == 1
    assert await look("SELECT channel FROM pace") == [], "free answers ask nothing"

    platform.hint = 30
    await waiting(store, chats, 1, clock())
    await sent(one)
    assert await heard.wait(5) is not None, "the others are told at once"
    await two.paces.look({"main": TELEGRAM})
    await waiting(store, chats, 3, clock())
    await sent(two)
    assert (len(platform.taken), platform.refused) == (1, 1)
    rows = await look("SELECT count(*) FROM outbox WHERE state = 'new' AND not_before IS NOT NULL")
    assert rows == [(4,)]
    assert [_rests(delivery) for delivery in (one, two)] == [pytest.approx(30, abs=10)] * 2


def _rests(delivery: Delivery) -> float:
    """For how many more seconds a process writes to nobody."""
    pace, now = delivery.paces.known("main"), delivery.clock()
    gate = None if pace is None else pace.gate("a stranger", now)
    return 0.0 if gate is None else (gate - now).total_seconds()
