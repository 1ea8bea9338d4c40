"""Files on their way to MAX and from it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.max.channel import MaxChannel
from core.channel import StoredFile
from core.content import Media
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    MessageRejected,
    RateLimited,
)
from tests.bots.letters import NO_FILE
from tests.bots.max.conftest import (
    letter,
    picture,
    stored,
)
from tests.fakes import faults
from tests.fakes import max as double
from tests.fakes.clock import Clock
from tests.fakes.max import SEND, FakeMax


@pytest.mark.parametrize(
    ("kind", "upload", "name"),
    [
        ("image", "image", "схема.png"),
        ("file", "file", "договор.pdf"),
        ("video", "video", "ролик.mp4"),
        ("audio", "audio", "гимн.mp3"),
        ("voice", "audio", "голос.ogg"),
        ("other", "file", "без окончания"),
    ],
)
async def test_a_file_is_uploaded_and_its_token_attached(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path, kind: Any, upload: str, name: str
) -> None:
    media = (Media(kind=kind, attachment="a"),)
    sent = await channel.send(letter("Вот", {"a": stored(tmp_path, name)}, media=media))
    assert fake.calls == ["POST /uploads", f"POST /upload/{upload}", SEND]
    (token,) = fake.uploads
    assert sent.platform_files == {"a": token}
    assert fake.uploads[token] == name.encode()
    assert fake.names == [name]
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


async def test_an_upload_in_the_place_of_a_forgotten_token_is_kept_while_it_is_digested(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    files = {"a": stored(tmp_path, platform_file="forgotten")}
    stale = letter("", files, media=(Media(kind="image", attachment="a"),))
    fake.digesting = 2
    for _ in range(2):
        with pytest.raises(RateLimited):
            await channel.send(stale)
    sent = await channel.send(stale)
    (token,) = fake.uploads
    assert sent.platform_files == {"a": token}
    assert fake.calls == [SEND, "POST /uploads", "POST /upload/image", SEND, SEND, SEND]


async def test_a_token_of_another_bot_is_followed_by_an_upload(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    fake.fail(double.NOT_OWNER._replace(only=SEND))
    files = {"a": stored(tmp_path, platform_file="of-another-bot")}
    sent = await channel.send(letter("", files, media=(Media(kind="image", attachment="a"),)))
    assert sent.platform_files == {"a": next(iter(fake.uploads))}


async def test_a_refused_quote_does_not_bring_the_file_again(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    fake.gone.add("mid.gone")
    media = (Media(kind="image", attachment="a"),)
    files = {"a": stored(tmp_path)}
    sent = await channel.send(letter("Вот", files, media=media, reply_to="mid.gone"))
    assert sent.platform_files == {"a": next(iter(fake.uploads))}
    assert fake.calls == ["POST /uploads", "POST /upload/image", SEND, SEND]


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
    media = (Media(kind="file", attachment="a"),)
    for files in ({"a": NO_FILE}, {}):
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


async def test_a_type_that_max_does_not_take_is_given_up_at_once(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path
) -> None:
    exe = stored(tmp_path, "setup.exe")
    with pytest.raises(MessageRejected, match="extension is forbidden"):
        await channel.send(letter("", {"a": exe}, media=(Media(kind="file", attachment="a"),)))
    assert fake.calls == ["POST /uploads", "POST /upload/file"]


@pytest.mark.parametrize(
    "answer", ["<!DOCTYPE html><p>502", " <html>", '{"error_code": 1, "error_msg": "BAD_REQUEST"}']
)
@pytest.mark.parametrize("kind", ["video", "audio"])
async def test_a_host_that_says_no_in_a_page_of_its_own_has_taken_nothing(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path, kind: Any, answer: str
) -> None:
    film = letter("", {"a": stored(tmp_path, "a.mp4")}, media=(Media(kind=kind, attachment="a"),))
    fake.fail(faults.Fault("answer", 200, answer, only="POST /upload"))
    with pytest.raises(RateLimited):
        await channel.send(film)
    assert fake.sent() == []
    assert (await channel.send(film)).platform_files == {"a": next(iter(fake.uploads))}


@pytest.mark.parametrize("address", ["https://[", "https://x:port/upload", "upload", "ftp://x/y"])
async def test_an_address_for_the_upload_that_is_none_proves_that_nothing_was_sent(
    channel: MaxChannel, fake: FakeMax, tmp_path: Path, address: str
) -> None:
    fake.fail(faults.Fault("answer", 200, f'{{"url": "{address}"}}', only="POST /uploads"))
    with pytest.raises(RateLimited):
        await channel.send(picture(tmp_path))
    assert fake.sent() == []


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
