"""What VK sends becomes what it means, or one of two refusals."""

import random
from typing import Any

import msgspec
import pytest

from bots.vk.parse import completed, cropped, parse
from core.channel import Reception
from core.content import Lack
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.updates import (
    ButtonPressed,
    CustomerMessage,
    CustomerStarted,
    DeliveryReported,
)
from tests.bots.recorded import Recorded
from tests.bots.vk.conftest import FIXTURES, PERSON, fixture


def read(raw: dict[str, Any]) -> Reception:
    """All that is read of an event."""
    cropped(raw)
    return Reception(tuple(parse(raw)))


RECORDED = Recorded(FIXTURES, read)


def test_every_fixture_has_its_expected_twin() -> None:
    RECORDED.check_twins(40)
    assert len(RECORDED.refused) == 11


@pytest.mark.parametrize("name", RECORDED.good)
def test_a_recorded_event_becomes_the_expected_update(name: str) -> None:
    RECORDED.check_good(name)


@pytest.mark.parametrize("name", RECORDED.refused)
def test_a_recorded_event_that_is_not_ours_is_refused_as_expected(name: str) -> None:
    RECORDED.check_refused(name)


def said(**message: Any) -> Any:
    """The update of a message with these fields."""
    raw = fixture("01_text_cyrillic")
    raw["object"]["message"].update(message)
    return parse(raw)[0].update


def test_a_press_of_a_text_button_is_a_press_and_its_label_is_not_heard() -> None:
    (received,) = parse(fixture("text_button"))
    assert isinstance(received.update, ButtonPressed)
    assert received.update.token == "o7QK2M9XW4T"


@pytest.mark.parametrize("payload", ['{"button":"1"}', "[]", "7", "не JSON", '{"t":5}', "{", ""])
def test_a_button_of_another_program_is_taken_for_its_label(payload: str) -> None:
    update = said(payload=payload, text="Меню")
    assert isinstance(update, CustomerMessage)
    assert update.text == "Меню"


@pytest.mark.parametrize(
    "payload", [{"t": "o1"}, '{"t":"o1"}', {"t": "o1", "more": [1]}, '{"t":"o1","x":null}']
)
def test_the_payload_of_a_press_may_be_an_object_or_a_text(payload: Any) -> None:
    raw = fixture("05_button")
    raw["object"]["payload"] = payload
    update = parse(raw)[0].update
    assert isinstance(update, ButtonPressed)
    assert update.token == "o1"


@pytest.mark.parametrize(
    "payload", [None, 5, "", "x", {"t": 5}, {"t": None}, [], '{"t":"\\ud800"}']
)
def test_a_press_that_is_not_ours_is_still_there_to_be_acknowledged(payload: Any) -> None:
    raw = fixture("05_button")
    raw["object"]["payload"] = payload
    (received,) = parse(raw)
    assert isinstance(received.update, ButtonPressed)
    assert received.update.callback_id == f"{PERSON}:{PERSON}:5f3a0c1d2e4b"
    assert msgspec.json.encode(received)


def test_words_written_behind_a_link_are_not_lost() -> None:
    start, words = parse(fixture("ref"))
    assert start.update == CustomerStarted(payload="tariffs", platform_id="5032", lacks=())
    assert isinstance(words.update, CustomerMessage)
    assert words.update.text == "Сколько стоит 500 мегабит?"
    assert start.dedup_key != words.dedup_key


@pytest.mark.parametrize(
    ("info", "lacks"),
    [
        ({"button_actions": ["text", "open_link", "callback"], "keyboard": True,
          "inline_keyboard": True}, ()),
        ({"button_actions": ["text"], "keyboard": True, "inline_keyboard": True},
         ("links", "callback")),
        ({"button_actions": ["text", "callback", "open_link"], "keyboard": False,
          "inline_keyboard": False}, ("inline", "reply")),
        ({"button_actions": [], "keyboard": True, "inline_keyboard": True},
         ("inline", "reply", "links", "callback")),
        ({}, ("inline", "reply", "links", "callback")),
    ],
)  # fmt: skip
def test_what_the_app_cannot_show_is_told(info: dict[str, Any], lacks: tuple[Lack, ...]) -> None:
    raw = fixture("01_text_cyrillic")
    raw["object"]["client_info"] = info
    update = parse(raw)[0].update
    assert isinstance(update, CustomerMessage)
    assert update.lacks == lacks


def test_an_event_without_word_of_the_app_changes_nothing() -> None:
    raw = fixture("01_text_cyrillic")
    del raw["object"]["client_info"]
    update = parse(raw)[0].update
    assert isinstance(update, CustomerMessage)
    assert update.lacks is None


