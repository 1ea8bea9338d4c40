"""A neutral message becomes one message of Viber, within every limit of its double."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.viber.capabilities import BODY_BYTES, CAPABILITIES, ENVELOPE_BYTES, SILENT_VERSION
from bots.viber.codec import encoded
from bots.viber.render import Request, render
from core.content import Media, Option, Outgoing
from core.errors import MessageRejected
from core.fitting import fitted
from tests.fakes.viber_rules import check_message

MEGABYTE = 1024 * 1024
URL = "https://support.example.org/media/t/file.png"


def options(count: int, label: str = "Вариант {n}") -> tuple[Option, ...]:
    return tuple(
        Option(key=f"k{n}", label=label.format(n=n), token=f"o{n:010}") for n in range(1, count + 1)
    )


def rendered(content: Outgoing, **how: Any) -> Request:
    """Rendered, encoded, and judged by the double."""
    request = encoded(render(content, CAPABILITIES, **how))
    body = {"receiver": "x" * 60, "sender": {"name": "я" * 28}, **request}
    check_message(body, len(msgspec.json.encode(body)))
    return request


def test_a_text_is_a_text() -> None:
    assert rendered(Outgoing(text="Привет")) == {"type": "text", "text": "Привет"}


@pytest.mark.parametrize("text", ["", " \n\u2003"])
def test_an_empty_message_is_refused_here(text: str) -> None:
    with pytest.raises(MessageRejected, match="empty"):
        render(Outgoing(text=text), CAPABILITIES)


@pytest.mark.parametrize(
    ("count", "label", "columns"),
    [
        (1, "Да", [6]),
        (2, "Да{n}", [3, 3]),
        (3, "{n}", [2, 2, 2]),
        (4, "{n}", [1, 1, 2, 2]),
        (5, "{n}", [1, 1, 1, 1, 2]),
        (6, "{n}", [1] * 6),
        (2, "Подключить домашний интернет {n}", [6, 6]),
    ],
)
def test_buttons_fill_rows_of_six_columns(count: int, label: str, columns: list[int]) -> None:
    request = rendered(Outgoing(text="?", options=options(count, label)))
    assert [button["Columns"] for button in request["keyboard"]["Buttons"]] == columns


def test_a_press_is_kept_out_of_the_chat_where_the_app_can_do_that() -> None:
    asked = Outgoing(text="?", options=options(1))
    new = rendered(asked)
    assert new["min_api_version"] == SILENT_VERSION
    assert new["keyboard"]["Buttons"][0]["Silent"] is True
    old = rendered(msgspec.structs.replace(asked, lacks=("callback",)))
    assert "min_api_version" not in old
    assert "Silent" not in old["keyboard"]["Buttons"][0]
    assert old["keyboard"]["Buttons"][0]["ActionBody"] == "o0000000001"


def test_a_link_opens_without_a_word() -> None:
    link = Option(key="site", label="Сайт", url="https://isp.example/a?b=c")
    (button,) = rendered(Outgoing(text="?", options=(link,)))["keyboard"]["Buttons"]
    assert (button["ActionType"], button["ActionBody"]) == ("open-url", link.url)


def test_a_phone_button_stands_above_the_others() -> None:
    content = Outgoing(text="Номер?", request_phone="Отправить номер", options=options(2))
    request = rendered(content)
    kinds = [button["ActionType"] for button in request["keyboard"]["Buttons"]]
    assert kinds == ["share-phone", "reply", "reply"]
    alone = rendered(Outgoing(text="Номер?", request_phone="Отправить номер"))
    assert alone["min_api_version"] == 3


def test_the_old_way_has_nothing_that_needs_a_new_app() -> None:
    content = Outgoing(text="Номер?", request_phone="Отправить номер", options=options(1))
    request = rendered(content, versioned=False)
    assert "min_api_version" not in request
    (button,) = request["keyboard"]["Buttons"]
    assert (button["ActionType"], "Silent" in button) == ("reply", False)
    alone = rendered(Outgoing(text="Номер?", request_phone="Отправить номер"), versioned=False)
    assert "keyboard" not in alone


def test_labels_mean_nothing_to_html() -> None:
    request = rendered(Outgoing(text="?", options=options(1, "< Назад <b>")))
    assert request["keyboard"]["Buttons"][0]["Text"] == "‹ Назад ‹b›"


def test_the_label_of_a_phone_button_is_cut_like_any_other() -> None:
    request = rendered(Outgoing(text="Номер?", request_phone="Отправить номер " * 20))
    (button,) = request["keyboard"]["Buttons"]
    assert len(button["Text"]) <= 250
    assert button["Text"].endswith("…")


def test_a_full_keyboard_with_a_phone_has_no_row_too_many() -> None:
    long = "Очень длинное название услуги {n}"
    content = Outgoing(text="?", request_phone="Номер", options=options(11, long))
    assert len(rendered(content)["keyboard"]["Buttons"]) == 12


def media(kind: Any, **fields: Any) -> Media:
    return Media(**{"kind": kind, "url": URL, "name": "схема.png", "size": 9, **fields})


@pytest.mark.parametrize(
    ("item", "shape"),
    [
        (media("image", mime="image/png"), {"type": "picture", "text": "", "media": URL}),
        (
            media("image", mime="image/gif", name="a.gif"),
            {"type": "file", "media": URL, "size": 9, "file_name": "a.gif"},
        ),
        (
            media("image", mime="image/png", size=MEGABYTE + 1),
            {"type": "file", "media": URL, "size": MEGABYTE + 1, "file_name": "схема.png"},
        ),
        (
            media("file", name="договор.pdf"),
            {"type": "file", "media": URL, "size": 9, "file_name": "договор.pdf"},
        ),
        (
            media("voice", name="", mime="audio/ogg"),
            {"type": "file", "media": URL, "size": 9, "file_name": "file.png"},
        ),
        (media("file", name="а.zip", size=0), {"type": "text", "text": f"а.zip: {URL}"}),
        (media("file", name="", size=51 * MEGABYTE), {"type": "text", "text": URL}),
        (
            Media(kind="location", latitude=59.9, longitude=30.3),
            {"type": "location", "location": {"lat": 59.9, "lon": 30.3}},
        ),
    ],
)
def test_each_kind_of_file_goes_as_what_viber_takes(item: Media, shape: Request) -> None:
    assert rendered(Outgoing(media=(item,))) == shape


def test_a_video_that_viber_plays_goes_as_one() -> None:
    url = "https://support.example.org/media/t/file.mp4"
    film = media("video", url=url, mime="video/mp4", size=26 * MEGABYTE)
    shape = {"type": "video", "media": url, "size": 26 * MEGABYTE}
    assert rendered(Outgoing(media=(film,))) == shape
    larger = msgspec.structs.replace(film, size=26 * MEGABYTE + 1, name="film.mp4")
    assert rendered(Outgoing(media=(larger,)))["type"] == "file"


def test_a_picture_keeps_its_words_and_buttons() -> None:
    content = Outgoing(
        text="Схема", media=(media("image", mime="image/jpeg", url=URL),), options=options(2)
    )
    request = rendered(content)
    assert (request["type"], request["text"]) == ("picture", "Схема")
    assert len(request["keyboard"]["Buttons"]) == 2


def test_words_are_never_lost_with_what_has_no_caption() -> None:
    content = Outgoing(text="Вот договор", media=(media("file", name="договор.pdf"),))
    assert rendered(content) == {"type": "text", "text": f"Вот договор\n\nдоговор.pdf: {URL}"}


def test_long_names_of_files_keep_their_ending() -> None:
    name = rendered(Outgoing(media=(media("file", name="ы" * 300 + ".docx"),)))["file_name"]
    assert (len(name), name[-6:]) == (256, "ы.docx")
    for odd in ("ы" * 300, ".htaccess", "ы" * 299 + "."):
        assert 0 < len(rendered(Outgoing(media=(media("file", name=odd),)))["file_name"]) <= 256


def test_a_file_without_an_address_is_refused_here() -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        render(Outgoing(media=(media("image", url=""),)), CAPABILITIES)


def test_cyrillic_is_not_escaped() -> None:
    body = msgspec.json.encode(rendered(Outgoing(text="я" * 7000)))
    assert 14_000 < len(body) < 14_100


def test_the_longest_labels_beside_the_longest_text_are_cut_to_fit() -> None:
    words = "ღ" * 7000  # three bytes each
    request = rendered(Outgoing(text=words, options=options(24, "ღ" * 245 + "{n}")))
    labels = [button["Text"] for button in request["keyboard"]["Buttons"]]
    assert request["text"] == words
    assert len(set(labels)) == 24
    assert max(len(label) for label in labels) <= 40


def test_what_is_too_large_however_it_is_written_is_refused_here() -> None:
    with pytest.raises(MessageRejected, match="too_large"):
        render(Outgoing(text="я" * 15_000), CAPABILITIES)


_SIGNS = st.sampled_from(["a", "я", "ღ", "中", "👩‍👩‍👧‍👦", "🤷🏽", '"', "\\", "\n", "\u2028", "<"])


@settings(max_examples=60)
@given(
    sign=_SIGNS,
    length=st.integers(1, 30_000),
    count=st.integers(0, 40),
    label=_SIGNS,
    width=st.integers(1, 300),
    phone=st.booleans(),
)
def test_whatever_fits_the_limits_fits_the_bytes(
    sign: str, length: int, count: int, label: str, width: int, phone: bool
) -> None:
    text = "w" + sign * (length // len(sign))
    made = options(count, label.replace("\n", " ").replace('"', "'") * width + "{n}")
    content = Outgoing(text=text, options=made, request_phone="Номер" if phone else "")
    for message in fitted(content, CAPABILITIES):
        if message.text.strip():
            rendered(message)


def test_the_reserve_holds_the_longest_sender() -> None:
    sender = {"name": "ღ" * 28, "avatar": "https://x.example/" + "a" * 980}
    assert len(msgspec.json.encode({"receiver": "x" * 100, "sender": sender})) < ENVELOPE_BYTES
    assert ENVELOPE_BYTES < BODY_BYTES
