"""What `otklik doctor` says about a bot of MAX."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bots.max.channel import MaxChannel
from bots.max.health import findings
from bots.max.settings import MaxSettings
from tests.bots.max.conftest import NOW, SECRET, TOKEN
from tests.fakes import faults
from tests.fakes.max import FakeMax

SETTINGS = MaxSettings(
    name="main", token=TOKEN, secret=SECRET, public_url="https://bot.example.org"
)
OURS = {
    "url": "https://bot.example.org/webhooks/main",
    "update_types": [
        "message_created", "message_callback", "message_edited", "message_removed",
        "bot_started", "bot_stopped", "dialog_removed",
    ],
}  # fmt: skip
THEIRS = {"url": "https://other.example.org/hook", "update_types": None}
ME = {"username": "otklik_bot"}
UNTIL = NOW + timedelta(days=100)


def test_a_healthy_bot_is_one_line() -> None:
    (line,) = findings(ME, [OURS], SETTINGS, UNTIL, NOW)
    assert line.level == "OK"
    until = f"{UNTIL:%Y-%m-%d}"
    assert line.text == f"@otklik_bot subscription=present events=7/7 ca=ok until {until}"


@pytest.mark.parametrize(
    ("subscriptions", "until", "level", "words"),
    [
        ([], UNTIL, "FAIL", "not subscribed"),
        ([THEIRS], UNTIL, "FAIL", "not subscribed"),
        ([OURS, THEIRS], UNTIL, "WARN", "other.example.org"),
        ([{**OURS, "update_types": ["message_created"]}], UNTIL, "FAIL", "message_callback, "),
        ([OURS], NOW + timedelta(days=59), "WARN", "expires on 2027-01-22"),
        ([OURS], NOW - timedelta(days=1), "WARN", "expires on 2026-11-23"),
    ],
)
def test_each_trouble_has_its_level_and_a_remedy(
    subscriptions: list[dict[str, Any]], until: datetime, level: str, words: str
) -> None:
    line, detail = findings(ME, subscriptions, SETTINGS, until, NOW)
    assert (line.level, detail.level) == (level, level)
    assert words in detail.text
    assert detail.remedy


def test_a_webhook_subscribed_while_polling_fails() -> None:
    polling = MaxSettings(name="main", token=TOKEN, mode="polling")
    line, detail = findings(ME, [THEIRS], polling, UNTIL, NOW)
    assert line.level == "FAIL"
    assert "mode=polling" in detail.text
    assert findings(ME, [], polling, UNTIL, NOW)[0].level == "OK"


async def test_the_channel_reports_what_the_platform_says(channel: MaxChannel) -> None:
    await channel.register()
    (line,) = await channel.health()
    assert line.text == "@otklik_bot subscription=present events=7/7 ca=ok until 2027-03-06"


async def test_the_shipped_authorities_warn_in_time(channel: MaxChannel, clock: Any) -> None:
    await channel.register()
    clock.now = datetime.fromisoformat("2027-01-10T00:00:00+00:00")
    line, detail = await channel.health()
    assert (line.level, "ca=soon" in line.text) == ("WARN", True)
    assert "ca_file" in detail.remedy


async def test_a_platform_that_stumbles_is_a_warning_and_changes_nothing(
    channel: MaxChannel, fake: FakeMax
) -> None:
    fake.fail(faults.PAGE)
    assert (await channel.health())[0].level == "WARN"
    fake.fail(faults.GARBAGE._replace(body='{"subscriptions": [5, {"url": 1}]}', only=""))
    assert (await channel.health())[0].level == "FAIL"
    assert fake.ledger == []
