"""What `otklik doctor` says about a page."""

from typing import Any

import pytest

from bots.messenger.capabilities import EVENTS
from bots.messenger.channel import MessengerChannel
from bots.messenger.health import findings
from bots.messenger.settings import MessengerSettings
from tests.bots.messenger.conftest import APP_SECRET, PAGE, TOKEN, VERIFY_TOKEN, MakeChannel
from tests.fakes.faults import PAGE as BAD_GATEWAY
from tests.fakes.messenger import FakeMessenger, error

SETTINGS = MessengerSettings(
    name="page", page_id=PAGE, token=TOKEN, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN
)
ME = {"id": PAGE, "name": "Отклик  Интернет"}


def apps(*fields: str) -> dict[str, Any]:
    return {
        "data": [{"id": "9", "subscribed_fields": ["feed"]}, {"subscribed_fields": list(fields)}]
    }


def test_a_healthy_page_is_one_line() -> None:
    (line,) = findings(ME, apps(*EVENTS, "feed"), SETTINGS)
    assert (line.level, line.text) == ("OK", "page=Отклик Интернет fields=7/7")


@pytest.mark.parametrize(
    ("page", "held", "line", "words"),
    [
        (ME, apps(*EVENTS[:5]), "fields=5/7", "message_echoes, message_edits"),
        (ME, {"data": []}, "fields=0/7", "not subscribed"),
        (ME, {}, "fields=0/7", "not subscribed"),
        (ME, {"data": [None, {"subscribed_fields": None}]}, "fields=0/7", "not subscribed"),
        ({"id": "5", "name": "Чужая"}, apps(*EVENTS), "page=Чужая", "another page"),
        ({}, apps(*EVENTS), "page=?", "another page"),
    ],
)
def test_each_trouble_has_its_level_and_a_remedy(
    page: dict[str, Any], held: dict[str, Any], line: str, words: str
) -> None:
    head, detail = findings(page, held, SETTINGS)
    assert (head.level, detail.level) == ("FAIL", "FAIL")
    assert line in head.text
    assert words in detail.text
    assert detail.remedy


async def test_the_channel_reports_what_the_platform_says(channel: MessengerChannel) -> None:
    await channel.register()
    (line,) = await channel.health()
    assert line.text == "page=Отклик fields=7/7"


async def test_a_refused_token_fails(make_channel: MakeChannel) -> None:
    (finding,) = await make_channel(token="EAAG-revoked").health()
    assert (finding.level, finding.text) == ("FAIL", "token refused code 190")
    assert "pages_messaging" in finding.remedy


@pytest.mark.parametrize(
    ("fault", "level"),
    [(BAD_GATEWAY, "WARN"), (error(400, 100, 33), "FAIL"), (error(400, 4), "WARN")],
)
async def test_a_platform_that_stumbles_is_told_and_changes_nothing(
    channel: MessengerChannel, messenger: FakeMessenger, fault: Any, level: str
) -> None:
    messenger.fail_questions(fault)
    (finding,) = await channel.health()
    assert finding.level == level
    assert finding.remedy
    assert messenger.ledger == []
