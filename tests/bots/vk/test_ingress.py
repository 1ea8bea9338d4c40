"""The Callback API's door: who is believed, what is answered, what becomes of an event."""

import json
from typing import Any

import pytest

from bots.vk.channel import VkChannel
from bots.vk.way import ingress
from core.channel import Reception
from core.errors import (
    ConfigError,
    DeliveryUnknown,
    MalformedUpdate,
    NotAuthentic,
    UnsupportedUpdate,
)
from core.updates import CustomerCommented, CustomerMessage, DeliveryReported
from tests.bots.vk.conftest import GROUP, PERSON, SECRET, MakeChannel, fixture, letter
from tests.fakes import faults
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk


async def received(channel: VkChannel, raw: Any) -> Reception:
    body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return await ingress(channel).receive({}, body)


async def test_an_event_with_our_secret_and_community_is_believed(channel: VkChannel) -> None:
    (item,) = (await received(channel, fixture("01_text_cyrillic"))).received
    assert isinstance(item.update, CustomerMessage)
    assert ingress(channel).answer() == (200, "text/plain", "ok")


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "guess"},
        {"secret": ""},
        {"secret": None},
        {"secret": [SECRET]},
        {"secret": "пароль"},
        {"secret": "\ud800"},
        {"group_id": GROUP + 1},
        {"group_id": str(GROUP)},
        {"group_id": float(GROUP)},
        {"group_id": True},
        {"group_id": None},
        {"type": "confirmation", "group_id": GROUP + 1},
    ],
)
async def test_nobody_else_is(channel: VkChannel, vk: FakeVk, change: dict[str, Any]) -> None:
    with pytest.raises(NotAuthentic):
        await received(channel, {**fixture("01_text_cyrillic"), **change})
    assert vk.calls == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000],
    ids=["nothing", "half", "a list", "null", "no text", "too deep"],
)
async def test_what_cannot_be_read_cannot_hold_the_secret(channel: VkChannel, body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        await received(channel, body)


async def test_with_the_secret_inside_nonsense_is_malformed(channel: VkChannel) -> None:
    with pytest.raises(MalformedUpdate):
        await received(channel, fixture("20_malformed_null"))


def test_an_empty_secret_lets_nobody_in(make_channel: MakeChannel) -> None:
    polling = make_channel(mode="polling", secret="")
    with pytest.raises(ConfigError, match="secret"):
        ingress(polling)


# -- the confirmation


async def test_the_string_is_fetched_and_told_as_plain_text(channel: VkChannel, vk: FakeVk) -> None:
    reception = await received(channel, fixture("confirmation"))
    assert reception == Reception(answer=(200, "text/plain", vk.code))


async def test_a_string_set_by_hand_is_told_without_asking(
    make_channel: MakeChannel, vk: FakeVk
) -> None:
    reception = await received(make_channel(confirmation="abc123"), fixture("confirmation"))
    assert reception.answer == (200, "text/plain", "abc123")
    assert vk.calls == []


async def test_a_burst_of_strangers_asks_vk_once(
    channel: VkChannel, vk: FakeVk, clock: Clock
) -> None:
    for _ in range(5):
        await received(channel, fixture("confirmation"))
    assert len(vk.calls) == 1
    clock.pass_by(seconds=5)
    await received(channel, fixture("confirmation"))
    assert len(vk.calls) == 2


async def test_while_vk_does_not_tell_the_string_it_is_asked_to_come_again(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.fail(faults.PAGE)
    reception = await received(channel, fixture("confirmation"))
    assert reception.answer is not None
    assert reception.answer[0] == 503


async def test_a_new_server_is_confirmed_with_the_string_of_that_moment(
    channel: VkChannel, vk: FakeVk
) -> None:
    await received(channel, fixture("confirmation"))
    await channel.registration.register()
    reception = await received(channel, fixture("confirmation"))
    assert reception.answer == (200, "text/plain", vk.code)


# -- what needs more than the event


async def test_a_message_that_was_cut_arrives_whole(channel: VkChannel, vk: FakeVk) -> None:
    raw = fixture("is_cropped")
    vk.cropped[PERSON, 34] = {**raw["object"]["message"], "text": "Всё письмо"}
    (item,) = (await received(channel, raw)).received
    assert isinstance(item.update, CustomerMessage)
    assert item.update.text == "Всё письмо"


async def test_the_echo_of_a_message_names_the_row_it_was_sent_for(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.fail(faults.DROP)
    with pytest.raises(DeliveryUnknown):
        await channel.send(letter(row=42))
    raw = fixture("15_echo_own")
    raw["object"]["random_id"] = int(vk.sent()[0].fields["random_id"])
    (item,) = (await received(channel, raw)).received
    assert isinstance(item.update, DeliveryReported)
    assert (item.update.outbox, item.update.text) == (42, "")


async def test_the_echo_of_a_message_vk_has_answered_for_is_no_news(
    channel: VkChannel, vk: FakeVk
) -> None:
    await channel.send(letter(row=42))
    raw = fixture("15_echo_own")
    raw["object"]["random_id"] = int(vk.sent()[0].fields["random_id"])
    with pytest.raises(UnsupportedUpdate, match="answered"):
        await received(channel, raw)


async def test_comments_are_read_only_where_they_are_wanted(
    channel: VkChannel, make_channel: MakeChannel
) -> None:
    with pytest.raises(UnsupportedUpdate, match="wall_reply_new"):
        await received(channel, fixture("comment"))
    (item,) = (await received(make_channel(comments=True), fixture("comment"))).received
    assert isinstance(item.update, CustomerCommented)
    assert item.chat == f"comment:-{GROUP}_345:{PERSON}"
    assert item.sender.user == str(PERSON)
