"""Sending through the MAX Bot API: one request, its result or the error it stands for."""

import asyncio
from pathlib import Path

import pytest

from bots.max.channel import MaxChannel
from core.content import Media, Span
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.bots import letters
from tests.bots.max.conftest import (
    DIALOG,
    USER,
    YES,
    MakeChannel,
    letter,
    stored,
)
from tests.fakes import faults
from tests.fakes import max as double
from tests.fakes.max import SEND, FakeMax


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
    assert await letters.check_error(channel, fake, fault, error, letter()) == [SEND]
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
    rows = [letter(f"№ {n}") for n in range(20)]
    sent = await asyncio.gather(*(channel.send(item) for item in rows))
    assert len({item.platform_id for item in sent}) == 20
    texts = {fake.message(item.platform_id)["body"]["text"] for item in sent}
    assert texts == {f"№ {n}" for n in range(20)}
