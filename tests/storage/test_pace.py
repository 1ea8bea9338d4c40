"""Processes that share a database write together no faster than a platform allows."""

import asyncio
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from core.pacing import Ask, Granted, Kept, Limits, Refused
from core.store import Store
from tests.storage.build import NOW
from tests.storage.conftest import OpenStore
from tests.storage.hurry import age_paces
from tests.storage.look import Look

LIMITS = Limits(rate=16.0, burst=3.0, adapts=True, hint=10.0)
#: So slow that a test sees nothing of the refill, whatever clock the database keeps to.
SLOW = Limits(rate=0.001, burst=3.0, hint=10.0)
ONE, TWO = Ask(first=(1,)), Ask(first=(1, 1))


@pytest.fixture
async def other(open_another: OpenStore) -> Store:
    """The store of another process."""
    return await open_another()


async def taken(store: Store, ask: Ask, limits: Limits = SLOW, scope: str = "") -> Granted:
    """What a process gets."""
    return (await store.take_tokens("vk", scope, limits, ask, NOW)).granted


async def complained(store: Store, hint: float | None = None, now: datetime = NOW) -> Kept:
    """The platform refused a process."""
    return await store.complain("vk", "", LIMITS, Refused(hint), now)


async def aged(look: Look, seconds: int, database_url: str) -> datetime:
    """Lets time go by for the shared rows; the moment for processes without a better clock."""
    await age_paces(look, seconds, database_url)
    return NOW + timedelta(seconds=seconds)


async def test_two_processes_take_from_one_bucket(store: Store, other: Store) -> None:
    assert await taken(store, TWO) == Granted(first=2)
    granted = await taken(other, TWO)
    assert granted.first == 1
    assert granted.wait == pytest.approx(1000, abs=20)
    assert (await taken(store, ONE)).first == 0


async def test_however_many_ask_at_once_no_token_is_given_twice(store: Store, other: Store) -> None:
    many = Limits(rate=0.001, burst=40.0)
    asks = [taken(who, TWO, many) for who in (store, other) for _ in range(30)]
    assert sum(granted.first for granted in await asyncio.gather(*asks)) == 40


async def test_each_chat_and_each_channel_has_its_own(store: Store) -> None:
    assert (await taken(store, Ask(first=(1, 1, 1)))).first == 3
    assert (await taken(store, ONE, scope="7")).first == 1
    kept = await store.take_tokens("max", "", SLOW, ONE, NOW)
    assert (kept.channel, kept.scope, kept.granted.first) == ("max", "", 1)


async def test_tokens_come_back_with_time(store: Store, look: Look, database_url: str) -> None:
    assert (await taken(store, Ask(first=(1,) * 9), LIMITS)).first == 3
    later = await aged(look, 60, database_url)
    kept = await store.take_tokens("vk", "", LIMITS, Ask(first=(1,) * 9), later)
    assert kept.granted.first == 3


async def test_a_complaint_to_one_stops_all(store: Store, other: Store) -> None:
    assert (await taken(other, ONE, LIMITS)).first == 1
    assert await other.complaints(NOW) == ()
    first = await complained(store, 17)
    assert first.tempo.until - first.now == pytest.approx(17, abs=1e-5)
    granted = await taken(other, TWO, LIMITS)
    assert granted.first == 0
    assert granted.wait == pytest.approx(17, abs=5)
    (seen,) = await other.complaints(NOW)
    assert (seen.channel, seen.scope, seen.tempo) == ("vk", "", first.tempo)


async def test_the_next_pause_is_longer_whoever_is_refused(
    store: Store, other: Store, look: Look, database_url: str
) -> None:
    first = await complained(store)
    assert first.tempo.until - first.now == pytest.approx(10, abs=1e-5)
    under_way = await complained(other)
    assert under_way.tempo.strikes == 1, "it was sent before the pause began"
    later = await aged(look, 30, database_url)
    second = await complained(other, now=later)
    assert second.tempo.until - second.now == pytest.approx(20, abs=1e-5)
    assert second.tempo.speed == first.tempo.speed / 2 == 4


async def test_after_a_message_that_went_through_the_next_pause_is_a_first_one(
    store: Store, other: Store, look: Look, database_url: str
) -> None:
    await complained(store)
    await store.relent("vk", "", NOW)
    assert (await store.complaints(NOW))[0].tempo.strikes == 1, "it was under way before"
    later = await aged(look, 30, database_url)
    await other.relent("vk", "", later)
    (seen,) = await store.complaints(later)
    assert (seen.tempo.strikes, seen.tempo.speed) == (0, 8.0), "the speed has to grow by itself"
    await other.relent("vk", "stranger", later)
    assert len(await store.complaints(later)) == 1


async def test_the_speed_grows_for_all_with_what_any_of_them_sends(
    store: Store, other: Store, look: Look, database_url: str
) -> None:
    before = await complained(store)
    later = await aged(look, 30, database_url)
    for who in (store, other):
        after = await who.take_tokens("vk", "", replace(LIMITS, burst=9.0), ONE, later)
    assert after.tempo.speed == pytest.approx(before.tempo.speed + 2 / 8, abs=0.02)


async def test_a_pace_nobody_asked_for_in_a_day_is_forgotten(
    store: Store, look: Look, database_url: str
) -> None:
    await taken(store, ONE)
    later = await aged(look, 25 * 3600, database_url)
    await store.sweep(later if database_url.startswith("sqlite") else NOW + timedelta(days=4000))
    assert await look("SELECT channel FROM pace") == []
