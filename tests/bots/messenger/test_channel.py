"""Sending through the Graph API: one request, its answer or the error it stands for."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.messenger.capabilities import EVENTS
from bots.messenger.channel import MessengerChannel
from core.channel import Channel, Letter, StoredFile, Tried
from core.content import Media, Option, Outgoing
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.bots.messenger.conftest import (
    APP_SECRET,
    CHAT,
    NOW,
    TOKEN,
    VERIFY_TOKEN,
    MakeChannel,
)
from tests.fakes import faults
from tests.fakes import messenger as double
from tests.fakes.messenger import FakeMessenger


def letter(
    text: str = "Здравствуйте!",
    files: Mapping[str, StoredFile] | None = None,
    kind: Any = "answer",
    chat: str = CHAT,
    **content: Any,
) -> Letter:
    outgoing = Outgoing(text=text, **content)
    return Letter(id=42, chat=chat, address=chat, content=outgoing, files=files or {}, kind=kind)


def stored(tmp_path: Path, name: str = "схема.png", platform_file: str = "") -> StoredFile:
    path = tmp_path / name
    path.write_bytes(b"picture")
    return StoredFile(
        path=str(path), name=name, mime="image/png", size=7, platform_file=platform_file
    )


PICTURE: dict[str, Any] = {"media": (Media(kind="image", attachment="a1"),)}


def test_the_adapter_is_a_channel(channel: MessengerChannel) -> None:
    as_port: Channel = channel
    assert as_port.name == "page"


async def test_a_text_arrives_and_its_id_comes_back(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    sent = await channel.send(letter(options=(Option(key="a", label="Да", token="o1"),)))
    (entry,) = messenger.sent(CHAT)
    assert sent.platform_id == entry.id == "m_1"
    assert entry.body["messaging_type"] == "RESPONSE"
    assert entry.message["metadata"] == "42", "our row, by which the echo is known"
    assert entry.message["attachment"]["payload"]["text"] == "Здравствуйте!"


@pytest.mark.parametrize(
    ("human_agent", "kind", "reason"),
    [
        (True, "operator", {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (True, "answer", {"messaging_type": "RESPONSE"}),
        (True, "notice", {"messaging_type": "RESPONSE"}),
        (True, "secret", {"messaging_type": "RESPONSE"}),
        (False, "operator", {"messaging_type": "RESPONSE"}),
    ],
)
async def test_only_a_human_with_the_right_to_it_may_answer_within_seven_days(
    make_channel: MakeChannel,
    messenger: FakeMessenger,
    human_agent: bool,
    kind: str,
    reason: dict[str, str],
) -> None:
    await make_channel(human_agent=human_agent).send(letter(kind=kind))
    body = messenger.sent()[0].body
    assert {key: body[key] for key in ("messaging_type", "tag") if key in body} == reason


async def test_a_day_after_the_persons_words_the_window_is_closed_for_all_but_humans(
    make_channel: MakeChannel, messenger: FakeMessenger
) -> None:
    channel = make_channel(human_agent=True)
    messenger.silent.add(CHAT)
    with pytest.raises(RecipientGone) as caught:
        await channel.send(letter())
    assert caught.value.reason == "window_closed"
    await channel.send(letter(kind="operator"))
    assert len(messenger.sent()) == 1


async def test_a_file_is_uploaded_once_and_then_known_by_its_id(
    channel: MessengerChannel, messenger: FakeMessenger, tmp_path: Path
) -> None:
    first = await channel.send(letter("", {"a1": stored(tmp_path)}, **PICTURE))
    assert first.platform_files == {"a1": "100000"}
    again = stored(tmp_path, platform_file="100000")
    second = await channel.send(letter("", {"a1": again}, **PICTURE))
    assert second.platform_files == {}
    assert [entry.upload.content for entry in messenger.sent()] == [b"picture", b""]
    assert [entry.message["metadata"] for entry in messenger.sent()] == ["42", "42"]
    assert messenger.sent()[1].message["attachment"]["payload"] == {"attachment_id": "100000"}


async def test_a_cached_id_that_facebook_forgot_is_followed_by_one_upload(
    channel: MessengerChannel, messenger: FakeMessenger, tmp_path: Path
) -> None:
    files = {"a1": stored(tmp_path, platform_file="99")}
    sent = await channel.send(letter("", files, **PICTURE))
    assert sent.platform_files == {"a1": "100000"}
    assert messenger.calls == ["message", "message"]
    assert [entry.upload.content for entry in messenger.sent()] == [b"picture"]


async def test_only_a_refusal_of_what_was_said_leads_to_an_upload(
    channel: MessengerChannel, messenger: FakeMessenger, tmp_path: Path
) -> None:
    files = {"a1": stored(tmp_path, platform_file="99")}
    messenger.fail(double.error(400, 9999), faults.PAGE)
    for error in (MessageRejected, DeliveryUnknown):
        with pytest.raises(error):
            await channel.send(letter("", files, **PICTURE))
    assert messenger.calls == ["message", "message"]


async def test_a_file_facebook_would_not_take_is_refused_once_more_and_no_more(
    channel: MessengerChannel, messenger: FakeMessenger, tmp_path: Path
) -> None:
    empty = tmp_path / "пусто.png"
    empty.write_bytes(b"")
    file = StoredFile(path=str(empty), name=empty.name, mime="", size=0, platform_file="99")
    with pytest.raises(MessageRejected, match="2018047"):
        await channel.send(letter("", {"a1": file}, **PICTURE))
    assert messenger.calls == ["message", "message"]


async def test_a_large_file_arrives_whole(
    channel: MessengerChannel, messenger: FakeMessenger, tmp_path: Path
) -> None:
    path = tmp_path / "архив.zip"
    path.write_bytes(bytes(range(256)) * 10_000)
    file = StoredFile(path=str(path), name=path.name, mime="application/zip", size=2_560_000)
    await channel.send(letter("", {"a": file}, media=(Media(kind="file", attachment="a"),)))
    assert messenger.sent()[0].upload.content == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "mime", "shown", "kind"),
    [
        ("Схема «план» № 2.pdf", "application/pdf", "Схема «план» № 2.pdf", "application/pdf"),
        ('a"b\\c.pdf', "", "a_b_c.pdf", "application/octet-stream"),
        ("a\r\nX: 1\x00\ud800.pdf", "x\r\nX: 1", "a__X: 1__.pdf", "application/octet-stream"),
        ("", "нет", "file", "application/octet-stream"),
    ],
    ids=["Cyrillic", "quotes", "control", "none"],
)
async def test_the_name_of_a_file_is_shown_as_it_is_and_breaks_nothing(
    channel: MessengerChannel,
    messenger: FakeMessenger,
    tmp_path: Path,
    name: str,
    mime: str,
    shown: str,
    kind: str,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    file = StoredFile(path=str(path), name=name, mime=mime, size=7)
    await channel.send(letter("", {"a": file}, media=(Media(kind="file", attachment="a"),)))
    assert messenger.sent()[0].upload == (shown, kind, b"content")


@pytest.mark.parametrize("known", [True, False])
async def test_a_file_that_is_gone_is_rejected_before_anything_is_sent(
    channel: MessengerChannel, messenger: FakeMessenger, known: bool
) -> None:
    gone = StoredFile(path="/nowhere/x", name="x", mime="", size=1)
    with pytest.raises(MessageRejected, match="no_file"):
        await channel.send(letter("", {"a1": gone} if known else {}, **PICTURE))
    assert messenger.calls == []


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        (double.error(400, 613), RateLimited, 0),
        (faults.PAGE, DeliveryUnknown, 0),
        (faults.GARBAGE, DeliveryUnknown, 1),
        (faults.EMPTY, DeliveryUnknown, 1),
        (faults.DROP, DeliveryUnknown, 1),
        (faults.REFUSE, DeliveryUnknown, 0),
        (double.error(500, 2), DeliveryUnknown, 0),
        (double.error(400, 1, 1357046), DeliveryUnknown, 0),
        (double.error(400, 551, 1545041), RecipientGone, 0),
        (double.error(400, 100, 2018001), RecipientGone, 0),
        (double.error(403, 10, 2018278), RecipientGone, 0),
        (double.error(400, 100), MessageRejected, 0),
        (double.error(400, 190), ChannelUnavailable, 0),
        (double.error(403, 10, 1893063), ChannelUnavailable, 0),
    ],
)
@pytest.mark.parametrize("with_file", [False, True])
async def test_every_fault_becomes_the_error_it_stands_for_after_one_request(
    channel: MessengerChannel,
    messenger: FakeMessenger,
    tmp_path: Path,
    fault: faults.Fault,
    error: type[ChannelError],
    accepted: int,
    with_file: bool,
) -> None:
    messenger.fail(fault)
    written = letter("", {"a1": stored(tmp_path)}, **PICTURE) if with_file else letter()
    with pytest.raises(error):
        await channel.send(written)
    assert messenger.calls == ["message"]
    assert len(messenger.sent()) == accepted


async def test_silence_after_taking_a_message_proves_nothing(
    make_channel: MakeChannel, messenger: FakeMessenger
) -> None:
    messenger.fail(faults.TIMEOUT)
    with pytest.raises(DeliveryUnknown, match="timeout"):
        await make_channel(timeout=0.3).send(letter())
    assert messenger.calls == ["message"]
    assert len(messenger.sent()) == 1


async def test_a_hint_of_the_platform_is_passed_on(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.fail(double.LIMIT, double.LIMIT_HINT)
    with pytest.raises(RateLimited) as bare:
        await channel.send(letter())
    with pytest.raises(RateLimited) as hinted:
        await channel.send(letter())
    assert (hinted.value.retry_after, hinted.value.scope) == (7.0, "channel")
    assert bare.value.retry_after is None
    assert (channel.capabilities.rate_hint, channel.capabilities.rate_most) == (60.0, 3600.0)


async def test_two_passing_faults_in_a_row_for_one_chat_stop_repeats_there(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    """Code 2 is also how Facebook tells of a person who blocked the page."""

    async def repeats(chat: str = CHAT) -> bool:
        with pytest.raises(DeliveryUnknown) as caught:
            await channel.send(letter(chat=chat))
        return caught.value.repeat

    messenger.fail(*[double.error(500, 2)] * 4)
    assert await repeats() is True
    assert await repeats("5") is True, "another chat"
    assert [await repeats(), await repeats()] == [False, False]
    await channel.send(letter())
    messenger.fail(double.error(500, 2))
    assert await repeats() is True, "it was a fault, and it passed"
    messenger.fail(faults.PAGE, double.error(400, 551))
    assert await repeats() is True, "pages of a proxy say nothing of the person"
    with pytest.raises(RecipientGone):
        await channel.send(letter())
    messenger.fail(double.error(500, 2))
    assert await repeats() is True


async def test_a_slow_answer_within_the_timeout_is_a_success(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.fail(faults.SLOW)
    messenger.release.set()
    assert (await channel.send(letter())).platform_id == "m_1"


@pytest.mark.parametrize("with_file", [False, True])
async def test_nobody_listening_proves_that_nothing_was_sent(
    make_channel: MakeChannel, tmp_path: Path, with_file: bool
) -> None:
    channel = make_channel(api_url="http://127.0.0.1:9")
    written = letter("", {"a1": stored(tmp_path)}, **PICTURE) if with_file else letter()
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.send(written)
    assert caught.value.reason == "network"


async def test_a_text_that_is_no_unicode_is_rejected_not_lost(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    with pytest.raises(MessageRejected, match="encoding"):
        await channel.send(letter("a\ud800"))
    assert messenger.calls == []


async def test_what_messenger_has_not_makes_no_call(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    await channel.acknowledge("c1")
    await channel.retire_options(CHAT, "m_1")
    # asked after the ten seconds that the rules leave for the echo
    await channel.find_sent(Tried(letter(), NOW))
    assert messenger.calls == []


async def test_typing_is_shown(channel: MessengerChannel, messenger: FakeMessenger) -> None:
    await channel.typing(CHAT)
    assert messenger.ledger[0].body == {"recipient": {"id": CHAT}, "sender_action": "typing_on"}


async def test_a_customers_file_is_downloaded_without_our_token(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.served["f1"] = b"x" * 100_000
    media = Media(kind="file", url=f"{messenger.api_url}/files/f1")
    assert await channel.download(media) == b"x" * 100_000


@pytest.mark.parametrize(
    "url", ["", "http://127.0.0.1:1/x", "https://evil.example/f", "https://fbcdn.net.evil.example/"]
)
async def test_a_file_elsewhere_is_not_fetched(channel: MessengerChannel, url: str) -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        await channel.download(Media(kind="file", url=url))


async def test_a_file_larger_than_allowed_is_not_downloaded(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.served["f1"] = b"x" * (channel.capabilities.download_bytes + 1)
    with pytest.raises(MessageRejected, match="too_large"):
        await channel.download(Media(kind="file", url=f"{messenger.api_url}/files/f1"))


async def test_registering_subscribes_to_our_events(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    await channel.register()
    await channel.register()
    assert messenger.subscribed == list(EVENTS)


async def test_a_subscription_that_is_not_confirmed_is_none(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.fail_questions(faults.EMPTY)
    with pytest.raises(ChannelUnavailable):
        await channel.register()


async def test_the_watchdog_subscribes_again_and_leaves_a_good_subscription_alone(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    await channel.register()
    assert await channel.watch() is False
    messenger.drop_webhook()
    assert await channel.watch() is True
    messenger.subscribed.remove("message_echoes")
    assert await channel.watch() is True
    assert messenger.subscribed == list(EVENTS)
    assert messenger.calls.count("POST subscribed_apps") == 3


async def test_another_version_of_the_api_is_another_address(
    make_channel: MakeChannel, messenger: FakeMessenger
) -> None:
    with pytest.raises(ChannelUnavailable, match="404"):
        await make_channel(api_version="v26.0").send(letter())
    assert messenger.calls == []


def test_wrong_settings_are_all_named_at_once(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError) as caught:
        make_channel(
            page_id="моя",
            token="",
            app_secret="a b",
            verify_token="пароль",
            api_version="25",
            timeout=0,
            api_url="ftp://x",
        )
    assert len(caught.value.problems) == 7
    assert all(problem.startswith("channel page: ") for problem in caught.value.problems)


def test_an_address_facebook_would_not_call_is_refused_at_start(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError, match="public_url"):
        make_channel(api_url="https://graph.facebook.com")


def test_settings_do_not_print_their_secrets(channel: MessengerChannel) -> None:
    printed = repr(channel.settings)
    assert not [secret for secret in (TOKEN, APP_SECRET, VERIFY_TOKEN) if secret in printed]


async def test_no_log_line_and_no_error_holds_the_token(
    make_channel: MakeChannel, messenger: FakeMessenger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = make_channel(timeout=0.2)
    nobody = make_channel(api_url="http://127.0.0.1:9")
    broken = make_channel(api_url="http://127.0.0.1:99999")
    messenger.fail(faults.PAGE, faults.DROP, faults.GARBAGE, faults.TIMEOUT, double.error(400, 4))
    for sender in [channel] * 6 + [nobody, broken]:
        try:
            await sender.send(letter())
        except ChannelError:
            logging.getLogger("test").exception("sending failed")
    assert len(caplog.records) > 5
    assert "CANARY" not in caplog.text.upper()
