"""Desk events as frames for one reader: states, never patches, so repeats are harmless."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from bots.desk.live_socket import Connection, Frame
from bots.desk.messages import delivery_shape, message_shape
from bots.desk.rows import row_shape
from bots.desk.schemas import rfc3339
from bots.desk.surroundings import Surroundings
from core.access import Person, view
from core.desk_values import Line, Listed, ReaderFacts
from core.store_values import DeskEvent

STATE = "message_state"
#: Reasons after which a dialog is no longer in its queue: its sound stops everywhere.
_LEFT = frozenset({"taken", "transferred", "returned", "closed", "rated", "undone"})


@dataclass(slots=True)
class Change:
    """What happened to one dialog, with everything its frames need. row: as of now.

    lines: the new or changed ones, by number; only read when somebody is subscribed.
    """

    row: Listed
    events: list[DeskEvent] = field(default_factory=list)
    lines: Mapping[int, Line] = field(default_factory=dict)
    edited: Sequence[int] = ()
    readers: Mapping[str, ReaderFacts] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """Position of the newest event."""
        return self.events[-1].id

    @property
    def moves(self) -> list[DeskEvent]:
        """Events of turns; the others are words of platforms on messages."""
        return [event for event in self.events if event.kind != STATE]

    def row_for(self, reader: str) -> Listed:
        """The row with what this reader has read and drafted."""
        facts = self.readers.get(reader, ReaderFacts())
        return replace(
            self.row, read_n=facts.read_n, unread=facts.unread, has_draft=facts.has_draft
        )


def frames_of(
    change: Change,
    to: Connection,
    around: Surroundings,
    now: datetime,
    *,
    notices: bool = True,
) -> Iterator[Frame]:
    """What one tab is told of a change. notices: off when a socket resumes, or old sounds ring;
    what still rings from before is told to stop all the same."""
    seen = view(to.person, change.row.whose)
    moves = change.moves
    if seen == "none":
        # A move taken back leaves no trace by which it could be told who saw the dialog meanwhile.
        if to.person.is_operator and any(event.kind == "undone" for event in moves):
            yield _about(change, "gone", why="undone")
            yield from _stops(change)
        return
    if seen == "row":
        if moves:
            # who gave it away themselves knows who has it now
            by = {} if moves[-1].by == to.person.id else holder(change.row)
            yield _about(change, "gone", why=moves[-1].kind, **by)
            yield from _stops(change)
        return
    if change.row.id in to.subscribed:
        yield from _messages(change)
    if moves:
        row = change.row_for(to.person.id)
        frame = dialog_frame(row, change.seq, to.person, around, now, moves[-1].kind)
        yield {**frame, "by": moves[-1].by} if moves[-1].by else frame
        yield from _stops(change)
        if notices:
            yield from _notices(change, to)


def holder(row: Listed) -> dict[str, str]:
    """`by` of a `gone` frame: the name of who has the dialog, if somebody has."""
    return {"by": row.operator_name} if row.state == "with_operator" and row.operator else {}


def _about(change: Change, kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "t": kind,
        "seq": change.seq,
        "dialog": change.row.id,
        "version": change.row.version,
        **fields,
    }


def _messages(change: Change) -> Iterator[Frame]:
    """Each message with the version of the turn that wrote it: a gap tells the tab to fetch."""
    moves = [event for event in change.moves if event.first_n]
    first = min((event.first_n for event in moves), default=0)
    for n, line in sorted(change.lines.items()):
        if first and n >= first:
            own = max((one for one in moves if one.first_n <= n), key=lambda one: one.first_n)
            frame = _about(change, "message", message=message_shape(line).model_dump(mode="json"))
            yield {**frame, "seq": own.id, "version": own.version}
    states = {event.first_n: event for event in change.events if event.kind == STATE}
    for n, event in sorted(states.items()):
        known = change.lines.get(n)
        delivery = delivery_shape(known) if known is not None else None
        if delivery is not None:
            told = delivery.model_dump(mode="json")
            yield {**_about(change, STATE, id=str(n), delivery=told), "seq": event.id}
    for n in change.edited:
        if n in change.lines:
            shape = message_shape(change.lines[n]).model_dump(mode="json")
            yield _about(change, "message_edit", message=shape)


def _stops(change: Change) -> Iterator[Frame]:
    if change.row.state != "queued" and _LEFT & {event.kind for event in change.moves}:
        yield {"t": "notice_stop", "id": f"queue:{change.row.id}"}


def _notices(change: Change, to: Connection) -> Iterator[Frame]:
    row, last = change.row, change.moves[-1]
    mine = row.operator == to.person.id and row.state == "with_operator"
    came = {"queued", "reopened", "transferred"} & {event.kind for event in change.moves}
    if row.state == "queued" and came and to.person.serves(row.queue):
        yield notice(change.seq, f"queue:{row.id}", "queue", row.id, "queue")
    if mine and last.kind in ("transferred", "reopened") and last.by != to.person.id:
        yield notice(change.seq, f"handed_over:{row.id}:{row.state_rev}", "handed_over", row.id)
    new = any(event.first_n and event.first_n <= row.last_customer_n for event in change.moves)
    if mine and new and last.by != to.person.id:
        yield notice(change.seq, f"message:{row.id}:{row.last_customer_n}", "message", row.id)


def other_frame(event: DeskEvent, to: Person) -> Frame | None:
    """What does not concern a dialog's own state, for whom it does concern."""
    about = {"seq": event.id, "dialog": event.dialog}
    known = {"seq": event.id, "id": event.kind, "version": event.version}
    match event.topic:
        case "read" if event.by == to.id:
            return {"t": "read", **about, "n": event.first_n}
        case "draft" if event.by == to.id:
            return {"t": "draft", **about, "mode": event.kind, "rev": event.version}
        case "mention" if event.kind == to.id:
            id_ = f"mention:{event.dialog}:{event.first_n}"
            return notice(event.id, id_, "mention", event.dialog)
        case "canned" | "customer":
            return {"t": event.topic, **known}
        case "channel":
            return {"t": "channel", "seq": event.id, "id": event.kind}
        case "operator" if event.kind == "settings" and event.by == to.id:
            return {"t": "settings", "seq": event.id}
    return None


