"""getUpdates as a source of updates."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientTimeout

from bots.polling import Item, Page, Portion, Position
from bots.telegram.capabilities import EVENTS
from bots.telegram.channel import TelegramChannel
from bots.telegram.parse import parse
from core.updates import Received

#: Telegram holds an empty request open for so long; ours must outlive it.
POLL_SECONDS = 50
#: More are never told at once (core.telegram.org/bots/api#getupdates, seen 2026-11).
POLL_UPDATES = 100
_TIMEOUT = ClientTimeout(total=65, sock_connect=5)
#: After a silent week Telegram begins its numbers anew, perhaps below our offset, and would take
#: a higher offset for a confirmation of what we never saw.
_OFFSET_LIFE = timedelta(days=5)


class TelegramUpdates:
    """A Source. The cursor is the next update_id we want; asking for it confirms all before.

    seconds: how long Telegram may hold a request that has nothing to tell."""

    def __init__(
        self,
        channel: TelegramChannel,
        clock: Callable[[], datetime],
        seconds: int = POLL_SECONDS,
    ) -> None:
        self.name = channel.name
        self.account = channel.settings.bot
        self._channel = channel
        self._clock = clock
        self._seconds = seconds
        self._portion = Portion(POLL_UPDATES)

    async def page(self, position: Position) -> Page:
        """See bots.polling.Source."""
        arguments: dict[str, Any] = {"timeout": self._seconds, "allowed_updates": list(EVENTS)}
        if position.cursor.isdecimal() and self._is_fresh(position):
            # without an offset Telegram sends what was not confirmed; repeats are recognised
            arguments["offset"] = int(position.cursor)
        with self._portion.asked() as arguments["limit"]:
            updates = await self._channel.client.call("getUpdates", arguments, _TIMEOUT)
        return Page([_item(raw) for raw in updates] if isinstance(updates, list) else [])

    def parse(self, raw: Any) -> Sequence[Received]:
        """See bots.polling.Source."""
        return parse(raw)

    def _is_fresh(self, position: Position) -> bool:
        moved_at = position.moved_at
        return moved_at is not None and self._clock() - moved_at < _OFFSET_LIFE


def _item(raw: Any) -> Item:
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return Item(raw, str(number + 1) if type(number) is int else "")
