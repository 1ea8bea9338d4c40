"""A press is acknowledged at once, whatever becomes of the acknowledgement."""

import asyncio

from core.channel import Capabilities, Finding, Letter, Sent, Tried
from core.content import Media
from core.errors import ChannelUnavailable
from core.updates import ButtonPressed, CustomerMessage, Received, Sender
from handlers.acknowledge import Acknowledger


class FakeChannel:
    """A channel that only listens to acknowledgements. hangs: it never answers."""

    name = "main"
    capabilities = Capabilities(platform="fake")

    def __init__(self, *, hangs: bool = False, fails: bool = False) -> None:
        self.acknowledged: list[str] = []
        self._hangs = hangs
        self._fails = fails

    async def find_sent(self, tried: Tried) -> Sent | None:
        raise AssertionError

    async def acknowledge(self, callback_id: str) -> None:
        self.acknowledged.append(callback_id)
        if self._fails:
            raise ChannelUnavailable("network")
        if self._hangs:
            await asyncio.Event().wait()

    async def send(self, letter: Letter) -> Sent:
        raise AssertionError

    async def retire_options(self, address: str, platform_id: str) -> None:
        raise AssertionError

    async def typing(self, address: str) -> None:
        raise AssertionError

    async def download(self, media: Media) -> bytes:
        raise AssertionError

    async def health(self) -> tuple[Finding, ...]:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError


def received(update: ButtonPressed | CustomerMessage) -> Received:
    return Received(chat="1", sender=Sender(user="1"), update=update, dedup_key="k")


PRESS = received(ButtonPressed(token="o1", callback_id="c1"))


async def test_only_presses_are_acknowledged() -> None:
    channel = FakeChannel()
    acknowledge = Acknowledger({"main": channel})
    silent = received(ButtonPressed(token="o1"))
    acknowledge("main", [received(CustomerMessage(text="?")), silent, PRESS])
    await acknowledge.drain()
    assert channel.acknowledged == ["c1"]


async def test_a_failing_or_hanging_platform_does_not_matter() -> None:
    for channel in (FakeChannel(fails=True), FakeChannel(hangs=True)):
        acknowledge = Acknowledger({"main": channel}, seconds=0.01)
        acknowledge("main", [PRESS])
        await acknowledge.drain()
        assert channel.acknowledged == ["c1"]


async def test_a_channel_without_buttons_is_left_alone() -> None:
    acknowledge = Acknowledger({})
    acknowledge("main", [PRESS])
    await acknowledge.drain()
