"""The way out, one call at a time: what we say is what the customer sees, within every limit."""

import itertools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.channel import Capabilities, Letter, Sent, StoredFile
from core.content import Media, Option, Outgoing, utf16_len
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from core.fitting import fitted
from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import Door, silenced
from tests.bots.letters import stored
from tests.fakes.platform import Fault, SentMessage, ShownOption

Files = Mapping[str, StoredFile]


async def said(door: Door, content: Outgoing, files: Files | None = None) -> list[Sent]:
    """Sends what a turn would make of a neutral message, one row after another."""
    rows = itertools.count(len(door.double.sent()) + 1)
    return [
        await door.channel.send(
            Letter(
                id=next(rows), chat=door.chat, address=door.chat, content=part, files=files or {}
            )
        )
        for part in fitted(content, door.can)
    ]


async def heard(door: Door, content: Outgoing, files: Files | None = None) -> list[SentMessage]:
    """What the customer sees of a neutral message."""
    before = len(door.double.sent())
    ids = [sent.platform_id for sent in await said(door, content, files)]
    shown = door.double.sent()[before:]
    assert ids == [message.id for message in shown]
    assert {message.chat for message in shown} == {door.chat}
    return shown


def options(count: int, label: str = "Вариант {n}") -> tuple[Option, ...]:
    """So many choices."""
    return tuple(
        Option(key=f"k{n}", label=label.format(n=n), token=f"o{n:010}") for n in range(1, count + 1)
    )


def squeezed(text: str) -> str:
    """Without white space, which cuts between messages eat."""
    return "".join(text.split())


def most_buttons(can: Capabilities) -> int:
    """How many options are buttons at the most."""
    return max(can.inline_total if can.inline_row else 0, can.reply_total if can.reply_row else 0)


@behaviour("send_text")
async def test_a_text_arrives_and_its_id_comes_back(door: Door) -> None:
    words = "Здравствуйте! 👩‍👩‍👧‍👦 <b>x</b> **не жирно* & «кавычки»"
    (message,) = await heard(door, Outgoing(text=words))
    assert message.text == words
    assert (message.options, message.keyboard, message.files) == ((), "none", ())


@behaviour("send_text")
async def test_a_slow_answer_is_an_answer(door: Door) -> None:
    door.double.fail("slow")
    door.double.release()
    assert len(await heard(door, Outgoing(text="терпение"))) == 1


@behaviour("send_text")
async def test_an_answer_names_the_message_it_answers(door: Door) -> None:
    (first,) = await heard(door, Outgoing(text="вопрос"))
    (second,) = await heard(door, Outgoing(text="ответ", reply_to=first.id))
    assert second.reply_to == (first.id if door.channel.capabilities.quotes else "")
    assert second.text == "ответ"


@behaviour("chunking")
@pytest.mark.parametrize(
    "text",
    [
        "Очень длинный ответ. " * 480,
        "а" * 10_000,
        "👩‍👩‍👧‍👦🏳️‍🌈🤷🏽‍♀️" * 530,
        "Первый абзац.\n\n" + "строка\n" * 1500,
    ],
    ids=["10 000 characters", "one word", "30 KB of emoji", "lines"],
)
async def test_a_long_text_arrives_whole_and_in_order(door: Door, text: str) -> None:
    shown = await heard(door, Outgoing(text=text, options=options(2)))
    assert squeezed("".join(message.text for message in shown)).startswith(squeezed(text))
    limit = door.can.text
    assert limit is None or all(utf16_len(message.text) <= limit for message in shown)
    assert not any(message.options for message in shown[:-1])
    if limit is not None:
        assert len(shown) > 1 or limit > 9000


@behaviour("options")
async def test_choices_are_buttons_that_bring_their_token_back(door: Door) -> None:
    asked = options(3)
    (message,) = await heard(door, Outgoing(text="Выберите:", options=asked))
    assert [shown.label for shown in message.options] == [option.label for option in asked]
    assert message.keyboard in ("inline", "reply")
    if any(shown.token for shown in message.options):
        assert [shown.token for shown in message.options] == [option.token for option in asked]


@behaviour("options")
async def test_as_many_choices_as_the_platform_has_buttons_are_all_buttons(door: Door) -> None:
    count = most_buttons(door.can)
    shown = await heard(door, Outgoing(text="Выберите:", options=options(count, "{n}")))
    assert [option.label for option in shown[-1].options] == [str(n + 1) for n in range(count)]


