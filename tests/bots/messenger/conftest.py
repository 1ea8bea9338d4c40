"""A page against the double of the Graph API; reusable wherever a Messenger is needed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.messenger.channel import MessengerChannel
from bots.messenger.settings import MessengerSettings
from bots.transport import Transport
from core.channel import Letter
from core.content import Media
from tests.bots import letters
from tests.bots.recorded import payload
from tests.fakes.clock import Clock
from tests.fakes.messenger import FakeMessenger

#: The canary: whoever sees it in a log has found a leak.
TOKEN = "EAAG-CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
APP_SECRET = "canary-app-secret"
VERIFY_TOKEN = "canary-verify-token"
PAGE = "104000000000001"
CHAT = "7010020030040050"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"

PICTURE: dict[str, Any] = {"media": (Media(kind="image", attachment="a1"),)}
stored = letters.stored


def letter(text: str = "Здравствуйте!", files: Any = None, **more: Any) -> Letter:
    """One row of the outbox on its way."""
    return letters.letter(text, files, **{"chat": CHAT, "row": 42, **more})


MakeChannel = Callable[..., MessengerChannel]


def fixture(name: str) -> Any:
    """A recorded body by the name of its file."""
    return payload(FIXTURES, name)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def messenger() -> AsyncIterator[FakeMessenger]:
    async with FakeMessenger(TOKEN, PAGE) as fake:
        yield fake


@pytest.fixture
async def make_channel(
    messenger: FakeMessenger, transport: Transport, clock: Clock
) -> AsyncIterator[MakeChannel]:
    """Makes channels that talk to the double; settings may be overridden by name."""
    made: list[MessengerChannel] = []

    def make(**overrides: Any) -> MessengerChannel:
        settings: dict[str, Any] = {
            "name": "page",
            "page_id": PAGE,
            "token": TOKEN,
            "app_secret": APP_SECRET,
            "verify_token": VERIFY_TOKEN,
            "public_url": "http://127.0.0.1:1",
            "api_url": messenger.api_url,
        }
        given = MessengerSettings(**{**settings, **overrides})
        made.append(MessengerChannel(given, transport, clock))
        return made[-1]

    yield make
    for channel in made:
        await channel.close()


@pytest.fixture
def channel(make_channel: MakeChannel) -> MessengerChannel:
    return make_channel()
