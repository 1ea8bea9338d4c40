"""Files of customers whose size Telegram told only when it was asked for them."""

import pytest

from bots.telegram.channel import TelegramChannel
from core.content import Media
from core.errors import MessageRejected
from tests.fakes import telegram as double
from tests.fakes.telegram import FakeTelegram


@pytest.mark.parametrize(
    ("told", "code"),
    [("file is too big", "too_large"), ("wrong file_id or the file is unavailable", "400")],
)
async def test_a_file_that_telegram_calls_too_big_is_too_large(
    channel: TelegramChannel, telegram: FakeTelegram, told: str, code: str
) -> None:
    telegram.fail(double.error(400, f"Bad Request: {told}"))
    with pytest.raises(MessageRejected) as refused:
        await channel.download(Media(kind="file", platform_file="f1"))
    assert refused.value.code == code
