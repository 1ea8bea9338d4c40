"""One loop for all workers: do what is ready, then wait for a wake-up or the next sweep."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from core.errors import StoreUnavailable

#: Seconds until a step is tried again for which the database did not answer; twice as long each
#: time, up to the period. Often it is one connection that died, and customers wait.
SOON = 0.05

log = logging.getLogger(__name__)


class Worker:
    """Runs `step` until it finds nothing, then waits.

    A lost wake-up costs one `period` (seconds), never work. step: returns how much it did.
    woken: called with each wake-up and each sweep, for steps that do not always look everywhere.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[int]],
        woken: Callable[[], None] = lambda: None,
        period: float = 1.0,
    ) -> None:
        self.name = name
        self.step = step
        self.woken = woken
        self.period = period
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There may be something to do anywhere."""
        self.woken()
        self._awake.set()

    def nudge(self) -> None:
        """There is something to do that the step knows of."""
        self._awake.set()

    def stop(self) -> None:
        """Finish the step under way, then end."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> None:
        """Works until `stop`. A failing step is logged and tried again at the next sweep, or sooner
        where only the database did not answer."""
        soon = SOON
        while not self._stopping:
            self._awake.clear()
            pause = self.period
            try:
                worked = await self.step()
                soon = SOON
                if worked:
                    await asyncio.sleep(0)
                    continue
            except StoreUnavailable as error:
                log.warning("%s: the database does not answer: %s", self.name, error)
                pause, soon = min(soon, self.period), soon * 2
            except Exception:
                log.exception("%s: step failed", self.name)
            if self._stopping:
                return
            try:
                async with asyncio.timeout(pause):
                    await self._awake.wait()
            except TimeoutError:
                self.woken()
