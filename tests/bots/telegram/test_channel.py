"""Sending through the Bot API: one request, its result or the error it stands for."""

from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.telegram.channel import TelegramChannel
from core.channel import Rewriting, Sent, StoredFile
from core.content import Media, Option
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.bots import letters
from tests.bots.letters import NO_FILE, stored
from tests.bots.telegram.conftest import SECRET, TOKEN, MakeChannel
from tests.fakes import faults
from tests.fakes import telegram as double
from tests.fakes.telegram import FakeTelegram

CHAT = 700100200
letter = partial(letters.letter, chat=str(CHAT))


async def test_a_text_arrives_and_its_id_comes_back(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    sent = await channel.send(letter(options=(Option(key="a", label="Да", token="o1"),)))
    (entry,) = telegram.sent(CHAT)
    assert sent.platform_id == "101"
    assert entry.fields["text"] == "Здравствуйте!"
    buttons = entry.fields["reply_markup"]["inline_keyboard"]
    assert buttons == [[{"text": "Да", "callback_data": "o1"}]]


async def test_a_file_is_uploaded_once_and_then_known_by_its_id(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    media = (Media(kind="image", attachment="a1"),)
    first = await channel.send(letter("Схема", {"a1": stored(tmp_path)}, media=media))
    assert first.platform_files == {"a1": "photo-1"}
    assert list(telegram.ledger[0].uploads.values()) == [b"picture"]
    again = stored(tmp_path, platform_file="photo-1")
    second = await channel.send(letter("Схема", {"a1": again}, media=media))
    assert second.platform_files == {}
    assert telegram.ledger[1].uploads == {}
    assert telegram.ledger[1].fields["photo"] == "photo-1"


async def test_a_cached_id_that_telegram_forgot_is_followed_by_one_upload(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    files = {"a1": stored(tmp_path, platform_file="forgotten")}
    sent = await channel.send(letter("", files, media=(Media(kind="file", attachment="a1"),)))
    assert sent.platform_files == {"a1": "document-1"}
    assert telegram.calls == ["sendDocument", "sendDocument"]
    assert len(telegram.sent(CHAT)) == 1


async def test_a_large_file_arrives_whole(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    path = tmp_path / "архив.zip"
    path.write_bytes(bytes(range(256)) * 10_000)
    file = StoredFile(path=str(path), name=path.name, mime="application/zip", size=2_560_000)
    await channel.send(letter("", {"a": file}, media=(Media(kind="file", attachment="a"),)))
    assert list(telegram.ledger[0].uploads.values()) == [path.read_bytes()]


async def test_an_album_is_one_request_and_every_upload_is_remembered(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    telegram.files["known"] = b"old"
    files = {
        "a": stored(tmp_path, "a.png", platform_file="known"),
        "b": stored(tmp_path, "b.png"),
    }
    media = (Media(kind="image", attachment="a"), Media(kind="image", attachment="b"))
    sent = await channel.send(letter("Две схемы", files, media=media))
    assert sent.platform_id == "101,102"
    assert sent.platform_files == {"b": "photo-2"}
    assert telegram.sent(CHAT)[0].fields["media"][0]["caption"] == "Две схемы"


async def test_a_picture_that_telegram_will_not_show_goes_as_a_file(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    telegram.fail(double.error(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
    media = (Media(kind="image", attachment="a1"),)
    sent = await channel.send(letter("Снимок экрана", {"a1": stored(tmp_path)}, media=media))
    (entry,) = telegram.sent(CHAT)
    assert (entry.method, entry.fields["caption"]) == ("sendDocument", "Снимок экрана")
    assert sent == Sent(platform_id="101"), (
        "the id is of a file, and the next letter wants a picture"
    )


async def test_an_album_with_a_picture_that_telegram_will_not_show_goes_as_files(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    refused = 'Bad Request: failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"'
    telegram.fail(double.error(400, refused))
    telegram.files["known"] = b"old"
    files = {
        "a": stored(tmp_path, "a.png", platform_file="known"),
        "b": stored(tmp_path, "b.png"),
    }
    media = (Media(kind="image", attachment="a"), Media(kind="image", attachment="b"))
    sent = await channel.send(letter("Две схемы", files, media=media))
    assert sent == Sent(platform_id="101,102")
    (entry,) = [entry for entry in telegram.ledger if entry.method == "sendMediaGroup"]
    assert [item["type"] for item in entry.fields["media"]] == ["document", "document"]
    assert len(entry.uploads) == 2


async def test_a_file_that_is_gone_is_rejected_before_anything_is_sent(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        await channel.send(letter("", {"a": NO_FILE}, media=(Media(kind="file", attachment="a"),)))
    assert telegram.calls == []


async def test_a_caption_that_looks_like_a_file_reference_stays_text(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.files["known"] = b"old"
    await channel.send(letter("attach://etc", media=(Media(kind="image", platform_file="known"),)))
    assert telegram.sent(CHAT)[0].fields["caption"] == "attach://etc"


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        (double.FLOOD, RateLimited, 0),
        (double.FLOOD_NO_HINT, RateLimited, 0),
        *letters.COMMON_FAULTS,
        (double.error(403, "Forbidden: bot was blocked by the user"), RecipientGone, 0),
        (double.error(400, "Bad Request: chat not found"), RecipientGone, 0),
        (double.error(400, "Bad Request: whatever"), MessageRejected, 0),
        (double.error(401, "Unauthorized"), ChannelUnavailable, 0),
        (double.error(409, "Conflict"), ChannelUnavailable, 0),
    ],
)
async def test_every_fault_becomes_the_error_it_stands_for_after_one_request(
    make_channel: MakeChannel,
    telegram: FakeTelegram,
    fault: faults.Fault,
    error: type[ChannelError],
    accepted: int,
) -> None:
    channel = make_channel(timeout=0.3)
    made = await letters.check_error(channel, telegram, fault, error, letter())
    assert made == ["sendMessage"]
    assert len(telegram.sent()) == accepted


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.PAGE, DeliveryUnknown),
        (faults.GARBAGE, DeliveryUnknown),
        (faults.DROP, DeliveryUnknown),
        (double.FLOOD, RateLimited),
        (double.error(413, "Request Entity Too Large"), MessageRejected),
        (double.error(403, "Forbidden: user is deactivated"), RecipientGone),
    ],
)
async def test_an_upload_fails_like_any_other_call(
    channel: TelegramChannel,
    telegram: FakeTelegram,
    tmp_path: Path,
    fault: faults.Fault,
    error: type[ChannelError],
) -> None:
    media = (Media(kind="image", attachment="a"),)
    row = letter("", {"a": stored(tmp_path)}, media=media)
    assert await letters.check_error(channel, telegram, fault, error, row) == ["sendPhoto"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_neither_a_text_nor_a_file_follows_a_redirect(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path, status: int
) -> None:
    elsewhere = {"Location": f"{telegram.api_url}/bot{TOKEN}/elsewhere"}
    media = (Media(kind="image", attachment="a"),)
    for said in (letter(), letter("", {"a": stored(tmp_path)}, media=media)):
        telegram.fail(faults.Fault("answer", status, headers=elsewhere))
        with pytest.raises(ChannelUnavailable):
            await channel.send(said)
    assert telegram.calls == ["sendMessage", "sendPhoto"]


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:9", "http://nobody.invalid"])
async def test_an_upload_to_nobody_proves_that_nothing_was_sent(
    make_channel: MakeChannel, tmp_path: Path, api_url: str
) -> None:
    media = (Media(kind="image", attachment="a"),)
    with pytest.raises(ChannelUnavailable) as caught:
        await make_channel(api_url=api_url).send(letter("", {"a": stored(tmp_path)}, media=media))
    assert caught.value.reason == "network"


async def test_a_hint_of_429_is_passed_on(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.fail(double.FLOOD, double.FLOOD_NO_HINT)
    with pytest.raises(RateLimited) as hinted:
        await channel.send(letter())
    with pytest.raises(RateLimited) as bare:
        await channel.send(letter())
    assert (hinted.value.retry_after, hinted.value.scope) == (7.0, "channel")
    assert bare.value.retry_after is None


async def test_a_slow_answer_within_the_timeout_is_a_success(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.fail(faults.SLOW)
    telegram.release.set()
    assert (await channel.send(letter())).platform_id == "101"


async def test_a_chat_that_became_a_supergroup_tells_its_new_address(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.moved[CHAT] = -1001234
    with pytest.raises(RecipientGone) as caught:
        await channel.send(letter())
    assert (caught.value.reason, caught.value.new_address) == ("moved", "-1001234")


async def test_a_proxy_that_refuses_proves_that_nothing_was_sent(
    make_channel: MakeChannel, telegram: FakeTelegram
) -> None:
    channel = make_channel(proxy="socks5://127.0.0.1:9")
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.send(letter())
    assert caught.value.reason == "network"
    assert telegram.calls == []


async def test_a_press_is_acknowledged_and_a_late_one_is_no_failure(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.callbacks.add("c1")
    await channel.acknowledge("c1")
    await channel.acknowledge("too-old")
    assert telegram.calls == ["answerCallbackQuery"] * 2


async def test_the_buttons_of_an_answered_message_are_taken_off_and_twice_is_fine(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    sent = await channel.send(letter(options=(Option(key="a", label="Да", token="o1"),)))
    await channel.retire_options(str(CHAT), sent.platform_id)
    await channel.retire_options(str(CHAT), sent.platform_id)
    edits = [entry for entry in telegram.ledger if entry.method == "editMessageReplyMarkup"]
    assert [entry.fields.get("reply_markup") for entry in edits] == [None]


async def test_typing_is_shown(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    await channel.typing(str(CHAT))
    assert telegram.ledger[0].fields == {"chat_id": CHAT, "action": "typing"}


async def test_a_customers_file_is_downloaded(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.files["f1"] = b"x" * 100_000
    assert await channel.download(Media(kind="file", platform_file="f1")) == b"x" * 100_000


async def test_a_file_larger_than_allowed_is_not_downloaded(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    most = channel.capabilities.download_bytes
    with pytest.raises(MessageRejected, match="too_large"):
        await channel.download(Media(kind="file", platform_file="f1", size=most + 1))
    assert telegram.calls == []
    telegram.files["f1"] = b"x" * (most + 1)  # the size was not told, or was a lie
    with pytest.raises(MessageRejected, match="too_large"):
        await channel.download(Media(kind="file", platform_file="f1"))


async def test_a_file_telegram_does_not_have_is_rejected(channel: TelegramChannel) -> None:
    with pytest.raises(MessageRejected):
        await channel.download(Media(kind="file", platform_file="unknown"))


async def test_registering_sets_the_webhook_and_keeps_what_waits(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    await channel.register()
    await channel.register()
    assert telegram.webhook == {
        "url": "http://127.0.0.1:1/webhooks/main",
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
        "max_connections": 8,
        "drop_pending_updates": False,
    }


async def test_registering_in_polling_mode_takes_the_webhook_off(
    make_channel: MakeChannel, telegram: FakeTelegram
) -> None:
    telegram.webhook = {"url": "https://old.example.org", "allowed_updates": []}
    await make_channel(mode="polling").register()
    assert telegram.webhook["url"] == ""


async def test_the_watchdog_sets_a_webhook_that_vanished_and_leaves_a_good_one_alone(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    await channel.register()
    assert await channel.watch() is False
    telegram.drop_webhook()
    assert await channel.watch() is True
    assert telegram.webhook["url"] == channel.settings.webhook_url
    telegram.webhook["allowed_updates"] = ["message"]
    assert await channel.watch() is True
    assert telegram.calls.count("setWebhook") == 3


def test_wrong_settings_are_all_named_at_once(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError) as caught:
        make_channel(token="nonsense", secret="", public_url="", max_connections=0)
    assert len(caught.value.problems) == 4
    assert all(problem.startswith("channel main: ") for problem in caught.value.problems)


@pytest.mark.parametrize("secret", ["", "пароль", "a b", "x" * 257])
def test_a_secret_telegram_would_refuse_is_refused_at_start(
    make_channel: MakeChannel, secret: str
) -> None:
    with pytest.raises(ConfigError, match="secret"):
        make_channel(secret=secret)


@pytest.mark.parametrize("url", ["http://bot.example.org", "https://bot.example.org:9000", "x"])
def test_an_address_telegram_would_not_call_is_refused_at_start(
    make_channel: MakeChannel, url: str
) -> None:
    with pytest.raises(ConfigError, match="public_url"):
        make_channel(public_url=url, api_url="https://api.telegram.org")


def test_a_proxy_that_cannot_be_used_is_refused_at_start(make_channel: MakeChannel) -> None:
    for address in ("gopher://x", "http://anna:CANARY@proxy.example.org", "http://[::1"):
        with pytest.raises(ConfigError) as caught:
            make_channel(proxy=address)
        (problem,) = caught.value.problems
        assert problem.startswith("channel main: `proxy`")
        assert "CANARY" not in problem


async def test_bots_of_one_server_share_their_connections(
    make_channel: MakeChannel, telegram: FakeTelegram
) -> None:
    first, second = make_channel(name="one"), make_channel(name="two")
    assert first.client._session is second.client._session
    await first.send(letter())
    await first.close()
    await second.send(letter())  # the other one still holds the session open
    assert len(telegram.sent()) == 2


async def test_no_log_line_and_no_error_holds_the_token(
    make_channel: MakeChannel, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    channel = make_channel(timeout=0.2)
    nobody = make_channel(api_url="http://127.0.0.1:9")
    broken = make_channel(api_url="http://127.0.0.1:99999")
    telegram.fail(faults.PAGE, faults.DROP, faults.GARBAGE, faults.TIMEOUT, double.FLOOD)
    await letters.check_silence(caplog, letter(), *[channel] * 6, nobody, broken)


async def test_a_sent_message_is_changed_and_taken_back(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    assert isinstance(channel, Rewriting)
    sent = await channel.send(replace(letter("Здрасте"), kind="operator"))
    await channel.edit(str(CHAT), sent.platform_id, "Здравствуйте!")
    await channel.erase(str(CHAT), sent.platform_id)
    await channel.erase(str(CHAT), sent.platform_id)
    edited, erased = telegram.ledger[-2:]
    assert (edited.method, edited.fields["text"]) == ("editMessageText", "Здравствуйте!")
    assert (erased.method, erased.fields["message_id"]) == ("deleteMessage", 101)
    with pytest.raises(MessageRejected, match="not found"):
        await channel.edit(str(CHAT), sent.platform_id, "поздно")
    with pytest.raises(MessageRejected, match="no id"):
        await channel.erase(str(CHAT), "p1")
