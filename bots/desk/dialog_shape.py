"""A whole dialog as the desk opens it."""

from datetime import datetime, timedelta

from bots.desk import schemas
from bots.desk.endpoint import Call
from bots.desk.files import attachment_shape
from bots.desk.messages import message_shape
from bots.desk.problems import Problem
from bots.desk.refusals import visible_row
from bots.desk.rows import row_shape
from core.access import actions, view
from core.channel import Capabilities
from core.desk_values import DeskDraft, Listed, Mark
from core.desk_values import Handoff as StoredHandoff
from core.scenario.model import Bundle

LAST = 50


async def dialog_shape(call: Call, dialog: str) -> schemas.Dialog:
    """The dialog with its last messages; without texts for whom it just left."""
    row = await visible_row(call, dialog)
    if row is None:
        raise Problem("not_found")
    return await shape_of(call, row)


async def shape_of(call: Call, row: Listed) -> schemas.Dialog:
    """The same for a row already read."""
    context, person = call.context, call.person
    is_full = view(person, row.whose) == "full"
    store = context.store
    lines = await store.lines(row.id, limit=LAST) if is_full else None
    handoff = await store.handoff(row.id) if is_full else None
    mark = await store.mark(row.id) if is_full else None
    drafts = await store.drafts(person.id, row.id)
    short = row_shape(row, person, await call.work.around(), call.now)
    fields = {name: getattr(short, name) for name in schemas.Row.model_fields}
    if lines and lines.items:
        # a message may have come between the two readings; whoever saw it has seen it
        fields["last_n"] = max(row.last_n, lines.items[-1].n)
    return schemas.Dialog(
        **fields,
        read_n=row.read_n,
        messages=[message_shape(line) for line in lines.items] if lines else [],
        has_before=lines.has_before if lines else False,
        handoff=handoff_shape(handoff, context.bundle()) if handoff else None,
        caps=await _caps(call, row),
        viewers=call.work.hub.viewers(row.id),
        drafts=[await draft_shape(call, row.id, draft) for draft in drafts],
        rating=rating_shape(mark) if mark else None,
        result=row.result,
        gone=row.gone,
        allowed=actions(person, row.whose),
    )


async def _caps(call: Call, row: Listed) -> schemas.Caps:
    capabilities = call.context.capabilities(row.channel)
    if capabilities.window_hours is None:
        return caps_shape(capabilities)
    # nobody wrote yet in a dialog that an operator began
    heard = row.last_customer_at or await call.context.store.heard_at(row.identity)
    return caps_shape(capabilities, heard)


def caps_shape(capabilities: Capabilities, heard_at: datetime | None = None) -> schemas.Caps:
    """Limits of a channel. heard_at: when the customer last did something."""
    hours = capabilities.window_hours
    ends = None if hours is None or heard_at is None else heard_at + timedelta(hours=hours)
    return schemas.Caps(
        max_text=capabilities.text,
        buttons=max(capabilities.inline_total, capabilities.reply_total),
        files=max(capabilities.file_bytes, capabilities.image_bytes) > 0,
        edit=capabilities.edit,
        read_marks=capabilities.seen,
        quotes=capabilities.quotes,
        window_until=ends,
    )


def handoff_shape(handoff: StoredHandoff, bundle: Bundle) -> schemas.Handoff:
    """What the bot knew, with the titles of today's scenarios."""

    def title(id_: str) -> str:
        scenario = bundle.scenarios.get(id_)
        return scenario.title if scenario else id_

    return schemas.Handoff(
        kind=handoff.kind,
        scenario=handoff.scenario,
        scenario_title=title(handoff.scenario),
        step=handoff.step,
        reason=handoff.reason,
        queue_id=handoff.queue,
        escalated_at=handoff.escalated_at,
        slots=[schemas.SlotValue(title=title, value=str(value)) for title, value in handoff.slots],
        intent=handoff.intent,
        intent_title=title(handoff.intent),
        tries=handoff.misses,
        summary=handoff.summary,
    )


async def draft_shape(call: Call, dialog: str, draft: DeskDraft) -> schemas.Draft:
    """Unsent text, with what another machine shows of its files."""
    stored = [await call.context.files.attachment(id_) for id_ in draft.attachments]
    return schemas.Draft(
        mode=draft.mode,
        text=draft.text,
        attachment_ids=list(draft.attachments),
        attachments=[attachment_shape(one) for one in stored if one and one.dialog == dialog],
        missing=list(draft.missing),
        reply_to=str(draft.reply_n) if draft.reply_n else None,
        rev=draft.rev,
    )


def rating_shape(mark: Mark) -> schemas.Rating:
    """A rating."""
    return schemas.Rating(
        dialog=mark.dialog,
        operator_id=mark.operator,
        metric=mark.metric,
        scale=mark.scale,
        value=mark.value,
        comment=mark.comment,
        asked_at=mark.asked_at,
        answered_at=mark.answered_at,
    )
