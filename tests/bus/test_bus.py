"""One contract for the bus of one process and for NATS, the latter on a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.bus.local import WAITING, LocalBus
from core.bus.nats import NatsBus, open_nats
from core.bus.port import Bus
from tests.bus.conftest import NatsServer
from tests.fakes.bell import Bell

SOON = 5.0


@pytest.fixture(params=["local", pytest.param("nats", marks=pytest.mark.nats)])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Bus, Bus]]:
    """Two ends of one bus: the same object locally, two connections over NATS."""
    if request.param == "local":
        local = LocalBus()
        yield local, local
        await local.close()
        return
    url = request.getfixturevalue("nats_server").url
    async with open_nats(url, wait=SOON) as one, open_nats(url, wait=SOON) as two:
        yield one, two


async def heard(here: Bus, there: Bus, topic: str) -> None:
    """Waits until subscriptions of `there` are known to the server."""
    subscription = await there.subscribe(topic)
    for _ in range(100):
        here.wake(topic)
        if await subscription.wait(0.05) is not None:
            break
    else:
        pytest.fail("never heard")
    await subscription.close()


async def test_a_message_reaches_every_subscriber_of_its_topic(pair: tuple[Bus, Bus]) -> None:
    one, two = pair
    first = await two.subscribe("desk")
    second = await two.subscribe("desk")
    other = await two.subscribe("chats")
    await heard(one, two, "ready")
    one.publish("desk", b"\x00news")
    assert await first.wait(SOON) == b"\x00news"
    assert await second.wait(SOON) == b"\x00news"
    assert await other.wait(0.01) is None


async def test_messages_of_one_sender_keep_their_order(pair: tuple[Bus, Bus]) -> None:
    one, two = pair
    subscription = await two.subscribe("desk")
    await heard(one, two, "ready")
    for number in range(200):
        one.publish("desk", str(number).encode())
    got = [await subscription.wait(SOON) for _ in range(200)]
    assert got == [str(number).encode() for number in range(200)]


async def test_wake_ups_nobody_took_yet_are_one(pair: tuple[Bus, Bus]) -> None:
    one, two = pair
    subscription = await two.subscribe("dialogs")
    await heard(one, two, "ready")
    for _ in range(500):
        one.wake("dialogs")
    await heard(one, two, "ready")
    assert await subscription.wait(SOON) == b""
    assert await subscription.wait(0.01) is None


async def test_topics_may_hold_any_text(pair: tuple[Bus, Bus]) -> None:
    one, two = pair
    topic = "site:чат 1.*>"
    subscription = await two.subscribe(topic)
    await heard(one, two, "ready")
    one.publish(topic, b"x")
    assert await subscription.wait(SOON) == b"x"


async def test_a_closed_subscription_ends_its_iteration(pair: tuple[Bus, Bus]) -> None:
    _, two = pair
    subscription = await two.subscribe("desk")

    async def read() -> list[bytes]:
        return [message async for message in subscription]

    reading = asyncio.create_task(read())
    two.publish("desk", b"1")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await subscription.close()
    assert await asyncio.wait_for(reading, SOON) == [b"1"]


async def test_a_slow_reader_loses_the_oldest_messages() -> None:
    bus = LocalBus()
    subscription = await bus.subscribe("desk")
    for number in range(WAITING + 5):
        bus.publish("desk", str(number).encode())
    assert await subscription.wait(SOON) == b"5"
    await bus.close()


@pytest.mark.nats
async def test_without_a_server_the_process_itself_goes_on() -> None:
    async with open_nats("nats://127.0.0.1:9", wait=0.05) as bus:
        assert not bus.is_connected
        subscription = await bus.subscribe("dialogs")
        bus.wake("dialogs")
        assert await subscription.wait(SOON) == b""


@pytest.mark.nats
async def test_an_outage_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    attempts = asyncio.Event()

    class Counted(NatsBus):
        seen = 0

        async def _on_error(self, error: Exception) -> None:
            await super()._on_error(error)
            self.seen += 1
            if self.seen == 4:
                attempts.set()

    bus = Counted("nats://127.0.0.1:1")
    running = asyncio.create_task(bus.run())
    async with asyncio.timeout(SOON):
        await attempts.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await bus.close()
    assert len([record for record in caplog.records if "NATS" in record.message]) == 1


class Ringing(NatsBus):
    """Rings whenever the server was lost, was tried in vain, or is back."""

    def __init__(self, url: str, bell: Bell) -> None:
        super().__init__(url)
        self._bell = bell

    async def _on_error(self, error: Exception) -> None:
        await super()._on_error(error)
        self._bell.ring()

    async def _on_reconnect(self) -> None:
        await super()._on_reconnect()
        self._bell.ring()


@asynccontextmanager
async def ringing(url: str, bell: Bell) -> AsyncIterator[Ringing]:
    """A bus that has reached its server."""
    bus = Ringing(url, bell)
    running = asyncio.create_task(bus.run())
    try:
        async with asyncio.timeout(SOON):
            await bus.reached.wait()
        yield bus
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bus.close()


@pytest.mark.nats
async def test_a_server_that_comes_back_is_used_again(nats_server: NatsServer) -> None:
    url, bell = nats_server.url, Bell()
    async with ringing(url, bell) as one, ringing(url, bell) as two:
        subscription = await two.subscribe("desk")
        await heard(one, two, "ready")
        nats_server.stop()
        await bell.until(lambda: not one.is_connected and not two.is_connected)
        one.publish("desk", b"lost")
        nats_server.start()
        await bell.until(lambda: one.is_connected and two.is_connected)
        assert await subscription.wait(SOON) == b""  # look at the database: you may have missed it
        await heard(one, two, "ready")
        one.publish("desk", b"after")
        assert await subscription.wait(SOON) == b"after"


@pytest.mark.nats
async def test_no_message_comes_back_to_its_own_process_twice(nats_server: NatsServer) -> None:
    async with open_nats(nats_server.url, wait=SOON) as bus:
        subscription = await bus.subscribe("desk")
        await heard(bus, bus, "ready")
        bus.publish("desk", b"once")
        bus.publish("desk", b"end")
        assert await subscription.wait(SOON) == b"once"
        assert await subscription.wait(SOON) == b"end"
        assert await subscription.wait(0.05) is None


def test_the_bus_is_a_bus() -> None:
    local: Bus = LocalBus()
    remote: Bus = NatsBus("nats://127.0.0.1:9")
    assert local.is_connected
    assert not remote.is_connected
