"""The loop of all workers: how soon it tries again."""

import asyncio
from itertools import pairwise

from core.errors import StoreUnavailable
from handlers.worker import Worker


async def test_a_database_that_is_away_for_a_moment_costs_no_whole_period() -> None:
    left = [StoreUnavailable("a connection died")] * 3

    async def step() -> int:
        if left:
            raise left.pop()
        worker.stop()
        return 0

    worker = Worker("turns", step, period=60)
    async with asyncio.timeout(10):
        await worker.run()
    assert not left


async def test_it_is_asked_ever_less_often_while_it_is_away() -> None:
    loop, asked = asyncio.get_running_loop(), []

    async def step() -> int:
        asked.append(loop.time())
        if len(asked) == 5:
            worker.stop()
        raise StoreUnavailable("gone")

    worker = Worker("turns", step, period=0.1)
    async with asyncio.timeout(10):
        await worker.run()
    pauses = [after - before for before, after in pairwise(asked)]
    least = (0.05, 0.1, 0.1, 0.1)
    assert all(pause >= own * 0.9 for pause, own in zip(pauses, least, strict=True))
