"""The key by which VK drops repeats of a message, made from the outbox row's id."""

import hashlib
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

#: Sends a process remembers; older ones are known by the id VK gave them.
MOST = 10_000


def random_id(channel: str, outbox: int) -> int:
    """Always the same for one row, positive in signed 32 bits, never 0 (CHANNELS.md 4.3).

    channel: its name. VK takes 0 for «no key», and the message would be doubled by a repeat.
    """
    digest = hashlib.sha256(f"{channel}:{outbox}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF or 1


class Tried(NamedTuple):
    """A send of ours. first_at: of the first attempt this process made."""

    outbox: int
    first_at: datetime


class RecentSends:
    """Which rows the keys of the last sends belong to; a restart forgets them."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._sends: OrderedDict[int, Tried] = OrderedDict()

    def remember(self, key: int, outbox: int, now: datetime) -> None:
        """Called before each attempt, because the platform's report may overtake its answer."""
        self._sends.setdefault(key, Tried(outbox, now))
        while len(self._sends) > self._most:
            self._sends.popitem(last=False)

    def outbox(self, key: int) -> int:
        """The row, 0 when this process did not send it lately."""
        tried = self._sends.get(key)
        return tried.outbox if tried else 0

    def first_at(self, key: int) -> datetime | None:
        """When it was first tried here; None: not here."""
        tried = self._sends.get(key)
        return tried.first_at if tried else None
