"""An independent client of the MAX Bot API judges our double, our fixtures and our messages."""

from collections.abc import AsyncIterator

import pytest
from maxapi import Bot
from maxapi.client import DefaultConnectionProperties
from maxapi.enums.attachment import AttachmentType
from maxapi.enums.parse_mode import TextFormat
from maxapi.enums.update import UpdateType
from maxapi.enums.upload_type import UploadType
from maxapi.exceptions.max import InvalidToken, MaxApiError
from maxapi.types import ButtonsPayload, CallbackButton, InputMediaBuffer, LinkButton
from maxapi.types.attachments.attachment import Attachment
from maxapi.types.attachments.buttons.attachment_button import AttachmentButton
from maxapi.types.attachments.upload import AttachmentUpload
from maxapi.types.input_media import InputMedia
from maxapi.types.updates import UpdateUnionAdapter

from bots.max.channel import MaxChannel
from core.channel import Letter
from core.content import Option, Outgoing, Span
from tests.bots.max.conftest import DIALOG, SECRET, TOKEN, USER, fixture
from tests.bots.max.test_parse import RECORDED
from tests.fakes.max import FakeMax

Attachments = list[Attachment | InputMedia | InputMediaBuffer | AttachmentUpload]

#: What no client could know: nonsense, and what MAX may invent tomorrow. Those without a body are
#: of an older server.
STRANGE = [name for name in RECORDED.names if name.startswith("20_")]
STRANGE += ["19_unknown_attachment", "kept_from_bots", "forwarded_null_body"]


def client(fake: FakeMax, token: str = TOKEN) -> Bot:
    """Their client, that does not repeat by itself."""
    bot = Bot(
        token,
        auto_requests=False,
        default_connection=DefaultConnectionProperties(max_retries=0),
    )
    bot.set_api_url(fake.api_url)
    return bot


def keyboard(rows: list[list[CallbackButton | LinkButton]]) -> Attachments:
    """Buttons as their client attaches them."""
    payload = ButtonsPayload(buttons=[list(row) for row in rows])
    return [AttachmentButton(type=AttachmentType.INLINE_KEYBOARD, payload=payload, bot=None)]


@pytest.fixture
async def bot(fake: FakeMax) -> AsyncIterator[Bot]:
    made = client(fake)
    yield made
    await made.close_session()


async def test_an_independent_client_is_served_by_our_double(bot: Bot, fake: FakeMax) -> None:
    assert (await bot.get_me()).username == "otklik_bot"
    rows: list[list[CallbackButton | LinkButton]] = [
        [CallbackButton(text="Да", payload="o1"), CallbackButton(text="Нет", payload="o2")],
        [LinkButton(text="Сайт", url="https://example.org")],
    ]
    sent = await bot.send_message(
        user_id=int(USER),
        text="Ваш <b>баланс</b>",
        format=TextFormat.HTML,
        attachments=keyboard(rows),
        disable_link_preview=True,
    )
    assert sent is not None
    assert sent.message.body is not None
    assert sent.message.body.text == "Ваш баланс"
    (listed,) = (await bot.get_messages(chat_id=DIALOG, count=5)).messages
    assert listed.body is not None
    assert listed.body.mid == sent.message.body.mid
    assert fake.sent(USER)[0].query["disable_link_preview"] == "true"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("image", "f.png"), ("file", "f.pdf"), ("video", "f.mp4"), ("audio", "f.mp3")],
)
async def test_it_uploads_as_we_do(bot: Bot, fake: FakeMax, kind: str, name: str) -> None:
    media: Attachments = [InputMediaBuffer(b"content", filename=name, type=UploadType(kind))]
    sent = await bot.send_message(
        user_id=int(USER), attachments=media, sleep_after_input_media=False
    )
    assert sent is not None
    (token,) = fake.uploads
    assert (fake.uploads[token], fake.tokens[token]) == (b"content", kind)


async def test_it_answers_presses_and_subscribes_as_we_do(bot: Bot, fake: FakeMax) -> None:
    fake.callbacks.add("c1")
    assert (await bot.send_callback("c1", notification="Готово")).success
    with pytest.raises(MaxApiError, match="notification"):
        await bot.send_callback("c1")
    kinds = [UpdateType.MESSAGE_CREATED, UpdateType.BOT_STOPPED]
    await bot.subscribe_webhook("https://bot.example.org/hook", kinds, SECRET)
    (subscription,) = (await bot.get_subscriptions()).subscriptions
    assert subscription.url == "https://bot.example.org/hook"
    await bot.delete_webhook()
    assert fake.subscriptions == []


async def test_it_reads_updates_by_marker_as_we_do(bot: Bot, fake: FakeMax) -> None:
    await fake.push(fixture("01_text_cyrillic"), fixture("05_button"))
    found = await bot.get_updates(marker=0, timeout=0)
    assert [raw["update_type"] for raw in found["updates"]] == [
        "message_created",
        "message_callback",
    ]
    assert found["marker"] == 2


async def test_it_is_refused_as_we_are(bot: Bot, fake: FakeMax) -> None:
    stranger = client(fake, "another")
    with pytest.raises(InvalidToken):
        await stranger.get_me()
    await stranger.close_session()
    fake.suspended.add(USER)
    with pytest.raises(MaxApiError) as caught:
        await bot.send_message(user_id=int(USER), text="?")
    assert caught.value.code == 403
    eight = keyboard([[CallbackButton(text=str(n), payload="o") for n in range(8)]])
    with pytest.raises(MaxApiError, match="Too many buttons in row"):
        await bot.send_message(user_id=int(USER), text="?", attachments=eight)


@pytest.mark.parametrize("name", sorted(set(RECORDED.names) - set(STRANGE)))
def test_our_fixtures_are_updates_to_it(name: str) -> None:
    raw = fixture(name)
    assert UpdateUnionAdapter.validate_python(raw).update_type == raw["update_type"]


async def test_it_reads_what_we_said_as_we_meant_it(
    channel: MaxChannel, bot: Bot, fake: FakeMax
) -> None:
    spans = (
        Span(offset=0, length=3),
        Span(offset=4, length=2, kind="link", url="https://e.org/?a=1&b=2"),
    )
    content = Outgoing(
        text="Ваш 🙂 <счёт>", spans=spans, options=(Option(key="a", label="Да", token="o1"),)
    )
    await channel.send(Letter(id=1, chat=USER, address=f"{USER}:{DIALOG}", content=content))
    (message,) = (await bot.get_messages(chat_id=DIALOG)).messages
    assert message.body is not None
    assert message.body.text == "Ваш 🙂 <счёт>"
    assert message.body.html_text == fake.sent()[0].body["text"]
