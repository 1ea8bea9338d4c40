"""Gives back what was taken by a transaction whose commit was not answered.

Whoever it was taken for never hears of it, and without this the customer would wait for the end of
a lease that nobody uses.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from core.errors import StoreUnavailable
from core.storage import jobs
from core.storage.executor import Executor
from core.storage.plan_doubt import Doubt, doubts_of
from core.storage.rules import Rules
from core.storage.taking import Handed, Kin

#: Seconds before each look. The commit may still be under way: the server ends a transaction after
#: CUT_OFF, and these are more together. Later the leases end by themselves.
LOOKS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


class Doubts:
    """Looks after them beside all other work. sleep: between looks."""

    def __init__(
        self, executor: Executor, rules: Rules, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._sleep = sleep
        self._executor = executor
        self._rules = rules
        self._looking: set[asyncio.Task[None]] = set()

    def had(self, kind: jobs.Kind, arguments: Sequence[Any]) -> None:
        """The commit of these jobs was not answered; called in the event loop."""
        doubts = doubts_of(self._rules, kind.name, arguments)
        if doubts:
            task = asyncio.create_task(self._look(doubts), name="store doubts")
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def close(self) -> None:
        """Leaves it to the ends of the leases."""
        looking = [*self._looking]
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    async def _look(self, doubts: Sequence[Doubt]) -> None:
        for pause in LOOKS:
            await self._sleep(pause)
            try:
                found: Sequence[Kin] = await self._executor.run(jobs.GIVE_BACK, doubts)
            except StoreUnavailable:
                continue
            for kin in found:  # whoever follows may look for it now
                self._rules.hands.give(Handed(kin, (), left=True))
            if found:  # of one transaction there is all or nothing
                return
