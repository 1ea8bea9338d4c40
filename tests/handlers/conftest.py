"""Workplaces on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.workplace import Workplace, workplace
from tests.storage.conftest import database_url, postgres_server

__all__ = ["database_url", "place", "postgres_server"]


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Workplace]:
    """A workplace on the test's database."""
    async with workplace(database_url) as made:
        yield made
