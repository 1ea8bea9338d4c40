"""Looks into a database beside the store, as a person with a SQL client would."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from core.storage.address import address
from core.storage.sqlite import connect


def rows(url: str, sql: str) -> list[Sequence[Any]]:
    """What a query returns. Must run outside an event loop."""
    where = address(url)
    if where.kind == "sqlite":
        connection = connect(where.target, busy=5)
        try:
            return [tuple(row) for row in connection.execute(sql).fetchall()]
        finally:
            connection.close()

    async def fetch() -> list[Sequence[Any]]:
        found = await asyncpg.connect(where.target)
        try:
            return [tuple(row) for row in await found.fetch(sql)]
        finally:
            await found.close()

    return asyncio.run(fetch())
