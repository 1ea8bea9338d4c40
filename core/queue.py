"""Who gets which dialog: routing, capacity, fairness, place in the queue. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from core import calendar
from core.state import QueueInfo
from core.store_values import Candidate, Hours, QueueRow, Waiting

_NEVER = datetime.min.replace(tzinfo=UTC)


class Assignment(NamedTuple):
    """A waiting dialog and the operator who gets it. state_rev: as it was when decided."""

    dialog: str
    state_rev: int
    operator: str
    name: str


class Deadline(NamedTuple):
    """at: the promised moment of an answer. state: `soon` shortly before it."""

    at: datetime
    state: Literal["ok", "soon", "late"]


def assigned(
    waiting: Sequence[Waiting], candidates: Sequence[Candidate], now: datetime
) -> list[Assignment]:
    """Gives waiting dialogs away, first come first served within each queue.

    Each goes to the operator with the fewest dialogs in hand, of equals to the one given a dialog
    longest ago. Nobody gets more than there is room for, over all queues together. `waiting` is
    in the order of service; a dialog nobody can take leaves those of other queues alone.
    """
    load = {one.operator: one.in_hand for one in candidates}
    room = {one.operator: one.room for one in candidates}
    given = {one.operator: one.last_given_at or _NEVER for one in candidates}
    found = []
    for turn, dialog in enumerate(waiting):
        free = [one for one in candidates if one.queue == dialog.queue and room[one.operator] > 0]
        if not free:
            continue
        best = min(free, key=lambda one: (load[one.operator], given[one.operator], one.operator))
        load[best.operator] += 1
        room[best.operator] -= 1
        given[best.operator] = now + timedelta(microseconds=turn)
        found.append(Assignment(dialog.dialog, dialog.state_rev, best.operator, best.name))
    return found


def place(order: Iterable[str], dialog: str) -> int:
    """Place of a dialog among those waiting, from 1; 0 when it does not wait."""
    return next((number for number, id_ in enumerate(order, 1) if id_ == dialog), 0)


def has_room(in_hand: int, limit: int) -> bool:
    """One more dialog fits."""
    return in_hand < limit


def deadline(
    hours: Sequence[Hours],
    escalated_at: datetime,
    answer_within_s: int,
    warn_before_s: int,
    now: datetime,
) -> Deadline | None:
    """The promise of a queue to a dialog that waits; None when it promises nothing."""
    if answer_within_s <= 0:
        return None
    at = calendar.due(hours, escalated_at, timedelta(seconds=answer_within_s))
    if at is None:
        return None
    if now > at:
        return Deadline(at, "late")
    return Deadline(at, "soon" if at - now <= timedelta(seconds=warn_before_s) else "ok")


def queue_info(row: QueueRow, now: datetime) -> QueueInfo:
    """The queue as the engine wants to know it."""
    open_now = calendar.is_open(row.hours, now)
    return QueueInfo(
        id=row.id,
        open_now=open_now,
        opens_at=None if open_now else calendar.opens_at(row.hours, now),
        online=row.online,
        waiting=row.waiting,
        calendar_version=row.hours[-1].version if row.hours else 0,
    )