def beside_rows(events: Sequence[DeskEvent], to: Person) -> tuple[list[Frame], list[Frame]]:
    """Frames to be told before the rows that changed by the same events, and behind them.

    A read mark means all of a row that is not open, and the row as it is now knows what came after
    the mark; a notice shows what its row says."""
    told = [frame for event in events if (frame := other_frame(event, to)) is not None]
    before = [frame for frame in told if frame["t"] != "notice"]
    return before, [frame for frame in told if frame["t"] == "notice"]


def is_rescoped(event: DeskEvent, person: Person) -> bool:
    """Their roles or queues changed: everything on that desk may be wrong."""
    return event.topic == "operator" and event.kind == "scope" and event.by == person.id


def notice(seq: int, id_: str, kind: str, dialog: str, scope: str = "mine") -> Frame:
    """Something to ring for. The same id again is the same notice."""
    return {"t": "notice", "seq": seq, "id": id_, "kind": kind, "dialog": dialog, "scope": scope}


def dialog_frame(
    row: Listed, seq: int, to: Person, around: Surroundings, now: datetime, why: str
) -> dict[str, Any]:
    """A row as it is now."""
    shape = row_shape(row, to, around, now)
    return {
        "t": "dialog",
        "seq": seq,
        "dialog": row.id,
        "version": row.version,
        "row": shape.model_dump(mode="json"),
        "why": why,
    }


def welcome(seq: int, *, resumed: bool, now: datetime, beat_s: float, build: str) -> Frame:
    """The first frame of a socket."""
    return {
        "t": "welcome",
        "seq": seq,
        "resumed": resumed,
        "server_at": rfc3339(now),
        "beat_s": beat_s,
        "build": build,
    }
