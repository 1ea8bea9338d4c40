"""GET /updates as a source of updates; for development, MAX asks to use webhooks in service."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import ClientTimeout

from bots.max.capabilities import EVENTS, POLL_EVENTS, POLL_SECONDS, POLLS_PER_SECOND
from bots.max.channel import MaxChannel
from bots.max.parse import parse
from bots.polling import Item, Page, Portion, Position
from core.updates import Received

_TIMEOUT = ClientTimeout(total=POLL_SECONDS + 15, sock_connect=5)


class MaxUpdates:
    """A Source. The cursor is MAX's `marker`; without one it tells only the last event.

    seconds: how long MAX may hold a request that has nothing to tell. sleep: keeps the rate."""

    def __init__(
        self,
        channel: MaxChannel,
        seconds: int = POLL_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = channel.name
        self.account = ""  # nothing in the settings stays when a token is made anew
        self._channel = channel
        self._seconds = seconds
        self._sleep = sleep
        self._next_at = 0.0
        self._portion = Portion(POLL_EVENTS)

    async def page(self, position: Position) -> Page:
        """See bots.polling.Source."""
        await self._paced()
        query = {
            "timeout": str(self._seconds),
            "types": ",".join(EVENTS),
        }
        if position.cursor.removeprefix("-").isdecimal():
            query["marker"] = position.cursor
        with self._portion.asked() as limit:
            query["limit"] = str(limit)
            answer = await self._channel.client.call(
                "GET", "/updates", query=query, timeout=_TIMEOUT
            )
        updates, marker = answer.get("updates"), answer.get("marker")
        items = [Item(raw) for raw in updates] if isinstance(updates, list) else []
        return Page(items, str(marker) if type(marker) is int else "")

    def parse(self, raw: Any) -> Sequence[Received]:
        """See bots.polling.Source."""
        received = parse(raw)
        for item in received:
            self._channel.dialogs.ids(item.address)
        return received

    async def _paced(self) -> None:
        """Waits until MAX may be asked again."""
        now = asyncio.get_running_loop().time()
        if self._next_at > now:
            await self._sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / POLLS_PER_SECOND