@behaviour("options")
async def test_a_link_is_a_button_or_a_line(door: Door) -> None:
    link = Option(key="site", label="Сайт", url="https://example.org/a?b=c")
    shown = await heard(door, Outgoing(text="Подробности:", options=(*options(1), link)))
    buttons = [option for message in shown for option in message.options]
    if door.can.url_option and ShownOption("Сайт", url=link.url) in buttons:
        return
    assert f"Сайт: {link.url}" in "".join(message.text for message in shown)
    assert [option.label for option in buttons] in (["Вариант 1"], [])


@behaviour("option_fallback")
async def test_more_choices_than_buttons_are_a_numbered_list(door: Door) -> None:
    count = most_buttons(door.can) + 1
    shown = await heard(door, Outgoing(text="Выберите:", options=options(count)))
    lines = "\n".join(message.text for message in shown).split("\n")
    assert [line for line in lines if line.endswith(f" {count}")] == [f"{count}. Вариант {count}"]
    assert all(f"{n}. Вариант {n}" in lines for n in range(1, count + 1))
    assert not any(message.options for message in shown)


@behaviour("labels")
async def test_labels_over_the_limit_are_cut_and_stay_apart(door: Door) -> None:
    count = min(3, most_buttons(door.can))
    long = "Подключить домашний интернет и телевидение по адресу " * 6
    shown = await heard(door, Outgoing(text="?", options=options(count, long + "{n}")))
    labels = [option.label for option in shown[-1].options]
    assert len(set(labels)) == count
    assert all(label.startswith("Подключ") for label in labels)
    limit = door.can.label
    assert limit is None or all(utf16_len(label) <= limit for label in labels)


def picture(key: str = "a1") -> Media:
    """A picture of ours, with the signed link under which platforms may fetch it."""
    url = f"https://support.example.org/files/{key}.png"
    return Media(kind="image", attachment=key, url=url, name="схема.png", mime="image/png", size=9)


@behaviour("media_out")
async def test_a_picture_arrives(door: Door, tmp_path: Path) -> None:
    data = b"\x89PNG\r\n\x1a\n."
    files = {"a1": stored(tmp_path, content=data)}
    shown = await heard(door, Outgoing(media=(picture(),)), files)
    assert [file for message in shown for file in message.files] in ([data], [b""])


@behaviour("media_out")
async def test_a_file_above_the_limit_becomes_a_link(door: Door) -> None:
    large = Media(
        kind="file",
        name="архив.zip",
        size=door.can.file_bytes + 1,
        url="https://support.example.org/files/a.zip",
    )
    (message,) = await heard(door, Outgoing(text="Держите:", media=(large,)))
    assert message.files == ()
    assert all(part in message.text for part in ("Держите:", "архив.zip", "MB", large.url))


@behaviour("media_out")
async def test_a_file_that_is_gone_is_rejected_before_anything_is_sent(door: Door) -> None:
    gone = StoredFile(path="/nowhere/x.png", name="x.png", mime="image/png", size=9)
    with pytest.raises(MessageRejected):
        await said(door, Outgoing(media=(Media(kind="image", attachment="a1"),)), {"a1": gone})
    assert door.double.sent() == []


@behaviour("media_cache")
async def test_a_picture_is_uploaded_once_and_then_known_by_its_id(
    door: Door, tmp_path: Path
) -> None:
    file = stored(tmp_path, content=b"\x89PNG\r\n\x1a\n.")
    content = Outgoing(media=(picture(),))
    ids = (await said(door, content, {"a1": file}))[-1].platform_files
    assert set(ids) == {"a1"}
    known = StoredFile(
        path=file.path, name=file.name, mime=file.mime, size=file.size, platform_file=ids["a1"]
    )
    (message,) = await heard(door, content, {"a1": known})
    assert message.files == (b"",)


@behaviour("caption")
@pytest.mark.parametrize("words", ["Схема проезда", "Длинное описание. " * 90])
async def test_a_picture_and_its_words_arrive_together_or_one_after_the_other(
    door: Door, tmp_path: Path, words: str
) -> None:
    files = {"a1": stored(tmp_path, content=b"\x89PNG\r\n\x1a\n.")}
    shown = await heard(door, Outgoing(text=words, media=(picture(),)), files)
    assert len(shown[0].files) == 1
    assert squeezed("".join(message.text for message in shown)) == squeezed(words)
    limit = door.can.caption
    assert (len(shown) == 1) == (limit is None or utf16_len(words) <= limit)


@behaviour("preview")
async def test_a_link_that_must_not_unfold_does_not(door: Door) -> None:
    words = "Подробности: https://example.org/tariffs"
    (plain,) = await heard(door, Outgoing(text=words))
    (quiet,) = await heard(door, Outgoing(text=words, preview=False))
    assert (plain.preview, quiet.preview) == (True, False)


