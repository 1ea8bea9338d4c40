"""Shows «is typing» to whoever waits for a service: not at once, and for as long as it takes.

Most services answer before a person has looked up; a sign that flashes for a moment tells nothing
and is a call to the platform like any other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from core.channel import Channel
from core.store_values import CallJob

#: Seconds between two looks. Shown at the second one, so 0.25 to 0.5 seconds after the call began.
LOOK = 0.25
FIRST = 2
#: Platforms show it for 5 seconds and more, so it is shown again every 4.
AGAIN = 16
#: Seconds given to one showing.
SHOWING = 3.0


class Patience:
    """Told of every call of this process; one task looks after all of them while there are any.

    channels: by name. sleep: between two looks."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._channels = channels
        self._sleep = sleep
        #: Calls under way, and how often they were looked at.
        self._looks: dict[str, int] = {}
        self._jobs: dict[str, CallJob] = {}
        self._looking: asyncio.Task[None] | None = None
        self._showing: set[asyncio.Task[None]] = set()

    def begun(self, job: CallJob) -> None:
        """A call begins. Never fails."""
        channel = self._channels.get(job.channel)
        if channel is None or not channel.capabilities.typing:
            return
        self._jobs[job.key], self._looks[job.key] = job, 0
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="patience")

    def over(self, job: CallJob) -> None:
        """Its outcome is written, or nobody knows it; nobody waits any more."""
        self._jobs.pop(job.key, None)
        self._looks.pop(job.key, None)

    async def close(self) -> None:
        """Shows nothing any more; called when the process stops."""
        ending = [*self._showing, *([self._looking] if self._looking else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _look(self) -> None:
        try:
            while self._jobs:
                await self._sleep(LOOK)
                for key, job in self._jobs.items():
                    self._looks[key] += 1
                    if self._looks[key] % AGAIN == FIRST:
                        self._show(self._channels[job.channel], job.chat)
        finally:
            self._looking = None

    def _show(self, channel: Channel, address: str) -> None:
        task = asyncio.create_task(_shown(channel, address))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)


async def _shown(channel: Channel, address: str) -> None:
    """An improvement only: whatever fails here must not be noticed."""
    try:
        async with asyncio.timeout(SHOWING):
            await channel.typing(address)
    except Exception:  # noqa: S110  a sign that is not shown is all that is lost
        pass
