"""What Messenger sends becomes what it means; what nobody can read loses nothing else."""

import random
from typing import Any

import pytest

from bots.messenger.parse import parse
from core.channel import Reception
from core.content import Contact
from core.errors import MalformedUpdate
from core.updates import ButtonPressed, CustomerMessage, CustomerStarted, DeliveryReported
from tests.bots.messenger.conftest import CHAT, FIXTURES, PAGE, fixture
from tests.bots.recorded import Recorded

RECORDED = Recorded(FIXTURES, lambda raw: parse(raw, PAGE))


def test_every_fixture_has_its_expected_twin() -> None:
    RECORDED.check_twins(20)


@pytest.mark.parametrize("name", RECORDED.good)
def test_a_recorded_body_becomes_what_is_expected(name: str) -> None:
    RECORDED.check_good(name)


@pytest.mark.parametrize("name", RECORDED.refused)
def test_a_recorded_body_that_is_not_ours_is_refused_as_expected(name: str) -> None:
    RECORDED.check_refused(name)


def read(name: str) -> Reception:
    return parse(fixture(name), PAGE)


def said(**message: Any) -> Any:
    """The update of a message with these fields."""
    body = fixture("01_text_cyrillic")
    body["entry"][0]["messaging"][0]["message"] = {"mid": "m_1", **message}
    (received,) = parse(body, PAGE).received
    return received.update


@pytest.mark.parametrize(
    "payload", ["+79210001234", "79210001234", "+7 (921) 000-12-34", "8.921.000.1234"]
)
def test_a_phone_from_the_profile_is_only_claimed(payload: str) -> None:
    update = said(text=payload, quick_reply={"payload": payload})
    digits = "".join(sign for sign in payload if sign.isdigit())
    assert update == CustomerMessage(
        contact=Contact(phone=f"+{digits}", evidence="claimed"), platform_id="m_1"
    )


@pytest.mark.parametrize("payload", ["o0123456789", "12", "+7", "8-800-КОД", "a@example.org"])
def test_every_other_quick_reply_is_a_press(payload: str) -> None:
    update = said(text="Да", quick_reply={"payload": payload})
    assert update == ButtonPressed(token=payload, platform_id="m_1")


def event(**fields: Any) -> Reception:
    """What an event with these fields tells."""
    body = fixture("01_text_cyrillic")
    (one,) = body["entry"][0]["messaging"]
    del one["message"]
    one.update(fields)
    return parse(body, PAGE)


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
@pytest.mark.parametrize("payload", [None, {}, {"url": None}, {"url": ""}])
def test_a_file_without_an_address_is_shown_and_loses_no_words(kind: str, payload: Any) -> None:
    update = said(text="Вот счёт", attachments=[{"type": kind, "payload": payload}])
    assert update.text == "Вот счёт"
    assert [(media.kind, media.name) for media in update.media] == [("other", kind)]


def test_what_is_null_is_missing() -> None:
    nothing = dict.fromkeys(("quick_reply", "reply_to", "attachments", "is_echo", "metadata"))
    assert said(text="Да", **nothing) == CustomerMessage(text="Да", platform_id="m_1")
    (received,) = event(postback={"payload": "o1", "mid": None, "referral": None}).received
    assert received.update == ButtonPressed(token="o1")
    (received,) = event(timestamp=None, referral={"ref": "balance", "source": None}).received
    assert (received.order_key, received.sent_at) == (0, None)
    address = {"url": "https://scontent.fbcdn.net/i.jpg", "sticker_id": None}
    (picture,) = said(attachments=[{"type": "image", "payload": address}]).media
    assert picture.kind == "image"


def test_numbers_may_be_written_as_texts() -> None:
    """The reference of messaging_postbacks says that all properties are strings."""
    (received,) = event(timestamp="1764158400000", postback={"payload": "o1"}).received
    assert received == event(timestamp=1764158400000, postback={"payload": "o1"}).received[0]
    (seen,) = event(read={"watermark": "1764158401000"}).received
    assert seen == event(read={"watermark": 1764158401000}).received[0]


@pytest.mark.parametrize("value", ["", "вчера", "١٢", "1e3", "-1", "9" * 5000, " 5", True, 1.5])
def test_what_is_no_number_is_malformed(value: Any) -> None:
    told = event(timestamp=value, postback={"payload": "o1"})
    assert (told.received, len(told.malformed)) == ((), 1)


