"""A bot against the double of MAX; reusable wherever a MAX is needed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bots.max.channel import MaxChannel
from bots.max.settings import MaxSettings
from bots.transport import Transport
from core.channel import Letter, StoredFile
from core.content import Media, Option
from tests.bots import letters
from tests.bots.recorded import payload
from tests.fakes.clock import Clock
from tests.fakes.max import FakeMax

#: The canary: whoever sees it in a log has found a leak.
TOKEN = "f9LHodD0cOLCANARYaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
SECRET = "canary-secret"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"
USER, DIALOG = "700100200", 228532008

YES = Option(key="a", label="Да", token="o1")
letter = partial(letters.letter, chat=USER, address=f"{USER}:{DIALOG}")

MakeChannel = Callable[..., MaxChannel]


def fixture(name: str) -> dict[str, Any]:
    """A recorded update by the name of its file."""
    value: dict[str, Any] = payload(FIXTURES, name)
    return value


def stored(folder: Path, name: str = "схема.png", platform_file: str = "") -> StoredFile:
    """A file of ours, whose content is its name."""
    return letters.stored(folder, name, content=name.encode(), platform_file=platform_file)


def picture(folder: Path) -> Letter:
    """One with a file of ours."""
    media = (Media(kind="image", attachment="a"),)
    return letter("Вот", {"a": stored(folder)}, media=media)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def fake() -> AsyncIterator[FakeMax]:
    async with FakeMax(TOKEN) as running:
        yield running


@pytest.fixture
def make_channel(fake: FakeMax, transport: Transport, clock: Clock) -> MakeChannel:
    """Makes channels that talk to the double; settings may be overridden by name."""

    def make(**overrides: Any) -> MaxChannel:
        settings: dict[str, Any] = {
            "name": "main",
            "token": TOKEN,
            "secret": SECRET,
            "public_url": "http://127.0.0.1:1",
            "api_url": fake.api_url,
        }
        return MaxChannel(
            MaxSettings(**{**settings, **overrides}), transport=transport, clock=clock
        )

    return make


@pytest.fixture
def channel(make_channel: MakeChannel) -> MaxChannel:
    return make_channel()
