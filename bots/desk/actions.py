"""Commands that move a dialog: each becomes one call of a use case and a shaped answer."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from bots.desk import schemas
from bots.desk.dialog_shape import dialog_shape
from bots.desk.endpoint import OPERATOR, Call, Reply, endpoint
from bots.desk.messages import is_blank
from bots.desk.problems import Problem, field_problem
from bots.desk.refusals import refuse, visible_row
from bots.desk.rows import row_shape
from bots.desk.schemas import Body, DialogAnswer, Revised, Tag, Text
from core.desk_values import Ending, Return, Sorting
from core.state import Refusal


def _or_nothing(text: str) -> str:
    """What nobody would see is left unsaid."""
    return "" if is_blank(text) else text


Say = Annotated[Text, Field(max_length=8_000), AfterValidator(_or_nothing)]
Id = Annotated[Text, Field(min_length=1, max_length=120)]


class TakeBody(Revised):
    """force: from the bot or a colleague, supervisors only."""

    force: bool = False


class TakeNextBody(Body):
    """queue_ids: only these of one's own queues."""

    queue_ids: Annotated[list[Id], Field(max_length=200)] | None = None


class ToQueue(Body):
    """A queue."""

    queue_id: Id


class ToOperator(Body):
    """A colleague."""

    operator_id: Id


class TransferBody(Revised):
    """Exactly one of the two forms of `to`."""

    to: ToQueue | ToOperator
    comment: Annotated[Text, Field(max_length=2_000), AfterValidator(_or_nothing)] = ""


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


class SortBody(Revised):
    """What is given is changed. priority: 0 is usual, more is served first; supervisors only."""

    topic: Annotated[Text, Field(max_length=100)] | None = None
    tags_add: Annotated[list[Tag], Field(max_length=20, default_factory=list)]
    tags_remove: Annotated[list[Tag], Field(max_length=20, default_factory=list)]
    priority: Annotated[int, Field(ge=-10, le=10)] | None = None


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
        raise field_problem("/skip_reason", "missing")
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


@endpoint(
    "PATCH",
    "/dialogs/{id}",
    roles=OPERATOR,
    own=True,
    body=SortBody,
    reply=schemas.Row,
    rev=True,
)
async def sort(call: Call, body: SortBody) -> schemas.Row:
    """Topic, tags and priority."""
    dialog = call.part("id")
    sorting = Sorting(
        topic=body.topic,
        tags_add=tuple(dict.fromkeys(body.tags_add)),
        tags_remove=tuple(body.tags_remove),
        priority=body.priority,
    )
    refusal = await call.context.commands.sort(
        call.person, dialog, state_rev=body.state_rev, sorting=sorting
    )
    await _told(call, dialog, refusal)
    row = await visible_row(call, dialog)
    if row is None:
        raise Problem("not_found")
    return row_shape(row, call.person, await call.work.around(), call.now)


ENDPOINTS = (
    take_next,
    take,
    transfer,
    return_to_bot,
    close,
    take_back,
    sort,
)