def test_somebody_whom_facebook_names_by_a_reference_only_cannot_be_answered() -> None:
    told = event(sender={"user_ref": "r1"}, postback={"payload": "o1", "mid": "m_1"})
    assert told == Reception((), ("sender.user_ref",))


PAGES = [
    {"type": "fallback", "title": "Тариф", "url": f"https://l.facebook.com/l.php?u={n}"}
    for n in (1, 2)
]


def test_shared_pages_are_told_where_the_words_do_not_name_them() -> None:
    lines = [f"Тариф https://l.facebook.com/l.php?u={n}" for n in (1, 2)]
    assert said(text="Какой из них?", attachments=PAGES).text == "\n".join(
        ("Какой из них?", *lines)
    )
    assert said(attachments=PAGES).text == "\n".join(lines)
    for words in ("https://example.org/tv", "см. example.org"):
        assert said(text=words, attachments=PAGES).text == words


def test_a_share_that_facebook_does_not_tell_is_shown_as_something_that_came() -> None:
    unsupported = [{"type": "fallback", "payload": None}]
    assert [media.name for media in said(attachments=unsupported).media] == ["fallback"]
    assert [media.name for media in said(text="Вот", attachments=unsupported).media] == ["fallback"]


def test_a_link_opens_the_chat_with_and_without_the_button_get_started() -> None:
    started = [read(f"07_start_{way}").received[0].update for way in ("payload", "postback")]
    assert [update.payload for update in started if isinstance(update, CustomerStarted)] == [
        "tariffs",
        "balance-09",
    ]


def test_our_own_echo_names_our_row_and_anothers_tells_its_words() -> None:
    own, human, file = (
        read(name).received[0] for name in ("echo_own", "echo_human", "echo_human_file")
    )
    assert own.chat == human.chat == CHAT, "the person, not the page"
    assert isinstance(own.update, DeliveryReported)
    assert isinstance(human.update, DeliveryReported)
    assert isinstance(file.update, DeliveryReported)
    assert (own.update.outbox, own.update.text) == (42, "")
    assert (human.update.outbox, human.update.text[:6]) == (0, "Добрый")
    assert file.update.text.startswith("https://")


@pytest.mark.parametrize("metadata", ["", "0", "-1", "042", "1e3", "9" * 19, "order-7", "١٢"])
def test_metadata_of_another_program_is_not_our_row(metadata: str) -> None:
    body = fixture("echo_own")
    body["entry"][0]["messaging"][0]["message"]["metadata"] = metadata
    (received,) = parse(body, PAGE).received
    assert isinstance(received.update, DeliveryReported)
    assert received.update.outbox == 0
    assert received.update.text


def test_a_repeat_has_the_same_key_and_other_events_other_keys() -> None:
    keys = [
        received.dedup_key
        for name in RECORDED.names
        if not name.startswith(("16_", "20_", "18_", "another"))
        for received in read(name).received
    ]
    # three bodies use the mids of one another on purpose
    assert len(set(keys)) == len(keys) - 3
    first, repeat = (read(name).received[0] for name in ("01_text_cyrillic", "16_duplicate"))
    assert first.dedup_key == repeat.dedup_key


def test_a_bad_part_is_kept_by_its_own_bytes() -> None:
    alone = fixture("batch_with_poison")
    events = alone["entry"][0]["messaging"]
    alone["entry"][0]["messaging"] = [events[1]]
    (in_company,) = read("batch_with_poison").malformed
    assert parse(alone, PAGE).malformed == (in_company,)


def test_malformed_parts_never_repeat_what_the_customer_wrote() -> None:
    (bad,) = read("batch_with_poison").malformed
    assert "4276" not in bad.why


def test_a_part_nested_deeper_than_python_can_write_is_malformed() -> None:
    body = fixture("01_text_cyrillic")
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    body["entry"][0]["messaging"][0]["message"] = deep
    with pytest.raises(MalformedUpdate, match="deep"):
        parse(body, PAGE)


def test_ten_thousand_mutations_raise_nothing_but_update_errors() -> None:
    RECORDED.check_mutations(random.Random(20261124))
