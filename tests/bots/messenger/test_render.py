"""A message that fits becomes one `message` that Messenger takes."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bots.messenger.capabilities import CAPABILITIES
from bots.messenger.render import OWN_FILE, render
from core.content import Media, Option, Outgoing
from core.errors import MessageRejected
from core.fitting import fitted
from tests.fakes import messenger_rules as rules


def option(key: str, label: str = "", url: str = "") -> Option:
    return Option(key=key, label=label or key, token="" if url else f"o{key}", url=url)


def options(count: int) -> tuple[Option, ...]:
    return tuple(option(str(number)) for number in range(1, count + 1))


def rendered(content: Outgoing) -> list[dict[str, Any]]:
    return [render(piece, CAPABILITIES) for piece in fitted(content, CAPABILITIES)]


def test_a_plain_text() -> None:
    assert rendered(Outgoing(text="Привет")) == [{"text": "Привет"}]


def test_up_to_three_options_under_a_short_text_are_a_template() -> None:
    chosen = (option("yes", "Да"), option("no", "Нет"), option("s", "Сайт", "https://e.org"))
    assert rendered(Outgoing(text="Продолжим?", options=chosen)) == [
        {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "button",
                    "text": "Продолжим?",
                    "buttons": [
                        {"type": "postback", "title": "Да", "payload": "oyes"},
                        {"type": "postback", "title": "Нет", "payload": "ono"},
                        {"type": "web_url", "title": "Сайт", "url": "https://e.org"},
                    ],
                },
            }
        }
    ]


@pytest.mark.parametrize(
    ("count", "length", "form"),
    [
        (3, 640, "template"),
        (3, 641, "quick"),
        (1, 641, "quick"),
        (4, 1, "quick"),
        (13, 2000, "quick"),
        (14, 1, "numbers"),
    ],
)
def test_the_number_of_options_and_the_length_of_the_text_choose_the_form(
    count: int, length: int, form: str
) -> None:
    last = rendered(Outgoing(text="я" * length, options=options(count)))[-1]
    if form == "template":
        assert len(last["attachment"]["payload"]["buttons"]) == count
    elif form == "quick":
        assert [reply["payload"] for reply in last["quick_replies"]] == [
            f"o{number}" for number in range(1, count + 1)
        ]
    else:
        assert last["text"].endswith("14. 14")
        assert set(last) == {"text"}


def test_a_quick_reply_has_a_label_and_a_token() -> None:
    (message,) = rendered(Outgoing(text="?", options=options(4)))
    assert message["quick_replies"][0] == {"content_type": "text", "title": "1", "payload": "o1"}


def test_a_link_among_many_options_becomes_a_line() -> None:
    chosen = (*options(4), option("s", "Сайт", "https://e.org"))
    (message,) = rendered(Outgoing(text="?", options=chosen))
    assert message["text"] == "?\n\nСайт: https://e.org"
    assert len(message["quick_replies"]) == 4


def test_long_labels_are_cut_to_what_a_button_shows() -> None:
    chosen = (option("1", "Очень длинная подпись кнопки"), option("2", "Нет"))
    (message,) = rendered(Outgoing(text="?", options=chosen))
    title = message["attachment"]["payload"]["buttons"][0]["title"]
    assert len(title) == 20
    assert title.endswith("…")


def test_a_phone_is_asked_for_by_a_quick_reply_beside_the_options() -> None:
    (message,) = rendered(Outgoing(text="Телефон?", request_phone="Мой", options=options(2)))
    assert message["quick_replies"] == [
        {"content_type": "user_phone_number"},
        {"content_type": "text", "title": "1", "payload": "o1"},
        {"content_type": "text", "title": "2", "payload": "o2"},
    ]


@pytest.mark.parametrize(
    ("media", "attachment"),
    [
        (Media(kind="image", attachment="a1"), ("image", {OWN_FILE: "a1"})),
        (Media(kind="image", path="tv.png"), ("image", {OWN_FILE: "tv.png"})),
        (Media(kind="file", url="https://e.org/f"), ("file", {"url": "https://e.org/f"})),
        (Media(kind="voice", platform_file="77"), ("audio", {"attachment_id": "77"})),
        (Media(kind="sticker", platform_file="78"), ("image", {"attachment_id": "78"})),
        (Media(kind="video", platform_file="79"), ("video", {"attachment_id": "79"})),
    ],
)
def test_each_kind_of_media_has_its_type(
    media: Media, attachment: tuple[str, dict[str, str]]
) -> None:
    kind, payload = attachment
    (message,) = rendered(Outgoing(media=(media,)))
    assert message == {"attachment": {"type": kind, "payload": payload}}


def test_a_text_is_never_a_caption() -> None:
    media = (Media(kind="image", platform_file="1"), Media(kind="image", platform_file="2"))
    first, second, text = rendered(Outgoing(text="Схема", media=media, options=options(1)))
    assert [first["attachment"]["type"], second["attachment"]["type"]] == ["image", "image"]
    assert text["attachment"]["payload"]["text"] == "Схема"


def test_options_of_a_file_without_words_are_quick_replies_under_it() -> None:
    picture = Media(kind="image", platform_file="1")
    (message,) = rendered(Outgoing(media=(picture,), options=options(2)))
    assert message["attachment"]["type"] == "image"
    assert len(message["quick_replies"]) == 2


def test_a_place_is_a_link_to_a_map() -> None:
    place = Media(kind="location", latitude=59.9386, longitude=30.3141)
    assert rendered(Outgoing(media=(place,))) == [
        {"text": "https://maps.google.com/?q=59.9386,30.3141"}
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (Outgoing(), "empty"),
        (Outgoing(text=" \n"), "empty"),
        (Outgoing(media=(Media(kind="image"),)), "no_file"),
        (Outgoing(text="x", media=(Media(kind="image", url="https://e.org/1"),)), "caption"),
    ],
)
def test_what_is_no_message_is_rejected(content: Outgoing, code: str) -> None:
    with pytest.raises(MessageRejected, match=code):
        render(content, CAPABILITIES)


_LABELS = st.text(st.sampled_from("АБв 🙂👍🏽é*"), min_size=1, max_size=50).filter(str.strip)
_OPTIONS = st.lists(st.tuples(_LABELS, st.booleans()), max_size=20).map(
    lambda made: tuple(
        option(str(n), label, "https://e.org" if is_link else "")
        for n, (label, is_link) in enumerate(made)
    )
)


@given(
    text=st.text(st.sampled_from("слово 🙂\n**."), max_size=4500).filter(
        lambda words: not words or bool(words.strip(" \n*"))
    ),
    chosen=_OPTIONS,
    phone=st.sampled_from(["", "Отправить"]),
    pictures=st.integers(0, 3),
)
@settings(max_examples=100)
def test_whatever_is_said_keeps_to_the_rules_of_the_platform(
    text: str, chosen: tuple[Option, ...], phone: str, pictures: int
) -> None:
    media = tuple(Media(kind="image", platform_file=f"{n}") for n in range(pictures))
    content = Outgoing(text=text, options=chosen, request_phone=phone, media=media)
    assume(text or pictures)
    messages = rendered(content)
    for message in messages:
        rules.check_message({**message, "metadata": "7"}, has_file=False)
    written = str(messages)
    for one in chosen:
        numbered = fitted(content, CAPABILITIES)[-1].numbered
        assert one.url in written if one.url else numbered or one.token in written
    assert ("user_phone_number" in written) == bool(phone)
