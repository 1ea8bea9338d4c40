"""Dialogs and people as JSON shapes, cut to what the reader may see."""

from datetime import datetime, timedelta

from bots.desk import schemas
from bots.desk.surroundings import Surroundings
from core.access import Person, view
from core.desk_accounts import Account
from core.desk_values import Listed

_PREVIEW = 120


def row_shape(row: Listed, reader: Person, around: Surroundings, now: datetime) -> schemas.Row:
    """A row of a list. Who may not read the dialog learns only that it exists and who has it."""
    is_full = view(reader, row.whose) == "full"
    return schemas.Row(
        id=row.id,
        version=row.version,
        state_rev=row.state_rev,
        state=row.state,
        turn=turn_of(row),
        channel=schemas.ChannelName(
            id=row.channel, kind=around.channels.get(row.channel, ""), name=row.channel
        ),
        queue_id=row.queue,
        operator=schemas.Named(id=row.operator, name=row.operator_name) if row.operator else None,
        customer=schemas.CustomerName(
            id=row.customer if is_full else "",
            name=row.customer_name if is_full else "",
            level=row.level if is_full else "anonymous",
        ),
        topic=row.topic,
        tags=list(row.tags) if is_full else [],
        priority=row.priority,
        preview=_preview(row) if is_full else schemas.Preview(author="", text="", files=0, at=None),
        unread=row.unread if is_full else 0,
        waiting_since=row.waiting_since,
        deadline=_deadline(row, around, now),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        reopened=row.reopened,
        facts=[name for name in ("missed", "rated") if getattr(row, name)],
        has_draft=row.has_draft,
        last_n=row.last_n if is_full else 0,
    )


def _deadline(row: Listed, around: Surroundings, now: datetime) -> schemas.Deadline | None:
    due = around.deadline(row, now)
    if due is None:
        return None
    warn = timedelta(seconds=around.queues[row.queue].warn_before_s)
    return schemas.Deadline(at=due.at, warn_at=due.at - warn, state=due.state)


def turn_of(row: Listed) -> str | None:
    """Who is to write next; nobody while the bot has the dialog or it is over."""
    if row.state == "queued":
        return "operator"
    if row.state != "with_operator":
        return None
    waits = row.waiting_since is not None or row.preview_author == "customer"
    return "operator" if waits else "customer"


def _preview(row: Listed) -> schemas.Preview:
    return schemas.Preview(
        author=row.preview_author,
        text=row.preview_text[:_PREVIEW],
        files=row.preview_files,
        at=row.preview_at,
    )


def operator_shape(account: Account) -> schemas.Operator:
    """A colleague."""
    return schemas.Operator(
        id=account.id,
        name=account.name,
        status=account.status,
        status_since=account.status_since,
        reason=account.status_reason,
        status_by=account.status_by,
        in_hand=account.in_hand,
        limit=account.limit,
        queues=list(account.queues),
    )


def account_shape(account: Account) -> schemas.OperatorAccount:
    """An account, for admins."""
    return schemas.OperatorAccount(
        **operator_shape(account).model_dump(),
        login=account.login,
        roles=list(account.roles),
        archived=account.archived_at is not None,
        version=account.version,
    )
