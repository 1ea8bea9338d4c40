"""What platforms and operators say of messages that were sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from core.effects import MarkDelivery, Settle, Sort
from core.state import Dialog
from core.storage import sql_delivery, sql_records, sql_turn
from core.storage.statement import Plan, micros
from core.store_values import WELCOME
from core.updates import ENCODER

#: A receipt with an id we never saw proves the chat's only unknown row, if it comes this soon.
PROOF_WITHIN = timedelta(seconds=10) // timedelta(microseconds=1)
#: A row is dated by when its answer came, which is later than the platform's own date of it; and
#: no two clocks agree.
LATER_THAN_THEIRS = timedelta(seconds=5)
_TAGS = msgspec.json.Decoder(list[str])

Mark = tuple[str, str, MarkDelivery]


class _Row(NamedTuple):
    """A row of the outbox, as sql_records.MARKED_ROWS returns it."""

    id: int
    dialog: str
    n: int
    state: str
    platform_id: str
    attempt_at: int | None
    hold: bool


def mark_deliveries(marks: Sequence[Mark]) -> Plan[None]:
    """Moves rows and lines to where a platform's word puts them."""
    for channel, chat, mark in marks:
        rows = [_Row(*row) for row in (yield sql_records.MARKED_ROWS, [(channel, chat)])]
        at = micros(mark.at)
        row = _meant(rows, mark)
        if row is None and mark.proves and mark.platform_id:
            row = yield from _proven(rows, at)
        if row is None and not (mark.up_to and not mark.platform_id):
            continue
        touched = []
        if row is not None:
            touched = yield from _move(channel, chat, row, mark, at)
        if mark.up_to:
            touched += [(other.dialog, other.n) for other in rows if _is_before(other, row, mark)]
        lines = sorted(set(touched))
        if lines:
            marked = [(*line, mark.state, mark.code, at) for line in lines]
            # a word up to a message repeats what is known of most lines before it
            changed = yield sql_records.MARK_LINE, marked
            if changed:
                yield sql_delivery.STATE_EVENT, [(*line, at) for line in sorted(changed)]


def _meant(rows: Sequence[_Row], mark: MarkDelivery) -> _Row | None:
    """The row the mark names."""
    for row in rows:
        if mark.outbox and row.id == mark.outbox:
            return row
        if mark.platform_id and row.platform_id == mark.platform_id:
            return row
    return None


def _proven(rows: Sequence[_Row], at: int) -> Plan[_Row | None]:
    """The only row that a word on a message with an id that nobody saw can be about: one of
    unknown delivery, or a greeting, whose id the platform does not tell."""
    greetings = [row for row in rows if row.state == "sent" and row.platform_id.startswith(WELCOME)]
    if greetings:
        asked = [(row.dialog, row.n) for row in greetings]
        quiet = {(line[0], line[1]) for line in (yield sql_records.QUIET_LINES, asked)}
        greetings = [row for row in greetings if (row.dialog, row.n) in quiet]
    found = [*greetings, *(row for row in rows if row.state == "unknown")]
    if len(found) != 1:
        return None
    (row,) = found
    if row.state == "sent":
        return row
    if row.attempt_at is None or at - row.attempt_at > PROOF_WITHIN:
        return None
    # one that may be on its way now could be meant as well; those behind a row that waits are not
    on_way = any(other.state == "new" and (row.hold or other.id < row.id) for other in rows)
    return None if on_way else row


def _is_before(other: _Row, row: _Row | None, mark: MarkDelivery) -> bool:
    """Whether a mark up to a row, or up to a moment, speaks of the other one too."""
    if other.state != "sent" or (row is not None and other.id >= row.id):
        return False
    if mark.until is None or other.attempt_at is None:
        return True
    return other.attempt_at <= micros(mark.until + LATER_THAN_THEIRS)


def _move(
    channel: str, chat: str, row: _Row, mark: MarkDelivery, at: int
) -> Plan[list[tuple[str, int]]]:
    if mark.state == "failed":
        yield sql_records.FAIL_ROW, [(row.id, mark.code, at)]
    elif row.state in ("unknown", "new", "failed"):
        yield sql_records.PROVE_ROW, [(row.id, mark.platform_id or row.platform_id, at)]
    if row.state == "unknown":  # it held up the rows behind it
        yield sql_turn.WAKE_CHAT, [(channel, chat, at)]
    return [(row.dialog, row.n)]


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
