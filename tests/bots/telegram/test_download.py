"""Files of customers: what Telegram says of them only when it is asked for them."""

import json

import pytest

from bots.telegram.channel import TelegramChannel
from core.content import Media
from core.errors import ChannelUnavailable, MessageRejected
from tests.fakes import faults
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


def told_of(**file: object) -> faults.Fault:
    """What getFile says."""
    return faults.Fault("answer", body=json.dumps({"ok": True, "result": file}), only="getFile")


async def test_a_file_that_is_gone_from_its_place_is_gone(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.fail(told_of(file_path="documents/nothing"))
    with pytest.raises(MessageRejected) as refused:
        await channel.download(Media(kind="file", platform_file="f1"))
    assert refused.value.code == "no_file"


async def test_a_file_that_came_in_part_is_asked_for_again(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.files["f1"] = b"half of i"
    telegram.fail(told_of(file_path="documents/f1", file_size=10))
    with pytest.raises(ChannelUnavailable):
        await channel.download(Media(kind="file", platform_file="f1"))
    telegram.fail(told_of(file_path="documents/f1", file_size=9))
    assert await channel.download(Media(kind="file", platform_file="f1")) == b"half of i"
