"""Lists of dialogs, one dialog, its transcript, and what the reader keeps of it."""

from typing import Annotated, Literal

from pydantic import Field

from bots.desk import schemas
from bots.desk.dialog_shape import shape_of
from bots.desk.endpoint import OPERATOR, Call, Reply, endpoint
from bots.desk.messages import message_shape
from bots.desk.problems import Problem
from bots.desk.refusals import readable_row
from bots.desk.rows import row_shape
from bots.desk.schemas import (
    Body,
    DialogList,
    DraftRev,
    MessageId,
    Messages,
    Text,
    TimelineEvent,
)
from bots.desk.tokens import opened, packed_keys, signed, unpacked_keys
from core.bus.topics import DESK
from core.desk_values import DeskDraft, ListQuery

Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
Filter = Annotated[Text, Field(max_length=100)]
_CURSOR = "dialogs"


class ListParameters(Body):
    """tab: queue, mine, all, closed. cursor: of the page before, with the same filters."""

    tab: Literal["queue", "mine", "all", "closed"] = "queue"
    queue: Filter = ""
    channel: Filter = ""
    topic: Filter = ""
    tag: Filter = ""
    sort: Literal["", "wait", "activity", "closed"] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str, Field(max_length=2000)] = ""


class Since(Body):
    """since: the version the client has."""

    since: Number | None = None


class Around(Body):
    """Before or after a message number; neither for the last ones."""

    before: Number | None = None
    after: Number | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ReadBody(Body):
    """n: the last message that was seen."""

    n: Number


class DraftBody(Body):
    """rev: as last known, 0 at first. A draft without text, files and reply_to is removed. missing:
    variables of ready texts in it that have no value yet. reply_to: id of the message that it
    answers."""

    mode: Literal["reply", "note"]
    text: Annotated[Text, Field(max_length=20_000)]
    attachment_ids: Annotated[
        list[Annotated[str, Field(max_length=120)]], Field(max_length=20, default_factory=list)
    ]
    missing: Annotated[
        list[Annotated[Text, Field(max_length=8_000)]],
        Field(max_length=7_000, default_factory=list),
    ]
    reply_to: MessageId | None = None
    rev: Number


@endpoint("GET", "/dialogs", roles=OPERATOR, query=ListParameters, reply=DialogList)
async def listing(call: Call, query: ListParameters) -> DialogList:
    """A page of a tab. Every page of one listing keeps the `seq` of the first."""
    store, person = call.context.store, call.person
    filters = query.model_dump(exclude={"limit", "cursor"})
    seq = await store.last_event()
    after: tuple[object, ...] = ()
    if query.cursor:
        seq, after = _after(call, query.cursor, filters)
    page = await store.page(person, ListQuery(**filters, limit=query.limit, after=after))
    around = await call.work.around()
    counts = await store.counts(person)
    cursor = None
    if page.next:
        value = [seq, filters, packed_keys(page.next)]
        cursor = signed(call.context.file_key, _CURSOR, value)
    return DialogList(
        seq=seq,
        counts=schemas.Counts(
            queue=counts.queue, mine=counts.mine, all=counts.all, unread=counts.unread
        ),
        rows=[row_shape(row, person, around, call.now) for row in page.rows],
        next_cursor=cursor,
    )


def _after(call: Call, cursor: str, filters: dict[str, str]) -> tuple[int, tuple[object, ...]]:
    try:
        seq, asked, keys = opened(call.context.file_key, _CURSOR, cursor)
    except ValueError:
        raise Problem("malformed") from None
    if asked != filters:
        raise Problem("malformed")
    return seq, unpacked_keys(keys)


@endpoint("GET", "/dialogs/{id}", roles=OPERATOR, query=Since, reply=schemas.Dialog, also=(204,))
async def one(call: Call, query: Since) -> schemas.Dialog | Reply:
    """The dialog with its last 50 messages; 204 when nothing changed since."""
    row = await readable_row(call, call.part("id"))
    if query.since is not None and row.version <= query.since:
        return Reply(status=204)
    if row.state == "closed" and query.since is None:
        await call.context.store.audit(
            call.me.id, "dialog.read", row.id, call.now, queue=row.queue, detail={"state": "closed"}
        )
    return await shape_of(call, row)


@endpoint("GET", "/dialogs/{id}/messages", roles=OPERATOR, query=Around, reply=Messages)
async def messages(call: Call, query: Around) -> Messages:
    """Older or newer messages, oldest first."""
    row = await readable_row(call, call.part("id"))
    if query.after is not None:
        found = await call.context.store.lines(row.id, after=query.after, limit=query.limit)
    else:
        before = query.before or 0
        if query.before == 0:
            return Messages(items=[], has_before=False, has_after=row.last_n > 0)
        found = await call.context.store.lines(row.id, before=before, limit=query.limit)
    return Messages(
        items=[message_shape(line) for line in found.items],
        has_before=found.has_before,
        has_after=found.has_after,
    )


@endpoint("PUT", "/dialogs/{id}/read", roles=OPERATOR, body=ReadBody)
async def read(call: Call, body: ReadBody) -> None:
    """Moves the reader's own mark forward; never back, never beyond the last message."""
    row = await readable_row(call, call.part("id"))
    n = min(body.n, row.last_n)
    if await call.context.store.put_read(call.me.id, row.id, n, call.now):
        call.context.bus.wake(DESK)


@endpoint("PUT", "/dialogs/{id}/draft", roles=OPERATOR, body=DraftBody, reply=DraftRev)
async def draft(call: Call, body: DraftBody) -> DraftRev:
    """Keeps unsent text of the reader."""
    row = await readable_row(call, call.part("id"))
    kept = DeskDraft(
        mode=body.mode,
        text=body.text,
        attachments=tuple(body.attachment_ids),
        missing=tuple(body.missing),
        reply_n=int(body.reply_to or 0),
        rev=body.rev,
    )
    rev = await call.context.store.put_draft(call.me.id, row.id, kept, call.now)
    if rev is None:
        raise Problem("stale")
    call.context.bus.wake(DESK)
    return DraftRev(rev=rev)


@endpoint("GET", "/dialogs/{id}/timeline", roles=OPERATOR, reply=list[TimelineEvent])
async def timeline(call: Call) -> list[TimelineEvent]:
    """Every stored moment and decision, oldest first."""
    row = await readable_row(call, call.part("id"))
    return [
        TimelineEvent(at=event.at, kind=event.kind, facts=dict(event.facts))
        for event in await call.context.store.timeline(row.id)
    ]


ENDPOINTS = (listing, one, messages, read, draft, timeline)
