"""What `otklik doctor` says about a bot."""

from typing import Any

import pytest

from bots.telegram.channel import TelegramChannel
from bots.telegram.health import findings
from bots.telegram.settings import TelegramSettings
from core.errors import DeliveryUnknown
from tests.bots.telegram.conftest import NOW, SECRET, TOKEN
from tests.fakes import faults
from tests.fakes.telegram import FakeTelegram

SETTINGS = TelegramSettings(
    name="main", token=TOKEN, secret=SECRET, public_url="https://bot.example.org"
)
GOOD: dict[str, Any] = {
    "url": "https://bot.example.org/webhooks/main",
    "pending_update_count": 0,
    "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
}
ME = {"username": "otklik_bot"}
FIVE_MINUTES_AGO = int(NOW.timestamp()) - 300
AN_HOUR_AGO = int(NOW.timestamp()) - 3600


def test_a_healthy_bot_is_one_line() -> None:
    (line,) = findings(ME, GOOD, SETTINGS, NOW)
    assert line.level == "OK"
    assert line.text == "@otklik_bot webhook=set pending=0 last_error=none events=4/4"


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"url": ""}, "FAIL", "no webhook is set"),
        ({"url": "https://other.example.org"}, "FAIL", "points elsewhere"),
        ({"allowed_updates": ["message"]}, "FAIL", "edited_message, callback_query"),
        ({"pending_update_count": 101}, "WARN", "101 updates wait"),
        ({"last_error_date": FIVE_MINUTES_AGO, "last_error_message": "502"}, "FAIL", "502"),
        ({"last_error_date": AN_HOUR_AGO, "last_error_message": "502"}, "WARN", "502"),
    ],
)
def test_each_trouble_has_its_level_and_a_remedy(
    change: dict[str, Any], level: str, words: str
) -> None:
    line, detail = findings(ME, {**GOOD, **change}, SETTINGS, NOW)
    assert (line.level, detail.level) == (level, level)
    assert words in detail.text
    assert detail.remedy


def test_a_webhook_set_while_polling_fails() -> None:
    polling = TelegramSettings(name="main", token=TOKEN, mode="polling")
    line, detail = findings(ME, GOOD, polling, NOW)
    assert line.level == "FAIL"
    assert "mode=polling" in detail.text
    assert findings(ME, {"url": ""}, polling, NOW)[0].level == "OK"


async def test_the_channel_reports_what_the_platform_says(channel: TelegramChannel) -> None:
    await channel.register()
    (line,) = await channel.health()
    assert line.text == "@otklik_bot webhook=set pending=0 last_error=none events=4/4"


async def test_a_platform_that_stumbles_is_a_warning_and_changes_nothing(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.fail(faults.PAGE)
    assert (await channel.health())[0].level == "WARN"
    assert telegram.ledger == []


@pytest.mark.parametrize("result", ["[]", "true", '"@otklik_bot"', "0"])
@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo"])
async def test_an_answer_that_is_no_object_is_a_warning(
    channel: TelegramChannel, telegram: FakeTelegram, method: str, result: str
) -> None:
    telegram.fail(faults.Fault("answer", body=f'{{"ok":true,"result":{result}}}', only=method))
    (line,) = await channel.health()
    assert (line.level, method in line.text) == ("WARN", True)


async def test_the_watchdog_leaves_what_it_cannot_read_alone(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.fail(faults.Fault("answer", body='{"ok":true,"result":[]}'))
    with pytest.raises(DeliveryUnknown):
        await channel.watch()
    assert telegram.ledger == []


@pytest.mark.parametrize("moment", [10**12, 10**17, -1, True, "yesterday"])
def test_a_moment_that_is_none_is_no_error(moment: Any) -> None:
    (line,) = findings(ME, {**GOOD, "last_error_date": moment}, SETTINGS, NOW)
    assert line.level == "OK"
