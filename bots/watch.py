"""Looks after every account: registered, examined, and heard of when something is wrong.

One account that is dead or slow never holds up another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping

from bots.way import Way
from core.channel import Finding
from core.desk_values import ChannelState
from core.errors import ChannelError

log = logging.getLogger(__name__)

#: Seconds between attempts to tell a platform where we are, while it cannot be reached.
_AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_WORST = {"OK": 0, "WARN": 1, "FAIL": 2}
_DROPPED = ChannelState("degraded", "the platform had dropped our webhook; it is registered again")

#: Told of (channel, how it fares) after each look.
Alarm = Callable[[str, ChannelState], Awaitable[None]]


class Watch:
    """The accounts of one process."""

    def __init__(self, ways: Mapping[str, Way], alarm: Alarm) -> None:
        self._ways = ways
        self._alarm = alarm

    async def register(
        self, name: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Tells a platform where we are, patiently, and looks at the account then."""
        for wait in _waits():
            try:
                await self._ways[name].register()
            except ChannelError as error:
                log.warning("channel %s could not be registered: %s", name, error)
                reason = str(error)
            except Exception as error:  # an adapter must not raise this; it is tried again
                log.exception("channel %s could not be registered", name)
                reason = type(error).__name__
            else:
                await self._look(name)
                return
            await self._alarm(name, ChannelState("down", f"not registered: {reason}"))
            await sleep(wait)

    async def look(self) -> None:
        """Every account, at the same time. Called every few minutes."""
        await asyncio.gather(*map(self._look, self._ways))

    async def _look(self, name: str) -> None:
        way = self._ways[name]
        try:
            dropped = await way.watch()
            found = state_of(await way.channel.health())
        except ChannelError as error:
            found, dropped = ChannelState("down", str(error)), False
        except Exception as error:  # an adapter must not raise this; the others are looked at
            log.exception("channel %s could not be examined", name)
            found, dropped = ChannelState("down", type(error).__name__), False
        if dropped and found.state == "ok":
            found = _DROPPED
        if found.problem:
            log.warning("channel %s: %s", name, found.problem)
        await self._alarm(name, found)


def state_of(findings: tuple[Finding, ...]) -> ChannelState:
    """What the findings of an account come to; the first of the worst that has a remedy is told."""
    worst = max((_WORST[finding.level] for finding in findings), default=0)
    if not worst:
        return ChannelState()
    bad = [finding for finding in findings if _WORST[finding.level] == worst]
    told = next((finding for finding in bad if finding.remedy), bad[0])
    problem = f"{told.text}. {told.remedy}" if told.remedy else told.text
    return ChannelState("down" if worst == _WORST["FAIL"] else "degraded", problem)


def _waits() -> Iterator[float]:
    yield from _AGAIN
    while True:
        yield _AGAIN[-1]
