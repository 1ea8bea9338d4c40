"""What people write: to the customer, or for each other."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.messages import is_blank, is_web, message_shape
from bots.desk.problems import FieldError, Problem, field_problem
from bots.desk.refusals import readable_row, refuse, visible_row
from bots.desk.schemas import Body, Message, MessageId, Text
from core.channel import Capabilities
from core.content import Media, Outgoing
from core.desk_values import Line
from core.errors import ChannelError, MessageRejected, RateLimited, RecipientGone
from core.fitting import fitted
from core.state import Refusal


def _uuid(text: str) -> str:
    return str(UUID(text))


ClientId = Annotated[
    str, Field(max_length=40, json_schema_extra={"format": "uuid"}), AfterValidator(_uuid)
]
Words = Annotated[Text, Field(min_length=1, max_length=20_000)]
Id = Annotated[Text, Field(min_length=1, max_length=120)]
RETRY_AFTER = 5
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


class TextIn(Body):
    """Text."""

    t: Literal["text"]
    v: Words


class LinkIn(Body):
    """A link, sent as its address; title goes before it."""

    t: Literal["link"]
    href: Annotated[Text, Field(min_length=8, max_length=2_000)]
    title: Annotated[Text, Field(max_length=300)] = ""


class FileIn(Body):
    """A file or picture uploaded before."""

    t: Literal["image", "file"]
    attachment: Id


PartIn = Annotated[TextIn | LinkIn | FileIn, Field(discriminator="t")]


class ReplyBody(Body):
    """client_id: a UUID made by the client, unique per dialog for ever. reply_to: id of the message
    that is answered, shown as a quote where the platform can."""

    client_id: ClientId
    parts: Annotated[list[PartIn], Field(max_length=20)]
    attachment_ids: Annotated[list[Id], Field(max_length=20, default_factory=list)]
    reply_to: MessageId | None = None


class EditBody(Body):
    """The new text."""

    text: Words


class NoteBody(Body):
    """mentions: operators to be told."""

    client_id: ClientId
    text: Words
    mentions: Annotated[list[Id], Field(max_length=20, default_factory=list)]


@endpoint(
    "POST",
    "/dialogs/{id}/reply",
    roles=OPERATOR,
    own=True,
    body=ReplyBody,
    reply=Message,
    status=202,
)
async def reply(call: Call, body: ReplyBody) -> Message:
    """Writes to the customer; the same client_id again returns the stored message."""
    dialog = call.part("id")
    row = await visible_row(call, dialog)
    if row is None:
        raise Problem("not_found")
    content = await _content(call, dialog, row.channel, body)
    found = await call.context.commands.reply(call.person, dialog, body.client_id, content)
    return await _message(call, dialog, found)


async def _content(call: Call, dialog: str, channel: str, body: ReplyBody) -> Outgoing:
    texts, files = [], list(body.attachment_ids)
    for number, part in enumerate(body.parts):
        if isinstance(part, TextIn):
            texts.append(part.v)
        elif isinstance(part, FileIn):
            files.append(part.attachment)
        else:
            if not is_web(part.href):
                raise field_problem(f"/parts/{number}/href", "url")
            texts.append(f"{part.title}\n{part.href}" if part.title else part.href)
    text = "\n".join(texts)
    media = [await _media(call, dialog, channel, id_) for id_ in dict.fromkeys(files)]
    if is_blank(text) and not media:
        raise field_problem("/parts", "empty")
    answered = await _answered(call, dialog, body.reply_to) if body.reply_to else ""
    return Outgoing(text=text, media=tuple(media), reply_to=answered)


async def _answered(call: Call, dialog: str, message: str) -> str:
    """The platform's id of a message that is answered."""
    line = await call.context.store.line(dialog, int(message))
    if line is None or not line.platform_id:
        raise field_problem("/reply_to", "unknown")
    return line.platform_id


