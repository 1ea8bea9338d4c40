"""How much CPU a stored turn costs: `python -m tests.storage.measure [URL] [--profile]`.

No test: it asserts nothing about time. One turn is accept + claim + save + claim_chats + settle of
1 update, 2 messages, 1 outbox row, 1 timer and 1 desk event, 200 dialogs at once.
"""

import asyncio
import cProfile
import itertools
import pstats
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from tests.storage.build import LEASE, done, later, sent, text, turn

T = TypeVar("T")
CUSTOMERS = 200
#: As many conversations one after another, of as many turns each.
CONVERSATIONS = 15
TURNS = 7


async def talk(store: Store, spent: dict[str, float]) -> None:
    """Everybody writes, everybody is answered, and so on."""
    keys = itertools.count()
    for round_ in range(CONVERSATIONS * TURNS):
        now = later(round_)
        first = round_ // TURNS * CUSTOMERS
        turns = [
            text("привет, какой у меня баланс?", chat=str(first + c), key=f"k{next(keys)}")
            for c in range(CUSTOMERS)
        ]
        await clocked(spent, "accept", *(store.accept("tg", [item], now) for item in turns))
        left = CUSTOMERS
        while left:
            (claimed,) = await clocked(spent, "claim", store.claim("w", now, 64, LEASE))
            start = time.process_time()
            batch = [done(c, turn(c.dialog, timer=later(round_ + 900), now=now)) for c in claimed]
            spent["the turn itself"] += time.process_time() - start
            await clocked(spent, "save", store.save("w", batch, now))
            left -= len(claimed)
        left = CUSTOMERS
        while left:
            (chats,) = await clocked(spent, "claim_chats", store.claim_chats("d", now, 64, LEASE))
            outcomes = [[sent(row) for row in chat.rows] for chat in chats]
            settles = (
                store.settle("d", chat, outcome, True, now)
                for chat, outcome in zip(chats, outcomes, strict=True)
            )
            await clocked(spent, "settle", *settles)
            left -= len(chats)


async def clocked(spent: dict[str, float], name: str, *calls: Awaitable[T]) -> list[T]:
    """The answers of calls made at once; their CPU time goes to `name`."""
    start = time.process_time()
    answers = await asyncio.gather(*calls)
    spent[name] += time.process_time() - start
    return answers


async def main(url: str) -> None:
    ids = itertools.count(1)
    spent = dict.fromkeys(
        ("accept", "claim", "the turn itself", "save", "claim_chats", "settle"), 0.0
    )
    async with open_store(
        url,
        cipher=SivCipher("x" * 32),
        new_id=lambda: f"{next(ids):032x}",  # in order of time, as UUIDs of version 7 are
        reopen_window=timedelta(hours=24),
    ) as store:
        wall = time.perf_counter()
        await talk(store, spent)
        wall = time.perf_counter() - wall
    count = CUSTOMERS * CONVERSATIONS * TURNS
    for name, seconds in spent.items():
        print(f"{name:16} {seconds / count * 1e6:7.1f} µs of CPU per turn")  # noqa: T201  # a script
    total = (sum(spent.values()) - spent["the turn itself"]) / count * 1e6
    print(f"{'the store':16} {total:7.1f} µs of CPU per turn, {count / wall:.0f} turns/s")  # noqa: T201  # as above


def _profiled(url: str) -> None:
    """Both threads under one profiler each, the store's first."""
    profiles: list[cProfile.Profile] = []
    run = threading.Thread.run

    def profiled(thread: threading.Thread) -> None:
        profile = cProfile.Profile()
        profiles.append(profile)
        profile.runcall(run, thread)

    threading.Thread.run = profiled  # type: ignore[assignment, method-assign]  # a profiler has no politer way in
    own = cProfile.Profile()
    own.runcall(asyncio.run, main(url))
    for profile in (*profiles[:1], own):
        pstats.Stats(profile).sort_stats("tottime").print_stats(28)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = [word for word in sys.argv[1:] if not word.startswith("-")]
        where = given[0] if given else f"sqlite+aiosqlite:///{folder}/measure.db"
        if "--profile" in sys.argv:
            _profiled(where)
        else:
            asyncio.run(main(where))
