"""Token buckets, pauses and speeds over moments that the test gives, in seconds."""

from collections import deque
from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.pacing import (
    ENOUGH,
    LOT,
    QUIET,
    Ask,
    Granted,
    Limits,
    Meter,
    Refused,
    Tempo,
    fresh,
    is_slowed,
    lot_of,
    refused,
    relented,
    taken,
)

#: What a platform with 20 calls a second is served with.
CALLS = Limits(rate=16.0, burst=3.0, adapts=True, hint=1.0)
#: Answers are free until it complains.
FREE = Limits(rate=25.0, burst=3.0, free=True, adapts=True, hint=5.0)
ONE = Ask(first=(1,))
NOTICE = Ask(then=(1,))


def gone(tempo: Tempo, limits: Limits, asks: Sequence[Ask], seconds: float) -> list[list[float]]:
    """Moments at which each of the askers may go, if all want to go at every moment."""
    moments: list[list[float]] = [[] for _ in asks]
    for tick in range(int(seconds * 1000)):
        now = tempo.at if tick == 0 else max(tempo.at, tick / 1000)
        for own, ask in zip(moments, asks, strict=True):
            tempo, granted = taken(tempo, limits, ask, now)
            own += [now] * (granted.first + granted.then)
    return moments


def most_in_a_second(moments: Sequence[float]) -> int:
    """The largest number of moments within any one second."""
    window: deque[float] = deque()
    most = 0
    for moment in moments:
        window.append(moment)
        while window[0] <= moment - 1:
            window.popleft()
        most = max(most, len(window))
    return most


@pytest.mark.parametrize("asks", [[ONE], [NOTICE], [ONE, NOTICE]])
def test_no_second_has_more_than_the_platform_allows(asks: list[Ask]) -> None:
    moments = sorted(chain.from_iterable(gone(fresh(CALLS, 0), CALLS, asks, 10)))
    assert most_in_a_second(moments) <= 20 * (1 - LOT / 2)
    assert len(moments) >= 155, "and little of it is left unused"


def test_answers_get_at_least_seventy_of_a_hundred_tokens() -> None:
    answers, notices = gone(fresh(CALLS, 0), CALLS, [ONE, NOTICE], 10)
    assert len(answers) >= 0.7 * (len(answers) + len(notices))


def test_an_answer_goes_at_once_however_many_notices_are_sent() -> None:
    tempo = fresh(CALLS, 0)
    for tick in range(1000):
        tempo, _ = taken(tempo, CALLS, NOTICE, tick / 100)
    _, granted = taken(tempo, CALLS, ONE, 10)
    assert granted.first == 1


def test_those_who_asked_first_are_served_first_and_the_next_is_told_how_long_it_waits() -> None:
    tempo, granted = taken(fresh(CALLS, 0), CALLS, Ask(first=(1, 1, 1, 1, 1), then=(1,)), 0)
    assert granted == Granted(first=3, wait=1 / 16)
    _, granted = taken(tempo, CALLS, Ask(first=(1, 1)), 1 / 16)
    assert granted.first == 1


def test_a_price_above_the_bucket_is_paid_from_a_full_one_and_the_rest_is_owed() -> None:
    tempo, granted = taken(fresh(CALLS, 0), CALLS, Ask(first=(5,)), 0)
    assert (granted.first, tempo.tokens) == (1, -2)
    _, granted = taken(tempo, CALLS, ONE, 2 / 16)
    assert (granted.first, granted.wait) == (0, 1 / 16)


def test_calls_that_were_made_without_asking_are_paid_later() -> None:
    tempo, granted = taken(fresh(CALLS, 0), CALLS, replace(ONE, owed=3), 0)
    assert (granted.first, tempo.tokens) == (0, 0)
    tempo, _ = taken(tempo, CALLS, Ask(owed=-2), 0)
    assert tempo.tokens == 2, "what was paid and not made is given back"
    tempo, _ = taken(tempo, CALLS, Ask(owed=-9), 0)
    assert tempo.tokens == 3, "but never more than can be saved up"


def test_a_clock_that_goes_back_gives_nothing() -> None:
    tempo, _ = taken(fresh(CALLS, 100), CALLS, Ask(first=(3,)), 100)
    _, granted = taken(tempo, CALLS, ONE, 50)
    assert granted.first == 0


def test_a_hint_is_kept_exactly_and_a_wait_without_one_doubles_and_is_spread() -> None:
    tempo = refused(fresh(FREE, 0), FREE, Refused(17, 0.8), 0)
    assert tempo.until == 17
    waits, now, tempo = [], 0.0, fresh(FREE, 0)
    for _ in range(6):
        tempo = refused(tempo, FREE, Refused(None), now)
        waits.append(tempo.until - now)
        now = tempo.until
    assert waits == [5, 10, 20, 40, 60, 60]
    for spread in (0.8, 1.2):
        tempo = refused(fresh(FREE, 0), FREE, Refused(None, spread), 0)
        assert tempo.until == 5 * spread


def test_sends_that_were_under_way_together_are_one_complaint() -> None:
    tempo = refused(fresh(FREE, 0), FREE, Refused(None), 0)
    again = refused(tempo, FREE, Refused(None), 0.3)
    assert (again.strikes, again.speed) == (1, 12.5)
    assert refused(tempo, FREE, Refused(30), 1).until == 31, "the longest pause counts"


