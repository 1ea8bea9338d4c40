"""«Is typing» is shown to whoever waits for long, for as long as it takes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from core.channel import Capabilities, Finding, Letter, Sent, Tried
from core.content import Media
from core.errors import ChannelUnavailable
from core.store_values import CallJob
from handlers.patience import LOOK, Patience
from tests.fakes.calls import job


class TypingChannel:
    """A channel that only shows who is typing. fails: the platform refuses."""

    name = "main"

    def __init__(self, *, can: bool = True, fails: bool = False) -> None:
        self.capabilities = Capabilities(platform="fake", typing=can)
        self.shown: list[str] = []
        self._fails = fails

    async def typing(self, address: str) -> None:
        self.shown.append(address)
        if self._fails:
            raise ChannelUnavailable("network")

    async def find_sent(self, tried: Tried) -> Sent | None:
        raise AssertionError

    async def acknowledge(self, callback_id: str) -> None:
        raise AssertionError

    async def send(self, letter: Letter) -> Sent:
        raise AssertionError

    async def retire_options(self, address: str, platform_id: str) -> None:
        raise AssertionError

    async def download(self, media: Media) -> bytes:
        raise AssertionError

    async def health(self) -> tuple[Finding, ...]:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError


class House:
    """Patience whose time passes when a test says so."""

    def __init__(self, channel: TypingChannel) -> None:
        self.channel = channel
        self.slept = 0.0
        self._asleep: list[asyncio.Future[None]] = []
        self.patience = Patience({"main": channel}, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self._asleep.append(asyncio.get_running_loop().create_future())
        await self._asleep[-1]
        self.slept += seconds

    async def passes(self, seconds: float) -> None:
        """Lets time go by."""
        for _ in range(round(seconds / LOOK)):
            await self._others()
            woken, self._asleep = self._asleep, []
            for one in woken:
                one.set_result(None)
            await self._others()

    async def _others(self) -> None:
        for _ in range(4):  # the look, the showing, its end
            await asyncio.sleep(0)


def call(number: int = 1, channel: str = "main") -> CallJob:
    return replace(job("x.do", key=f"d{number}:1:1"), chat=f"c{number}", channel=channel)


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    own = House(getattr(request, "param", None) or TypingChannel())
    yield own
    await own.patience.close()


async def test_an_answer_that_comes_soon_is_not_announced(house: House) -> None:
    house.patience.begun(call())
    await house.passes(0.25)
    house.patience.over(call())
    await house.passes(1)
    assert house.channel.shown == []


async def test_who_waits_longer_sees_typing_within_half_a_second_and_once(house: House) -> None:
    house.patience.begun(call())
    await house.passes(0.5)
    assert house.channel.shown == ["c1"]
    await house.passes(3.5)
    assert house.channel.shown == ["c1"]


async def test_it_is_shown_again_every_four_seconds_until_the_answer_is_there(house: House) -> None:
    house.patience.begun(call())
    await house.passes(8.5)
    assert house.channel.shown == ["c1"] * 3
    house.patience.over(call())
    await house.passes(8)
    assert house.channel.shown == ["c1"] * 3


async def test_everybody_waits_for_themselves(house: House) -> None:
    house.patience.begun(call(1))
    await house.passes(0.25)
    house.patience.begun(call(2))
    await house.passes(0.25)
    assert house.channel.shown == ["c1"]
    house.patience.over(call(1))
    await house.passes(0.25)
    assert house.channel.shown == ["c1", "c2"]


async def test_nobody_looks_while_nobody_waits(house: House) -> None:
    house.patience.begun(call())
    await house.passes(0.25)
    house.patience.over(call())
    await house.passes(5)
    assert house.slept == 2 * LOOK
    house.patience.begun(call(2))
    await house.passes(0.5)
    assert house.channel.shown == ["c2"]


@pytest.mark.parametrize("house", [TypingChannel(can=False)], indirect=True, ids=["cannot"])
async def test_where_typing_cannot_be_shown_nobody_tries(house: House) -> None:
    house.patience.begun(call())
    house.patience.begun(call(2, channel="gone"))
    await house.passes(5)
    assert (house.channel.shown, house.slept) == ([], 0)


@pytest.mark.parametrize("house", [TypingChannel(fails=True)], indirect=True, ids=["refuses"])
async def test_a_refusal_changes_nothing(house: House) -> None:
    house.patience.begun(call())
    await house.passes(4.5)
    assert house.channel.shown == ["c1", "c1"]
