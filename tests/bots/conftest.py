"""What tests of several adapters need."""

import random
from collections.abc import AsyncIterator

import pytest

from bots.transport import Transport


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    own = Transport()
    yield own
    await own.close()


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)
