"""Writes that must not be lost because the database was away for a moment."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from core.errors import StoreUnavailable

T = TypeVar("T")


async def stored(
    write: Callable[[], Awaitable[T]],
    pauses: Iterable[float],
    sleep: Callable[[float], Awaitable[None]],
) -> T:
    """What `write` answers once the database takes it; after each failure the next pause, in
    seconds. Raises StoreUnavailable when there is none left.

    write: guarded against repeats by a key or an epoch, for a failed one may have been written."""
    for pause in pauses:
        try:
            return await write()
        except StoreUnavailable:
            await sleep(pause)
    return await write()
