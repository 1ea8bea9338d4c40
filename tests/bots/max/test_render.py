"""A message that fits becomes one request that MAX takes."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.max.capabilities import CAPABILITIES, READABLE
from bots.max.markup import html, spans_of
from bots.max.render import render
from core.content import Media, Option, Outgoing, Span, utf16_len
from core.errors import MessageRejected
from core.fitting import fitted
from tests.fakes import max_rules as rules


def option(key: str, label: str = "", url: str = "") -> Option:
    return Option(key=key, label=label or key, token="" if url else f"o{key}", url=url)


def keyboard_of(content: Outgoing) -> list[list[dict[str, str]]]:
    """The rows of buttons of what fits."""
    (piece,) = fitted(content, CAPABILITIES)
    item = render(piece, CAPABILITIES).body["attachments"][-1]
    assert item["type"] == "inline_keyboard"
    rows: list[list[dict[str, str]]] = item["payload"]["buttons"]
    return rows


def test_a_plain_text_has_no_format() -> None:
    request = render(Outgoing(text="Цена < 500 & скидка"), CAPABILITIES)
    assert (request.query, request.body) == ({}, {"text": "Цена < 500 & скидка"})


def test_formatting_goes_as_tags_and_everything_else_is_escaped() -> None:
    spans = (
        Span(offset=0, length=2),
        Span(offset=3, length=2, kind="link", url='https://e.org/?a=1&b="2"'),
    )
    request = render(Outgoing(text="Да 🙂 & <нет>", spans=spans), CAPABILITIES)
    assert request.body == {
        "format": "html",
        "text": '<b>Да</b> <a href="https://e.org/?a=1&amp;b=&quot;2&quot;">🙂</a>'
        " &amp; &lt;нет&gt;",
    }
    text, marks = rules.shown(request.body)
    assert text == request.text == "Да 🙂 & <нет>"
    assert spans_of(marks) == spans, "what MAX gives back is what was meant"


def test_marks_that_overlap_are_closed_in_order() -> None:
    spans = (Span(offset=0, length=4), Span(offset=2, length=4, kind="link", url="https://e.org"))
    tagged = html("абвгде", spans)
    text, _ = rules.shown({"text": tagged, "format": "html"})
    assert text == "абвгде"


def test_marks_we_never_write_are_not_given_back() -> None:
    marks = [{"type": "emphasized", "from": 0, "length": 1}, {"type": "strong", "from": "0"}, None]
    marks += [{"type": "link", "from": 0, "length": 1, "url": None}]
    assert spans_of(marks) == ()


def test_a_text_without_room_for_tags_loses_the_bold_before_the_links() -> None:
    link = Span(offset=3, length=4, kind="link", url="https://e.org")
    bold = tuple(Span(offset=at, length=1) for at in range(10, 700, 2))
    text = "сам сайт и&" + "а" * 3900
    request = render(Outgoing(text=text, spans=(link, *bold)), CAPABILITIES)
    assert "<a href" in request.body["text"]
    assert "<b>" not in request.body["text"]
    full = render(Outgoing(text="&" * 3900, spans=(link,)), CAPABILITIES)
    assert full.body == {"text": "&" * 3900}


def test_an_unwanted_preview_is_told_in_the_query() -> None:
    request = render(Outgoing(text="https://e.org", preview=False), CAPABILITIES)
    assert request.query == {"disable_link_preview": "true"}


def test_options_are_an_inline_keyboard_whose_payload_is_the_token() -> None:
    rows = keyboard_of(Outgoing(text="?", options=(option("yes", "Да"), option("no", "Нет"))))
    assert rows == [
        [
            {"type": "callback", "text": "Да", "payload": "oyes"},
            {"type": "callback", "text": "Нет", "payload": "ono"},
        ]
    ]


def test_a_link_is_a_button_in_a_row_of_at_most_three() -> None:
    options = (*(option(str(n)) for n in range(5)), option("s", "Сайт", "https://e.org"))
    rows = keyboard_of(Outgoing(text="?", options=options))
    assert all(len(row) <= 3 for row in rows)
    assert rows[-1][-1] == {"type": "link", "text": "Сайт", "url": "https://e.org"}


def test_a_link_too_long_for_a_button_is_written_out() -> None:
    url = "https://e.org/" + "a" * 2100
    content = Outgoing(text="?", options=(option("s", "Сайт", url), option("no", "Нет")))
    (message,) = fitted(content, CAPABILITIES)
    request = render(message, CAPABILITIES)
    assert request.body["text"] == f"?\n\nСайт: {url}"
    assert request.body["attachments"][0]["payload"]["buttons"] == [
        [{"type": "callback", "text": "Нет", "payload": "ono"}]
    ]


def test_marks_of_ten_points_share_two_rows() -> None:
    rows = keyboard_of(Outgoing(text="?", options=tuple(option(str(n)) for n in range(1, 11))))
    assert [len(row) for row in rows] == [5, 5]


def test_labels_that_a_phone_would_cut_get_wider_buttons() -> None:
    rows = keyboard_of(Outgoing(text="?", options=tuple(map(option, ("Да", "Нет", "Не знаю")))))
    assert [[button["text"] for button in row] for row in rows] == [["Да", "Нет"], ["Не знаю"]]
    for row in rows:
        assert max(len(button["text"]) for button in row) <= READABLE[len(row)]


def test_more_options_than_the_keyboard_holds_become_a_numbered_list() -> None:
    content = Outgoing(text="?", options=tuple(option(str(n)) for n in range(1, 212)))
    last = fitted(content, CAPABILITIES)[-1]
    assert last.numbered
    assert render(last, CAPABILITIES).body["text"].endswith("211. 211")
    assert "attachments" not in render(last, CAPABILITIES).body


def test_a_phone_is_asked_for_by_a_button_of_its_own() -> None:
    rows = keyboard_of(
        Outgoing(text="?", request_phone="Отправить номер", options=(option("no", "Нет"),))
    )
    assert rows == [
        [{"type": "request_contact", "text": "Отправить номер"}],
        [{"type": "callback", "text": "Нет", "payload": "ono"}],
    ]


def test_a_reply_names_its_message() -> None:
    request = render(Outgoing(text="?", reply_to="mid.7"), CAPABILITIES)
    assert request.body["link"] == {"type": "reply", "mid": "mid.7"}


@pytest.mark.parametrize(
    ("media", "attachment"),
    [
        (Media(kind="image", attachment="a1"), ("image", {"token": "attach://a1"})),
        (Media(kind="image", path="tv.png"), ("image", {"token": "attach://tv.png"})),
        (Media(kind="image", url="https://e.org/i"), ("image", {"url": "https://e.org/i"})),
        (Media(kind="image", platform_file="t", url="https://x"), ("image", {"token": "t"})),
        (Media(kind="voice", attachment="v"), ("audio", {"token": "attach://v"})),
        (Media(kind="video", platform_file="t"), ("video", {"token": "t"})),
        (Media(kind="other", attachment="o"), ("file", {"token": "attach://o"})),
        (Media(kind="sticker", platform_file="c"), ("sticker", {"code": "c"})),
    ],
)
def test_each_kind_of_media_has_its_attachment(
    media: Media, attachment: tuple[str, dict[str, str]]
) -> None:
    kind, payload = attachment
    body = render(Outgoing(media=(media,)), CAPABILITIES).body
    assert body == {"attachments": [{"type": kind, "payload": payload}]}


def test_a_place_is_an_attachment_too() -> None:
    place = Media(kind="location", latitude=59.9, longitude=30.3)
    body = render(Outgoing(media=(place,)), CAPABILITIES).body
    assert body == {"attachments": [{"type": "location", "latitude": 59.9, "longitude": 30.3}]}


def test_pictures_share_a_message_and_files_do_not() -> None:
    image, file = Media(kind="image", attachment="i"), Media(kind="file", attachment="f")
    pieces = fitted(Outgoing(text="Вот", media=(image, image, file, file)), CAPABILITIES)
    bodies = [render(piece, CAPABILITIES).body for piece in pieces]
    assert [len(body["attachments"]) for body in bodies] == [2, 1, 1]
    assert bodies[-1]["text"] == "Вот"


@pytest.mark.parametrize(
    ("kind", "mime", "shown"),
    [
        ("image", "image/jpeg", "image"),
        ("image", "image/heic", "image"),
        ("image", "image/webp", "file"),
        ("image", "image/svg+xml", "file"),
        ("image", "", "image"),
        ("video", "video/mp4", "video"),
        ("video", "video/webm", "video"),
        ("video", "video/x-msvideo", "file"),
    ],
)
def test_what_max_does_not_take_as_a_picture_goes_as_a_file(
    kind: Any, mime: str, shown: str
) -> None:
    media = Media(kind=kind, attachment="a", mime=mime, size=10)
    (piece,) = fitted(Outgoing(text="Вот", media=(media,)), CAPABILITIES)
    (item,) = render(piece, CAPABILITIES).body["attachments"]
    assert item["type"] == shown


def test_sounds_go_one_by_one() -> None:
    sound = Media(kind="audio", platform_file="audio-1")
    pieces = fitted(Outgoing(text="Вот", media=(sound, sound)), CAPABILITIES)
    assert [len(piece.media) for piece in pieces] == [1, 1]


def test_a_file_that_is_only_an_address_is_written_out() -> None:
    file = Media(kind="file", url="https://e.org/f.pdf", name="Договор.pdf")
    body = render(Outgoing(text="Вот", media=(file,)), CAPABILITIES).body
    assert body == {"text": "Вот\n\nДоговор.pdf: https://e.org/f.pdf"}


def test_media_without_a_file_is_rejected() -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        render(Outgoing(media=(Media(kind="image"),)), CAPABILITIES)


@pytest.mark.parametrize("content", [Outgoing(), Outgoing(text=" \n"), Outgoing(text="")])
def test_an_empty_message_is_rejected_here(content: Outgoing) -> None:
    with pytest.raises(MessageRejected, match="empty"):
        render(content, CAPABILITIES)


_LABELS = st.text(st.sampled_from("АБв 🙂👍🏽é*"), min_size=1, max_size=150).filter(str.strip)
_URLS = st.sampled_from(["", "", "", "https://example.org/тариф?a=1&b=2"])
_OPTIONS = st.lists(st.tuples(_LABELS, _URLS), max_size=230).map(
    lambda items: tuple(option(str(n), label, url) for n, (label, url) in enumerate(items))
)


@given(
    text=st.text(st.sampled_from("слово 🙂\n**.<&>"), min_size=1, max_size=9000).filter(str.strip),
    options=_OPTIONS,
    phone=st.sampled_from(["", "Отправить"]),
    media=st.lists(st.sampled_from(["image", "video", "file", "audio", "location"]), max_size=12),
)
@settings(max_examples=60)
def test_whatever_is_said_keeps_to_the_rules_of_the_platform(
    text: str, options: tuple[Option, ...], phone: str, media: list[Any]
) -> None:
    sent = tuple(
        Media(kind=kind, platform_file=f"{kind}-1", latitude=1.5, longitude=2.5) for kind in media
    )
    tokens = {f"{kind}-1": kind for kind in ("image", "video", "file", "audio")}
    content = Outgoing(text=text, options=options, request_phone=phone, media=sent)
    shown, words = [], ""
    for piece in fitted(content, CAPABILITIES):
        request = render(piece, CAPABILITIES)
        rules.check_body(request.body, tokens)
        assert utf16_len(request.body.get("text", "")) <= 4000
        words += rules.shown(request.body)[0]
        shown += [option.token for option in piece.options if option.token]
    assert shown == [option.token for option in options if option.token]
    assert re.sub(r"[\s*]", "", text) in re.sub(r"[\s*]", "", words)
