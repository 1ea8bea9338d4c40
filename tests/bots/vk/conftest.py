"""A community against the double of VK; reusable wherever a VK is needed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.transport import Transport
from bots.vk.channel import VkChannel
from bots.vk.settings import VkSettings
from core.channel import Letter
from tests.bots import letters
from tests.bots.recorded import payload
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk

#: The canary: whoever sees it in a log has found a leak.
TOKEN = "vk1.a.CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
SECRET = "canary-secret"
GROUP = 220000001
PERSON = 700100200
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"

MakeChannel = Callable[..., VkChannel]


def fixture(name: str) -> dict[str, Any]:
    """A recorded event by the name of its file."""
    value: dict[str, Any] = payload(FIXTURES, name)
    return value


def letter(
    text: str = "Здравствуйте!", *, row: int = 1, to: str = str(PERSON), **content: Any
) -> Letter:
    """One row of the outbox on its way."""
    return letters.letter(text, row=row, chat=to, **content)


stored = letters.stored


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vk() -> AsyncIterator[FakeVk]:
    async with FakeVk(TOKEN, GROUP) as fake:
        yield fake


@pytest.fixture
async def make_channel(
    vk: FakeVk, transport: Transport, clock: Clock
) -> AsyncIterator[MakeChannel]:
    """Makes channels that talk to the double; settings may be overridden by name."""
    made: list[VkChannel] = []

    def make(**overrides: Any) -> VkChannel:
        settings: dict[str, Any] = {
            "name": "main",
            "token": TOKEN,
            "group_id": GROUP,
            "secret": SECRET,
            "public_url": "http://127.0.0.1:1",
            "api_url": vk.api_url,
        }
        given = VkSettings(**{**settings, **overrides})
        made.append(VkChannel(given, transport=transport, clock=clock))
        return made[-1]

    yield make
    for channel in made:
        await channel.close()


@pytest.fixture
def channel(make_channel: MakeChannel) -> VkChannel:
    return make_channel()
