"""Waiting for something to become true, without looking at the clock again and again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Patience of a test with a busy machine.
SECONDS = 40.0


class Bell:
    """Rung whenever something changed; whoever waits looks again."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something changed."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, fact: Callable[[], T], seconds: float = SECONDS) -> T:
        """The first answer of `fact` that is true. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                rung = self._rung
                if answer := fact():
                    return answer
                await rung.wait()
