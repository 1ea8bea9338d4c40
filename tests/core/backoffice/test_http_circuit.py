"""When a company's back office is not asked at all: after failures in a row, or with too many calls
under way."""

import asyncio

import pytest

from core.errors import Refused, Unavailable
from tests.core.backoffice.bench import Bench


async def test_after_failures_in_a_row_nobody_is_asked_until_the_cooldown(bench: Bench) -> None:
    driver = bench.driver(failures=3, cooldown=5.0, attempts=1)
    bench.server.faults.extend(["status:500"] * 3)
    for _ in range(3):
        with pytest.raises(Unavailable, match="status 500"):
            await driver.tariffs("spb")
    with pytest.raises(Unavailable, match="circuit"):
        await driver.tariffs("spb")
    assert len(bench.server.asked) == 3
    bench.time.now += 5.0
    assert (await driver.tariffs("spb")).max_speed == 1000
    assert (await driver.tariffs("spb")).max_speed == 1000


async def test_refusals_do_not_open_the_circuit(bench: Bench) -> None:
    driver = bench.driver(failures=1)
    for _ in range(3):
        with pytest.raises(Refused):
            await driver.tariffs("perm")
    assert (await driver.tariffs("spb")).max_speed == 1000


@pytest.mark.parametrize("fault", ["status:400", "status:404", "status:422", "refuse:bad"])
async def test_an_odd_refusal_is_no_answer_but_does_not_open_the_circuit(
    bench: Bench, fault: str
) -> None:
    driver = bench.driver(failures=2)
    bench.server.faults.extend([fault] * 4)
    for _ in range(4):
        with pytest.raises(Unavailable, match="status 4"):
            await driver.balance("77004321")
    assert len(bench.server.asked) == 4
    assert (await driver.tariffs("spb")).max_speed == 1000


async def test_an_odd_refusal_ends_a_row_of_failures(bench: Bench) -> None:
    driver = bench.driver(failures=2, attempts=1)
    bench.server.faults.extend(["status:500", "status:400", "status:500"])
    for _ in range(3):
        with pytest.raises(Unavailable):
            await driver.tariffs("spb")
    assert (await driver.tariffs("spb")).max_speed == 1000


@pytest.mark.parametrize("status", [401, 403, 408, 429])
async def test_a_status_that_touches_everybody_opens_the_circuit(bench: Bench, status: int) -> None:
    driver = bench.driver(failures=2, attempts=1)
    bench.server.faults.extend([f"status:{status}"] * 2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await driver.tariffs("spb")
    with pytest.raises(Unavailable, match="circuit"):
        await driver.tariffs("spb")


async def test_a_try_that_is_cancelled_lets_another_one_try(bench: Bench) -> None:
    driver = bench.driver(failures=1, attempts=1)
    bench.server.faults.extend(["status:500", "stall"])
    with pytest.raises(Unavailable):
        await driver.tariffs("spb")
    bench.time.now += 5.0
    trial = asyncio.create_task(driver.tariffs("spb"))
    await bench.server.stalled.wait()
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert (await driver.tariffs("spb")).max_speed == 1000


async def test_beyond_the_bulkhead_calls_wait_a_little_and_are_refused(bench: Bench) -> None:
    driver = bench.driver(parallel=1, wait=0.05, timeout=30)
    bench.server.faults.append("stall")
    slow = asyncio.create_task(driver.promise_payment("77001234", key="a"))
    await bench.server.stalled.wait()
    with pytest.raises(Unavailable, match="too many"):
        await driver.balance("77004321")
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert (await driver.balance("77004321")).amount == 1200


async def test_no_more_calls_than_allowed_run_at_once(bench: Bench) -> None:
    driver = bench.driver(parallel=4, wait=10)
    await asyncio.gather(*(driver.tariffs("spb") for _ in range(40)))
    assert bench.server.most_working <= 4


async def test_answers_that_are_not_utf_8_open_the_circuit(bench: Bench) -> None:
    driver = bench.driver(failures=2)
    bench.server.faults.extend(["cp1251:200"] * 2)
    for _ in range(2):
        with pytest.raises(Unavailable, match="not UTF-8"):
            await driver.tariffs("spb")
    with pytest.raises(Unavailable, match="circuit"):
        await driver.tariffs("spb")
