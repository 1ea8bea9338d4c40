"""What Telegram sends becomes what it means, or one of two refusals."""

import random
from typing import Any

import pytest

from bots.telegram.fields import FRAME, SERVICE
from bots.telegram.parse import parse
from core.channel import Reception
from core.content import Contact, Media
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.updates import (
    ButtonPressed,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
)
from tests.bots.recorded import Recorded
from tests.bots.telegram.conftest import FIXTURES, fixture

RECORDED = Recorded(FIXTURES, lambda raw: Reception(tuple(parse(raw))))


def test_every_fixture_has_its_expected_twin() -> None:
    RECORDED.check_twins(20)


@pytest.mark.parametrize("name", RECORDED.good)
def test_a_recorded_update_becomes_the_expected_one(name: str) -> None:
    RECORDED.check_good(name)


@pytest.mark.parametrize("name", RECORDED.refused)
def test_a_recorded_update_that_is_not_ours_is_refused_as_expected(name: str) -> None:
    RECORDED.check_refused(name)


def said(**message: Any) -> Any:
    """The update of a message with these fields."""
    raw = fixture("01_text_cyrillic")
    del raw["message"]["text"]
    raw["message"].update(message)
    return parse(raw)[0].update


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", ""),
        ("/start ", ""),
        ("/start abc_-9", "abc_-9"),
        ("/start@otklik_bot abc", "abc"),
    ],
)
def test_the_start_command_opens_the_chat(text: str, payload: str) -> None:
    assert said(text=text) == CustomerStarted(payload=payload, platform_id="11")


@pytest.mark.parametrize("text", ["/started", "/start а б", "/start " + "x" * 65, "start"])
def test_what_only_looks_like_the_start_command_stays_a_text(text: str) -> None:
    assert said(text=text) == CustomerMessage(text=text, platform_id="11")


def test_the_words_of_a_rich_message_are_read_when_it_is_changed_too() -> None:
    message = fixture("rich_message")["message"]
    edited = {"update_id": 1, "edited_message": {**message, "edit_date": message["date"]}}
    update = parse(edited)[0].update
    assert isinstance(update, CustomerEdited)
    assert update.text.startswith("Не работает интернет\nСо вчерашнего вечера")


def nested(depth: int) -> Any:
    """A text in so many marks."""
    text: Any = "слова"
    for _ in range(depth):
        text = {"type": "bold", "text": [text]}
    return text


@pytest.mark.parametrize(
    "rich",
    [
        {}, {"blocks": None}, {"blocks": [None, 5, "x", {}]}, {"blocks": [{"text": nested(300)}]},
        {"blocks": [{"type": "divider"}]}, {"blocks": [{"type": "table", "cells": [[{}], [None]]}]},
        None, "text", [[]],
    ],
)  # fmt: skip
def test_a_rich_message_without_words_is_an_attachment_of_unknown_kind(rich: Any) -> None:
    assert said(rich_message=rich).media == (Media(kind="other", name="rich_message"),)


@pytest.mark.parametrize("name", ["01_text_cyrillic", "05_button", "12_edited", "08_media"])
def test_another_bot_is_not_answered(name: str) -> None:
    raw = fixture(name)
    (kind,) = raw.keys() - {"update_id"}
    raw[kind]["from"]["is_bot"] = True
    with pytest.raises(UnsupportedUpdate, match=r"from\.bot"):
        parse(raw)


@pytest.mark.parametrize(
    "contact",
    [
        {"phone_number": "79210001234", "first_name": "Анна"},
        {"phone_number": "79210001234", "first_name": "Анна", "user_id": 1},
        {"phone_number": "79210001234", "first_name": "Анна", "user_id": True},
    ],
)
def test_a_number_is_only_claimed_unless_the_platform_vouches_for_it(
    contact: dict[str, Any],
) -> None:
    update = said(contact=contact)
    assert update.contact == Contact(phone="+79210001234", evidence="claimed", name="Анна")


def test_the_largest_photo_is_taken_whatever_the_order() -> None:
    update = parse(fixture("08_media"))[0].update
    assert isinstance(update, CustomerMessage)
    assert update.media[0].platform_file == "AgAD-large"


def test_a_repeat_has_the_same_key_and_other_updates_other_keys() -> None:
    keys = [parse(fixture(name))[0].dedup_key for name in ("01_text_cyrillic", "16_duplicate")]
    assert keys[0] == keys[1]
    assert keys[0] != parse(fixture("12_edited"))[0].dedup_key
    again = fixture("01_text_cyrillic")
    again["message"]["message_id"] = 999  # the counter began anew and met an old number
    assert parse(again)[0].dedup_key != keys[0]


def test_the_members_of_an_album_know_that_they_belong_together() -> None:
    first, second = (parse(fixture(n))[0] for n in ("09_album_or_multi", "09_album_second"))
    assert first.album == second.album != ""
    assert first.order_key < second.order_key


def test_a_person_who_blocks_us_is_gone() -> None:
    assert parse(fixture("13_denied"))[0].update == CustomerGone(reason="blocked")


def test_a_press_keeps_what_must_be_acknowledged() -> None:
    update = parse(fixture("05_button"))[0].update
    assert isinstance(update, ButtonPressed)
    assert (update.token, update.callback_id) == ("o0123456789", "3006904567890123456")


def test_a_game_or_inline_press_is_not_ours() -> None:
    raw = fixture("05_button")
    del raw["callback_query"]["data"]
    with pytest.raises(UnsupportedUpdate):
        parse(raw)


def test_the_kind_of_an_unknown_event_is_never_the_senders_text() -> None:
    with pytest.raises(UnsupportedUpdate, match="other"):
        parse({"update_id": 1, "<b>№1": {}})


def test_malformed_updates_never_repeat_what_the_customer_wrote() -> None:
    raw = fixture("01_text_cyrillic")
    raw["message"]["text"] = {"secret": "4276"}
    with pytest.raises(MalformedUpdate) as caught:
        parse(raw)
    assert "4276" not in str(caught.value)


def test_every_field_the_library_knows_is_known_to_us() -> None:
    from aiogram.types import Message  # here, so that collecting the other tests stays light

    content = {"animation", "audio", "document", "live_photo", "location", "photo", "sticker"}
    content |= {"rich_message", "venue", "video", "video_note", "voice"}
    #: shown to the operator as an attachment of unknown kind
    other = {"checklist", "dice", "game", "giveaway", "invoice", "paid_media", "poll"}
    other |= {"story"}
    fields = {field.alias or name for name, field in Message.model_fields.items()}
    assert fields == FRAME | SERVICE | content | other


def test_ten_thousand_mutations_raise_nothing_but_update_errors() -> None:
    RECORDED.check_mutations(random.Random(20261124))
