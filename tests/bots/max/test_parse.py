"""What MAX sends becomes what it means, or one of two refusals."""

import random
from typing import Any

import pytest

from bots.max.parse import ids_of, parse
from core.channel import Reception
from core.content import Contact
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.updates import (
    ButtonPressed,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    CustomerUpdate,
    Received,
)
from tests.bots.max.conftest import FIXTURES, fixture
from tests.bots.recorded import Recorded

RECORDED = Recorded(FIXTURES, lambda raw: Reception(tuple(parse(raw))))


def test_every_fixture_has_its_expected_twin() -> None:
    RECORDED.check_twins(40)


@pytest.mark.parametrize("name", RECORDED.good)
def test_a_recorded_update_becomes_the_expected_one(name: str) -> None:
    RECORDED.check_good(name)


@pytest.mark.parametrize("name", RECORDED.refused)
def test_a_recorded_update_that_is_not_ours_is_refused_as_expected(name: str) -> None:
    RECORDED.check_refused(name)


def received(name: str) -> Received:
    (item,) = parse(fixture(name))
    return item


def said(**body: Any) -> CustomerMessage:
    """The message of an update with such a body."""
    raw = fixture("01_text_cyrillic")
    raw["message"]["body"] |= {"text": None, **body}
    update = parse(raw)[0].update
    assert isinstance(update, CustomerMessage)
    return update


def test_a_repeat_has_the_same_key_and_other_updates_other_keys() -> None:
    first = received("01_text_cyrillic").dedup_key
    assert received("16_duplicate").dedup_key == first
    assert received("12_edited").dedup_key != first


def test_two_presses_of_one_keyboard_are_two_updates() -> None:
    first, second = received("05_button"), received("button_again")
    assert isinstance(first.update, ButtonPressed)
    assert first.update == second.update, "callback_id names the keyboard, not the press"
    assert first.dedup_key != second.dedup_key


def test_a_press_without_its_message_is_still_its_persons() -> None:
    press = received("button_null_message")
    assert press.chat == received("05_button").chat
    assert isinstance(press.update, ButtonPressed)
    assert (press.update.token, press.update.platform_id) == ("o0123456789", "")
    assert press.address == "", "nobody knows the dialog"


def test_the_address_names_the_person_and_the_dialog() -> None:
    assert ids_of(received("01_text_cyrillic").address) == ("700100200", "228532008")
    assert ids_of("700100200") == ("700100200", "")


def test_whoever_starts_the_bot_lets_us_write_again() -> None:
    update = received("14_allowed").update
    assert isinstance(update, CustomerStarted)
    assert isinstance(update, CustomerUpdate), "every update of a customer makes them reachable"


def test_stopping_denies_once_although_two_events_tell_it() -> None:
    assert received("13_denied").update == CustomerGone(reason="blocked")
    with pytest.raises(UnsupportedUpdate, match="dialog_removed"):
        parse(fixture("denied_dialog_removed"))


def test_messages_of_one_moment_keep_the_order_of_the_dialog() -> None:
    first, second = fixture("01_text_cyrillic"), fixture("01_text_cyrillic")
    second["message"]["body"]["seq"] += 1
    assert parse(first)[0].order_key < parse(second)[0].order_key


CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\n{}\r\nFN:Анна\r\nEND:VCARD\r\n"


@pytest.mark.parametrize(
    ("owner", "evidence"),
    [
        ({"user_id": 700100200}, "verified"),
        ({"user_id": 700100201}, "claimed"),
        (None, "claimed"),
    ],
)
def test_a_number_is_only_claimed_unless_it_belongs_to_the_senders_account(
    owner: dict[str, Any] | None, evidence: Any
) -> None:
    payload = {"vcf_info": CARD.format("TEL;TYPE=cell:79210001234"), "max_info": owner}
    update = said(attachments=[{"type": "contact", "payload": payload}])
    assert update.contact == Contact(phone="+79210001234", evidence=evidence, name="Анна")


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("TEL;TYPE=cell:79210001234", "+79210001234"),
        ("TEL:+7 (921) 000-12-34", "+79210001234"),
        ("tel:8 921 000 12 34", "+79210001234"),
        ("item1.TEL;TYPE=VOICE:+84 123 456 789", "+84123456789"),
        ("TEL;TYPE=cell:7921000\r\n 1234", "+79210001234"),
    ],
)
def test_a_number_is_read_however_a_card_writes_it(line: str, phone: str) -> None:
    for card in (CARD.format(line), CARD.format(line).replace("\r\n", "\\r\\n")):
        if "\\r\\n " in card:
            continue  # who escapes line breaks does not fold lines
        update = said(attachments=[{"type": "contact", "payload": {"vcf_info": card}}])
        assert update.contact is not None
        assert update.contact.phone == phone


def test_a_second_card_is_shown_as_something_that_came() -> None:
    item = {"type": "contact", "payload": {"vcf_info": CARD.format("TEL:79210001234")}}
    update = said(attachments=[item, item])
    assert update.contact is not None
    assert [media.name for media in update.media] == ["contact"]
    empty = {"type": "contact", "payload": {"vcf_info": None}}
    assert [media.name for media in said(attachments=[empty]).media] == ["contact"]


def share(url: str | None, title: str | None = None) -> dict[str, Any]:
    return {"type": "share", "payload": {"url": url, "token": "s"}, "title": title}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("см. https://example.org/tv", "см. https://example.org/tv"),
        ("см. example.org", "см. example.org"),
        ("Вот эта страница", "Вот эта страница\nhttps://example.org/tv"),
        (None, "https://example.org/tv"),
    ],
)
def test_a_shared_page_is_told_where_the_words_do_not_name_it(
    words: str | None, shown: str
) -> None:
    assert said(text=words, attachments=[share("https://example.org/tv")]).text == shown


def test_several_shared_pages_are_all_told() -> None:
    pages = [share("https://example.org/1"), share("https://example.org/2")]
    assert said(attachments=pages).text == "https://example.org/1\nhttps://example.org/2"


def test_a_share_that_names_nothing_is_shown_as_something_that_came() -> None:
    assert said(attachments=[share(None, "Тарифы")]).text == "Тарифы"
    assert [media.name for media in said(attachments=[share(None)]).media] == ["share"]
    assert said(text="Вот", attachments=[share(None)]).media == ()


def test_the_kind_of_an_unknown_event_is_never_the_senders_text() -> None:
    with pytest.raises(UnsupportedUpdate, match="other"):
        parse({"update_type": "<b>№1", "timestamp": 1})


def test_malformed_updates_never_repeat_what_the_customer_wrote() -> None:
    raw = fixture("01_text_cyrillic")
    raw["message"]["body"]["text"] = {"secret": "4276"}
    with pytest.raises(MalformedUpdate) as caught:
        parse(raw)
    assert "4276" not in str(caught.value)


def test_ten_thousand_mutations_raise_nothing_but_update_errors() -> None:
    RECORDED.check_mutations(random.Random(20261124))
