"""How fast a channel may be written to, over moments that the test gives."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from core.channel import Capabilities
from core.desk_values import ChannelState
from core.errors import ChannelUnavailable, RateLimited
from core.pacing import CHANNEL, MEDIA, Ask, Kept, Tempo
from handlers.pacing import OPEN_FIRST, OPEN_MOST, Pace

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMITS = Capabilities(
    platform="test",
    chat_rate=1.0,
    chat_burst=3,
    channel_rate=25.0,
    channel_burst=3,
    free_answers=True,
    rate_hint=5.0,
)
COUNTED = Capabilities(platform="test", channel_rate=16.0, channel_burst=3)


def test_answers_are_not_throttled_before_the_platform_complains() -> None:
    pace = Pace(LIMITS)
    assert all(pace.not_before("7", 0, NOW) is None for _ in range(100))


def test_only_free_answers_of_a_channel_without_trouble_need_no_look() -> None:
    pace = Pace(LIMITS)
    assert [pace.is_carefree(priority) for priority in range(4)] == [True, True, False, False]
    assert not Pace(COUNTED).is_carefree(0)
    pace.unavailable(ChannelUnavailable("network"), NOW)
    assert not pace.is_carefree(0)
    pace.succeeded("7", NOW)
    assert pace.is_carefree(0)
    pace.limited("7", RateLimited(1, "channel"), NOW)
    assert not pace.is_carefree(0)


def test_notices_keep_to_the_rate_of_a_chat() -> None:
    pace = Pace(LIMITS)
    moments = [NOW + timedelta(seconds=n / 10) for n in range(4)]
    *first, later = [pace.not_before("7", 2, moment) for moment in moments]
    assert first == [None, None, None]
    assert later is not None
    assert timedelta() < later - moments[-1] <= timedelta(seconds=1)
    assert pace.not_before("8", 2, moments[-1]) is None, "another chat has its own bucket"
    assert pace.not_before("7", 2, NOW + timedelta(seconds=1)) is None


def taken(pace: Pace, seconds: int, wanted: Sequence[int], start: datetime = NOW) -> Counter[int]:
    """How many messages of each priority go in so much time, if all want to go at every moment."""
    gone: Counter[int] = Counter()
    for tick in range(seconds * 100):
        now = start + timedelta(seconds=tick / 100)
        for priority in wanted:
            gone[priority] += pace.not_before(f"{tick} {start}", priority, now) is None
    return gone


@pytest.mark.parametrize("answers", [(), (0,), (1,), (0, 1)])
def test_answers_and_notices_together_keep_to_the_rate_of_the_channel(
    answers: Sequence[int],
) -> None:
    gone = taken(Pace(COUNTED), 10, [2, *answers])
    assert 155 <= gone.total() <= 163, "16 a second, and what was saved up before"


def test_notices_leave_most_of_the_rate_to_those_who_wait_for_an_answer() -> None:
    gone = taken(Pace(COUNTED), 10, [2, 0])
    assert gone[0] >= 0.7 * gone.total()
    assert taken(Pace(COUNTED), 10, [2])[2] >= 155, "alone they may have it all"


def test_what_plays_keeps_to_a_rate_of_its_own() -> None:
    pace = Pace(Capabilities(platform="test", channel_rate=250.0, media_rate=8.0))
    assert pace.scopes("7", 0, NOW, plays=True) == [MEDIA, CHANNEL]
    gone = sum(
        not pace.take(MEDIA, Ask(first=(1,)), NOW + timedelta(seconds=tick / 100)).wait
        for tick in range(1000)
    )
    assert 75 <= gone <= 81
    assert pace.scopes("7", 0, NOW) == [CHANNEL]


def test_a_keeper_with_another_clock_is_understood() -> None:
    pace = Pace(LIMITS)
    behind = NOW.timestamp() - 3600
    tempo = Tempo(tokens=1.0, at=behind, until=behind + 7, strikes=1, slowed_at=behind, speed=9.0)
    pace.put(Kept("main", CHANNEL, tempo, behind), NOW)
    assert pace.gate("8", NOW) == NOW + timedelta(seconds=7)
    assert pace.is_slowed(CHANNEL, NOW)


def test_answers_go_before_notices_when_the_platform_complained() -> None:
    pace = Pace(LIMITS)
    pace.limited("7", RateLimited(0, "channel"), NOW)
    gone = taken(pace, 10, [2, 0])
    assert gone[0] >= 0.7 * gone.total()


def test_hint_of_the_platform_is_kept_exactly() -> None:
    pace = Pace(LIMITS)
    until = pace.limited("7", RateLimited(17, "channel"), NOW)
    assert until == NOW + timedelta(seconds=17)
    assert pace.not_before("8", 0, NOW) == until, "everybody on the channel waits"
    assert pace.not_before("8", 0, until) is None


def test_without_a_hint_waits_double_up_to_a_minute() -> None:
    pace = Pace(LIMITS)
    assert paused(pace, 6) == [5, 10, 20, 40, 60, 60]
    assert pace.not_before("8", 0, NOW) is None, "only that chat waits"


def paused(pace: Pace, times: int) -> list[float]:
    """Seconds of the pauses when a chat is too fast again as soon as each of them is over."""
    waits, now = [], NOW
    for _ in range(times):
        until = pace.limited("7", RateLimited(None, "chat"), now)
        waits.append((until - now).total_seconds())
        now = until
    return waits


def test_waits_without_a_hint_are_spread_by_a_fifth() -> None:
    spread = [paused(Pace(LIMITS, Random(seed)), 3) for seed in range(200)]
    for waits, exact in zip(zip(*spread, strict=True), (5, 10, 20), strict=True):
        assert 0.8 * exact <= min(waits) < 0.82 * exact
        assert 1.18 * exact < max(waits) <= 1.2 * exact
    assert paused(Pace(LIMITS, Random(1)), 3) == paused(Pace(LIMITS, Random(1)), 3)
    hinted = Pace(LIMITS, Random(1)).limited("7", RateLimited(17, "channel"), NOW)
    assert hinted == NOW + timedelta(seconds=17), "a hint is kept exactly"


def test_sends_that_were_under_way_together_are_one_complaint() -> None:
    pace = Pace(LIMITS)
    until = {pace.limited(f"{n}", RateLimited(None, "channel"), NOW) for n in range(128)}
    assert until == {NOW + timedelta(seconds=5)}
    pace.succeeded("7", NOW)
    later = NOW + timedelta(seconds=5)
    assert pace.limited("7", RateLimited(None, "channel"), later) == later + timedelta(seconds=10)


def test_after_a_complaint_answers_are_slower_and_each_that_goes_makes_them_faster() -> None:
    pace = Pace(LIMITS)
    pace.limited("7", RateLimited(1, "channel"), NOW - timedelta(seconds=1))
    seconds = [taken(pace, 1, [0], start=NOW + timedelta(seconds=s))[0] for s in range(4)]
    assert seconds == [13, 14, 15, 16]
    pace.succeeded("7", NOW)
    assert pace.is_slowed("", NOW), "one message proves little"
    quiet = NOW + timedelta(minutes=10)
    assert all(pace.not_before("7", 0, quiet) is None for _ in range(100))


def test_a_chat_that_is_too_fast_leaves_the_answers_of_others_alone() -> None:
    pace = Pace(LIMITS)
    pace.limited("7", RateLimited(None, "chat"), NOW)
    assert all(pace.not_before("8", 0, NOW) is None for _ in range(100))
    pace.limited("7", RateLimited(1, "channel"), NOW)
    later = NOW + timedelta(seconds=1)
    assert not all(pace.not_before("8", 0, later) is None for _ in range(100))


def test_a_platform_may_have_its_own_longest_wait() -> None:
    pace = Pace(Capabilities(platform="test", rate_hint=60.0, rate_most=3600.0))
    assert paused(pace, 8)[-2:] == [3600, 3600]


def test_a_pause_that_a_reply_ends_is_kept_by_the_row_alone() -> None:
    ends = replace(LIMITS, reply_ends_limit=True, rate_most=3600.0)
    pace = Pace(ends)
    waits = [pace.limited("7", RateLimited(None, "chat"), NOW) - NOW for _ in range(3)]
    assert waits == [timedelta(seconds=s) for s in (5, 10, 20)]
    assert all(pace.not_before("7", 0, NOW) is None for _ in range(100)), "the person wrote"
    pace.succeeded("7", NOW)
    assert pace.limited("7", RateLimited(None, "chat"), NOW) - NOW == timedelta(seconds=5)
    pace.limited("7", RateLimited(60, "chat"), NOW)
    assert pace.not_before("7", 0, NOW) == NOW + timedelta(seconds=60), "a hint is kept"


def test_circuit_opens_longer_each_time_and_closes_with_a_success() -> None:
    pace = Pace(LIMITS)
    waits, now = [], NOW
    for _ in range(9):
        until = pace.unavailable(ChannelUnavailable("network"), now)
        waits.append(until - now)
        now = until
    assert waits[0] == OPEN_FIRST
    assert waits[1] == 2 * OPEN_FIRST
    assert waits[-1] == OPEN_MOST
    assert pace.not_before("7", 0, now - OPEN_FIRST) is not None
    pace.succeeded("7", NOW)
    assert pace.not_before("7", 0, now - OPEN_FIRST) is None


def test_sends_that_were_under_way_together_open_the_circuit_once() -> None:
    pace = Pace(LIMITS)
    untils = {pace.unavailable(ChannelUnavailable("network"), NOW) for _ in range(128)}
    assert untils == {NOW + OPEN_FIRST}


def test_an_outage_may_last_for_days() -> None:
    pace, now = Pace(LIMITS), NOW
    for _ in range(2000):
        now = pace.unavailable(ChannelUnavailable("network"), now)
    assert now - NOW > timedelta(days=6)


def test_a_refused_account_is_told_of_at_once_and_an_outage_when_it_lasts() -> None:
    pace = Pace(LIMITS)
    pace.unavailable(ChannelUnavailable("network"), NOW)
    pace.unavailable(ChannelUnavailable("network"), NOW + timedelta(seconds=59))
    assert pace.trouble == ChannelState()
    pace.unavailable(ChannelUnavailable("network", "no route"), NOW + timedelta(seconds=60))
    assert pace.trouble.state == "down"
    assert "no route" in pace.trouble.problem
    pace.succeeded("7", NOW)
    assert pace.trouble == ChannelState()
    for reason in ("auth", "config"):
        pace.unavailable(ChannelUnavailable(reason), NOW)
        assert pace.trouble.state == "down"
        pace.succeeded("7", NOW)


def test_a_channel_that_must_rest_for_long_is_told_of() -> None:
    pace = Pace(LIMITS)
    pace.limited("7", RateLimited(3600, "chat"), NOW)
    pace.limited("7", RateLimited(60, "channel"), NOW)
    assert pace.trouble == ChannelState()
    pace.limited("7", RateLimited(3600, "channel"), NOW)
    assert pace.trouble.state == "degraded"
    assert "2026-11-24 13:00" in pace.trouble.problem


def test_refused_token_keeps_the_circuit_open_for_long() -> None:
    pace = Pace(LIMITS)
    assert pace.unavailable(ChannelUnavailable("auth"), NOW) == NOW + OPEN_MOST
