"""An event loop in a thread of its own, for servers beside a browser that a test drives."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import Any, TypeVar

T = TypeVar("T")
#: Longer than anything that is run here is patient itself, which then tells what it waited for.
_SECONDS = 180


class ThreadLoop:
    """stack: what is closed at the end, last first."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="servers", daemon=True)
        self.stack = AsyncExitStack()
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does something in the loop and waits for it."""
        return self.start(work).result(_SECONDS)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Does something in the loop meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Closes what was opened, and the loop."""
        self.run(self.stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()
