"""The manual is complete, and a page opens as its settings say. The checklist is proven in
tests/bots/contract/test_matrix.py."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.messenger.settings import MessengerSettings
from bots.messenger.way import open_way
from bots.transport import Transport
from bots.way import Opening
from config.channels import MessengerChannel
from core.errors import ConfigError
from tests.bots.messenger.conftest import APP_SECRET, PAGE, TOKEN, VERIFY_TOKEN

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "messenger"


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    own = set(MessengerSettings.__struct_fields__) - {"name", "timeout"}
    assert own == set(MessengerChannel.model_fields) - {"enabled", "platform"}
    for field in own:
        assert f"| `{field}` |" in manual


def opening(name: str, transport: Transport, **settings: Any) -> Opening:
    given = {
        "page_id": PAGE,
        "token": TOKEN,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
        "api_url": None,
        "api_version": "v25.0",
        "human_agent": True,
        **settings,
    }
    url = "https://support.example.org"
    return Opening(name, given, url, lambda: datetime(2026, 1, 1, tzinfo=UTC), transport, {})


async def test_pages_share_the_session_of_the_process() -> None:
    transport = Transport()
    first, second = (open_way(opening(name, transport)) for name in ("one", "two"))
    session = transport.session()
    await first.channel.close()
    assert not session.closed, "the other page still needs it"
    await second.channel.close()
    await transport.close()
    assert session.closed
    assert (first.poll, first.ingress is not None) == (None, True)


def test_settings_that_cannot_work_do_not_open() -> None:
    with pytest.raises(ConfigError, match="channel one: `token`"):
        open_way(opening("one", Transport(), token=""))