def test_after_a_message_that_went_through_the_next_pause_is_a_first_one() -> None:
    tempo = refused(refused(fresh(FREE, 0), FREE, Refused(None), 0), FREE, Refused(None), 9)
    assert refused(relented(tempo), FREE, Refused(None), 30).until == 35


def test_a_complaint_halves_the_speed_and_the_pause_saves_nothing_up() -> None:
    tempo, speeds, now = fresh(FREE, 0), [], 0.0
    for _ in range(6):
        tempo = refused(tempo, FREE, Refused(1), now)
        now = tempo.until
        speeds.append(tempo.speed)
    assert speeds == [12.5, 6.25, 3.125, 25 / 16, 25 / 16, 25 / 16]
    _, granted = taken(tempo, FREE, Ask(first=(1, 1)), now)
    assert granted.first == 1


def test_in_each_second_that_uses_it_up_the_speed_grows_by_one() -> None:
    tempo = refused(fresh(FREE, 0), FREE, Refused(0), 0)
    speeds = []
    for second in range(5):
        for tick in range(1000):
            tempo, _ = taken(tempo, FREE, ONE, second + tick / 1000)
        speeds.append(tempo.speed)
    assert speeds == pytest.approx([13.5, 14.5, 15.5, 16.5, 17.5], abs=0.2)
    idle, _ = taken(tempo, FREE, ONE, 60)
    assert idle.speed == pytest.approx(tempo.speed, abs=0.1), "silence proves nothing"


def test_where_answers_are_free_they_are_free_again_when_the_speed_is_far_above_the_rate() -> None:
    tempo = refused(fresh(FREE, 0), FREE, Refused(0), 0)
    nearly = replace(tempo, speed=25 * ENOUGH - 0.001, at=1)
    after, _ = taken(nearly, FREE, ONE, 1)
    assert after.speed == 0
    above, _ = taken(replace(tempo, speed=100.0), FREE, ONE, 1)
    assert above.speed > 100, "above the rate it goes on growing"


def test_where_everything_counts_the_speed_never_grows_beyond_the_rate() -> None:
    tempo = replace(refused(fresh(CALLS, 0), CALLS, Refused(0), 0), speed=15.999)
    after, _ = taken(tempo, CALLS, ONE, 1)
    assert after.speed == 0
    assert not is_slowed(relented(after), 1)


def test_a_complaint_is_forgotten_when_it_stays_quiet() -> None:
    tempo = relented(refused(fresh(FREE, 0), FREE, Refused(0), 0))
    assert is_slowed(tempo, QUIET - 1)
    assert not is_slowed(tempo, QUIET)
    struck = refused(fresh(Limits(), 0), Limits(), Refused(5), 0)
    assert is_slowed(struck, 5 + QUIET - 1)
    assert not is_slowed(struck, 5 + QUIET)


def test_notices_keep_to_their_rate_when_answers_may_go_faster() -> None:
    tempo = replace(fresh(FREE, 0), speed=100.0, slowed_at=0.1)
    (moments,) = gone(tempo, FREE, [NOTICE], 10)
    assert 240 <= len(moments) <= 260


def test_a_lot_is_taken_only_where_many_go_and_nobody_waits() -> None:
    many = Limits(rate=250.0, burst=30.0)
    assert lot_of(many) == 15
    assert [lot_of(limits) for limits in (CALLS, FREE, Limits())] == [0, 0, 0]
    tempo, granted = taken(fresh(many, 0), many, replace(ONE, extra=15), 0)
    assert (granted.first, granted.extra) == (1, 14), "half of the bucket is left to others"
    waiting = replace(tempo, tokens=0.0)
    _, granted = taken(waiting, many, replace(ONE, extra=15), 0)
    assert granted.extra == 0


PRICES = st.lists(st.integers(1, 4), max_size=4).map(tuple)


@given(
    st.lists(
        st.tuples(st.floats(0, 0.5), PRICES, PRICES, st.integers(-2, 3), st.booleans()),
        max_size=40,
    )
)
def test_whatever_happens_nobody_goes_during_a_pause_and_the_bucket_never_overflows(
    steps: list[tuple[float, tuple[int, ...], tuple[int, ...], int, bool]],
) -> None:
    tempo, now = fresh(CALLS, 0), 0.0
    for pause, first, then, owed, is_refused in steps:
        now += pause
        if is_refused:
            tempo = refused(tempo, CALLS, Refused(None), now)
        before = tempo
        tempo, granted = taken(tempo, CALLS, Ask(first=first, then=then, owed=owed), now)
        assert tempo.tokens <= CALLS.burst
        assert granted.then == 0 or granted.first == len(first)
        if now < before.until:
            assert (granted.first, granted.then) == (0, 0)
        everybody = granted.first == len(first) and granted.then == len(then)
        assert (granted.wait == 0) == everybody or now < before.until


def test_a_meter_tells_calls_that_nobody_paid_for() -> None:
    meter = Meter()
    meter()
    with meter.paid(3):
        meter()
        with meter.paid(1):
            meter()
            meter()
    assert meter.owed() == 1 + 1 - 2
    assert meter.owed() == 0
