"""Commands that move a dialog: each becomes one call of a use case and a shaped answer."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from bots.desk import schemas
from bots.desk.dialog_shape import dialog_shape
from bots.desk.endpoint import OPERATOR, Call, Reply, endpoint
from bots.desk.messages import is_web, message_shape
from bots.desk.problems import Problem, field_problem
from bots.desk.refusals import readable_row, refuse, visible_row
from bots.desk.schemas import Body, DialogAnswer, Message, Revised, Text
from core.content import Media, Outgoing
from core.desk_values import Ending, Line, Return
from core.state import Refusal


def _uuid(text: str) -> str:
    return str(UUID(text))


ClientId = Annotated[str, Field(max_length=40), AfterValidator(_uuid)]
Words = Annotated[Text, Field(min_length=1, max_length=20_000)]
Say = Annotated[Text, Field(max_length=8_000)]
Id = Annotated[Text, Field(min_length=1, max_length=120)]
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


class TakeBody(Revised):
    """force: from the bot or a colleague, supervisors only."""

    force: bool = False


class TakeNextBody(Body):
    """queue_ids: only these of one's own queues."""

    queue_ids: Annotated[list[Id], Field(max_length=200)] | None = None


class ReplyBody(Body):
    """client_id: a UUID made by the client, unique per dialog for ever."""

    client_id: ClientId
    parts: Annotated[list[PartIn], Field(max_length=20)]
    attachment_ids: Annotated[list[Id], Field(max_length=20, default_factory=list)]


class NoteBody(Body):
    """mentions: operators to be told."""

    client_id: ClientId
    text: Words
    mentions: Annotated[list[Id], Field(max_length=20, default_factory=list)]


class ToQueue(Body):
    """A queue."""

    queue_id: Id


class ToOperator(Body):
    """A colleague."""

    operator_id: Id


class TransferBody(Revised):
    """Exactly one of the two forms of `to`."""

    to: ToQueue | ToOperator
    comment: Annotated[Text, Field(max_length=2_000)] = ""


class ReturnBody(Revised):
    """step: marked as entry of the scenario. say: to the customer, before the bot goes on."""

    scenario: Annotated[Text, Field(max_length=100)] = ""
    step: Annotated[Text, Field(max_length=100)] = ""
    slots: Annotated[dict[str, str | int | bool | None], Field(max_length=50, default_factory=dict)]
    say: Say = ""


class CloseBody(Revised):
    """seen_n: the last message on the screen. ask_rating false needs skip_reason."""

    seen_n: Annotated[int, Field(ge=0, le=2**31 - 1)]
    result: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = "solved"
    ask_rating: bool = True
    skip_reason: Annotated[Text, Field(max_length=200)] = ""
    say: Say = ""


class UndoBody(Body):
    """undo_id: from the answer to the close or transfer."""

    undo_id: Id


async def _told(call: Call, dialog: str, refusal: Refusal | None) -> None:
    if refusal is not None:
        raise await refuse(call, dialog, refusal)


@endpoint(
    "POST",
    "/dialogs/take-next",
    roles=OPERATOR,
    body=TakeNextBody,
    reply=schemas.Dialog,
    key=True,
    also=(204,),
)
async def take_next(call: Call, body: TakeNextBody) -> schemas.Dialog | Reply:
    """Takes the dialog that waits longest; 204 when nothing waits."""
    wanted = None if body.queue_ids is None else frozenset(body.queue_ids)
    found = await call.context.commands.take_next(call.person, wanted, call.key)
    if isinstance(found, Refusal):
        raise await refuse(call, "", found)
    return Reply(status=204) if found is None else await dialog_shape(call, found)


@endpoint(
    "POST",
    "/dialogs/{id}/take",
    roles=OPERATOR,
    body=TakeBody,
    reply=schemas.Dialog,
    key=True,
    rev=True,
)
async def take(call: Call, body: TakeBody) -> schemas.Dialog:
    """Becomes the owner; exactly one of any number of callers wins."""
    dialog, person = call.part("id"), call.person
    refusal = await call.context.commands.take(
        person, dialog, state_rev=body.state_rev, key=call.key, force=body.force
    )
    await _told(call, dialog, refusal)
    if body.force:
        row = await visible_row(call, dialog)
        queue = row.queue if row else ""
        await call.context.store.audit(
            person.id, "dialog.force_take", dialog, call.now, queue=queue
        )
    return await dialog_shape(call, dialog)


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
                raise field_problem(f"/parts/{number}/href", "url", "an http or https address")
            texts.append(f"{part.title}\n{part.href}" if part.title else part.href)
    text = "\n".join(texts)
    media = [await _media(call, dialog, channel, id_) for id_ in dict.fromkeys(files)]
    if not text.strip() and not media:
        raise field_problem("/parts", "empty", "a text or a file")
    return Outgoing(text=text, media=tuple(media))


