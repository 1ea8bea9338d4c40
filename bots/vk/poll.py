"""Polling: a VK community as a Source of updates, by the Bots Long Poll."""

import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiohttp import ClientTimeout

from bots.polling import Item, Page, Position
from bots.transport import Transport
from bots.vk.capabilities import COMMENT_EVENT
from bots.vk.channel import VkChannel
from bots.vk.parse import parse
from core.counters import Counters
from core.errors import ChannelUnavailable, DeliveryUnknown, UnsupportedUpdate, UpdateError
from core.updates import Received

#: VK holds an empty request open for so long; ours must outlive it.
POLL_SECONDS = 25
_TIMEOUT = ClientTimeout(total=40, sock_connect=5)


class _Server(NamedTuple):
    """Where to ask, with which key, from which event on."""

    url: str
    key: str
    ts: str


class VkUpdates:
    """A Source. The cursor is VK's `ts`; the key of the server is asked for anew when it ends.

    seconds: how long VK may hold a request that has nothing to tell. counters: count the times
    VK had forgotten events that we had not read."""

    def __init__(
        self,
        channel: VkChannel,
        transport: Transport,
        counters: Counters,
        seconds: int = POLL_SECONDS,
    ) -> None:
        self.name = channel.name
        self.account = str(channel.settings.group_id)
        self._channel = channel
        self._transport = transport
        self._seconds = seconds
        self._server: _Server | None = None
        self._gaps = counters.counter(
            "otklik_poll_gaps_total", "Times the platform had forgotten unread events", ("channel",)
        )

    async def page(self, position: Position) -> Page:
        """See bots.polling.Source."""
        if self._server is None:
            self._server = await self._asked()
        if not position.cursor:
            # kept before anything is read, or a restart would begin later than this
            return Page([], self._server.ts)
        question = {
            "act": "a_check",
            "key": self._server.key,
            "ts": position.cursor,
            "wait": str(self._seconds),
        }
        replied = await self._transport.call(
            "GET", self._server.url, params=question, timeout=_TIMEOUT
        )
        answer = replied.json()
        if replied.status >= 300 or not isinstance(answer, dict):
            raise DeliveryUnknown(f"long poll: http {replied.status}")
        if "failed" in answer:
            return await self._failed(answer)
        following = _number(answer.get("ts"))
        updates = answer.get("updates")
        if not following or not isinstance(updates, list):
            raise DeliveryUnknown("long poll: an answer without events")
        raws = [await self._whole(raw) for raw in updates]
        await self._channel.people.named(self._readable(raws))
        return Page([Item(raw) for raw in raws], following)

    def parse(self, raw: Any) -> Sequence[Received]:
        """See bots.polling.Source."""
        settings = self._channel.settings
        if not isinstance(raw, dict) or raw.get("group_id", settings.group_id) != settings.group_id:
            raise UnsupportedUpdate("other_community")
        if raw.get("type") == COMMENT_EVENT and not settings.comments:
            raise UnsupportedUpdate(COMMENT_EVENT)
        return self._channel.people.known(parse(raw, self._channel.recent.outbox))

    def _readable(self, raws: Sequence[Any]) -> list[Received]:
        """What can be read of a page; the rest is judged when its turn comes."""
        found: list[Received] = []
        for raw in raws:
            with contextlib.suppress(UpdateError):
                found += self.parse(raw)
        return found

    async def _failed(self, answer: dict[str, Any]) -> Page:
        """1: events are gone, go on at the new `ts` · 2: the key ended · 3: both are lost."""
        why = answer["failed"]
        if why == 1 and (following := _number(answer.get("ts"))):
            self._gaps.add(self.name)
            return Page([], following)
        self._server = None
        if why == 2:
            return Page([])
        self._gaps.add(self.name)
        self._server = await self._asked()
        return Page([], self._server.ts)

    async def _asked(self) -> _Server:
        group = {"group_id": self._channel.settings.group_id}
        answer = await self._channel.client.call("groups.getLongPollServer", group)
        fields = answer if isinstance(answer, dict) else {}
        url, key, ts = fields.get("server"), fields.get("key"), _number(fields.get("ts"))
        if not isinstance(url, str) or not isinstance(key, str) or not url or not ts:
            raise ChannelUnavailable("platform", "VK named no Long Poll server")
        return _Server(url, key, ts)

    async def _whole(self, raw: Any) -> Any:
        return await self._channel.cut.whole(raw) if isinstance(raw, dict) else raw


def _number(value: Any) -> str:
    """`ts` as text, whichever way VK wrote it; empty for nonsense."""
    if type(value) is int and value >= 0:
        return str(value)
    return value if isinstance(value, str) and value.isdecimal() else ""
