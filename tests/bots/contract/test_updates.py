"""What customers do becomes what it means, whatever the platform calls it."""

from typing import TypeVar

import pytest

from core.channel import Letter
from core.content import Contact, Media, Outgoing
from core.errors import MessageRejected
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerAllowed,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    DeliveryReported,
)
from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import Door, House
from tests.fakes.platform import Event

U = TypeVar("U", bound=AnyUpdate)

WORDS = (
    "Здравствуйте! Не работает интернет.",
    "👩‍👩‍👧‍👦🏳️‍🌈🤷🏽‍♀️ e\u0301 שלום مرحبا",
    "<b>x</b> **y** `z` [a](http://b:c@d.example) {account} %s",
    "строка\nещё строка\n\n" + "слово " * 300 + "конец",
    "👩‍👩‍👧‍👦🏳️‍🌈" * 750,  # 30 KB
)


async def only(door: Door, event: Event | None, kind: type[U]) -> U:
    """The one update of a kind that an event leads to, from the chat it came from."""
    before = len(door.intake.filed)
    await door.taken(event)
    filed = door.intake.filed[before:]
    assert {item.chat for item in filed} == {door.chat}
    (update,) = [item.update for item in filed if isinstance(item.update, kind)]
    return update


@behaviour("text")
async def test_words_arrive_as_they_were_written(door: Door) -> None:
    for words in WORDS:
        update = await only(door, door.double.text(door.chat, words), CustomerMessage)
        assert update.text == words
        assert (update.media, update.contact) == ((), None)
        assert update.platform_id


@behaviour("text")
async def test_what_databases_refuse_is_replaced(door: Door) -> None:
    event = door.double.text(door.chat, "до NULL и HALF после")
    for sign, escaped in ((b"NULL", b"\\u0000"), (b"HALF", b"\\ud83d")):
        event = door.double.signed(event.body.replace(sign, escaped))
    update = await only(door, event, CustomerMessage)
    assert (update.text[:3], update.text[-6:]) == ("до ", " после")
    assert "\x00" not in update.text
    assert update.text.encode()


@behaviour("text")
async def test_each_person_has_a_chat_of_their_own(door: Door) -> None:
    for chat in door.double.chats:
        await door.taken(door.double.text(chat, "меню"))
    assert [item.chat for item in door.intake.filed] == list(door.double.chats)
    assert len({item.sender.user for item in door.intake.filed}) == len(door.double.chats)


@behaviour("button")
async def test_a_press_names_its_button(door: Door) -> None:
    token = "o7QK2M9XW4T"
    update = await only(door, door.double.press(door.chat, token), ButtonPressed)
    assert update.token == token


@behaviour("stale_button")
async def test_a_press_of_a_forgotten_button_is_answered(house: House) -> None:
    await house.post(house.double.text(house.chat, "меню"))
    await house.work()
    before = len(house.heard(house.chat))
    await house.post(house.double.press(house.chat, "oAAAAAAAAAA"))
    await house.work()
    assert len(house.heard(house.chat)) > before


@behaviour("media_in")
async def test_a_picture_can_be_fetched_and_keeps_its_caption(door: Door) -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50
    event = door.double.picture(door.chat, data, "счёт за май")
    update = await only(door, event, CustomerMessage)
    (media,) = update.media
    assert (media.kind, update.text) == ("image", "счёт за май")
    assert await door.channel.download(media) == data


@behaviour("media_in")
async def test_a_file_above_the_limit_is_not_fetched(door: Door) -> None:
    event = door.double.picture(door.chat, b"x")
    (media,) = (await only(door, event, CustomerMessage)).media
    large = Media(
        kind="file",
        platform_file=media.platform_file,
        url=media.url,
        size=door.can.download_bytes + 1,
    )
    with pytest.raises(MessageRejected, match="too_large"):
        await door.channel.download(large)


@behaviour("contact")
async def test_a_number_of_ones_own_is_worth_what_the_platform_vouches_for(door: Door) -> None:
    event = door.double.contact(door.chat, "+79210001234", own=True)
    contact = (await only(door, event, CustomerMessage)).contact
    assert contact is not None
    assert (contact.phone, contact.evidence) == ("+79210001234", door.can.phone_evidence)


