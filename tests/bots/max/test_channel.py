"""Sending through the MAX Bot API: one request, its result or the error it stands for."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.max.channel import MaxChannel
from bots.max.dialogs import Dialogs
from bots.max.ingress import SECRET_HEADER
from bots.max.way import open_way
from bots.transport import Transport
from bots.way import Opening
from core.channel import Channel, Letter, Sent, StoredFile, Tried
from core.content import Media, Option, Outgoing, Span
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    ConfigError,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.bots.max.conftest import (
    DIALOG,
    NOW,
    SECRET,
    TOKEN,
    USER,
    Clock,
    MakeChannel,
    fixture,
)
from tests.fakes import faults
from tests.fakes import max as double
from tests.fakes.max import SEND, FakeMax

YES = Option(key="a", label="Да", token="o1")


def letter(
    text: str = "Здравствуйте!",
    files: Mapping[str, StoredFile] | None = None,
    *,
    address: str = f"{USER}:{DIALOG}",
    **content: Any,
) -> Letter:
    outgoing = Outgoing(text=text, **content)
    return Letter(id=1, chat=USER, address=address, content=outgoing, files=files or {})


def stored(tmp_path: Path, name: str = "схема.png", platform_file: str = "") -> StoredFile:
    path = tmp_path / name
    path.write_bytes(name.encode())
    return StoredFile(
        path=str(path), name=name, mime="image/png", size=7, platform_file=platform_file
    )


def picture(tmp_path: Path, **letters: Any) -> Letter:
    return letter("Вот", {"a": stored(tmp_path)}, media=(Media(kind="image", attachment="a"),))


def test_the_adapter_is_a_channel(channel: MaxChannel) -> None:
    as_port: Channel = channel
    assert as_port.name == "main"


# -- messages


async def test_a_text_arrives_and_its_id_comes_back(channel: MaxChannel, fake: FakeMax) -> None:
    sent = await channel.send(letter(options=(YES,)))
    (entry,) = fake.sent(USER)
    assert entry.message is not None
    assert sent.platform_id == entry.message["body"]["mid"]
    assert entry.body["text"] == "Здравствуйте!"
    buttons = entry.body["attachments"][0]["payload"]["buttons"]
    assert buttons == [[{"type": "callback", "text": "Да", "payload": "o1"}]]
    assert entry.query == {"user_id": USER}


async def test_an_unwanted_preview_and_a_reply_are_told(channel: MaxChannel, fake: FakeMax) -> None:
    await channel.send(letter("https://e.org", preview=False, reply_to="mid.5"))
    (entry,) = fake.sent(USER)
    assert entry.query["disable_link_preview"] == "true"
    assert entry.body["link"] == {"type": "reply", "mid": "mid.5"}


async def test_an_answer_to_a_message_that_was_taken_away_arrives_without_the_quote(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    fake.gone.add("mid.5")
    media = (Media(kind="image", attachment="a"),)
    await channel.send(letter("Вот", {"a": stored(tmp_path)}, media=media, reply_to="mid.5"))
    (entry,) = fake.sent(USER)
    assert "link" not in entry.body
    assert fake.calls.count(SEND) == 2
    fake.suspended.add(USER)
    with pytest.raises(RecipientGone):
        await channel.send(letter(reply_to="mid.6"))
    assert fake.calls.count(SEND) == 3, "who is gone is gone, with or without a quote"


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        (double.FLOOD, RateLimited, 0),
        (faults.TIMEOUT, DeliveryUnknown, 1),
        (faults.DROP, DeliveryUnknown, 1),
        (double.error(403, "chat.denied"), RecipientGone, 0),
        (double.error(404, "chat.not.found"), RecipientGone, 0),
        (double.error(400, "proto.payload"), MessageRejected, 0),
        (double.error(405, "method.not.allowed"), ChannelUnavailable, 0),
    ],
)
async def test_every_fault_becomes_the_error_it_stands_for_after_one_request(
    make_channel: MakeChannel,
    fake: FakeMax,
    fault: faults.Fault,
    error: type[ChannelError],
    accepted: int,
) -> None:
    channel = make_channel(timeout=0.3)
    fake.fail(fault)
    with pytest.raises(error):
        await channel.send(letter())
    assert fake.calls == [SEND]
    assert len(fake.sent()) == accepted


async def test_a_limit_without_a_hint_doubles_from_one_second_to_a_minute(
    channel: MaxChannel, fake: FakeMax
) -> None:
    fake.fail(double.FLOOD)
    with pytest.raises(RateLimited) as caught:
        await channel.send(letter())
    assert (caught.value.retry_after, caught.value.scope) == (None, "channel")
    fake.fail(double.FLOOD_HINT)
    with pytest.raises(RateLimited) as hinted:
        await channel.send(letter())
    assert hinted.value.retry_after == 7
    assert (channel.capabilities.rate_hint, channel.capabilities.rate_most) == (1.0, 60.0)


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:9", "http://nobody.invalid"])
async def test_nobody_listening_proves_that_nothing_was_sent(
    make_channel: MakeChannel, api_url: str
) -> None:
    with pytest.raises(ChannelUnavailable) as caught:
        await make_channel(api_url=api_url).send(letter())
    assert caught.value.reason == "network"


# -- files


@pytest.mark.parametrize(
    ("kind", "upload"), [("image", "image"), ("file", "file"), ("video", "video"),
                         ("audio", "audio"), ("voice", "audio"), ("other", "file")],
)  # fmt: skip
async def test_a_file_is_uploaded_and_its_token_attached(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path, kind: Any, upload: str
) -> None:
    media = (Media(kind=kind, attachment="a"),)
    sent = await channel.send(letter("Вот", {"a": stored(tmp_path)}, media=media))
    assert fake.calls == ["POST /uploads", f"POST /upload/{upload}", SEND]
    (token,) = fake.uploads
    assert sent.platform_files == {"a": token}
    assert fake.uploads[token] == "схема.png".encode()
    assert fake.names == ["схема.png"]
    attachment = {"type": upload, "payload": {"token": token}}
    assert fake.sent()[0].body["attachments"] == [attachment]
    assert fake.tokens_shown == 0, "the address of an upload is its only ticket"


async def test_a_known_file_is_sent_by_its_token(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    first = await channel.send(picture(tmp_path))
    known = stored(tmp_path, platform_file=first.platform_files["a"])
    media = (Media(kind="image", attachment="a"),)
    again = await channel.send(letter("Вот", {"a": known}, media=media))
    assert again.platform_files == {}
    assert fake.calls[3:] == [SEND]


async def test_a_cached_token_that_max_forgot_is_followed_by_one_upload(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    files = {"a": stored(tmp_path, platform_file="forgotten")}
    sent = await channel.send(letter("", files, media=(Media(kind="image", attachment="a"),)))
    assert sent.platform_files == {"a": next(iter(fake.uploads))}
    assert fake.calls == [SEND, "POST /uploads", "POST /upload/image", SEND]
    assert len(fake.sent()) == 1


async def test_a_token_that_grew_old_while_the_message_waited_is_made_anew(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    fake.fail(double.FLOOD._replace(only=SEND))
    with pytest.raises(RateLimited):
        await channel.send(picture(tmp_path))
    fake.tokens.clear()
    sent = await channel.send(picture(tmp_path))
    assert sent.platform_files == {"a": next(iter(fake.tokens))}


async def test_several_pictures_are_one_message(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    files = {name: stored(tmp_path, f"{name}.png") for name in "abc"}
    media = tuple(Media(kind="image", attachment=name) for name in files)
    sent = await channel.send(letter("Схемы", files, media=media))
    (entry,) = fake.sent()
    tokens = [item["payload"]["token"] for item in entry.body["attachments"]]
    assert [fake.uploads[token] for token in tokens] == [b"a.png", b"b.png", b"c.png"]
    assert sent.platform_files == dict(zip("abc", tokens, strict=True))


async def test_a_picture_by_address_is_fetched_by_max(channel: MaxChannel, fake: FakeMax) -> None:
    await channel.send(letter("", media=(Media(kind="image", url="https://e.org/i.png"),)))
    assert fake.calls == [SEND]


async def test_a_file_that_is_gone_is_rejected_before_anything_is_sent(
    channel: MaxChannel, fake: FakeMax
) -> None:
    gone = StoredFile(path="/nowhere/x", name="x", mime="", size=1)
    media = (Media(kind="file", attachment="a"),)
    for files in ({"a": gone}, {}):
        with pytest.raises(MessageRejected, match="no_file"):
            await channel.send(letter("", files, media=media))
    assert fake.sent() == []


async def test_an_upload_that_is_still_digested_is_waited_for_and_not_repeated(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    fake.digesting = 2
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            await channel.send(picture(tmp_path))
        assert (caught.value.retry_after, caught.value.scope) == (2.0, "chat")
    sent = await channel.send(picture(tmp_path))
    assert fake.calls == ["POST /uploads", "POST /upload/image", SEND, SEND, SEND]
    assert sent.platform_files == {"a": next(iter(fake.uploads))}


async def test_what_is_digested_for_a_minute_is_given_up(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path, clock: Clock
) -> None:
    fake.digesting = 100
    with pytest.raises(RateLimited):
        await channel.send(picture(tmp_path))
    clock.now += timedelta(seconds=59)
    with pytest.raises(RateLimited):
        await channel.send(picture(tmp_path))
    clock.now += timedelta(seconds=1)
    with pytest.raises(MessageRejected, match="still so after 60 seconds"):
        await channel.send(picture(tmp_path))


@pytest.mark.parametrize(
    "fault",
    [
        faults.PAGE._replace(only="POST /upload"),
        faults.REFUSE._replace(only="POST /upload"),
        faults.GARBAGE._replace(only="POST /upload"),
        faults.EMPTY._replace(only="POST /uploads"),
        faults.DROP._replace(only="POST /uploads"),
        faults.Fault("answer", 413, only="POST /upload"),
    ],
)
async def test_an_upload_that_failed_proves_that_nothing_was_sent(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path, clock: Clock, fault: faults.Fault
) -> None:
    fake.fail(fault)
    if fault.status == 413:
        with pytest.raises(MessageRejected, match="413"):
            await channel.send(picture(tmp_path))
        return
    with pytest.raises(RateLimited) as caught:
        await channel.send(picture(tmp_path))
    assert caught.value.scope == "chat", "other chats go on"
    assert fake.sent() == []
    fake.fail(fault)
    clock.now += timedelta(minutes=2)
    with pytest.raises(MessageRejected, match="upload_failed"):
        await channel.send(picture(tmp_path))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (double.error(401, "verify.token"), ChannelUnavailable),
        (double.FLOOD, RateLimited),
        (double.error(400, "proto.payload"), MessageRejected),
    ],
)
async def test_a_refused_upload_says_what_any_refusal_says(
    channel: MaxChannel,
    fake: FakeMax,
    tmp_path: Path,
    fault: faults.Fault,
    error: type[ChannelError],
) -> None:
    fake.fail(fault._replace(only="POST /uploads"))
    with pytest.raises(error):
        await channel.send(picture(tmp_path))
    assert fake.sent() == []


async def test_a_file_does_not_go_to_an_address_without_tls(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    elsewhere = faults.Fault(
        "answer", 200, '{"url": "http://127.0.0.1:9/upload"}', only="POST /uploads"
    )
    fake.fail(elsewhere)
    with pytest.raises(RateLimited):
        await channel.send(picture(tmp_path))
    assert fake.uploads == {}


async def test_names_of_files_cannot_break_out_of_their_header(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    file = stored(tmp_path)
    named = StoredFile(path=file.path, name='а"\r\nX: 1.png', mime="image/png", size=7)
    media = (Media(kind="image", attachment="a"),)
    await channel.send(letter("", {"a": named}, media=media))
    assert fake.names == ['а"X: 1.png']


async def test_a_customers_file_is_downloaded(channel: MaxChannel, fake: FakeMax) -> None:
    fake.files["f1"] = b"x" * 100_000
    media = Media(kind="file", url=f"{fake.api_url}/files/f1")
    assert await channel.download(media) == b"x" * 100_000


async def test_a_file_is_fetched_from_the_platforms_hosts_only_and_not_endlessly(
    channel: MaxChannel,
) -> None:
    most = channel.capabilities.download_bytes
    with pytest.raises(MessageRejected, match="too_large"):
        await channel.download(Media(kind="file", url="https://fd.oneme.ru/x", size=most + 1))
    for url in ("https://evil.example/f", "http://fd.oneme.ru/f", ""):
        with pytest.raises(MessageRejected, match="no_file"):
            await channel.download(Media(kind="file", url=url))


# -- deliveries nobody knows of


async def found(channel: MaxChannel, tried: Letter, since: datetime = NOW) -> Sent | None:
    return await channel.find_sent(Tried(tried, since))


async def test_a_message_that_arrived_after_all_is_found(
    make_channel: MakeChannel, fake: FakeMax
) -> None:
    channel = make_channel(timeout=0.3)
    tried = letter("Ваш **баланс** & счёт", options=(YES,), spans=(Span(offset=0, length=3),))
    fake.fail(faults.TIMEOUT)
    with pytest.raises(DeliveryUnknown):
        await channel.send(tried)
    sent = await found(channel, tried)
    assert sent is not None
    assert [sent.platform_id] == [e.message["body"]["mid"] for e in fake.sent() if e.message]
    assert fake.calls[-1] == "GET /messages"


async def test_what_did_not_arrive_is_not_found(channel: MaxChannel, fake: FakeMax) -> None:
    await channel.send(letter("Другое"))
    await channel.send(letter("Здравствуйте!", options=(Option(key="b", label="Да", token="o2"),)))
    assert await found(channel, letter("Здравствуйте!", options=(YES,))) is None


async def test_the_same_words_sent_earlier_are_no_evidence(
    channel: MaxChannel, fake: FakeMax
) -> None:
    await channel.send(letter("Не понял"))
    sent_at = datetime.fromtimestamp(fake.at / 1000, UTC)
    assert await found(channel, letter("Не понял"), sent_at) is not None
    assert await found(channel, letter("Не понял"), sent_at + timedelta(milliseconds=1)) is None


async def test_an_uploaded_picture_is_told_from_a_text_alone(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    await channel.send(letter("Вот"))
    assert await found(channel, picture(tmp_path)) is None
    await channel.send(picture(tmp_path))
    assert await found(channel, picture(tmp_path)) is not None


async def test_a_dialog_that_cannot_be_read_is_no_evidence(
    channel: MaxChannel, fake: FakeMax
) -> None:
    await channel.send(letter())
    fake.unreadable = True
    assert await found(channel, letter()) is None
    fake.fail(faults.GARBAGE._replace(body='{"messages": 5}'))
    assert await found(channel, letter()) is None


async def test_a_dialog_whose_id_nobody_knows_is_learned_from_answers(
    make_channel: MakeChannel, fake: FakeMax
) -> None:
    channel = make_channel()
    assert await found(channel, letter(address=USER)) is None
    await channel.typing(USER)
    assert fake.calls == [], "there is nothing to ask yet"
    await channel.send(letter(address=USER))
    assert await found(channel, letter(address=USER)) is not None


async def test_what_comes_in_tells_the_way_out_whose_dialog_it_is(
    fake: FakeMax, transport: Transport
) -> None:
    own = {"token": TOKEN, "secret": SECRET, "mode": "webhook", "api_url": fake.api_url}
    way = open_way(Opening("main", own, "http://127.0.0.1:1", lambda: NOW, transport, {}))
    assert way.ingress is not None
    body = json.dumps(fixture("01_text_cyrillic")).encode()
    await way.ingress.receive({SECRET_HEADER: SECRET}, body)
    await way.channel.typing(USER)
    assert fake.calls == [f"POST /chats/{DIALOG}/actions"]


def test_dialogs_of_long_ago_are_forgotten_first() -> None:
    dialogs = Dialogs()
    for number in range(10_001):
        dialogs.ids(f"{number}:{number + 7}")
    assert dialogs.ids("0") == ("0", "")
    assert dialogs.ids("10000") == ("10000", "10007")


# -- presses, typing


async def test_a_press_is_acknowledged_and_a_late_one_is_no_failure(
    channel: MaxChannel, fake: FakeMax
) -> None:
    fake.callbacks.add("c1")
    await channel.acknowledge("c1")
    await channel.acknowledge("too-old")
    assert fake.calls == ["POST /answers"] * 2
    (entry,) = fake.ledger
    assert entry.query == {"callback_id": "c1"}
    assert entry.body["notification"], "MAX refuses an answer without any words"


async def test_the_buttons_of_an_answered_message_are_taken_off_and_all_else_stays(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    spans = (Span(offset=0, length=3, kind="link", url="https://e.org/?a=1&b=2"),)
    media = (Media(kind="image", attachment="a"),)
    sent = await channel.send(
        letter("Вот <схема>", {"a": stored(tmp_path)}, media=media, options=(YES,), spans=spans)
    )
    before = dict(fake.message(sent.platform_id)["body"])
    await channel.retire_options(USER, sent.platform_id)
    after = fake.message(sent.platform_id)["body"]
    assert (after["text"], after["markup"]) == (before["text"], before["markup"])
    assert [item["type"] for item in before["attachments"]] == ["image", "inline_keyboard"]
    assert after["attachments"] == before["attachments"][:1]
    await channel.retire_options(USER, sent.platform_id)
    assert fake.calls.count("PUT /messages") == 1, "twice is fine and costs no edit"


async def test_a_message_that_could_not_be_put_back_keeps_its_buttons(
    channel: MaxChannel, fake: FakeMax
) -> None:
    place = (Media(kind="location", latitude=1.5, longitude=2.5),)
    sent = await channel.send(letter("", media=place, options=(YES,)))
    await channel.retire_options(USER, sent.platform_id)
    await channel.retire_options(USER, "")
    await channel.retire_options(USER, "mid.unknown")
    assert "PUT /messages" not in fake.calls


async def test_typing_is_shown(channel: MaxChannel, fake: FakeMax) -> None:
    await channel.send(letter())
    await channel.typing(USER)
    assert fake.calls[-1] == f"POST /chats/{DIALOG}/actions"


# -- the subscription


async def test_registering_subscribes_our_address(channel: MaxChannel, fake: FakeMax) -> None:
    await channel.register()
    await channel.register()
    (subscription,) = fake.subscriptions
    assert subscription["url"] == "http://127.0.0.1:1/webhooks/main"
    assert subscription["secret"] == SECRET
    assert subscription["update_types"] == [
        "message_created", "message_callback", "message_edited", "message_removed",
        "bot_started", "bot_stopped", "dialog_removed",
    ]  # fmt: skip


async def test_registering_in_polling_mode_takes_every_address_off(
    make_channel: MakeChannel, fake: FakeMax
) -> None:
    await make_channel().register()
    await make_channel(name="other").register()
    polling = make_channel(mode="polling")
    assert await polling.watch() is True
    assert fake.subscriptions == []
    assert await polling.watch() is False


async def test_the_watchdog_subscribes_again_when_max_dropped_us(
    channel: MaxChannel, fake: FakeMax
) -> None:
    await channel.register()
    assert await channel.watch() is False
    fake.drop_webhook()
    assert await channel.watch() is True
    fake.subscriptions[0]["update_types"] = ["message_created"]
    assert await channel.watch() is True
    assert await channel.watch() is False
    assert fake.calls.count("POST /subscriptions") == 3


# -- settings, secrets


def test_wrong_settings_are_all_named_at_once(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError) as caught:
        make_channel(token="a b", secret="", public_url="", timeout=0, ca_file="/nowhere.pem")
    assert len(caught.value.problems) == 5
    assert all(problem.startswith("channel main: ") for problem in caught.value.problems)


@pytest.mark.parametrize("secret", ["", "abcd", "пароль", "a b c d", "under_score", "x" * 257])
def test_a_secret_max_would_refuse_is_refused_at_start(
    make_channel: MakeChannel, secret: str
) -> None:
    with pytest.raises(ConfigError, match="secret"):
        make_channel(secret=secret)


@pytest.mark.parametrize("url", ["http://bot.example.org", "https://bot.example.org:8443", "x"])
def test_an_address_max_would_not_call_is_refused_at_start(
    make_channel: MakeChannel, url: str
) -> None:
    with pytest.raises(ConfigError, match="public_url"):
        make_channel(public_url=url, api_url="https://platform-api2.max.ru")


def test_polling_needs_neither_secret_nor_address(make_channel: MakeChannel) -> None:
    assert make_channel(mode="polling", secret="", public_url="").name == "main"


async def test_bots_share_the_connections_of_the_process(
    make_channel: MakeChannel, fake: FakeMax
) -> None:
    first, second = make_channel(name="one"), make_channel(name="two")
    assert first.client._transport is second.client._transport
    await first.send(letter())
    await first.close()
    await second.send(letter())  # what one closes, the others still use
    assert len(fake.sent()) == 2


async def test_messages_side_by_side_do_not_mix(channel: MaxChannel, fake: FakeMax) -> None:
    letters = [letter(f"№ {n}") for n in range(20)]
    sent = await asyncio.gather(*(channel.send(item) for item in letters))
    assert len({item.platform_id for item in sent}) == 20
    texts = {fake.message(item.platform_id)["body"]["text"] for item in sent}
    assert texts == {f"№ {n}" for n in range(20)}


def test_settings_do_not_print_their_secrets(channel: MaxChannel) -> None:
    assert TOKEN not in repr(channel.settings)
    assert SECRET not in repr(channel.settings)
