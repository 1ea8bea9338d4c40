"""The tail of desk events finds what became visible late, and forgets what never will."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bots.desk.feed import OVERLAP, Feed
from core.store_values import DeskEvent

START = datetime(2027, 3, 1, 10, tzinfo=UTC)


class Events:
    """Desk events as a database shows them: an id is given out before its row is visible."""

    def __init__(self, *ids: int) -> None:
        self.visible = set(ids)
        self.now = START
        self.looks = 0

    def clock(self) -> datetime:
        return self.now

    async def last_event(self) -> int:
        return max(self.visible, default=0)

    async def events(self, after: int, limit: int) -> tuple[DeskEvent, ...]:
        return self._shown([id_ for id_ in sorted(self.visible) if id_ > after][:limit])

    async def events_among(self, ids: Sequence[int]) -> tuple[DeskEvent, ...]:
        self.looks += 1
        return self._shown(sorted(self.visible & set(ids)))

    def _shown(self, ids: Sequence[int]) -> tuple[DeskEvent, ...]:
        return tuple(
            DeskEvent(id=id_, topic="dialog", dialog="d", version=1, kind="changed", at=self.now)
            for id_ in ids
        )


async def feed_of(events: Events) -> Feed:
    feed = Feed(events, events.clock)  # type: ignore[arg-type]  # the three methods it uses
    await feed.start()
    return feed


async def ids(feed: Feed) -> list[int]:
    return [event.id for event in await feed.news()]


async def test_only_what_comes_after_the_start_is_news() -> None:
    events = Events(1, 2, 3)
    feed = await feed_of(events)
    assert await ids(feed) == []
    events.visible |= {4, 5}
    assert await ids(feed) == [4, 5]
    assert await ids(feed) == []


async def test_event_committed_after_a_higher_one_is_found() -> None:
    events = Events(1)
    feed = await feed_of(events)
    events.visible.add(3)
    assert await ids(feed) == [3]
    events.visible.add(2)
    assert await ids(feed) == [2]
    assert feed.position == 3


async def test_event_under_way_at_the_start_is_found() -> None:
    events = Events(1, 3)
    feed = await feed_of(events)
    events.visible.add(2)
    assert await ids(feed) == [2]


async def test_hole_that_stays_is_given_up_after_the_longest_transaction() -> None:
    events = Events(1)
    feed = await feed_of(events)
    events.visible.add(5)
    await feed.news()
    events.now += OVERLAP - timedelta(seconds=1)
    await feed.news()
    looked = events.looks
    events.now += timedelta(seconds=2)
    await feed.news()
    assert events.looks == looked


async def test_leap_of_the_counter_costs_a_bounded_number_of_holes() -> None:
    events = Events(1)
    feed = await feed_of(events)
    events.visible.add(10**9)
    assert await ids(feed) == [10**9]
    events.visible.add(10**9 - 1)
    assert await ids(feed) == [10**9 - 1]


@given(st.permutations(range(2, 14)), st.lists(st.integers(1, 4), min_size=12, max_size=12))
async def test_every_event_is_told_exactly_once_in_whatever_order_it_appears(
    order: list[int], pauses: list[int]
) -> None:
    events = Events(1)
    feed = await feed_of(events)
    told: list[int] = []
    for id_, pause in zip(order, pauses, strict=True):
        events.visible.add(id_)
        events.now += timedelta(seconds=pause / 2)
        if pause > 1:
            told += await ids(feed)
    told += await ids(feed)
    assert sorted(told) == list(range(2, 14))
