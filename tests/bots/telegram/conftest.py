"""A bot against the double of the Bot API; reusable wherever a Telegram is needed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.telegram.channel import TelegramChannel
from bots.telegram.client import Sessions
from bots.telegram.settings import TelegramSettings
from tests.bots.recorded import payload
from tests.fakes.telegram import FakeTelegram

#: The canary: whoever sees it in a log has found a leak.
TOKEN = "123456789:CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
SECRET = "canary-secret"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"

MakeChannel = Callable[..., TelegramChannel]


def fixture(name: str) -> dict[str, Any]:
    """A recorded update by the name of its file."""
    value: dict[str, Any] = payload(FIXTURES, name)
    return value


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(TOKEN) as fake:
        yield fake


@pytest.fixture
async def make_channel(telegram: FakeTelegram) -> AsyncIterator[MakeChannel]:
    """Makes channels that talk to the double; settings may be overridden by name."""
    sessions = Sessions()
    made: list[TelegramChannel] = []

    def make(**overrides: Any) -> TelegramChannel:
        settings: dict[str, Any] = {
            "name": "main",
            "token": TOKEN,
            "secret": SECRET,
            "public_url": "http://127.0.0.1:1",
            "api_url": telegram.api_url,
        }
        channel = TelegramChannel(
            TelegramSettings(**{**settings, **overrides}), sessions=sessions, clock=lambda: NOW
        )
        made.append(channel)
        return channel

    yield make
    for channel in made:
        await channel.close()


@pytest.fixture
def channel(make_channel: MakeChannel) -> TelegramChannel:
    return make_channel()