@behaviour("contact")
async def test_somebody_elses_number_proves_nothing(door: Door) -> None:
    event = door.double.contact(door.chat, "+79210005678", own=False)
    contact = (await only(door, event, CustomerMessage)).contact
    assert contact is not None
    assert contact == Contact(phone="+79210005678", evidence="claimed", name=contact.name)


@behaviour("start_payload")
async def test_a_start_by_a_link_keeps_what_the_link_said(door: Door) -> None:
    event = door.double.start(door.chat, "tariffs")
    assert (await only(door, event, CustomerStarted)).payload == "tariffs"


@behaviour("allowed_denied")
async def test_who_blocks_us_is_gone_and_who_allows_us_is_back(door: Door) -> None:
    assert await only(door, door.double.denied(door.chat), CustomerGone)
    await door.taken(door.double.allowed(door.chat))
    back = door.intake.filed[-1].update
    assert isinstance(back, CustomerAllowed | CustomerStarted)


@behaviour("edited")
async def test_a_changed_text_names_the_message_it_changes(door: Door) -> None:
    said = await only(door, door.double.text(door.chat, "было"), CustomerMessage)
    changed = await only(door, door.double.edited(door.chat, "стало"), CustomerEdited)
    assert (changed.platform_id, changed.text) == (said.platform_id, "стало")


@behaviour("edited")
async def test_a_change_that_was_overtaken_by_a_later_one_is_not_shown(house: House) -> None:
    await house.post(house.double.text(house.chat, "было"))
    changes = [house.double.edited(house.chat, words) for words in ("стало", "осталось")]
    for change in reversed(changes):
        assert change is not None
        await house.post(change)
        await house.work()
    shown = "SELECT text FROM message WHERE direction = 'in'"
    assert house.look(shown) == [("осталось",)]


@behaviour("deleted")
async def test_a_message_taken_away_is_named(door: Door) -> None:
    said = await only(door, door.double.text(door.chat, "было"), CustomerMessage)
    gone = await only(door, door.double.deleted(door.chat), CustomerDeleted)
    assert gone.platform_id == said.platform_id


@behaviour("receipts")
async def test_the_desk_sees_what_was_delivered_and_seen(house: House) -> None:
    await house.say(house.chat, "Здравствуйте!")
    await house.work()
    (sent,) = house.double.sent(house.chat)
    for state, can in (("delivered", house.can.delivered), ("seen", house.can.seen)):
        if can:
            await house.post(house.double.receipt(sent, state))  # type: ignore[arg-type]  # literals
            await house.work()
            shown = "SELECT delivery FROM message WHERE direction = 'out'"
            assert house.look(shown) == [(state,)]
    assert house.can.delivered or house.can.seen, "without either, quality.yaml says `exempt`"


@behaviour("echo")
async def test_a_colleague_who_answers_on_the_platforms_page_is_no_customer(door: Door) -> None:
    update = await only(door, door.double.echo(door.chat, "Мы разобрались."), DeliveryReported)
    assert (update.state, update.text) == ("echo", "Мы разобрались.")
    assert not any(isinstance(item.update, CustomerMessage) for item in door.intake.filed)


@behaviour("group_chat")
async def test_words_in_a_group_are_none_of_our_business(door: Door) -> None:
    await door.taken(door.double.group("меню"))
    assert door.intake.filed == []


@behaviour("unsupported")
async def test_an_event_nobody_has_heard_of_is_counted_and_answered(door: Door) -> None:
    for _ in range(2):
        assert await door.post(door.double.unknown()) == door.double.answer
    assert door.intake.calls == 0
    counted = "".join(
        line
        for line in door.counters.text().splitlines()
        if line.startswith("otklik_unsupported_updates_total")
    )
    assert counted.endswith(" 2")


@behaviour("malformed")
async def test_of_what_cannot_be_read_only_the_shape_is_kept(door: Door) -> None:
    events = door.double.malformed()
    assert len(events) >= 5
    for event in events:
        await door.post(event)
    assert len(door.intake.samples) == len({event.body for event in events})
    assert door.double.canary not in "".join(door.intake.samples.values())


@behaviour("text")
async def test_a_reply_of_ours_reaches_the_chat_it_answers(door: Door) -> None:
    said = await only(door, door.double.text(door.chat, "вопрос"), CustomerMessage)
    content = Outgoing(text="ответ", reply_to=said.platform_id)
    await door.channel.send(Letter(id=1, chat=door.chat, address=door.chat, content=content))
    assert [message.text for message in door.double.sent(door.chat)] == ["ответ"]
