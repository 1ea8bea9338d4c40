"""Files on their way to Messenger and from it."""

from pathlib import Path

import pytest

from bots.messenger.channel import MessengerChannel
from core.channel import StoredFile
from core.content import Media
from core.errors import (
    DeliveryUnknown,
    MessageRejected,
)
from tests.bots.letters import NO_FILE
from tests.bots.messenger.conftest import (
    PICTURE,
    letter,
    stored,
)
from tests.fakes import faults
from tests.fakes import messenger as double
from tests.fakes.messenger import FakeMessenger


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
    with pytest.raises(MessageRejected, match="no_file"):
        await channel.send(letter("", {"a1": NO_FILE} if known else {}, **PICTURE))
    assert messenger.calls == []


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
