"""Whether the SQLite file that a process has open is still the one at its path.

Whoever replaces or deletes it under the process (a backup put in its place by `mv`) leaves it with
a file that has no name: what is written there goes on well, and is gone at the restart.
"""

import contextlib
import os
import time
from collections.abc import Callable

from core.errors import StoreReplaced

#: Seconds between two looks: each is a call of the system, too much for every transaction.
LOOK = 1.0


class OwnFile:
    """The file as it was when this was made, asked from any thread. Once it is another one it stays
    so until the restart, even if it is put back: somebody may have opened the one in between, which
    takes away the log beside it."""

    def __init__(
        self, path: str, every: float = LOOK, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """every: seconds between two looks. A path with no file, as that in memory: never
        replaced."""
        self.path = path
        self.is_replaced = False
        self._every = every
        self._clock = clock
        self._mark = _mark(path)
        self._looked = clock()

    def check(self) -> None:
        """Raises StoreReplaced; looks now and then."""
        now = self._clock()
        if not self.is_replaced and now - self._looked >= self._every:
            self._looked = now
            self.look()
        if self.is_replaced:
            raise StoreReplaced(
                f"{self.path} was replaced or deleted under this process, which stores nothing any"
                " more and must be started again"
            )

    def look(self) -> bool:
        """Looks now: whether it is another one."""
        with contextlib.suppress(OSError):  # nobody can tell, and SQLite will say what is wrong
            self.is_replaced = self.is_replaced or _mark(self.path) != self._mark
        return self.is_replaced


def _mark(path: str) -> tuple[int, int] | None:
    """By which a file is known, whatever it is called; None: there is none."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
