"""Messages that VK cut to fit an event: read in full, in their turn, and never taken for whole."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from bots.vk.capabilities import ANSWER_SECONDS
from bots.vk.parse import completed, cropped
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    MalformedUpdate,
    MessageRejected,
    RecipientGone,
)

Raw = dict[str, Any]
#: Peer and number of a message -> what messages.getByConversationMessageId answers.
Read = Callable[[int, int], Awaitable[Any]]

#: At the end of words whose rest VK does not tell. A sign, for nobody knows the language yet.
MARK = "[…]"
#: So often an event may come again before it is taken as it is: it must not come for ever.
TRIES = 3
_MOST = 1_000
#: Events whose object is the message itself.
_BARE = ("message_edit", "message_reply")
#: Keys by which an event tells whose it is, the surest first.
_WHOSE = ("peer_id", "from_id", "user_id")


class Cut:
    """Kept by one channel over its events."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._tries: OrderedDict[tuple[int, int], int] = OrderedDict()

    def turn(self, raw: Raw) -> asyncio.Lock:
        """To be held while an event is read: what the same person wrote later waits for it."""
        return self._turns.setdefault(_whose(raw), asyncio.Lock())

    async def whole(self, raw: Raw) -> Raw:
        """The event with its message in full, or marked where VK does not tell the rest.

        Raises ChannelUnavailable while it may tell yet: the event must come again."""
        try:
            place = None if _is_ours(raw) else cropped(_wrapped(raw))
        except MalformedUpdate:  # parsing will say so
            return raw
        if place is None:
            return raw
        try:
            async with asyncio.timeout(ANSWER_SECONDS / 2):
                found = await self._read(*place)
        except (MessageRejected, RecipientGone):
            found = None
        except (ChannelError, TimeoutError):
            if self._may_come_again(place):
                raise ChannelUnavailable(
                    "platform", "the rest of a message cannot be read"
                ) from None
            found = None
        self._tries.pop(place, None)
        return _with(raw, _first(found) or _marked(_message(raw)))

    def _may_come_again(self, place: tuple[int, int]) -> bool:
        self._tries[place] = self._tries.get(place, 0) + 1
        while len(self._tries) > _MOST:
            self._tries.popitem(last=False)
        return self._tries[place] < TRIES


def _whose(raw: Raw) -> int:
    """The person of an event; 0 where it names none."""
    holder = raw.get("object")
    holder = holder if isinstance(holder, dict) else {}
    message = holder.get("message")
    for part in (message if isinstance(message, dict) else {}, holder):
        for key in _WHOSE:
            if type(part.get(key)) is int:
                return int(part[key])
    return 0


def _is_ours(raw: Raw) -> bool:
    """An echo of a program's words: they stand in the transcript already."""
    message = raw.get("object")
    if raw.get("type") != "message_reply" or not isinstance(message, dict):
        return False
    return bool(message.get("random_id")) and not message.get("admin_author_id")


def _wrapped(raw: Raw) -> Raw:
    return {**raw, "object": {"message": raw.get("object")}} if raw.get("type") in _BARE else raw


def _message(raw: Raw) -> Raw:
    message: Raw = _wrapped(raw)["object"]["message"]
    return message


def _with(raw: Raw, message: Raw) -> Raw:
    return {**raw, "object": message} if raw.get("type") in _BARE else completed(raw, message)


def _first(found: Any) -> Raw | None:
    items = found.get("items") if isinstance(found, dict) else None
    message = items[0] if isinstance(items, list) and items else None
    return message if isinstance(message, dict) else None


def _marked(message: Raw) -> Raw:
    """One without words lost none of them: VK cuts what is attached, too."""
    words = message.get("text")
    return {**message, "text": f"{words} {MARK}"} if isinstance(words, str) and words else message
