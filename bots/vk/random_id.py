"""The key by which VK drops repeats of a message, made from the outbox row's id."""

import hashlib
from collections import OrderedDict

#: Sends a process remembers; older ones are known by the id VK gave them.
MOST = 10_000
#: In place of a row whose message VK has already answered for.
SETTLED = -1


def random_id(channel: str, outbox: int) -> int:
    """Always the same for one row, positive in signed 32 bits, never 0 (CHANNELS.md 4.3).

    channel: its name. VK takes 0 for «no key», and the message would be doubled by a repeat.
    """
    digest = hashlib.sha256(f"{channel}:{outbox}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF or 1


class RecentSends:
    """Which rows the keys of the last sends belong to; a restart forgets them."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rows: OrderedDict[int, int] = OrderedDict()

    def settled(self, key: int) -> None:
        """VK answered, so that its report of the message says nothing new."""
        if key in self._rows:
            self._rows[key] = SETTLED

    def remember(self, key: int, outbox: int) -> None:
        """Called before each attempt, because the platform's report may overtake its answer."""
        self._rows[key] = outbox
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)

    def outbox(self, key: int) -> int:
        """The row; 0 when this process did not send it lately, SETTLED when VK answered it."""
        return self._rows.get(key, 0)
