"""Values of core as rows of tables, one function per table; what collects them is in rows.py."""

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from types import NoneType
from typing import Any

from core.records import Message, Record
from core.state import Dialog
from core.storage.sql_records import RECORD_COLUMNS
from core.storage.statement import micros, micros_or_none
from core.updates import ENCODER

PREVIEW = 120
_DIRECTION = {"customer": "in", "bot": "out", "operator": "out", "system": "out"}
#: Values that are stored as they are.
_PLAIN = frozenset({str, int, float, bool, NoneType})

#: Columns of records that are no fields of theirs.
_ADDED: Mapping[str, Callable[[Dialog, Any], Any]] = {
    "dialog": lambda dialog, _: dialog.id,
    "channel": lambda dialog, _: dialog.channel,
    "scale_low": lambda _, rating: rating.scale[0],
    "scale_high": lambda _, rating: rating.scale[1],
}
_OWN: Mapping[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*[name for name in names if name not in _ADDED])
    for kind, names in RECORD_COLUMNS.items()
}
_FOREIGN: Mapping[type, tuple[tuple[int, Callable[[Dialog, Any], Any]], ...]] = {
    kind: tuple((at, _ADDED[name]) for at, name in enumerate(names) if name in _ADDED)
    for kind, names in RECORD_COLUMNS.items()
}


def unreachable(dialog: Dialog) -> str:
    """Why nothing that is said now would arrive; it fails at once, and only a person tries it
    again. A window that closed says nothing of the next message."""
    return "" if dialog.gone == "window_closed" else dialog.gone


_NO_PREVIEW = (None, None, None, None)


def _preview(line: Message | None) -> tuple[Any, ...]:
    """The columns preview_*; of None: those that were there stay."""
    if line is None:
        return _NO_PREVIEW
    return (line.author.kind, line.text[:PREVIEW], len(line.media), micros(line.at))


def dialog_row(dialog: Dialog, preview: Message | None, now: int) -> tuple[Any, ...]:
    """Parameters of sql_turn.SAVE_DIALOG."""
    kept, waiting = waiting_since(dialog)
    return (
        dialog.id,
        dialog.state,
        dialog.queue,
        dialog.operator,
        dialog.operator_name,
        dialog.version,
        dialog.state_rev,
        dialog.last_n,
        dialog.last_customer_n,
        dialog.lang,
        dialog.customer_name,
        dialog.topic,
        dialog.result,
        dialog.secret,
        dialog.human,
        dialog.gone,
        ENCODER.encode(dialog),
        *_preview(preview),
        kept,
        micros_or_none(waiting),
        now,
        micros_or_none(dialog.first_customer_at),
        micros_or_none(dialog.last_customer_at),
        micros_or_none(dialog.first_bot_at),
        micros_or_none(dialog.last_bot_at),
        micros_or_none(_bot_done_at(dialog)),
        micros_or_none(dialog.first_human_at),
        micros_or_none(dialog.last_human_at),
        micros_or_none(dialog.closed_at),
        "" if dialog.human or dialog.closing is None else dialog.result,
    )


#: What a step of the bot's talk leaves alone, beside state, closing and escalation.
_STEADY = attrgetter(
    *("state_rev", "queue", "operator", "operator_name", "human", "gone", "lang"),
    *("customer_name", "closed_at", "first_customer_at", "first_human_at", "last_human_at"),
    "result",
)


def is_step(before: Dialog | None, after: Dialog) -> bool:
    """Whether a dialog went on with the bot and nothing else became of it, so that `step_row`
    holds all that changed. before: as the database holds it; None: unknown."""
    return (
        before is not None
        and before.version > 0
        and before.state == after.state == "bot"
        and after.closing is None
        and after.escalation is None
        and before.closing is None
        and before.escalation is None
        and _STEADY(before) == _STEADY(after)
    )


def step_row(dialog: Dialog, preview: Message | None, now: int) -> tuple[Any, ...]:
    """Parameters of sql_turn.SAVE_STEP."""
    return (
        dialog.id,
        dialog.version,
        dialog.last_n,
        dialog.last_customer_n,
        dialog.topic,
        dialog.secret,
        ENCODER.encode(dialog),
        *_preview(preview),
        now,
        micros_or_none(dialog.last_customer_at),
        micros_or_none(dialog.first_bot_at),
        micros_or_none(dialog.last_bot_at),
    )


def waiting_since(dialog: Dialog) -> tuple[bool, datetime | None]:
    """(keep an earlier moment, moment) since when the customer waits for a human.

    In a queue that is the escalation, through transfers and vanished operators; with an operator
    the first word not yet answered."""
    if dialog.state == "queued":
        escalation, stay = dialog.escalation, dialog.stay
        if escalation is not None and escalation.ended_at is None:
            return False, escalation.escalated_at
        return True, stay.entered_at if stay is not None else dialog.last_customer_at
    heard, answered = dialog.last_customer_at, dialog.last_human_at
    if dialog.state == "with_operator" and heard and (answered is None or answered < heard):
        return True, heard
    return False, None


def _bot_done_at(dialog: Dialog) -> datetime | None:
    if dialog.escalation is not None and dialog.escalation.n == 1:
        return dialog.escalation.escalated_at
    return None if dialog.closing is None else dialog.closing.closed_at


def message_row(dialog: str, message: Message, gone: str = "") -> tuple[Any, ...]:
    """Parameters of sql_turn.NEW_MESSAGE. gone: why it cannot be sent."""
    fails = gone and message.delivery == "new"
    extra = None
    if message.options or message.media or message.spans:
        extra = json_text(
            {"options": message.options, "media": message.media, "spans": message.spans}
        )
    author = message.author
    seen = message.kind in ("text", "rating")
    return (
        dialog,
        message.n,
        micros(message.at),
        _DIRECTION[author.kind] if seen else "none",
        author.kind,
        author.id,
        author.name,
        message.kind,
        message.text,
        extra,
        "failed" if fails else message.delivery,
        message.platform_id,
        message.client_id,
        message.reply_to,
        message.masked,
        message.code,
        gone if fails else "",
    )


def record_row(dialog: Dialog, record: Record) -> tuple[Any, ...]:
    """Parameters of the record's statement in sql_records, keys first."""
    kind = type(record)
    values = list(_OWN[kind](record))
    for at, column in _FOREIGN[kind]:
        values.insert(at, column(dialog, record))
    return tuple([value if type(value) in _PLAIN else _stored(value) for value in values])


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return micros(value)
    return json_text(value) if isinstance(value, tuple) else value


def json_text(value: Any) -> str:
    """Any value as JSON."""
    return ENCODER.encode(value).decode()
