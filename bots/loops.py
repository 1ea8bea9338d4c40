"""The event loop that the server runs on, and what is measured of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, on the quickest loop there is."""
    with asyncio.Runner(loop_factory=_quick_loop()) as runner:
        return runner.run(main)


def _quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where there is one: half of the time of a webhook goes into sockets. None: Python's
    own, which does the same."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
