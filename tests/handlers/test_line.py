"""Who waits for tokens, who goes first, and who is told to come again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import StoreUnavailable
from core.pacing import Ask, Granted, Limits, fresh, lot_of, refused, taken
from core.pacing import Refused as Complaint
from handlers.line import Line
from tests.fakes.clock import Clock

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMITS = Limits(rate=16.0, burst=3.0)
MANY = Limits(rate=250.0, burst=30.0)


class Bucket:
    """One bucket behind a line, on a clock that only waiting moves."""

    def __init__(self, limits: Limits = LIMITS, *, sleeps: bool = True, room: int = 24) -> None:
        self.clock = Clock(NOW)
        self.limits = limits
        self.tempo = fresh(limits, NOW.timestamp())
        self.asked: list[Ask] = []
        self.went: list[str] = []
        self.is_away = False
        self.line = Line(
            self.take,
            clock=self.clock,
            gate=self.gate,
            sleep=self.clock.sleep if sleeps else None,
            room=room,
            rate=limits.rate or 1.0,
            lot=lot_of(limits),
        )

    async def take(self, ask: Ask) -> Granted:
        self.asked.append(ask)
        if self.is_away:
            raise StoreUnavailable("away")
        self.tempo, granted = taken(self.tempo, self.limits, ask, self.clock.now.timestamp())
        return granted

    def gate(self) -> datetime | None:
        until = datetime.fromtimestamp(self.tempo.until, UTC)
        return until if until > self.clock.now else None

    async def go(self, name: str, priority: int, price: int = 1) -> datetime | None:
        later = await self.line.admitted(priority, price)
        if later is None:
            self.went.append(name)
        return later

    async def all_go(self, *who: tuple[str, int]) -> list[datetime | None]:
        return await asyncio.gather(*(self.go(name, priority) for name, priority in who))


async def test_while_there_are_tokens_nobody_waits() -> None:
    bucket = Bucket()
    assert await bucket.all_go(("a", 0), ("b", 0), ("c", 1)) == [None] * 3
    assert bucket.clock.now == NOW


async def test_the_urgent_go_first_and_then_who_came_first() -> None:
    bucket = Bucket()
    await bucket.all_go(("a", 0), ("b", 0), ("c", 0))
    who = [("news", 3), ("timer", 2), ("first", 0), ("word", 1), ("second", 0), ("other", 1)]
    assert await bucket.all_go(*who) == [None] * 6
    assert bucket.went[3:] == ["first", "second", "word", "other", "timer", "news"]


async def test_who_waits_goes_at_the_rate() -> None:
    bucket = Bucket()
    await bucket.all_go(*((f"{n}", 0) for n in range(19)))
    assert len(bucket.went) == 19
    assert (bucket.clock.now - NOW).total_seconds() == pytest.approx(1.0, abs=0.01)


async def test_an_answer_does_not_wait_for_notices_that_wait() -> None:
    bucket = Bucket()
    await bucket.all_go(("a", 0))
    notices = asyncio.gather(*(bucket.go(f"n{n}", 2) for n in range(3)))
    await asyncio.sleep(0)
    before = bucket.clock.now
    assert await bucket.go("answer", 0) is None
    assert bucket.clock.now - before < timedelta(seconds=0.1)
    await notices


async def test_a_higher_price_waits_for_its_tokens_and_lets_nobody_pass() -> None:
    bucket = Bucket()
    await bucket.all_go(("a", 0), ("b", 0), ("c", 0))
    await asyncio.gather(bucket.go("picture", 0, price=3), bucket.go("text", 0))
    assert bucket.went[3:] == ["picture", "text"]
    assert (bucket.clock.now - NOW).total_seconds() == pytest.approx(4 / 16, abs=0.01)


async def test_who_steps_by_hand_gets_a_moment_and_each_one_of_his_own() -> None:
    bucket = Bucket(sleeps=False)
    later = await bucket.all_go(*((f"{n}", 0) for n in range(6)))
    assert later[:3] == [None] * 3
    assert later[3:] == [NOW + timedelta(seconds=n / 16) for n in (1, 2, 3)]


async def test_who_finds_no_room_is_told_when_to_come_again() -> None:
    bucket = Bucket(room=8)
    await bucket.all_go(("a", 0), ("b", 0), ("c", 0))
    later = await bucket.all_go(*((f"n{n}", 3) for n in range(4)), *((f"{n}", 0) for n in range(9)))
    assert [moment is None for moment in later[:2]] == [True, True], (
        "a quarter of the room is for notices"
    )
    assert all(moment is not None for moment in later[2:4])
    assert later[4:10] == [None] * 6
    assert all(moment is not None for moment in later[10:])


async def test_a_pause_sends_everybody_away() -> None:
    bucket = Bucket()
    await bucket.all_go(("a", 0), ("b", 0), ("c", 0))
    waiting = asyncio.gather(bucket.go("d", 0), bucket.go("e", 2))
    await asyncio.sleep(0)
    bucket.tempo = refused(bucket.tempo, LIMITS, Complaint(17), NOW.timestamp())
    assert list(await waiting) == [NOW + timedelta(seconds=17)] * 2


async def test_a_keeper_that_is_away_is_told_to_everybody() -> None:
    bucket = Bucket()
    await bucket.all_go(("a", 0), ("b", 0), ("c", 0))
    waiting = asyncio.gather(bucket.go("d", 0), bucket.go("e", 0), return_exceptions=True)
    await asyncio.sleep(0)
    bucket.is_away = True
    assert [type(error) for error in await waiting] == [StoreUnavailable] * 2
    bucket.is_away = False
    assert await bucket.go("f", 0) is None


async def test_at_the_end_nobody_is_left_waiting() -> None:
    bucket = Bucket()
    await bucket.all_go(("a", 0), ("b", 0), ("c", 0))
    waiting = asyncio.gather(bucket.go("d", 0), bucket.go("e", 0))
    await asyncio.sleep(0)
    bucket.line.close()
    assert all(moment is not None for moment in await waiting)


async def test_of_a_lot_many_go_without_a_question_and_what_is_left_expires() -> None:
    bucket = Bucket(MANY)
    for number in range(15):
        assert await bucket.go(f"{number}", 0) is None
    assert len(bucket.asked) == 1
    await bucket.go("16th", 0)
    assert len(bucket.asked) == 2
    bucket.clock.pass_by(seconds=0.1)
    await bucket.go("17th", 0)
    assert len(bucket.asked) == 3


async def test_spare_is_only_what_nobody_else_wants() -> None:
    bucket = Bucket()
    assert await bucket.line.spare()
    assert not await bucket.line.spare(), "the rest is left to answers"
    assert await bucket.all_go(("a", 0), ("b", 0)) == [None, None]
    waiting = asyncio.gather(bucket.go("c", 0))
    await asyncio.sleep(0)
    bucket.clock.pass_by(seconds=10)
    assert not await bucket.line.spare(), "somebody waits"
    await waiting
