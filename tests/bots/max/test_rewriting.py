"""Messages of ours changed and deleted at MAX: its seven days, what it answers of what is gone."""

import pytest

from bots.max.channel import MaxChannel
from core.channel import Letter
from core.content import Option, Outgoing
from core.errors import DeliveryUnknown, MessageRejected, RateLimited
from tests.bots.max.conftest import USER
from tests.fakes import faults
from tests.fakes import max as double
from tests.fakes.max import FakeMax

BUTTON = Option(key="k", label="Да", token="o0000000001")


def letter(text: str, *options: Option) -> Letter:
    """A message on its way."""
    content = Outgoing(text=text, options=options)
    return Letter(id=1, chat=USER, address=USER, content=content, kind="operator")


async def test_after_seven_days_only_messages_with_buttons_are_changed(
    channel: MaxChannel, fake: FakeMax
) -> None:
    plain = await channel.send(letter("Здрасте"))
    menu = await channel.send(letter("Выберите", BUTTON))
    fake.old |= {plain.platform_id, menu.platform_id}
    with pytest.raises(MessageRejected):
        await channel.edit(USER, plain.platform_id, "Здравствуйте!")
    assert fake.message(plain.platform_id)["body"]["text"] == "Здрасте"
    await channel.edit(USER, menu.platform_id, "Выберите одно")
    body = fake.message(menu.platform_id)["body"]
    assert body["text"] == "Выберите одно"
    assert [item["type"] for item in body["attachments"]] == ["inline_keyboard"]


@pytest.mark.parametrize(
    "refusal",
    [
        faults.Fault("answer", 200, '{"success": false, "message": "Can\'t delete"}'),
        double.error(403, "access.denied", "Not allowed"),
        double.error(404, "not.found", "Chat not found"),
    ],
    ids=["no", "denied", "not found"],
)
async def test_a_message_that_max_did_not_delete_is_not_called_deleted(
    channel: MaxChannel, fake: FakeMax, refusal: faults.Fault
) -> None:
    sent = await channel.send(letter("Здрасте"))
    fake.fail(refusal._replace(only="DELETE /messages"))
    with pytest.raises(MessageRejected, match="delete"):
        await channel.erase(USER, sent.platform_id)
    assert fake.message(sent.platform_id)["body"]["text"] == "Здрасте"


async def test_an_unreadable_dialog_proves_nothing(channel: MaxChannel, fake: FakeMax) -> None:
    sent = await channel.send(letter("Здрасте"))
    await channel.erase(USER, sent.platform_id)
    fake.unreadable = True
    with pytest.raises(MessageRejected):
        await channel.erase(USER, sent.platform_id)


async def test_troubles_of_a_change_are_called_what_they_are(
    channel: MaxChannel, fake: FakeMax
) -> None:
    sent = await channel.send(letter("Здрасте"))
    fake.fail(double.FLOOD_HINT, faults.PAGE)
    with pytest.raises(RateLimited):
        await channel.edit(USER, sent.platform_id, "Здравствуйте!")
    with pytest.raises(DeliveryUnknown):
        await channel.erase(USER, sent.platform_id)
