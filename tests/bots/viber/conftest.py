"""A bot against the double of the Viber API; reusable wherever a Viber is needed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.transport import Transport
from bots.viber.channel import ViberChannel
from bots.viber.settings import ViberSettings
from core.channel import StoredFile
from tests.bots.recorded import payload
from tests.fakes.viber import FakeViber, Person

#: The canary: whoever sees it in a log has found a leak.
TOKEN = "CANARY4a1b2c3d4e5f-6a7b8c9d0e1f2a3b-4c5d6e7f8a9b0c1d"
ANNA = "01234567890A="
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"

MakeChannel = Callable[..., ViberChannel]


def fixture(name: str) -> dict[str, Any]:
    """A recorded callback by the name of its file."""
    value: dict[str, Any] = payload(FIXTURES, name)
    return value


def link(key: str, file: StoredFile) -> str:
    """Where a platform could fetch a file of ours."""
    return f"https://support.example.org/media/{key}/file{Path(file.name).suffix}"


@pytest.fixture
async def viber() -> AsyncIterator[FakeViber]:
    async with FakeViber(TOKEN) as fake:
        fake.people[ANNA] = Person()
        yield fake


@pytest.fixture
def make_channel(viber: FakeViber, transport: Transport) -> MakeChannel:
    """Makes channels that talk to the double; settings may be overridden by name."""

    def make(**overrides: Any) -> ViberChannel:
        settings: dict[str, Any] = {
            "name": "main",
            "token": TOKEN,
            "sender_name": "Поддержка",
            "public_url": "http://127.0.0.1:1",
            "api_url": viber.api_url,
        }
        given = ViberSettings(**{**settings, **overrides})
        return ViberChannel(given, transport=transport, link=link)

    return make


@pytest.fixture
def channel(make_channel: MakeChannel) -> ViberChannel:
    return make_channel()
