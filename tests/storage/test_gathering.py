"""When jobs wait for others to share their transaction: in a crowd, and never alone."""

import pytest

from core.storage.executor import ENOUGH, GATHER, Gathering

CROWD = 4


def after(jobs: int, *, ended: float = 100.0) -> Gathering:
    made = Gathering(CROWD)
    made.ended(jobs, ended)
    return made


def test_the_first_job_of_all_does_not_wait() -> None:
    assert Gathering(CROWD).pause(1, 0.0) == 0.0


def test_whoever_is_alone_does_not_wait() -> None:
    assert after(CROWD - 1).pause(1, 100.0) == 0.0


@pytest.mark.parametrize("later", [0.0, GATHER / 4, GATHER / 2])
def test_in_a_crowd_the_next_transaction_begins_a_moment_after_the_last(later: float) -> None:
    assert after(CROWD).pause(1, 100.0 + later) == pytest.approx(GATHER - later)


def test_what_comes_after_that_moment_does_not_wait() -> None:
    assert after(CROWD).pause(1, 100.0 + GATHER) == 0.0
    assert after(CROWD).pause(1, 500.0) == 0.0


def test_enough_of_them_do_not_wait() -> None:
    assert after(CROWD).pause(ENOUGH, 100.0) == 0.0
    assert after(CROWD).pause(ENOUGH - 1, 100.0) > 0.0


def test_the_crowd_is_over_with_the_first_small_transaction() -> None:
    gathering = after(CROWD)
    gathering.ended(1, 100.1)
    assert gathering.pause(1, 100.1) == 0.0


def test_a_clock_that_stands_elsewhere_keeps_nobody_for_long() -> None:
    assert after(CROWD, ended=1e9).pause(1, 5.0) == GATHER
