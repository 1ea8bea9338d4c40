"""Which choices are buttons, of which keyboard, and how they stand in rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.channel import Capabilities, narrowed
from core.content import Lack, Media, Option, Outgoing
from core.fitting import fitted
from core.keyboard import keyboard
from tests.core.limits import RICH, options


def test_short_labels_share_rows_and_rows_come_out_even() -> None:
    marks = Outgoing(text="?", options=options(*"12345"))
    five = Capabilities(platform="x", inline_row=8, inline_total=50)
    assert [len(row) for row in keyboard(marks, five).rows] == [5]
    ten = Outgoing(text="?", options=options(*(str(n) for n in range(1, 11))))
    assert [len(row) for row in keyboard(ten, five).rows] == [5, 5]
    long = Outgoing(text="?", options=options("Восстановить пароль", "Да", "Нет"))
    assert [len(row) for row in keyboard(long, five).rows] == [1, 2]


def test_rows_close_up_when_there_are_too_many_of_them() -> None:
    long = Outgoing(text="?", options=options(*(f"Длинная подпись {n}" for n in range(6))))
    tight = Capabilities(platform="x", inline_row=3, inline_rows=2, inline_total=6)
    assert [len(row) for row in keyboard(long, tight).rows] == [3, 3]


def test_a_keyboard_with_links_has_shorter_rows() -> None:
    links = Capabilities(
        platform="x", inline_row=8, inline_rows=2, inline_total=50, link_row=3, url_option=True
    )
    site = Option(key="s", label="6", url="https://example.org")
    content = Outgoing(text="?", options=(*options(*"12345"), site))
    assert [len(row) for row in keyboard(content, links).rows] == [3, 3]
    plain = replace(content, options=options(*"1234"))
    assert [len(row) for row in keyboard(plain, links).rows] == [4]
    more = replace(content, options=(*options(*"1234567"), site))
    last = fitted(more, links)[-1]
    assert last.text.endswith("6: https://example.org"), "three rows of three are more than two"
    assert last.options == options(*"1234567")


def test_a_button_for_the_phone_takes_a_row_of_an_inline_keyboard() -> None:
    inline = Capabilities(
        platform="x", inline_row=1, inline_rows=3, inline_total=3, phone_request=True
    )
    two = Outgoing(text="?", options=options("Да", "Нет"), request_phone="Телефон")
    assert not fitted(two, inline)[-1].numbered
    assert len(keyboard(two, inline).rows) == 2
    three = replace(two, options=options("Да", "Нет", "Потом"))
    assert fitted(three, inline)[-1].numbered
    assert not fitted(replace(three, request_phone=""), inline)[-1].numbered


def test_options_beside_a_phone_request_share_its_keyboard() -> None:
    content = Outgoing(text="?", options=options("Нет"), request_phone="Телефон")
    (message,) = fitted(content, RICH)
    assert keyboard(message, RICH).kind == "reply"


def test_what_an_app_cannot_show_is_left_out_and_the_keyboard_agrees() -> None:
    content = Outgoing(text="Да?", options=options("Да", "Нет"))
    assert keyboard(content, RICH).kind == "inline"
    lacks: tuple[Lack, ...] = ("inline",)
    without = narrowed(RICH, lacks)
    (message,) = fitted(content, without)
    assert not message.numbered
    shown = Outgoing(text=message.text, options=message.options, lacks=lacks)
    assert keyboard(shown, RICH).kind == "reply", "rendering decides as fitting did"
    both: tuple[Lack, ...] = ("inline", "reply")
    (message,) = fitted(content, narrowed(RICH, both))
    assert message.numbered
    assert narrowed(RICH, ()) is RICH
    links: tuple[Lack, ...] = ("links",)
    assert not narrowed(RICH, links).url_option


#: Buttons under short texts only, as on a platform where they make a template of the message.
SHORT = replace(RICH, caption=0, spans=False, inline_text=20, inline_total=3, reply_total=5)


@pytest.mark.parametrize(
    ("text", "kind"), [("Что выбрать?", "inline"), ("я" * 20, "inline"), ("я" * 21, "reply")]
)
def test_a_text_too_long_to_stand_over_buttons_gets_a_keyboard(text: str, kind: str) -> None:
    (message,) = fitted(Outgoing(text=text, options=options("Да", "Нет")), SHORT)
    assert keyboard(message, SHORT).kind == kind


def test_a_link_leaves_the_buttons_when_the_text_over_them_is_too_long() -> None:
    link = Option(key="s", label="Сайт", url="https://example.org")
    short, long = (
        fitted(Outgoing(text=text, options=(*options("Да"), link)), SHORT)[-1]
        for text in ("Да?", "я" * 21)
    )
    assert (short.text, short.options[-1]) == ("Да?", link)
    assert (long.text, long.options) == ("я" * 21 + "\n\nСайт: https://example.org", options("Да"))


def test_a_file_without_words_carries_a_keyboard_where_buttons_need_a_text() -> None:
    picture = Media(kind="image", platform_file="f")
    (message,) = fitted(Outgoing(media=(picture,), options=options("Да")), SHORT)
    assert keyboard(message, SHORT).kind == "reply"


def test_a_request_for_a_phone_takes_the_place_of_one_button() -> None:
    five = Outgoing(text="?", options=options(*"абвгд"))
    assert not fitted(five, SHORT)[-1].numbered
    assert fitted(replace(five, request_phone="Телефон"), SHORT)[-1].numbered


@given(
    length=st.integers(0, 130),
    labels=st.lists(st.sampled_from(["Да", "Нет", "Сайт"]), max_size=7),
    phone=st.sampled_from(["", "Телефон"]),
    pictures=st.integers(0, 4),
    most=st.sampled_from([None, 1, 20, 60]),
)
@settings(max_examples=200)
def test_whatever_was_fitted_finds_its_keyboard(
    length: int, labels: list[str], phone: str, pictures: int, most: int | None
) -> None:
    chosen = tuple(
        Option(key=str(n), label=label, url="https://example.org" if label == "Сайт" else "")
        for n, label in enumerate(labels)
    )
    media = tuple(Media(kind="image", platform_file=str(n)) for n in range(pictures))
    content = Outgoing(text="я" * length, options=chosen, request_phone=phone, media=media)
    capabilities = replace(SHORT, inline_text=most)
    for message in fitted(content, capabilities):
        board = keyboard(message, capabilities)
        held = [option for row in board.rows for option in row]
        assert held == ([] if message.numbered else list(message.options))
        assert board.kind == "inline" or not any(option.url for option in held)


def test_links_that_count_double_become_lines_and_the_buttons_stay() -> None:
    limits = Capabilities(
        platform="roomy",
        inline_row=5,
        inline_rows=6,
        inline_total=10,
        url_option=True,
        link_row=2,
        link_room=2,
    )
    links = tuple(
        Option(key=f"s{n}", label=f"С{n}", url=f"https://example.org/{n}") for n in range(4)
    )
    fits = Outgoing(text="?", options=links + options("А", "Б"))
    assert fitted(fits, limits) == (fits,)
    (message,) = fitted(Outgoing(text="?", options=links + options("А", "Б", "В")), limits)
    assert [option.key for option in message.options] == ["1", "2", "3"]
    assert not message.numbered
    assert message.text.count("https://example.org/") == 4


def test_a_keyboard_of_its_own_with_links_has_the_shorter_rows_too() -> None:
    limits = Capabilities(
        platform="own", reply_row=5, reply_rows=3, reply_total=20, url_option=True, link_row=2
    )
    link = Option(key="site", label="С", url="https://example.org")
    shown = keyboard(Outgoing(text="?", options=(*options("А", "Б", "В"), link)), limits)
    assert (shown.kind, max(map(len, shown.rows))) == ("reply", 2)