@behaviour("phone_request")
async def test_a_phone_is_asked_for_by_a_button_of_the_platform(door: Door) -> None:
    content = Outgoing(text="Ваш номер?", request_phone="Отправить номер")
    (message,) = await heard(door, content)
    assert message.asks_phone
    (after,) = await heard(door, Outgoing(text="Спасибо!"))
    assert not after.asks_phone


@behaviour("typing")
async def test_typing_is_shown(door: Door) -> None:
    await door.taken(door.double.text(door.chat, "меню"))
    await door.channel.typing(door.chat)
    assert door.double.typed() == 1
    assert door.double.sent() == []


#: What each fault must be called; «timeout» is tried below.
ERRORS: Mapping[Fault, tuple[type[ChannelError], ...]] = {
    "limit": (RateLimited,),
    "page": (DeliveryUnknown,),
    "garbage": (DeliveryUnknown,),
    "empty": (DeliveryUnknown,),
    "drop": (DeliveryUnknown,),
    "refuse": (DeliveryUnknown, ChannelUnavailable),
    "auth": (ChannelUnavailable,),
    "rejected": (MessageRejected,),
}
#: The platform took it although it did not say so.
_TAKEN = ("garbage", "empty", "drop")


@behaviour("errors_table")
@pytest.mark.parametrize("fault", ERRORS)
async def test_every_fault_is_called_what_it_is_after_one_attempt(door: Door, fault: Fault) -> None:
    door.double.fail(fault)
    with pytest.raises(ERRORS[fault]) as caught:
        await said(door, Outgoing(text="слово"))
    assert len(door.double.sent()) == (fault in _TAKEN)
    if isinstance(caught.value, ChannelUnavailable):
        assert caught.value.reason == ("auth" if fault == "auth" else "network")
    assert len(await heard(door, Outgoing(text="другое"))) == 1


@behaviour("errors_table")
async def test_an_upload_fails_like_any_other_call(door: Door, tmp_path: Path) -> None:
    files = {"a1": stored(tmp_path, content=b"\x89PNG\r\n\x1a\n.")}
    for fault in ("limit", "page", "drop", "auth", "rejected"):
        door.double.fail(fault)
        with pytest.raises(ChannelError):
            await said(door, Outgoing(media=(picture(),)), files)


@behaviour("rate_limit_hint")
async def test_a_hint_of_the_platform_is_handed_on(door: Door) -> None:
    door.double.fail("limit_hint")
    with pytest.raises(RateLimited) as caught:
        await said(door, Outgoing(text="слово"))
    assert caught.value.retry_after == 7


@behaviour("recipient_gone")
async def test_a_person_who_blocked_us_is_called_gone(door: Door) -> None:
    door.double.denied(door.chat)
    with pytest.raises(RecipientGone):
        await said(door, Outgoing(text="слово"))
    assert door.double.sent(door.chat) == []


@behaviour("idempotency")
async def test_a_letter_sent_twice_is_one_message(door: Door) -> None:
    content = Outgoing(text="Код: 1234")
    letter = Letter(id=42, chat=door.chat, address=door.chat, content=content)
    door.double.fail("timeout")
    with pytest.raises(TimeoutError):
        await silenced(door.double, door.channel.send(letter))
    again = await door.channel.send(letter)
    (message,) = door.double.sent(door.chat)
    assert (message.id, message.text) == (again.platform_id, content.text)
    assert message.key
    other = Letter(id=43, chat=door.chat, address=door.chat, content=content)
    await door.channel.send(other)
    assert len(door.double.sent(door.chat)) == 2


@behaviour("secrets_redacted")
async def test_no_log_line_no_error_and_no_sample_holds_the_token(
    door: Door, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    files = {"a1": stored(tmp_path, content=b"\x89PNG\r\n\x1a\n.")}
    faults: tuple[Any, ...] = ("limit", "page", "garbage", "empty", "drop", "refuse", "auth")
    for fault in faults:
        for content in (Outgoing(text="слово"), Outgoing(media=(picture(),))):
            door.double.fail(fault)
            try:
                await said(door, content, files)
            except ChannelError:
                logging.getLogger("test").exception("sending failed")
    await door.way.register()
    logging.getLogger("test").info("%s", await door.channel.health())
    for event in (door.double.text(door.chat, "меню"), *door.double.malformed()):
        await door.post(event)
        await door.post(door.double.forged(event, "wrong") or event)
    assert caplog.records
    assert door.double.canary not in caplog.text
    assert door.double.canary not in repr(door.intake.samples) + repr(door.way)