def test_an_echo_of_ours_names_its_row_and_never_repeats_its_text() -> None:
    rows = {454497521: 42}
    update = parse(fixture("15_echo_own"), lambda key: rows.get(key, 0))[0].update
    assert update == DeliveryReported(state="echo", platform_id="5022", outbox=42)
    unknown = parse(fixture("15_echo_own"))[0].update
    assert unknown == DeliveryReported(state="echo", platform_id="5022")


@pytest.mark.parametrize("change", [{}, {"random_id": 0}, {"random_id": 0, "admin_author_id": 0}])
def test_what_others_wrote_for_the_community_is_an_echo_with_its_text(
    change: dict[str, Any],
) -> None:
    raw = fixture("15_echo_admin")
    raw["object"].update(change)
    update = parse(raw, lambda key: 0)[0].update
    assert isinstance(update, DeliveryReported)
    assert (update.outbox, update.text) == (0, "Мастер уже едет к вам.")


@pytest.mark.parametrize(
    ("name", "shown"), [("08_document", "📎 Договор 77001234.pdf"), ("08_media", "📎")]
)
def test_a_file_a_colleague_sent_on_the_page_leaves_a_trace(name: str, shown: str) -> None:
    raw = fixture("15_echo_admin")
    attachments = fixture(name)["object"]["message"]["attachments"]
    raw["object"].update(text="", attachments=attachments)
    update = parse(raw)[0].update
    assert isinstance(update, DeliveryReported)
    assert update.text == shown


def test_a_repeat_has_the_same_key_and_other_events_other_keys() -> None:
    keys = [parse(fixture(name))[0].dedup_key for name in ("01_text_cyrillic", "16_duplicate")]
    assert keys[0] == keys[1]
    assert keys[0] != parse(fixture("12_edited"))[0].dedup_key


def test_without_a_number_of_its_own_an_event_is_known_by_its_place() -> None:
    raw = fixture("without_event_id")
    again, later = fixture("without_event_id"), fixture("without_event_id")
    later["object"]["message"]["conversation_message_id"] += 1
    keys = [parse(event)[0].dedup_key for event in (raw, again, later)]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("name", ["13_denied", "14_allowed", "typing"])
def test_an_event_nobody_could_tell_from_its_repeat_is_malformed(name: str) -> None:
    raw = fixture(name)
    del raw["event_id"]
    with pytest.raises(MalformedUpdate):
        parse(raw)


def test_two_edits_of_one_message_are_two_events() -> None:
    first, second = fixture("12_edited"), fixture("12_edited")
    for raw in (first, second):
        del raw["event_id"]
    second["object"]["update_time"] += 5
    assert parse(first)[0].dedup_key != parse(second)[0].dedup_key


def test_messages_sort_by_their_number_in_the_dialog() -> None:
    assert parse(fixture("01_text_cyrillic"))[0].order_key == 11
    assert parse(fixture("08_media"))[0].order_key == 19


def test_edits_of_one_message_sort_by_their_moment() -> None:
    first, second = fixture("12_edited"), fixture("12_edited")
    second["object"]["update_time"] += 5
    assert parse(first)[0].order_key < parse(second)[0].order_key
    del second["object"]["update_time"]
    assert parse(second)[0].order_key == 0, "unknown, so the order of arrival decides"


def test_a_message_that_was_cut_says_where_the_whole_is() -> None:
    raw = fixture("is_cropped")
    assert cropped(raw) == (PERSON, 34)
    assert cropped(fixture("01_text_cyrillic")) is None
    assert cropped({"object": None}) is None
    whole = completed(raw, {**raw["object"]["message"], "text": "Всё письмо"})
    update = parse(whole)[0].update
    assert isinstance(update, CustomerMessage)
    assert (update.text, update.lacks) == ("Всё письмо", ())


def test_a_file_name_cannot_climb_out_of_its_folder() -> None:
    raw = fixture("08_document")
    raw["object"]["message"]["attachments"][0]["doc"]["title"] = "../../etc/passwd"
    update = parse(raw)[0].update
    assert isinstance(update, CustomerMessage)
    assert update.media[0].name == "passwd.pdf"


def test_the_kind_of_an_unknown_event_is_never_the_senders_text() -> None:
    with pytest.raises(UnsupportedUpdate, match="other"):
        parse({"type": "<b>№1", "object": {}})


def test_malformed_events_never_repeat_what_the_customer_wrote() -> None:
    with pytest.raises(MalformedUpdate) as caught:
        said(text={"secret": "4276"})
    assert "4276" not in str(caught.value)


def test_an_id_too_long_to_be_a_key_is_malformed() -> None:
    raw = fixture("01_text_cyrillic")
    raw["event_id"] = "x" * 5000
    with pytest.raises(MalformedUpdate):
        parse(raw)


def test_ten_thousand_mutations_raise_nothing_but_update_errors() -> None:
    RECORDED.check_mutations(random.Random(20261126))
