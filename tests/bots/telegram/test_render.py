"""A message that fits becomes one request that the Bot API takes."""

from typing import Any

import pytest
from aiogram.methods import SendMediaGroup, SendMessage, SendPhoto
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.telegram.capabilities import CAPABILITIES
from bots.telegram.render import render
from core.content import Media, Option, Outgoing, Span
from core.errors import MessageRejected
from core.fitting import fitted
from tests.fakes import telegram_rules as rules

REMOVE = {"remove_keyboard": True}


def option(key: str, label: str = "", url: str = "") -> Option:
    return Option(key=key, label=label or key, token="" if url else f"o{key}", url=url)


def test_a_plain_text() -> None:
    assert render(Outgoing(text="Привет"), CAPABILITIES) == {
        "method": "sendMessage",
        "text": "Привет",
        "reply_markup": REMOVE,
    }


def test_formatting_goes_as_entities_and_the_preview_only_when_unwanted() -> None:
    spans = (
        Span(offset=0, length=2),
        Span(offset=3, length=4, kind="link", url="https://example.org"),
    )
    request = render(Outgoing(text="Да сайт", spans=spans, preview=False), CAPABILITIES)
    assert request["entities"] == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "url": "https://example.org", "offset": 3, "length": 4},
    ]
    assert request["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in request


def test_options_are_an_inline_keyboard_whose_data_is_the_token() -> None:
    options = (option("yes", "Да"), option("no", "Нет"), option("s", "Сайт", "https://e.org"))
    request = render(Outgoing(text="?", options=options), CAPABILITIES)
    assert request["reply_markup"] == {
        "inline_keyboard": [
            [
                {"text": "Да", "callback_data": "oyes"},
                {"text": "Нет", "callback_data": "ono"},
                {"text": "Сайт", "url": "https://e.org"},
            ]
        ]
    }


def test_more_options_than_any_keyboard_holds_become_a_numbered_list() -> None:
    content = Outgoing(text="?", options=tuple(option(str(n)) for n in range(1, 131)))
    last = fitted(content, CAPABILITIES)[-1]
    assert last.numbered
    request = render(last, CAPABILITIES)
    assert request["text"].endswith("130. 130")
    assert request["reply_markup"] == REMOVE


def test_a_phone_is_asked_for_by_a_keyboard_that_shares_the_contact() -> None:
    request = render(Outgoing(text="Телефон?", request_phone="Отправить"), CAPABILITIES)
    assert request["reply_markup"] == {
        "keyboard": [[{"text": "Отправить", "request_contact": True}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def test_the_message_after_a_phone_request_takes_the_keyboard_away() -> None:
    assert render(Outgoing(text="Спасибо"), CAPABILITIES)["reply_markup"] == REMOVE


def test_options_beside_a_phone_request_share_its_keyboard() -> None:
    content = Outgoing(text="?", request_phone="Отправить", options=(option("no", "Нет"),))
    request = render(fitted(content, CAPABILITIES)[-1], CAPABILITIES)
    assert request["reply_markup"]["keyboard"] == [
        [{"text": "Отправить", "request_contact": True}],
        [{"text": "Нет"}],
    ]


@pytest.mark.parametrize(
    ("media", "request_part"),
    [
        (Media(kind="image", attachment="a1"), {"method": "sendPhoto", "photo": "attach://a1"}),
        (Media(kind="image", path="tv.png"), {"method": "sendPhoto", "photo": "attach://tv.png"}),
        (Media(kind="file", url="https://e.org/f"), {"document": "https://e.org/f"}),
        (Media(kind="voice", platform_file="AwAD"), {"method": "sendVoice", "voice": "AwAD"}),
        (Media(kind="sticker", platform_file="C"), {"method": "sendSticker", "sticker": "C"}),
        (Media(kind="location", latitude=1.5, longitude=2.5), {"method": "sendLocation"}),
    ],
)
def test_each_kind_of_media_has_its_method(media: Media, request_part: dict[str, Any]) -> None:
    request = render(Outgoing(media=(media,)), CAPABILITIES)
    assert request.items() >= request_part.items()
    assert "reply_markup" not in request


def test_a_gif_goes_as_the_file_that_moves_and_other_pictures_as_pictures() -> None:
    media = [Media(kind="image", attachment=name, mime=f"image/{name}") for name in ("gif", "png")]
    pieces = fitted(Outgoing(media=tuple(media)), CAPABILITIES)
    methods = [render(piece, CAPABILITIES)["method"] for piece in pieces]
    assert methods == ["sendDocument", "sendPhoto"]


def test_an_album_carries_its_caption_on_the_first_picture() -> None:
    media = (Media(kind="image", attachment="a"), Media(kind="video", attachment="b"))
    request = render(Outgoing(text="Схема", media=media), CAPABILITIES)
    assert request == {
        "method": "sendMediaGroup",
        "media": [
            {"type": "photo", "media": "attach://a", "caption": "Схема"},
            {"type": "video", "media": "attach://b"},
        ],
    }


def test_a_reply_does_not_fail_when_its_message_is_gone() -> None:
    request = render(Outgoing(text="?", reply_to="77"), CAPABILITIES)
    parameters = {"message_id": 77, "allow_sending_without_reply": True}
    assert request["reply_parameters"] == parameters


@pytest.mark.parametrize("content", [Outgoing(), Outgoing(text=" \n"), Outgoing(text="")])
def test_an_empty_message_is_rejected_here_because_the_library_would_drop_the_field(
    content: Outgoing,
) -> None:
    with pytest.raises(MessageRejected, match="empty"):
        render(content, CAPABILITIES)


def test_media_without_a_file_is_rejected() -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        render(Outgoing(media=(Media(kind="image"),)), CAPABILITIES)


_LABELS = st.text(st.sampled_from("АБв 🙂👍🏽é*"), min_size=1, max_size=90).filter(str.strip)
_OPTIONS = st.lists(_LABELS, max_size=140).map(
    lambda labels: tuple(option(str(n), label) for n, label in enumerate(labels))
)


@given(
    text=st.text(st.sampled_from("слово 🙂\n**."), min_size=1, max_size=6000).filter(str.strip),
    options=_OPTIONS,
    phone=st.sampled_from(["", "Отправить"]),
    pictures=st.integers(0, 12),
)
@settings(max_examples=60)
def test_whatever_is_said_keeps_to_the_rules_of_the_platform(
    text: str, options: tuple[Option, ...], phone: str, pictures: int
) -> None:
    media = tuple(Media(kind="image", platform_file=f"f{n}") for n in range(pictures))
    content = Outgoing(text=text, options=options, request_phone=phone, media=media)
    shown: list[Option] = []
    for piece in fitted(content, CAPABILITIES):
        request = render(piece, CAPABILITIES)
        method = request.pop("method")
        rules.check_markup(request)
        if method == "sendMessage":
            rules.check_text(request)
            SendMessage(chat_id=1, **request)
        elif method == "sendPhoto":
            rules.check_caption(request)
            SendPhoto(chat_id=1, **request)
        else:
            assert 2 <= len(request["media"]) <= 10
            SendMediaGroup(chat_id=1, **request)
        shown += piece.options
    assert [o.token for o in shown] == [o.token for o in options]
