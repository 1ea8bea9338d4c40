"""Messages of ours changed and deleted at VK: its day, its two kinds of ids, its two answers."""

import pytest

from bots.vk.channel import VkChannel
from core.content import Media
from core.errors import ChannelUnavailable, DeliveryUnknown, MessageRejected
from tests.bots.vk.conftest import PERSON, letter
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.vk import FakeVk

ME = str(PERSON)


def texts(vk: FakeVk) -> list[str]:
    """What still stands in the dialog."""
    return [message["text"] for message in vk.held.values()]


async def test_after_a_day_vk_lets_nothing_be_changed(channel: VkChannel, vk: FakeVk) -> None:
    sent = await channel.send(letter("Здрасте"))
    vk.old.add(int(sent.platform_id))
    with pytest.raises(MessageRejected, match="too old"):
        await channel.edit(ME, sent.platform_id, "Здравствуйте!")
    with pytest.raises(MessageRejected, match="delete this message"):
        await channel.erase(ME, sent.platform_id)
    assert texts(vk) == ["Здрасте"]


async def test_a_message_known_by_its_number_in_the_dialog_is_changed_too(
    channel: VkChannel, vk: FakeVk
) -> None:
    sent = await channel.send(letter("Здрасте"))
    number = f"c{vk.held[PERSON, int(sent.platform_id)]['conversation_message_id']}"
    await channel.edit(ME, number, "Здравствуйте!")
    assert texts(vk) == ["Здравствуйте!"]
    vk.listing = True
    await channel.erase(ME, number)
    assert texts(vk) == []
    await channel.erase(ME, number)


async def test_a_quote_stays_when_the_words_change(channel: VkChannel, vk: FakeVk) -> None:
    sent = await channel.send(letter("Здрасте", reply_to="5001"))
    await channel.edit(ME, sent.platform_id, "Здравствуйте!")
    assert vk.held[PERSON, int(sent.platform_id)]["reply_to"] == "5001"


@pytest.mark.parametrize(
    ("attachment", "kept"),
    [
        ({"type": "link", "link": {"url": "https://example.org", "title": "Сайт"}}, ""),
        ({"type": "video", "video": {"owner_id": -1, "id": 2, "access_key": "k"}}, "video-1_2_k"),
    ],
    ids=["a snippet", "a video"],
)
async def test_what_hangs_on_a_message_is_named_again(
    channel: VkChannel, vk: FakeVk, attachment: dict[str, object], kept: str
) -> None:
    sent = await channel.send(letter("Здрасте"))
    vk.held[PERSON, int(sent.platform_id)]["attachments"] = [attachment]
    vk.known.add("video-1_2_k")
    await channel.edit(ME, sent.platform_id, "Здравствуйте!")
    fields = vk.ledger[-1].fields
    assert (fields.get("attachment", ""), fields["keep_snippets"]) == (kept, "1")


@pytest.mark.parametrize(
    "attachment",
    [{"type": "story", "story": {"id": 1}}, {"type": "photo", "photo": {"id": "x"}}, "?"],
    ids=["unknown", "malformed", "nonsense"],
)
async def test_what_could_not_be_put_back_is_not_lost_by_an_edit(
    channel: VkChannel, vk: FakeVk, attachment: object
) -> None:
    sent = await channel.send(letter("Здрасте"))
    vk.held[PERSON, int(sent.platform_id)]["attachments"] = [attachment]
    with pytest.raises(MessageRejected, match="kept"):
        await channel.edit(ME, sent.platform_id, "Здравствуйте!")
    assert texts(vk) == ["Здрасте"]


async def test_a_place_stays_when_the_words_change(channel: VkChannel, vk: FakeVk) -> None:
    sent = await channel.send(letter("Мы здесь", media=(Media(kind="location", latitude=55.75),)))
    place = {"coordinates": {"latitude": 55.75, "longitude": 37.5}}
    vk.held[PERSON, int(sent.platform_id)]["geo"] = place
    await channel.edit(ME, sent.platform_id, "Ждём здесь")
    assert (vk.ledger[-1].fields["lat"], vk.ledger[-1].fields["long"]) == ("55.75", "37.5")


@pytest.mark.parametrize("told", ['{"response": {"101": 0}}', '{"response": [{"response": 0}]}'])
async def test_a_message_that_vk_did_not_delete_is_not_called_deleted(
    channel: VkChannel, vk: FakeVk, told: str
) -> None:
    sent = await channel.send(letter("Здрасте"))
    vk.fail(faults.Fault("answer", 200, told, only="messages.delete"))
    with pytest.raises(MessageRejected, match="not delete"):
        await channel.erase(ME, sent.platform_id)


async def test_another_persons_message_is_not_changed(channel: VkChannel, vk: FakeVk) -> None:
    sent = await channel.send(letter("Здрасте"))
    with pytest.raises(MessageRejected):
        await channel.edit(str(PERSON + 1), sent.platform_id, "чужому")
    assert texts(vk) == ["Здрасте"]


async def test_under_a_post_nothing_is_changed(channel: VkChannel, vk: FakeVk) -> None:
    for change in (channel.edit("comment:-1_2:3", "5", "x"), channel.erase("comment:-1_2:3", "5")):
        with pytest.raises(MessageRejected, match="comment"):
            await change
    assert vk.calls == []


async def test_troubles_of_a_change_are_called_what_they_are(
    channel: VkChannel, vk: FakeVk
) -> None:
    sent = await channel.send(letter("Здрасте"))
    vk.fail(faults.PAGE._replace(only="messages.edit"), double.error(5)._replace(only=""))
    with pytest.raises(ChannelUnavailable):
        await channel.erase(ME, sent.platform_id)
    with pytest.raises(DeliveryUnknown):
        await channel.edit(ME, sent.platform_id, "Здравствуйте!")


async def test_a_picture_is_named_as_it_was(channel: VkChannel, vk: FakeVk) -> None:
    vk.known.add("photo-1_2_k")
    picture = Media(kind="image", platform_file="photo-1_2_k")
    sent = await channel.send(letter("Схема", media=(picture,)))
    await channel.edit(ME, sent.platform_id, "Схема дома")
    assert vk.ledger[-1].fields["attachment"] == "photo-1_2_k"
