"""Paces of a process that is alone and of several that share them; small calls of a channel."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bots.telegram.capabilities import CAPABILITIES as TELEGRAM
from core.channel import Capabilities, Finding, Letter, Rewriting, Sent, Tried
from core.content import Media
from core.errors import ChannelError, RateLimited, StoreUnavailable
from core.pacing import Meter
from handlers.paced import paced
from handlers.paces import Paces, Shared, Wish
from tests.fakes.clock import Clock
from tests.fakes.keeper import FakeKeeper

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CALLS = Capabilities(
    platform="calls", channel_rate=16.0, channel_burst=3, counts_calls=True, rate_hint=1.0
)
ANSWER, NOTICE = Wish("7", 0), Wish("7", 2)
TOO_FAST = RateLimited(17, "channel")


class Platform:
    """Every call of it counts. refusals: what the next calls are answered with."""

    name = "main"

    def __init__(self, capabilities: Capabilities = CALLS, meter: Meter | None = None) -> None:
        self.capabilities = capabilities
        self.calls: list[str] = []
        self.refusals: list[ChannelError] = []
        self._meter = meter or Meter()

    async def send(self, letter: Letter) -> Sent:
        self._call("send")
        return Sent(platform_id="1")

    async def find_sent(self, tried: Tried) -> Sent | None:
        self._call("find_sent")
        return None

    async def acknowledge(self, callback_id: str) -> None:
        self._call("acknowledge")

    async def retire_options(self, address: str, platform_id: str) -> None:
        """Has nothing to do, so nothing is called."""

    async def typing(self, address: str) -> None:
        self._call("typing")

    async def edit(self, address: str, platform_id: str, text: str) -> None:
        self._call("look")
        self._call("edit")

    async def erase(self, address: str, platform_id: str) -> None:
        self._call("erase")

    async def download(self, media: Media) -> bytes:
        return b""

    async def health(self) -> tuple[Finding, ...]:
        return ()

    async def close(self) -> None:
        """Nothing is open."""

    def _call(self, name: str) -> None:
        self._meter()
        self.calls.append(name)
        if self.refusals:
            raise self.refusals.pop(0)


class House:
    """One process. keeper: what it shares with others, if it does."""

    def __init__(
        self,
        capabilities: Capabilities = CALLS,
        keeper: FakeKeeper | None = None,
        *,
        sleeps: bool = False,
    ) -> None:
        self.clock = Clock(NOW)
        self.told = 0
        meter = Meter()
        self.platform = Platform(capabilities, meter)
        self.paces = Paces(
            self.clock,
            sleep=self.clock.sleep if sleeps else None,
            meters={"main": meter},
            shared=Shared(keeper, self._tell) if keeper is not None else None,
        )
        self.pace = self.paces.of("main", capabilities)
        self.channel = paced(self.platform, self.paces, self.clock)

    def _tell(self) -> None:
        self.told += 1

    async def may(self, wish: Wish = ANSWER) -> bool:
        """Whether it may be done now."""
        return await self.paces.not_before("main", self.pace, wish) is None

    async def refused(self, error: RateLimited = TOO_FAST) -> datetime:
        """The platform refused a message."""
        return await self.paces.limited("main", self.pace, "7", error)

    async def look(self) -> None:
        """As on a word of another process."""
        await self.paces.look({"main": self.platform.capabilities})


async def test_typing_is_left_out_when_there_is_no_token_to_spare() -> None:
    house = House()
    await house.channel.typing("7")
    await house.channel.typing("7")
    assert house.platform.calls == ["typing"]
    assert [await house.may() for _ in range(3)] == [True, True, False]


async def test_where_calls_do_not_count_a_message_that_was_sent_stays_paid() -> None:
    plain, house = House(TELEGRAM), House(TELEGRAM)
    expected = [await plain.may(Wish(str(chat), 2)) for chat in range(20)]
    found = []
    for chat in range(20):
        found.append(await house.may(Wish(str(chat), 2)))
        with house.paces.paid("main", 1):
            pass  # adapters of such platforms tell no meter of what they call
    assert found == expected
    assert not all(found)


async def test_where_calls_do_not_count_typing_costs_nothing_but_a_pause_ends_it() -> None:
    house = House(TELEGRAM)
    for _ in range(50):
        await house.channel.typing("7")
        await house.channel.acknowledge("c")
    assert len(house.platform.calls) == 100
    await house.refused()
    await house.channel.typing("7")
    await house.channel.acknowledge("c")
    house.clock.pass_by(seconds=17)
    await house.channel.typing("7")
    await house.channel.acknowledge("c")
    assert house.platform.calls[100:] == ["acknowledge"], "it is slow, so nobody types for fun"


async def test_a_press_takes_its_turn_like_an_answer() -> None:
    house = House(sleeps=True)
    assert [await house.may() for _ in range(3)] == [True] * 3
    await asyncio.gather(*(house.channel.acknowledge("c") for _ in range(16)))
    assert house.platform.calls == ["acknowledge"] * 16
    assert (house.clock.now - NOW).total_seconds() == pytest.approx(1.0, abs=0.01)


async def test_what_is_paid_and_not_made_is_given_back() -> None:
    house = House()
    await house.channel.retire_options("7", "1")
    assert [await house.may() for _ in range(4)] == [True, True, True, False]


async def test_what_an_adapter_does_beyond_its_price_is_owed() -> None:
    house = House()
    assert isinstance(house.channel, Rewriting)
    await house.channel.edit("7", "1", "иначе")
    assert house.platform.calls == ["look", "edit"]
    assert [await house.may() for _ in range(2)] == [True, False]
    for _ in range(16):
        await house.platform.typing("7")
    house.clock.pass_by(seconds=0.8)
    assert not await house.may(), "what was called without asking is paid later"
    house.clock.pass_by(seconds=0.9)
    assert await house.may()


async def test_during_a_pause_an_operator_hears_why_nothing_is_changed() -> None:
    house = House()
    await house.refused()
    assert isinstance(house.channel, Rewriting)
    with pytest.raises(RateLimited) as caught:
        await house.channel.erase("7", "1")
    assert caught.value.retry_after == 17
    assert house.platform.calls == []


async def test_whatever_call_is_refused_everybody_waits() -> None:
    house = House()
    house.platform.refusals = [RateLimited(17, "channel")]
    with pytest.raises(RateLimited):
        await house.channel.typing("7")
    assert not await house.may()
    house.clock.pass_by(seconds=17)
    assert await house.may()


async def test_a_channel_that_changes_nothing_sent_still_does_not() -> None:
    class Plain(Platform):
        edit = None  # type: ignore[assignment]  # what it cannot do it does not have

    assert isinstance(House().channel, Rewriting)
    made = paced(Plain(), House().paces, Clock(NOW))
    assert not isinstance(made, Rewriting)


# -- several processes


async def test_free_answers_ask_nobody() -> None:
    keeper = FakeKeeper()
    house = House(TELEGRAM, keeper)
    assert all([await house.may() for _ in range(100)])
    await house.paces.succeeded("main", house.pace, "7")
    await house.channel.typing("7")
    await house.channel.acknowledge("c")
    assert keeper.asked == 0


async def test_processes_take_from_one_bucket() -> None:
    keeper = FakeKeeper()
    one, two = House(keeper=keeper), House(keeper=keeper)
    assert [await house.may() for house in (one, two, one, two)] == [True, True, True, False]


async def test_a_complaint_to_one_process_stops_the_other_as_soon_as_it_looks() -> None:
    keeper = FakeKeeper(ahead=3600)
    one, two = House(TELEGRAM, keeper), House(TELEGRAM, keeper)
    until = NOW + timedelta(seconds=17)
    assert await one.refused() == until
    assert one.told == 1
    assert await two.may(), "nobody told it yet"
    await two.look()
    assert await two.paces.not_before("main", two.pace, ANSWER) == until
    two.clock.now = until
    assert await two.may()
    assert not await two.may(), "it is no longer free"


async def test_where_everything_counts_a_complaint_needs_no_word() -> None:
    keeper = FakeKeeper()
    one, two = House(keeper=keeper), House(keeper=keeper)
    await one.refused()
    assert not await two.may()
    asked = keeper.asked
    assert not await two.may()
    assert keeper.asked == asked, "and is not asked about again"


async def test_pauses_grow_whichever_process_is_refused() -> None:
    keeper = FakeKeeper()
    one, two = House(keeper=keeper), House(keeper=keeper)
    assert await one.refused(RateLimited(None, "channel")) - NOW == timedelta(seconds=1)
    one.clock.pass_by(seconds=5)
    two.clock.pass_by(seconds=5)
    later = two.clock.now
    assert await two.refused(RateLimited(None, "channel")) - later == timedelta(seconds=2)
    two.clock.pass_by(seconds=5)
    await two.paces.succeeded("main", two.pace, "7")
    one.clock.now = two.clock.now
    later = one.clock.now
    assert await one.refused(RateLimited(None, "channel")) - later == timedelta(seconds=1)


async def test_answers_are_free_again_in_every_process() -> None:
    keeper = FakeKeeper()
    one, two = House(TELEGRAM, keeper), House(TELEGRAM, keeper)
    await one.refused()
    await two.look()
    for house in (one, two):
        house.clock.pass_by(minutes=11)
        assert all([await house.may() for _ in range(100)])
    asked = keeper.asked
    assert await two.may()
    assert keeper.asked == asked


async def test_a_database_that_is_away_keeps_a_pause_from_others_alone() -> None:
    keeper = FakeKeeper()
    house = House(TELEGRAM, keeper)
    keeper.is_away = True
    assert await house.refused() == NOW + timedelta(seconds=17)
    assert not await house.may()
    house.clock.pass_by(seconds=18)
    await house.paces.succeeded("main", house.pace, "7")
    with pytest.raises(StoreUnavailable):
        await house.may(NOTICE)
