"""The circuit breaker as its rules read."""

from hypothesis import given
from hypothesis import strategies as st

from core.backoffice.breaker import Breaker


def opened(failures: int = 3, cooldown: float = 5.0) -> Breaker:
    breaker = Breaker(failures=failures, cooldown=cooldown, longest=12.0)
    for _ in range(failures):
        assert breaker.allows(0)
        breaker.failed(0)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=2)
    for _ in range(5):
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.state(0) == "closed"
    breaker.failed(0)
    breaker.failed(0)
    assert breaker.state(0) == "open"


def test_one_call_tries_after_the_cooldown() -> None:
    breaker = opened()
    assert not breaker.allows(4.9)
    assert breaker.allows(5.0)
    assert not breaker.allows(5.0)
    breaker.succeeded()
    assert breaker.allows(5.0)
    assert breaker.allows(5.0)


def test_each_failed_try_doubles_the_cooldown_up_to_the_longest() -> None:
    breaker = opened()
    now = 0.0
    for wait in (5.0, 10.0, 12.0, 12.0):
        assert not breaker.allows(now + wait - 0.1)
        now += wait
        assert breaker.allows(now)
        breaker.failed(now)


def test_a_late_failure_of_an_old_call_does_not_lengthen_the_pause() -> None:
    breaker = opened()
    breaker.failed(4.0)
    assert breaker.allows(5.0)


def test_an_abandoned_try_leaves_the_door_ajar() -> None:
    breaker = opened()
    assert breaker.allows(5.0)
    breaker.abandoned()
    assert breaker.allows(5.0)


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from(["ok", "bad", "gone"])), max_size=60))
def test_it_always_lets_somebody_try_in_the_end(steps: list[tuple[float, str]]) -> None:
    breaker = Breaker(failures=3, cooldown=5.0, longest=20.0)
    now = 0.0
    for pause, outcome in steps:
        now += pause
        if breaker.allows(now):
            if outcome == "ok":
                breaker.succeeded()
                assert breaker.state(now) == "closed"
            elif outcome == "bad":
                breaker.failed(now)
            else:
                breaker.abandoned()
    assert breaker.allows(now + 20.0)
