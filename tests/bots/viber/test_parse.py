"""What Viber sends becomes what it means, or one of two refusals."""

import random
from typing import Any

import pytest

from bots.viber.capabilities import SILENT_VERSION
from bots.viber.parse import parse
from core.channel import Reception
from core.content import Contact
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.turn import tokens
from core.updates import ButtonPressed, CustomerMessage, CustomerStarted
from tests.bots.recorded import Recorded
from tests.bots.viber.conftest import FIXTURES, fixture

RECORDED = Recorded(FIXTURES, lambda raw: Reception(tuple(parse(raw))))


def test_every_fixture_has_its_expected_twin() -> None:
    RECORDED.check_twins(20)


@pytest.mark.parametrize("name", RECORDED.good)
def test_a_recorded_callback_becomes_the_expected_update(name: str) -> None:
    RECORDED.check_good(name)


@pytest.mark.parametrize("name", RECORDED.refused)
def test_a_recorded_callback_that_is_not_ours_is_refused_as_expected(name: str) -> None:
    RECORDED.check_refused(name)


def said(sender: dict[str, Any] | None = None, **message: Any) -> Any:
    """The update of a message with these fields."""
    raw = fixture("01_text_cyrillic")
    raw["message"] = message
    raw["sender"].update(sender or {})
    return parse(raw)[0].update


def test_the_tokens_of_our_own_turns_are_presses() -> None:
    for seq in range(500):
        own = next(tokens("d1", seq))
        assert said(type="text", text=own).token == own


@pytest.mark.parametrize(
    "text", ["o0123456789 ", "o012345678", "o01234567890", "O0123456789", "o012345678I", "оксана"]
)
def test_only_a_whole_token_is_a_press(text: str) -> None:
    update = said(type="text", text=text)
    assert isinstance(update, CustomerMessage)
    assert update.text == text


def test_a_press_keeps_the_token_and_the_id_of_its_message() -> None:
    update = parse(fixture("05_button"))[0].update
    assert isinstance(update, ButtonPressed)
    assert (update.token, update.platform_id) == ("o01XQ6789AB", "4912661846655238149")


def test_ids_above_what_javascript_counts_stay_text() -> None:
    update = parse(fixture("01_text_cyrillic"))[0].update
    assert isinstance(update, CustomerMessage)
    assert update.platform_id == "4912661846655238145"
    assert int(update.platform_id) > 2**53


@pytest.mark.parametrize(("subscribed", "welcome"), [(True, False), (False, True), (None, True)])
def test_only_strangers_are_greeted_in_the_answer(subscribed: bool | None, welcome: bool) -> None:
    raw = fixture("conversation_started")
    raw["context"] = "balance"
    if subscribed is None:
        del raw["subscribed"]
    else:
        raw["subscribed"] = subscribed
    (received,) = parse(raw)
    assert isinstance(received.update, CustomerStarted)
    assert (received.update.payload, received.welcome) == ("balance", welcome)


def test_nothing_but_a_start_is_greeted() -> None:
    for name in sorted(set(RECORDED.good) - {"conversation_started"}):
        assert not any(received.welcome for received in parse(fixture(name))), name


def test_a_repeat_has_the_same_key_and_other_events_other_keys() -> None:
    keys = [parse(fixture(name))[0].dedup_key for name in ("01_text_cyrillic", "16_duplicate")]
    assert keys[0] == keys[1]
    receipts = [
        parse(fixture(name))[0].dedup_key for name in ("15_receipt", "seen", "failed_after_sent")
    ]
    assert len(set(receipts)) == 3, "they share the token of the message they are about"


def test_without_a_token_the_moment_is_the_key() -> None:
    raw = fixture("01_text_cyrillic")
    del raw["message_token"]
    assert parse(raw)[0].dedup_key == "message:1795600020123:01234567890A="
    del raw["timestamp"]
    with pytest.raises(MalformedUpdate):
        parse(raw)


def test_a_shared_number_is_only_claimed() -> None:
    contact = {"name": "Анна", "phone_number": "7 921 000-12-34"}
    update = said(type="contact", contact=contact)
    assert update.contact == Contact(phone="+79210001234", evidence="claimed", name="Анна")


@pytest.mark.parametrize(
    ("version", "lacks"),
    [(SILENT_VERSION - 1, ("callback",)), (SILENT_VERSION, ()), (20, ())],
)
def test_an_old_app_is_known_by_its_version(version: int, lacks: tuple[str, ...]) -> None:
    assert said({"api_version": version}, type="text", text="да").lacks == lacks


def test_an_app_that_tells_no_version_changes_nothing() -> None:
    raw = fixture("01_text_cyrillic")
    del raw["sender"]["api_version"]
    update = parse(raw)[0].update
    assert isinstance(update, CustomerMessage)
    assert update.lacks is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            "http://content.cdn.viber.com/stickers/1.png",
            "https://content.cdn.viber.com/stickers/1.png",
        ),
        ("https://content.cdn.viber.com/s/1.png", "https://content.cdn.viber.com/s/1.png"),
        ("http://127.0.0.1:8080/1.png", "http://127.0.0.1:8080/1.png"),
        (None, ""),
    ],
)
def test_a_sticker_is_looked_for_where_it_may_be_fetched(given: str | None, kept: str) -> None:
    """Viber names plain HTTP; nothing is fetched by that."""
    (media,) = said(type="sticker", media=given, sticker_id=5).media
    assert (media.kind, media.url, media.name) == ("sticker", kept, "5")


def test_what_is_null_is_missing() -> None:
    raw = fixture("01_text_cyrillic")
    nothing = dict.fromkeys(("message_token", "chat_id", "silent", "reply_type"))
    told = dict.fromkeys(("name", "avatar", "language", "api_version"))
    raw.update(nothing, sender={**raw["sender"], **told})
    (received,) = parse(raw)
    assert isinstance(received.update, CustomerMessage)
    assert (received.update.platform_id, received.update.lacks) == ("", None)
    assert received.dedup_key == "message:1795600020123:01234567890A="
    assert (received.sender.name, received.sender.lang) == ("", "")


@pytest.mark.parametrize("kind", ["picture", "video", "file"])
@pytest.mark.parametrize("media", [None, ""])
def test_a_file_without_an_address_is_shown_and_loses_no_words(
    kind: str, media: str | None
) -> None:
    update = said(type=kind, text="Вот счёт", media=media)
    assert update.text == "Вот счёт"
    assert [(item.kind, item.name) for item in update.media] == [("other", kind)]


@pytest.mark.parametrize("card", [{"name": "Анна", "phone_number": None}, {"phone_number": "нет"}])
def test_a_card_without_a_number_is_shown_as_something_that_came(card: dict[str, Any]) -> None:
    update = said(type="contact", text="Вот она", contact=card)
    assert (update.text, update.contact) == ("Вот она", None)
    assert [(item.kind, item.name) for item in update.media] == [("other", "contact")]


def test_the_kind_of_an_unknown_event_is_never_the_senders_text() -> None:
    with pytest.raises(UnsupportedUpdate, match="other"):
        parse({"event": "<b>№1"})


def test_malformed_updates_never_repeat_what_the_customer_wrote() -> None:
    with pytest.raises(MalformedUpdate) as caught:
        said(type="text", text={"secret": "4276"})
    assert "4276" not in str(caught.value)


def test_ten_thousand_mutations_raise_nothing_but_update_errors() -> None:
    RECORDED.check_mutations(random.Random(20261126))
