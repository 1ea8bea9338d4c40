"""A neutral message shrinks to what a platform shows, and nothing of it is lost."""

from msgspec.structs import replace

from core.channel import Capabilities
from core.content import Media, Option, Outgoing, Span
from core.fitting import fitted
from core.keyboard import keyboard
from tests.core.limits import BARE, RICH, options


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
    sound = Media(kind="audio", attachment="s")
    strict = replace(RICH, file_album=False)
    messages = fitted(Outgoing(media=(image, image, file, file, sound, sound)), strict)
    assert [len(message.media) for message in messages] == [2, 1, 1, 1, 1]
    messages = fitted(Outgoing(media=(sound, sound)), RICH)
    assert [len(message.media) for message in messages] == [2]


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


def test_every_part_keeps_the_wish_about_previews() -> None:
    content = Outgoing(text="https://example.org " * 20, preview=False)
    messages = fitted(content, RICH)
    assert len(messages) > 1
    assert not any(message.preview for message in messages)
