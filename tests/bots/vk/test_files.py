"""Files on their way to VK and from it."""

from pathlib import Path

import pytest

from bots.vk.channel import VkChannel
from core.channel import StoredFile
from core.content import Media
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
)
from tests.bots.vk.conftest import letter, stored
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk

PICTURE = (Media(kind="image", attachment="a1"),)


async def test_a_picture_is_put_where_vk_says_saved_and_attached(
    channel: VkChannel, vk: FakeVk, tmp_path: Path
) -> None:
    sent = await channel.send(letter("Схема", files={"a1": stored(tmp_path)}, media=PICTURE))
    assert vk.calls == [
        "photos.getMessagesUploadServer",
        "upload photo",
        "photos.saveMessagesPhoto",
        "messages.send",
    ]
    (entry,) = vk.sent()
    assert entry.files == (b"picture",)
    assert sent.platform_files == {"a1": entry.fields["attachment"]}
    again = StoredFile(path="", name="", mime="", size=7, platform_file=sent.platform_files["a1"])
    second = await channel.send(letter("Схема", row=2, files={"a1": again}, media=PICTURE))
    assert second.platform_files == {}
    assert vk.calls[4:] == ["messages.send"]


async def test_a_document_keeps_its_name(channel: VkChannel, vk: FakeVk, tmp_path: Path) -> None:
    file = stored(tmp_path, 'дого"вор.pdf', mime="application/pdf")
    await channel.send(letter("", files={"a1": file}, media=(Media(kind="file", attachment="a1"),)))
    saved = next(entry for entry in vk.ledger if entry.method == "docs.save")
    assert saved.fields["title"] == 'дого"вор.pdf'
    assert vk.sent()[0].files == (b"picture",)


async def test_pictures_of_one_message_are_one_message(
    channel: VkChannel, vk: FakeVk, tmp_path: Path
) -> None:
    files = {"a": stored(tmp_path, "a.png"), "b": stored(tmp_path, "b.png")}
    media = (Media(kind="image", attachment="a"), Media(kind="image", attachment="b"))
    sent = await channel.send(letter("Две схемы", files=files, media=media))
    (entry,) = vk.sent()
    assert len(entry.files) == 2
    assert list(sent.platform_files) == ["a", "b"]


async def test_a_cached_name_that_vk_forgot_is_followed_by_one_upload(
    channel: VkChannel, vk: FakeVk, tmp_path: Path
) -> None:
    file = stored(tmp_path)
    old = StoredFile(
        path=file.path, name=file.name, mime=file.mime, size=7, platform_file="photo-1_1_gone"
    )
    sent = await channel.send(letter("", files={"a1": old}, media=PICTURE))
    assert set(sent.platform_files) == {"a1"}
    assert vk.calls.count("messages.send") == 2
    assert len(vk.sent()) == 1


@pytest.mark.parametrize(
    ("step", "fault", "error"),
    [
        ("photos.getMessagesUploadServer", faults.PAGE, RateLimited),
        ("photos.getMessagesUploadServer", double.TOO_FAST, RateLimited),
        ("photos.getMessagesUploadServer", faults.Fault("answer", 200, '{"response":{}}'),
         RateLimited),
        ("upload photo", faults.PAGE, RateLimited),
        ("upload photo", faults.DROP, RateLimited),
        ("upload photo", faults.Fault("answer", 429, "<html>"), RateLimited),
        ("upload photo", faults.Fault("answer", 403, "<html>"), MessageRejected),
        ("upload photo", faults.Fault("answer", 413, "<html>"), MessageRejected),
        ("photos.saveMessagesPhoto", double.error(5), ChannelUnavailable),
        ("photos.saveMessagesPhoto", faults.Fault("answer", 200, '{"response":[]}'),
         RateLimited),
    ],
)  # fmt: skip
async def test_an_upload_that_fails_sends_no_message(
    channel: VkChannel,
    vk: FakeVk,
    tmp_path: Path,
    step: str,
    fault: faults.Fault,
    error: type[ChannelError],
) -> None:
    vk.fail(fault._replace(only=step))
    with pytest.raises(error):
        await channel.send(letter("", files={"a1": stored(tmp_path)}, media=PICTURE))
    assert vk.sent() == []
    assert vk.calls.count(step) == 1


