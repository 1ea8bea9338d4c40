"""Messages of which nobody knows whether they arrived."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.max.channel import MaxChannel
from bots.max.dialogs import Dialogs
from bots.max.ingress import SECRET_HEADER
from bots.max.way import open_way
from bots.transport import Transport
from bots.way import Opening
from core.channel import Letter, Sent, Tried
from core.content import Option, Span
from core.errors import (
    DeliveryUnknown,
)
from tests.bots.max.conftest import (
    DIALOG,
    NOW,
    SECRET,
    TOKEN,
    USER,
    YES,
    MakeChannel,
    fixture,
    letter,
    picture,
)
from tests.fakes import faults
from tests.fakes.max import FakeMax


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