async def _media(call: Call, dialog: str, channel: str, id_: str) -> Media:
    """A file of this dialog, of a size that the channel takes."""
    stored = await call.context.files.attachment(id_)
    if stored is None or stored.dialog != dialog or stored.state != "ready":
        raise field_problem("/attachment_ids", "unknown")
    capabilities = call.context.capabilities(channel)
    is_picture = stored.media_type in _PICTURES and stored.size <= capabilities.image_bytes
    if not is_picture and stored.size > capabilities.file_bytes:
        raise Problem("channel_refuses")
    return Media(
        kind="image" if is_picture else "file",
        attachment=stored.id,
        name=stored.name,
        mime=stored.media_type,
        size=stored.size,
    )


@endpoint("POST", "/dialogs/{id}/note", roles=OPERATOR, body=NoteBody, reply=Message, status=201)
async def note(call: Call, body: NoteBody) -> Message:
    """Writes what the customer never sees."""
    if is_blank(body.text):
        raise field_problem("/text", "empty")
    dialog = call.part("id")
    found = await call.context.commands.note(
        call.person, dialog, body.client_id, body.text, tuple(body.mentions)
    )
    return await _message(call, dialog, found)


async def _message(call: Call, dialog: str, found: Line | Refusal) -> Message:
    if isinstance(found, Refusal):
        raise await refuse(call, dialog, found)
    return message_shape(found)


@endpoint(
    "POST",
    "/dialogs/{id}/messages/{mid}/resend",
    roles=OPERATOR,
    own=True,
    reply=Message,
    key=True,
)
async def resend(call: Call) -> Message:
    """Sends a message once more whose delivery failed or is unknown."""
    return await _settled(call, resend=True)


@endpoint(
    "POST",
    "/dialogs/{id}/messages/{mid}/arrived",
    roles=OPERATOR,
    own=True,
    reply=Message,
    key=True,
)
async def arrived(call: Call) -> Message:
    """Says that a message of unknown delivery arrived."""
    return await _settled(call, resend=False)


async def _settled(call: Call, *, resend: bool) -> Message:
    dialog = call.part("id")
    await readable_row(call, dialog)
    found = await call.context.commands.settle(
        call.person, dialog, _number(call), resend=resend, key=call.key
    )
    return await _message(call, dialog, found)


def _number(call: Call) -> int:
    number = call.part("mid")
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise Problem("not_found")
    return int(number)


@endpoint(
    "PATCH",
    "/dialogs/{id}/messages/{mid}",
    roles=OPERATOR,
    own=True,
    body=EditBody,
    reply=Message,
)
async def edit(call: Call, body: EditBody) -> Message:
    """Changes one's own message where the channel can; a note always."""
    if is_blank(body.text):
        raise field_problem("/text", "empty")
    return await _rewritten(call, body.text)


@endpoint("DELETE", "/dialogs/{id}/messages/{mid}", roles=OPERATOR, own=True, reply=Message)
async def delete(call: Call) -> Message:
    """Takes back one's own message where the channel can; a note, or one still unsent, always."""
    return await _rewritten(call, None)


def _as_sent(text: str, can: Capabilities) -> str:
    """The text as the channel would send it: marks that it writes as spans are no part of it."""
    message, *rest = fitted(Outgoing(text=text), can)
    if rest:
        error = FieldError("/text", "too_long", {"max_length": can.text})
        raise Problem("validation", errors=[error])
    return message.text


async def _rewritten(call: Call, text: str | None) -> Message:
    dialog, number = call.part("id"), _number(call)
    row = await readable_row(call, dialog)

    async def at_platform(
        channel: str, address: str, ids: Sequence[str], wanted: str | None
    ) -> None:
        can = call.context.capabilities(row.channel)
        if not (can.delete if wanted is None else can.edit):
            raise Problem("channel_refuses")
        await call.context.rewrite(channel, address, ids, wanted and _as_sent(wanted, can))

    try:
        found = await call.context.commands.rewrite(call.person, dialog, number, text, at_platform)
    except RateLimited as error:
        wait = max(1, round(error.retry_after or 1))
        raise Problem("rate_limited", values={"seconds": wait}, retry_after=wait) from None
    except (MessageRejected, RecipientGone):
        raise Problem("channel_refuses") from None
    except ChannelError:
        raise Problem("draining", retry_after=RETRY_AFTER) from None
    return await _message(call, dialog, found)


ENDPOINTS = (reply, note, resend, arrived, edit, delete)
