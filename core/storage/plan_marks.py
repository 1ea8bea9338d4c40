"""What platforms and operators say of messages that were sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from core.effects import MarkDelivery, Settle, Sort
from core.state import Dialog
from core.storage import sql_delivery, sql_records, sql_turn
from core.storage.statement import Plan, micros
from core.updates import ENCODER

#: A receipt with an id we never saw proves the chat's only unknown row, if it comes this soon
#: (CHANNELS.md 4.4).
PROOF_WITHIN = timedelta(seconds=10) // timedelta(microseconds=1)
#: A row is dated by when its answer came, which is later than the platform's own date of it; and
#: no two clocks agree.
LATER_THAN_THEIRS = timedelta(seconds=5)
_TAGS = msgspec.json.Decoder(list[str])
_ARRIVED = ("sent", "delivered", "seen")

Mark = tuple[str, str, MarkDelivery]


def mark_deliveries(marks: Sequence[Mark]) -> Plan[None]:
    """Moves rows and lines to where a platform's word puts them."""
    for channel, chat, mark in marks:
        rows = yield sql_records.MARKED_ROWS, [(channel, chat)]
        at = micros(mark.at)
        row = _meant(rows, mark, at)
        if row is None and not (mark.up_to and not mark.platform_id):
            continue
        touched = []
        if row is not None:
            touched = yield from _move(channel, chat, row, mark, at)
        if mark.up_to:
            touched += [(other[1], other[2]) for other in rows if _is_before(other, row, mark)]
        lines = sorted(set(touched))
        if lines:
            marked = [(*line, mark.state, mark.code, at) for line in lines]
            # a word up to a message repeats what is known of most lines before it
            changed = yield sql_records.MARK_LINE, marked
            if changed:
                yield sql_delivery.STATE_EVENT, [(*line, at) for line in sorted(changed)]


def _meant(rows: Sequence[Any], mark: MarkDelivery, at: int) -> Any | None:
    """The outbox row the mark speaks of."""
    for row in rows:
        if mark.outbox and row[0] == mark.outbox:
            return row
        if mark.platform_id and row[4] == mark.platform_id:
            return row
    unknown = [row for row in rows if row[3] == "unknown"]
    if mark.platform_id and mark.state in _ARRIVED and len(unknown) == 1:
        row = unknown[0]
        if row[5] is not None and at - row[5] <= PROOF_WITHIN:
            return row
    return None


def _is_before(other: Any, row: Any | None, mark: MarkDelivery) -> bool:
    """Whether a mark up to a row, or up to a moment, speaks of the other one too."""
    _, _, _, state, _, attempt_at = other
    if state != "sent" or (row is not None and other[0] >= row[0]):
        return False
    if mark.until is None or attempt_at is None:
        return True
    return bool(attempt_at <= micros(mark.until + LATER_THAN_THEIRS))


def _move(
    channel: str, chat: str, row: Any, mark: MarkDelivery, at: int
) -> Plan[list[tuple[str, int]]]:
    id_, dialog, n, state, platform_id, _ = row
    if mark.state == "failed":
        yield sql_records.FAIL_ROW, [(id_, mark.code, at)]
    elif state in ("unknown", "new", "failed"):
        yield sql_records.PROVE_ROW, [(id_, mark.platform_id or platform_id, at)]
    if state == "unknown":  # it held up the rows behind it
        yield sql_turn.WAKE_CHAT, [(channel, chat, at)]
    return [(dialog, n)]


def settle_lines(settles: Sequence[tuple[Dialog, Settle]], now: int) -> Plan[None]:
    """An operator's word on lines of unknown or failed delivery."""
    again = [(dialog.id, settle.n) for dialog, settle in settles if settle.resend]
    arrived = [(dialog.id, settle.n) for dialog, settle in settles if not settle.resend]
    if again:
        yield sql_records.RESEND_LINE, again
        yield sql_records.RESENT_LINE, again
    if arrived:
        yield sql_records.ARRIVED_LINE, [(*line, now) for line in arrived]
        yield sql_records.MARK_LINE, [(*line, "sent", "", now) for line in arrived]
    yield sql_delivery.STATE_EVENT, [(*line, now) for line in again + arrived]


def unsend_lines(lines: Sequence[tuple[Dialog, int]], now: int) -> Plan[None]:
    """Cancels what of these lines has not gone yet."""
    wanted = [(dialog.id, n, now) for dialog, n in lines]
    gone = sorted({(row[0], row[1]) for row in (yield sql_records.UNSEND_LINE, wanted)})
    if gone:
        yield sql_records.CANCELLED_LINE, [(*line, "undone") for line in gone]
        yield sql_delivery.STATE_EVENT, [(*line, now) for line in gone]


def sort_dialogs(sorts: Sequence[tuple[str, Sort]]) -> Plan[None]:
    """Adds and removes tags, sets priorities; the order of tags is that of their coming."""
    ids = sorted({dialog for dialog, _ in sorts})
    found = {row[0]: row[1] for row in (yield sql_records.TAGS_OF, [ids])}
    tags = {dialog: _TAGS.decode(text or "[]") for dialog, text in found.items()}
    priority: dict[str, int | None] = {}
    for dialog, sort in sorts:
        kept = [tag for tag in tags.get(dialog, []) if tag not in sort.remove]
        tags[dialog] = list(dict.fromkeys([*kept, *sort.add]))
        if sort.priority is not None:
            priority[dialog] = sort.priority
    rows = [(one, ENCODER.encode(tags[one]).decode(), priority.get(one)) for one in ids]
    yield sql_records.SORTED, rows


def cancel_chats(reaches: Sequence[tuple[Any, ...]]) -> Plan[None]:
    """Takes back what was still to be sent to people who cannot be reached."""
    rows = yield sql_records.CANCEL_CHAT, list(reaches)
    reason, now = reaches[0][2], reaches[0][3]
    lines = sorted({(row[0], row[1]) for row in rows})
    if lines:
        yield sql_records.CANCELLED_LINE, [(*line, reason) for line in lines]
        yield sql_delivery.STATE_EVENT, [(*line, now) for line in lines]
