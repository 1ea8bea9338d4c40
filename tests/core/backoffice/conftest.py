"""What all tests of the HTTP driver begin with."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.core.backoffice.bench import Bench
from tests.fakes.backoffice import backoffice_server


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A server, a session and no driver yet."""
    async with backoffice_server() as server, aiohttp.ClientSession() as session:
        yield Bench(server, session)
