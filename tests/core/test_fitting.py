"""A neutral message shrinks to what a platform shows, and nothing of it is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.channel import Capabilities, narrowed
from core.content import Lack, Media, Option, Outgoing, Span
from core.fitting import fitted
from core.keyboard import keyboard

RICH = Capabilities(
    platform="rich",
    text=100,
    caption=20,
    spans=True,
    inline_row=3,
    inline_rows=4,
    inline_total=10,
    reply_row=2,
    reply_rows=10,
    reply_total=20,
    label=10,
    url_option=True,
    phone_request=True,
    image_bytes=1000,
    file_bytes=5000,
    album=3,
)
BARE = Capabilities(platform="bare", file_bytes=5000)


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(
        Option(key=str(number), label=label, token=f"o{number}")
        for number, label in enumerate(labels, start=1)
    )


def test_a_short_plain_text_is_the_very_same_message() -> None:
    content = Outgoing(text="Здравствуйте!")
    assert fitted(content, RICH)[0] is content


def test_options_that_fit_stay_buttons() -> None:
    content = Outgoing(text="Да?", options=options("Да", "Нет"))
    assert fitted(content, RICH) == (content,)


def test_options_go_with_the_last_chunk_only() -> None:
    content = Outgoing(text="слово " * 40, options=options("Да"), reply_to="7")
    *first, last = fitted(content, RICH)
    assert first
    assert all(not message.options for message in first)
    assert last.options == content.options
    assert [message.reply_to for message in (*first, last)] == ["7"] + [""] * len(first)


def test_without_buttons_options_become_a_numbered_list() -> None:
    (message,) = fitted(Outgoing(text="Что выбрать?", options=options("Чай", "Кофе")), BARE)
    assert message.text == "Что выбрать?\n\n1. Чай\n2. Кофе"
    assert message.numbered
    assert [option.label for option in message.options] == ["Чай", "Кофе"]


def test_numbers_count_only_what_can_be_chosen() -> None:
    link = Option(key="site", label="Сайт", url="https://example.org")
    one, two = options("Чай", "Кофе")
    (message,) = fitted(Outgoing(text="?", options=(one, link, two)), BARE)
    assert message.text == "?\n\n1. Чай\nСайт: https://example.org\n2. Кофе"
    assert message.options == (one, two)


def test_only_links_become_lines_where_links_cannot_be_buttons() -> None:
    link = Option(key="site", label="Сайт", url="https://example.org")
    no_links = Capabilities(platform="x", inline_row=2, inline_total=4)
    (message,) = fitted(Outgoing(text="?", options=(*options("Чай"), link)), no_links)
    assert message.text == "?\n\nСайт: https://example.org"
    assert message.options == options("Чай")
    assert not message.numbered


def test_links_alone_do_not_make_a_numbered_list() -> None:
    link = Option(key="site", label="Сайт", url="https://example.org")
    (message,) = fitted(Outgoing(text="?", options=(link,)), BARE)
    assert message.text == "?\n\nСайт: https://example.org"
    assert not message.numbered


def test_too_many_for_inline_go_to_the_reply_keyboard_then_to_a_list() -> None:
    twelve = Outgoing(text="?", options=options(*(f"n{n}" for n in range(12))))
    assert keyboard(fitted(twelve, RICH)[-1], RICH).kind == "reply"
    thirty = Outgoing(text="?", options=options(*(f"n{n}" for n in range(30))))
    last = fitted(thirty, RICH)[-1]
    assert last.numbered
    assert keyboard(last, RICH).kind == "none"
    written = "\n".join(message.text for message in fitted(thirty, RICH))
    assert all(f"{n + 1}. n{n}\n" in written + "\n" for n in range(30))


def test_a_token_longer_than_the_payload_makes_a_list() -> None:
    tiny = Capabilities(platform="x", inline_row=2, inline_total=4, payload=5)
    long = (Option(key="a", label="A", token="o0123456789"),)
    assert fitted(Outgoing(text="?", options=long), tiny)[-1].numbered


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


def test_long_labels_are_cut_and_numbered_when_they_become_alike() -> None:
    labels = ("Тариф домашний 100", "Тариф домашний 500", "Другой")
    (message,) = fitted(Outgoing(text="?", options=options(*labels)), RICH)
    assert [option.label for option in message.options] == ["Тариф д… 1", "Тариф д… 2", "Другой"]


def test_a_number_never_makes_a_label_like_a_third_one() -> None:
    (message,) = fitted(Outgoing(text="?", options=options("A", "A", "A 1")), RICH)
    assert [option.label for option in message.options] == ["A 2", "A 3", "A 1"]


def test_a_label_is_not_cut_inside_an_emoji() -> None:
    family = "👨‍👩‍👧‍👦"
    (message,) = fitted(Outgoing(text="?", options=options("Семья " + family)), RICH)
    assert message.options[0].label == "Семья…"


def test_markup_becomes_spans_where_they_are_shown() -> None:
    (message,) = fitted(Outgoing(text="🙂 **Баланс**: 5, **долг**: 0"), RICH)
    assert message.text == "🙂 Баланс: 5, долг: 0"
    assert message.spans == (Span(offset=3, length=6), Span(offset=14, length=4))


def test_markup_is_stripped_where_spans_are_not_shown() -> None:
    (message,) = fitted(Outgoing(text="**Баланс**: 2**3 и ** *"), BARE)
    assert message.text == "Баланс: 2**3 и ** *"
    assert message.spans == ()


def test_a_link_span_keeps_its_address_as_text_where_spans_are_not_shown() -> None:
    spans = (Span(offset=0, length=4, kind="link", url="https://example.org"),)
    (message,) = fitted(Outgoing(text="Сайт тут", spans=spans), BARE)
    assert message.text == "Сайт (https://example.org) тут"


def test_spans_given_by_hand_move_with_the_markup() -> None:
    spans = (Span(offset=8, length=4, kind="link", url="https://example.org"),)
    (message,) = fitted(Outgoing(text="**раз** сайт", spans=spans), RICH)
    assert message.text == "раз сайт"
    assert message.spans == (
        Span(offset=0, length=3),
        Span(offset=4, length=4, kind="link", url="https://example.org"),
    )


def test_a_span_over_a_border_is_cut_in_two() -> None:
    text = "**" + "слово " * 30 + "конец**"
    first, second = fitted(Outgoing(text=text), RICH)
    assert first.spans == (Span(offset=0, length=len(first.text)),)
    assert second.spans == (Span(offset=0, length=len(second.text)),)


def test_a_text_that_fits_the_caption_goes_with_the_media() -> None:
    picture = Media(kind="image", attachment="a", size=10)
    (message,) = fitted(Outgoing(text="Схема", media=(picture,), options=options("Да")), RICH)
    assert (message.text, message.media, len(message.options)) == ("Схема", (picture,), 1)


def test_a_longer_text_follows_the_media() -> None:
    picture = Media(kind="image", attachment="a", size=10)
    content = Outgoing(text="Очень длинная подпись к схеме", media=(picture,), options=options("Д"))
    first, second = fitted(content, RICH)
    assert (first.text, first.media, first.options) == ("", (picture,), ())
    assert (second.text, second.media) == (content.text, ())
    assert second.options


def test_a_platform_without_captions_gets_the_media_first() -> None:
    content = Outgoing(text="Схема", media=(Media(kind="file", attachment="a", size=10),))
    assert [message.text for message in fitted(content, BARE)] == ["", "Схема"]


def test_neighbours_of_a_kind_make_albums() -> None:
    image, file = Media(kind="image", attachment="i"), Media(kind="file", attachment="f")
    messages = fitted(Outgoing(media=(image, image, image, image, file, file)), RICH)
    assert [len(message.media) for message in messages] == [3, 1, 2]


def test_files_go_one_by_one_where_they_may_not_share_a_message() -> None:
    image, file = Media(kind="image", attachment="i"), Media(kind="file", attachment="f")
    strict = replace(RICH, file_album=False)
    messages = fitted(Outgoing(media=(image, image, file, file)), strict)
    assert [len(message.media) for message in messages] == [2, 1, 1]


def test_a_formatted_text_leaves_room_for_marks_written_into_it() -> None:
    inside = replace(RICH, span_room=40)
    assert len(fitted(Outgoing(text="слово " * 16), inside)) == 1
    formatted = fitted(Outgoing(text="**слово** " + "слово " * 15), inside)
    assert len(formatted) == 2
    assert all(len(message.text) <= 60 for message in formatted)


def test_an_album_without_text_leaves_its_last_picture_to_carry_the_buttons() -> None:
    image = Media(kind="image", attachment="i")
    first, last = fitted(Outgoing(media=(image, image, image), options=options("Да")), RICH)
    assert (len(first.media), first.options) == (2, ())
    assert (len(last.media), last.options) == (1, options("Да"))


def test_an_album_with_buttons_and_text_sends_the_text_after_it() -> None:
    image = Media(kind="image", attachment="i")
    first, last = fitted(Outgoing(text="?", media=(image, image), options=options("Да")), RICH)
    assert (first.text, len(first.media)) == ("", 2)
    assert (last.text, last.options) == ("?", options("Да"))


def test_a_picture_too_large_for_a_picture_goes_as_a_file() -> None:
    (message,) = fitted(Outgoing(media=(Media(kind="image", attachment="i", size=2000),)), RICH)
    assert message.media[0].kind == "file"


FASTIDIOUS = replace(
    RICH, captioned=("image", "video"), takes={"image": ("image/png",)}, video_bytes=3000
)


def test_a_picture_of_a_type_the_platform_does_not_show_goes_as_a_file() -> None:
    moving = Media(kind="image", attachment="a", mime="image/gif", size=10)
    file, text = fitted(Outgoing(text="Смотрите", media=(moving,)), FASTIDIOUS)
    assert file.media == (replace(moving, kind="file"),)
    assert text.text == "Смотрите", "its files carry no captions"
    shown = Media(kind="image", attachment="a", mime="image/png", size=10)
    (message,) = fitted(Outgoing(text="Смотрите", media=(shown,)), FASTIDIOUS)
    assert (message.text, message.media) == ("Смотрите", (shown,))


def test_a_video_has_a_limit_of_its_own() -> None:
    for size, kind in ((3000, "video"), (3001, "file"), (5000, "file")):
        film = Media(kind="video", attachment="a", size=size)
        (message,) = fitted(Outgoing(media=(film,)), FASTIDIOUS)
        assert message.media[0].kind == kind
    huge = Media(kind="video", url="https://x.example/v", name="v.mp4", size=6 * 1024 * 1024)
    (message,) = fitted(Outgoing(media=(huge,)), FASTIDIOUS)
    assert message.text == "v.mp4 (6.0 MB): https://x.example/v"


def test_a_file_too_large_goes_as_a_link_with_name_and_size() -> None:
    big = Media(kind="file", name="Схема.pdf", size=3 * 1024 * 1024, url="https://example.org/f")
    (message,) = fitted(Outgoing(text="Вот", media=(big,)), RICH)
    assert message.text == "Вот\n\nСхема.pdf (3.0 MB): https://example.org/f"
    assert message.media == ()


def test_the_phone_request_goes_with_the_last_message_and_only_where_there_is_a_button() -> None:
    content = Outgoing(text="слово " * 40, request_phone="Отправить телефон")
    *first, last = fitted(content, RICH)
    assert [message.request_phone for message in first] == [""] * len(first)
    assert last.request_phone == "Отправить телефон"
    assert fitted(content, BARE)[-1].request_phone == ""


def test_options_beside_a_phone_request_share_its_keyboard() -> None:
    content = Outgoing(text="?", options=options("Нет"), request_phone="Телефон")
    (message,) = fitted(content, RICH)
    assert keyboard(message, RICH).kind == "reply"


def test_every_part_keeps_the_wish_about_previews() -> None:
    content = Outgoing(text="https://example.org " * 20, preview=False)
    messages = fitted(content, RICH)
    assert len(messages) > 1
    assert not any(message.preview for message in messages)


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
@settings(max_examples=200, deadline=None)
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