@pytest.mark.parametrize("refusal", ['{"photo":"[]"}', '{"error":"ERR_UPLOAD_BAD_IMAGE_SIZE"}'])
async def test_a_picture_that_vk_will_not_show_goes_as_a_document(
    channel: VkChannel, vk: FakeVk, tmp_path: Path, refusal: str
) -> None:
    vk.fail(faults.Fault("answer", 200, refusal, only="upload photo"))
    sent = await channel.send(letter("Экран", files={"a1": stored(tmp_path)}, media=PICTURE))
    assert vk.sent()[0].files == (b"picture",)
    assert sent.platform_files["a1"].startswith("doc-")
    vk.fail(faults.Fault("answer", 200, refusal, only="upload photo"))
    vk.fail(faults.Fault("answer", 200, '{"error":"bad"}', only="upload doc"))
    with pytest.raises(MessageRejected, match="upload"):
        await channel.send(letter("", row=2, files={"a1": stored(tmp_path)}, media=PICTURE))
    assert len(vk.sent()) == 1


async def test_a_gif_goes_as_the_document_that_moves(
    channel: VkChannel, vk: FakeVk, tmp_path: Path
) -> None:
    file = stored(tmp_path, "cat.gif", mime="image/gif")
    sent = await channel.send(letter("", files={"a1": file}, media=PICTURE))
    assert sent.platform_files["a1"].startswith("doc-")


async def test_an_upload_that_keeps_failing_is_given_up_after_a_minute(
    channel: VkChannel, vk: FakeVk, clock: Clock, tmp_path: Path
) -> None:
    files = {"a1": stored(tmp_path, "a.png"), "b2": stored(tmp_path, "b.png")}
    media = (Media(kind="image", attachment="a1"), Media(kind="image", attachment="b2"))
    gone = faults.Fault("answer", 502, "<html>", only="upload photo")
    for seconds in (0, 30, 29):
        clock.pass_by(seconds=seconds)
        vk.fail(gone)
        with pytest.raises(RateLimited) as caught:
            await channel.send(letter("", files=files, media=media))
        assert (caught.value.scope, caught.value.retry_after) == ("chat", 5.0)
    clock.pass_by(seconds=1)
    vk.fail(gone)
    with pytest.raises(MessageRejected, match="upload"):
        await channel.send(letter("", files=files, media=media))
    vk.fail(gone)
    with pytest.raises(RateLimited):  # an operator sends it once more
        await channel.send(letter("", files=files, media=media))


async def test_an_upload_that_failed_and_went_on_has_its_minute_again(
    channel: VkChannel, vk: FakeVk, clock: Clock, tmp_path: Path
) -> None:
    files = {"a1": stored(tmp_path)}
    for step in ("upload photo", "messages.send", "upload photo"):
        vk.fail(faults.PAGE._replace(only=step))
        with pytest.raises(RateLimited if step == "upload photo" else DeliveryUnknown):
            await channel.send(letter("", files=files, media=PICTURE))
        clock.pass_by(seconds=59)


async def test_a_file_server_that_cannot_be_reached_stops_no_messages(
    channel: VkChannel, vk: FakeVk, tmp_path: Path
) -> None:
    nowhere = '{"response":{"upload_url":"http://127.0.0.1:1/upload"}}'
    vk.fail(faults.Fault("answer", 200, nowhere, only="photos.getMessagesUploadServer"))
    with pytest.raises(RateLimited, match="chat"):
        await channel.send(letter("", files={"a1": stored(tmp_path)}, media=PICTURE))


async def test_a_file_that_is_gone_is_rejected(channel: VkChannel, vk: FakeVk) -> None:
    gone = StoredFile(path="/nowhere/x", name="x", mime="image/png", size=1)
    for files in ({"a1": gone}, {}):
        with pytest.raises(MessageRejected, match="no_file"):
            await channel.send(letter("", files=files, media=PICTURE))
    assert vk.calls == []


async def test_a_customers_file_is_fetched_from_vks_hosts_only(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.files["in.jpg"] = b"x" * 1000
    url = f"{vk.api_url}/files/in.jpg"
    assert await channel.download(Media(kind="image", url=url)) == b"x" * 1000
    for media in (
        Media(kind="image", url="https://evil.example.net/a.jpg"),
        Media(kind="image", url=f"{vk.api_url}/files/other"),
        Media(kind="video", platform_file="video1_2"),
    ):
        with pytest.raises(MessageRejected, match="no_file"):
            await channel.download(media)
