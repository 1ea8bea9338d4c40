"""A store of the tests: with their key, and the ids that a test wants."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store

SECRET = "a secret key of the tests, 32 characters or more"
CIPHER = SivCipher(SECRET)


def url_of(folder: Path) -> str:
    """The SQLite database of a folder."""
    return f"sqlite+aiosqlite:///{folder / 'otklik.db'}"


def counted() -> Callable[[], str]:
    """Ids that count."""
    numbers = count(1)
    return lambda: f"{next(numbers):032x}"


@asynccontextmanager
async def fresh_store(url: str, new_id: Callable[[], str] | None = None) -> AsyncIterator[Store]:
    """Opens a database; ids count unless they are made otherwise."""
    async with open_store(
        url, cipher=CIPHER, new_id=new_id or counted(), reopen_window=timedelta(hours=24)
    ) as store:
        yield store
