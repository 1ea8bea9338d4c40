"""The log of a conversation in a terminal: shown beside it, never in the middle of a line."""

import asyncio
import io
from collections.abc import Callable


class Aside(io.TextIOBase):
    """A stream for logging handlers. tell: shows a text; called in the loop, whoever logs."""

    def __init__(self, tell: Callable[[str], None], loop: asyncio.AbstractEventLoop) -> None:
        self._tell = tell
        self._loop = loop

    def write(self, text: str) -> int:
        """Takes a whole record at a time, as logging.StreamHandler gives it."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, text)
        return len(text)
