"""Looks into a database beside the store, as a person with a SQL client would."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from core.storage.address import address
from core.storage.sqlite import connect

#: Runs one statement in a connection of its own; its rows as tuples.
Look = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


def look_at(url: str) -> Look:
    """A Look into this database."""

    async def look(sql: str) -> list[tuple[Any, ...]]:
        where = address(url)
        if where.kind == "sqlite":
            connection = connect(where.target, busy=5)
            try:
                return [tuple(row) for row in connection.execute(sql).fetchall()]
            finally:
                connection.close()
        found = await asyncpg.connect(where.target)
        try:
            return [tuple(row) for row in await found.fetch(sql)]
        finally:
            await found.close()

    return look
