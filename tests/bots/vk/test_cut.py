"""Messages that VK cut: read in full before what came later, and never silently short."""

import asyncio
import json
from typing import Any

import pytest

from bots.vk.channel import VkChannel
from bots.vk.ingress import VkIngress
from bots.vk.way import ingress
from core.channel import Reception
from core.errors import ChannelUnavailable
from core.updates import CustomerEdited, CustomerMessage, DeliveryReported
from tests.bots.vk.conftest import GROUP, PERSON, MakeChannel, fixture
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.vk import FakeVk

REREAD = "messages.getByConversationMessageId"
NUMBER = 34


def cut(**changes: Any) -> dict[str, Any]:
    """An event with a message that VK cut short."""
    raw = fixture("is_cropped")
    raw["object"]["message"].update(text="Начало", attachments=[], **changes)
    return raw


def bare(kind: str, **changes: Any) -> dict[str, Any]:
    """The same of a kind whose object is the message itself."""
    raw = cut(**changes)
    return {**raw, "type": kind, "event_id": kind, "object": raw["object"]["message"]}


def later() -> dict[str, Any]:
    """What the same person writes next."""
    raw = fixture("01_text_cyrillic")
    raw["object"]["message"].update(text="второе", conversation_message_id=NUMBER + 1)
    return raw


def knows_the_rest(vk: FakeVk) -> None:
    vk.cropped[PERSON, NUMBER] = {**cut()["object"]["message"], "text": "Начало и конец"}


async def received(door: VkIngress, raw: dict[str, Any]) -> Reception:
    return await door.receive({}, json.dumps(raw).encode())


def words(reception: Reception) -> list[str]:
    return [getattr(item.update, "text", "") for item in reception.received]


async def test_a_message_that_was_cut_is_filed_before_what_was_written_later(
    channel: VkChannel, vk: FakeVk
) -> None:
    knows_the_rest(vk)
    door, filed = ingress(channel), list[str]()
    await received(door, later())  # the name is known from now on

    async def deliver(raw: dict[str, Any]) -> None:
        filed.extend(words(await received(door, raw)))

    vk.fail(faults.SLOW._replace(only=REREAD))
    first = asyncio.create_task(deliver(cut()))
    await vk.bell.until(lambda: REREAD in vk.calls, 10)
    second = asyncio.create_task(deliver(later()))
    vk.release.set()
    await asyncio.gather(first, second)
    assert filed == ["Начало и конец", "второе"]


async def test_others_do_not_wait_for_it(channel: VkChannel, vk: FakeVk) -> None:
    door = ingress(channel)
    vk.fail(faults.SLOW._replace(only=REREAD))
    waiting = asyncio.create_task(received(door, cut()))
    await vk.bell.until(lambda: REREAD in vk.calls, 10)
    raw = fixture("01_text_cyrillic")
    raw["object"]["message"].update(peer_id=PERSON + 1, from_id=PERSON + 1)
    assert words(await received(door, raw))
    assert not waiting.done()
    vk.release.set()
    await waiting


@pytest.mark.parametrize("fault", [faults.PAGE, double.TOO_FAST, double.error(10)])
async def test_while_the_rest_may_be_told_later_vk_is_asked_to_come_again(
    channel: VkChannel, vk: FakeVk, fault: faults.Fault
) -> None:
    knows_the_rest(vk)
    door = ingress(channel)
    vk.fail(fault._replace(only=REREAD))
    reception = await received(door, cut())
    assert (reception.received, reception.answer) == ((), (503, "text/plain", ""))
    assert words(await received(door, cut())) == ["Начало и конец"]


async def test_a_message_whose_rest_is_never_told_is_marked(channel: VkChannel, vk: FakeVk) -> None:
    door = ingress(channel)
    vk.fail(*[faults.PAGE._replace(only=REREAD)] * 3)
    answers = [await received(door, cut()) for _ in range(3)]
    assert [words(one) for one in answers] == [[], [], ["Начало […]"]]


@pytest.mark.parametrize("fault", [double.error(15), double.error(917), None])
async def test_a_message_that_vk_does_not_tell_is_marked_at_once(
    channel: VkChannel, vk: FakeVk, fault: faults.Fault | None
) -> None:
    if fault is not None:
        vk.fail(fault._replace(only=REREAD))
    assert words(await received(ingress(channel), cut())) == ["Начало […]"]


async def test_what_has_no_words_gets_no_mark(channel: VkChannel, vk: FakeVk) -> None:
    link = {"type": "link", "link": {"url": "https://example.org", "title": "Сайт"}}
    raw = cut()
    raw["object"]["message"].update(text="", attachments=[link])
    (item,) = (await received(ingress(channel), raw)).received
    assert isinstance(item.update, CustomerMessage)
    assert (item.update.text, len(item.update.media)) == ("", 1)


async def test_an_edited_message_that_was_cut_is_read_too(channel: VkChannel, vk: FakeVk) -> None:
    knows_the_rest(vk)
    (item,) = (await received(ingress(channel), bare("message_edit"))).received
    assert isinstance(item.update, CustomerEdited)
    assert item.update.text == "Начало и конец"


async def test_a_colleagues_words_on_the_page_are_read_whole(
    channel: VkChannel, vk: FakeVk
) -> None:
    knows_the_rest(vk)
    raw = bare("message_reply", from_id=-GROUP, out=1, admin_author_id=5, random_id=0)
    (item,) = (await received(ingress(channel), raw)).received
    assert isinstance(item.update, DeliveryReported)
    assert item.update.text == "Начало и конец"


async def test_our_own_long_words_are_not_asked_for(channel: VkChannel, vk: FakeVk) -> None:
    raw = bare("message_reply", from_id=-GROUP, out=1, random_id=77)
    await received(ingress(channel), raw)
    assert REREAD not in vk.calls


async def test_a_page_of_the_long_poll_comes_again_until_its_messages_are_whole(
    make_channel: MakeChannel, vk: FakeVk
) -> None:
    knows_the_rest(vk)
    channel = make_channel(mode="polling")
    vk.fail(faults.PAGE._replace(only=REREAD))
    with pytest.raises(ChannelUnavailable):
        await channel.cut.whole(cut())
    whole = await channel.cut.whole(cut())
    assert whole["object"]["message"]["text"] == "Начало и конец"
