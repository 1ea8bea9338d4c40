"""A message that fits becomes one request that VK takes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.vk.capabilities import CAPABILITIES
from bots.vk.render import render, render_comment
from core.channel import narrowed
from core.content import Lack, Media, Option, Outgoing
from core.errors import MessageRejected
from core.fitting import fitted
from tests.fakes import vk_rules as rules

LINK = Option(key="s", label="Сайт", url="https://example.org")


def option(key: str, label: str = "") -> Option:
    return Option(key=key, label=label or key, token=f"o{key}")


def buttons(request: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [
        [button["action"] for button in row] for row in json.loads(request["keyboard"])["buttons"]
    ]


def test_a_plain_text() -> None:
    assert render(Outgoing(text="Привет"), CAPABILITIES) == {"message": "Привет"}


def test_options_are_callback_buttons_that_carry_the_token() -> None:
    content = Outgoing(text="?", options=(option("yes", "Да"), option("no", "Нет")))
    request = render(content, CAPABILITIES)
    assert json.loads(request["keyboard"])["inline"] is True
    assert buttons(request) == [
        [
            {"type": "callback", "label": "Да", "payload": '{"t":"oyes"}'},
            {"type": "callback", "label": "Нет", "payload": '{"t":"ono"}'},
        ]
    ]


def test_an_app_without_callbacks_gets_text_buttons_with_the_same_token() -> None:
    content = Outgoing(text="?", options=(option("yes", "Да"),), lacks=("callback",))
    assert buttons(render(content, CAPABILITIES)) == [
        [{"type": "text", "label": "Да", "payload": '{"t":"oyes"}'}]
    ]


def test_an_app_without_inline_keyboards_gets_one_of_its_own_that_hides_after_a_press() -> None:
    content = Outgoing(text="?", options=(option("yes", "Да"),), lacks=("inline",))
    request = render(content, CAPABILITIES)
    assert json.loads(request["keyboard"])["one_time"] is True
    assert buttons(request)[0][0]["type"] == "text"


def test_an_app_without_keyboards_gets_a_numbered_list() -> None:
    lacks: tuple[Lack, ...] = ("inline", "reply")
    content = Outgoing(text="?", options=(option("1", "Чай"), option("2", "Кофе")))
    (message,) = fitted(content, narrowed(CAPABILITIES, lacks))
    request = render(replace(message, lacks=lacks), CAPABILITIES)
    assert request == {"message": "?\n\n1. Чай\n2. Кофе"}


def test_a_link_is_a_button_without_a_payload() -> None:
    request = render(Outgoing(text="?", options=(option("yes", "Да"), LINK)), CAPABILITIES)
    assert buttons(request)[0][1] == {
        "type": "open_link",
        "link": "https://example.org",
        "label": "Сайт",
    }
    rules.check_keyboard(request["keyboard"])


def test_more_than_ten_options_stand_in_the_place_of_the_customers_keyboard() -> None:
    content = Outgoing(text="?", options=tuple(option(str(n)) for n in range(40)))
    (message,) = fitted(content, CAPABILITIES)
    request = render(message, CAPABILITIES)
    rules.check_keyboard(request["keyboard"])
    assert sum(map(len, buttons(request))) == 40
    assert "inline" not in json.loads(request["keyboard"])


def test_more_options_than_any_keyboard_holds_become_a_numbered_list() -> None:
    content = Outgoing(text="?", options=tuple(option(str(n)) for n in range(1, 42)))
    last = fitted(content, CAPABILITIES)[-1]
    assert last.numbered
    assert "keyboard" not in render(last, CAPABILITIES)


def test_files_are_attached_each_by_its_own_name() -> None:
    media = (
        Media(kind="image", attachment="a1"),
        Media(kind="image", path="tv.png"),
        Media(kind="image", platform_file="photo-1_2_k"),
    )
    request = render(Outgoing(text="Схемы", media=media), CAPABILITIES)
    assert request == {
        "message": "Схемы",
        "attachment": ["attach://a1", "attach://tv.png", "photo-1_2_k"],
    }


def test_a_file_vk_can_only_be_told_the_address_of_is_a_line() -> None:
    media = (Media(kind="file", url="https://example.org/f"),)
    request = render(Outgoing(text="Держите", media=media), CAPABILITIES)
    assert request == {"message": "Держите\nhttps://example.org/f"}


def test_a_place_is_a_place() -> None:
    request = render(
        Outgoing(media=(Media(kind="location", latitude=59.9, longitude=30.3),)), CAPABILITIES
    )
    assert request == {"lat": 59.9, "long": 30.3}


def test_an_unwanted_preview_is_switched_off_and_a_reply_names_its_message() -> None:
    request = render(Outgoing(text="?", preview=False, reply_to="77"), CAPABILITIES)
    assert (request["dont_parse_links"], request["reply_to"]) == (1, 77)
    assert "reply_to" not in render(Outgoing(text="?", reply_to="c15"), CAPABILITIES)


@pytest.mark.parametrize("content", [Outgoing(), Outgoing(text=" \n")])
def test_an_empty_message_is_rejected(content: Outgoing) -> None:
    with pytest.raises(MessageRejected, match="empty"):
        render(content, CAPABILITIES)
    with pytest.raises(MessageRejected, match="empty"):
        render_comment(content)


def test_half_a_sign_in_a_label_is_rejected() -> None:
    with pytest.raises(MessageRejected, match="encoding"):
        render(Outgoing(text="?", options=(option("a", "\ud83d"),)), CAPABILITIES)


def test_media_without_a_file_is_rejected() -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        render(Outgoing(media=(Media(kind="image"),)), CAPABILITIES)


def test_a_comment_is_a_text_that_answers_another() -> None:
    content = Outgoing(text="Напишите нам", options=(option("yes"), LINK), reply_to="812")
    assert render_comment(content) == {
        "message": "Напишите нам\nСайт: https://example.org",
        "reply_to_comment": 812,
    }


def test_a_comment_takes_no_files() -> None:
    with pytest.raises(MessageRejected, match="no_files"):
        render_comment(Outgoing(text="x", media=(Media(kind="image", attachment="a"),)))


_LABELS = st.text(st.sampled_from("АБв 🙂👍🏽é*"), min_size=1, max_size=60).filter(str.strip)
_OPTIONS = st.lists(st.tuples(_LABELS, st.booleans()), max_size=45).map(
    lambda pairs: tuple(
        Option(key=str(n), label=label, url=f"https://example.org/{n}")
        if is_link
        else option(str(n), label)
        for n, (label, is_link) in enumerate(pairs)
    )
)
_LACKS = st.sets(st.sampled_from(["inline", "reply", "links", "callback"])).map(tuple)


@given(
    text=st.text(st.sampled_from("слово 🙂\n**."), min_size=1, max_size=12_000).filter(str.strip),
    options=_OPTIONS,
    pictures=st.integers(0, 12),
    lacks=_LACKS,
)
@settings(max_examples=80)
def test_whatever_is_said_keeps_to_the_rules_of_the_platform(
    text: str, options: tuple[Option, ...], pictures: int, lacks: tuple[Lack, ...]
) -> None:
    names = [f"photo-1_{n}" for n in range(pictures)]
    media = tuple(Media(kind="image", platform_file=name) for name in names)
    content = Outgoing(text=text, options=options, media=media)
    shown: list[str] = []
    for piece in fitted(content, narrowed(CAPABILITIES, lacks)):
        request = render(replace(piece, lacks=lacks), CAPABILITIES)
        fields = {key: str(value) for key, value in request.items()}
        fields["attachment"] = ",".join(request.get("attachment", ()))
        rules.check_message({**fields, "random_id": "1"}, set(names))
        shown += [one.token for one in piece.options if one.token]
    assert shown == [one.token for one in options if one.token]