async def _media(call: Call, dialog: str, channel: str, id_: str) -> Media:
    """A file of this dialog, of a size that the channel takes."""
    stored = await call.context.files.attachment(id_)
    if stored is None or stored.dialog != dialog or stored.state != "ready":
        raise field_problem("/attachment_ids", "unknown", "a file uploaded to this dialog")
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
    dialog, number = call.part("id"), call.part("mid")
    await readable_row(call, dialog)
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise Problem("not_found")
    found = await call.context.commands.settle(
        call.person, dialog, int(number), resend=resend, key=call.key
    )
    return await _message(call, dialog, found)


@endpoint(
    "POST",
    "/dialogs/{id}/transfer",
    roles=OPERATOR,
    own=True,
    body=TransferBody,
    reply=DialogAnswer,
    key=True,
    rev=True,
)
async def transfer(call: Call, body: TransferBody) -> DialogAnswer:
    """Hands the dialog to a queue or to a colleague who is on the line and has room."""
    dialog, target, undo = call.part("id"), body.to, call.context.new_id()
    to: dict[str, Any] = (
        {"to_queue": target.queue_id}
        if isinstance(target, ToQueue)
        else {"to_operator": target.operator_id}
    )
    refusal = await call.context.commands.transfer(
        call.person,
        dialog,
        state_rev=body.state_rev,
        key=call.key,
        comment=body.comment,
        undo=undo,
        **to,
    )
    await _told(call, dialog, refusal)
    return await _undoable(call, dialog, undo)


@endpoint(
    "POST",
    "/dialogs/{id}/return-to-bot",
    roles=OPERATOR,
    own=True,
    body=ReturnBody,
    reply=schemas.Dialog,
    key=True,
    rev=True,
)
async def return_to_bot(call: Call, body: ReturnBody) -> schemas.Dialog:
    """Gives the dialog back to the bot, at a step marked as entry."""
    dialog = call.part("id")
    to = Return(scenario=body.scenario, step=body.step, slots=dict(body.slots), say=body.say)
    refusal = await call.context.commands.return_to_bot(
        call.person, dialog, state_rev=body.state_rev, key=call.key, to=to
    )
    await _told(call, dialog, refusal)
    return await dialog_shape(call, dialog)


@endpoint(
    "POST",
    "/dialogs/{id}/close",
    roles=OPERATOR,
    own=True,
    body=CloseBody,
    reply=DialogAnswer,
    key=True,
    rev=True,
)
async def close(call: Call, body: CloseBody) -> DialogAnswer:
    """Ends the dialog, unless the customer wrote something after `seen_n`."""
    if not body.ask_rating and not body.skip_reason.strip():
        raise field_problem("/skip_reason", "missing", "not asking needs a reason")
    dialog, undo = call.part("id"), call.context.new_id()
    ending = Ending(
        seen_n=body.seen_n,
        result=body.result,
        ask_rating=body.ask_rating,
        skip_reason=body.skip_reason,
        say=body.say,
    )
    refusal = await call.context.commands.close(
        call.person, dialog, state_rev=body.state_rev, key=call.key, ending=ending, undo=undo
    )
    await _told(call, dialog, refusal)
    return await _undoable(call, dialog, undo)


async def _undoable(call: Call, dialog: str, undo: str) -> DialogAnswer:
    """The dialog after a move, with the offer to take it back."""
    kept = await call.context.store.undo(undo)
    offer = schemas.UndoOffer(id=kept.id, until=kept.until) if kept else None
    return DialogAnswer(dialog=await dialog_shape(call, dialog), undo=offer)


@endpoint(
    "POST",
    "/dialogs/{id}/undo",
    roles=OPERATOR,
    body=UndoBody,
    reply=schemas.Dialog,
)
async def take_back(call: Call, body: UndoBody) -> schemas.Dialog:
    """Takes back one's own close or transfer, for a few seconds; later it is 410."""
    dialog = call.part("id")
    refusal = await call.context.commands.undo(call.person, dialog, body.undo_id)
    await _told(call, dialog, refusal)
    return await dialog_shape(call, dialog)


ENDPOINTS = (
    take_next,
    take,
    reply,
    note,
    resend,
    arrived,
    transfer,
    return_to_bot,
    close,
    take_back,
)
