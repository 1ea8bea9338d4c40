"""How chats are served: which rows may go now, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core.channel import StoredFile
from core.content import Outgoing
from core.storage import sql_delivery as sql
from core.storage import sql_records
from core.storage.plan_intake import Rules
from core.storage.plan_marks import cancel_chats
from core.storage.plan_turn import Claim
from core.storage.statement import Plan, micros, micros_or_none, moment
from core.store import ChatClaim, Delivered, OutboxRow

_CONTENT = msgspec.json.Decoder(Outgoing)


class Settle(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `settle`."""

    worker: str
    chat: ChatClaim
    outcomes: tuple[Delivered, ...]
    release: bool
    now: datetime


class _Open(NamedTuple):
    """An unsettled row of the outbox, as sql_delivery.OPEN_ROWS returns it."""

    channel: str
    chat: str
    id: int
    dialog: str
    n: int
    part: int
    parts: int
    kind: str
    priority: int
    content: bytes
    state: str
    tries: int
    not_before: int | None
    hold: bool
    since: int


def sendable(rows: Sequence[_Open], now: int) -> list[_Open]:
    """The rows of one chat that may go now, in order.

    A row that waits for its time, or for evidence, holds up those behind it; one that waits for a
    person does not.
    """
    ready: list[_Open] = []
    for row in rows:
        if row.hold:
            continue
        if row.not_before is not None and row.not_before > now:
            break
        ready.append(row)
    return ready


def claim_chats(rules: Rules, job: Claim) -> Plan[tuple[ChatClaim, ...]]:
    """Takes chats with something to send; a chat with nothing for now is let go at once."""
    chats = yield sql.CLAIM_CHATS, job.row()
    if not chats:
        return ()
    if len(chats[0]) > 5:  # as in plan_turn.claim
        chats = sorted(chats, key=lambda row: row[5])
    now = micros(job.now)
    ready: dict[_Key, list[_Open]] = {(row[0], row[1]): [] for row in chats}
    for row in (yield sql.OPEN_ROWS, list(ready)):
        ready[row[0], row[1]].append(_Open(*row))
    for key, rows in ready.items():
        ready[key] = sendable(rows, now)
    idle = [key for key, rows in ready.items() if not rows]
    if idle:
        yield sql.RELEASE_CHAT, [(*key, now) for key in sorted(idle)]
    serving = [key for key, rows in ready.items() if rows]
    if not serving:
        return ()
    lease_until = job.lease_until
    yield sql.SERVE_CHAT, [(*key, job.worker, lease_until) for key in serving]
    letters = {row.id: _CONTENT.decode(row.content) for rows in ready.values() for row in rows}
    files = yield from _files(rules, letters.values())
    return tuple(
        ChatClaim(
            channel=channel,
            chat=chat,
            address=address,
            epoch=epoch,
            rows=tuple(
                _outbox_row(row, letters[row.id], files, in_doubt=bool(sending) and not index)
                for index, row in enumerate(ready[channel, chat])
            ),
        )
        for channel, chat, address, epoch, sending, *_ in chats
        if ready[channel, chat]
    )


_Key = tuple[str, str]
_Files = Mapping[str, tuple[StoredFile, Mapping[str, str]]]


def _outbox_row(row: _Open, content: Outgoing, files: _Files, *, in_doubt: bool) -> OutboxRow:
    own = {}
    for media in content.media:
        if media.attachment in files:
            stored, cached = files[media.attachment]
            file = cached.get(row.channel, "")
            own[media.attachment] = msgspec.structs.replace(stored, platform_file=file)
    return OutboxRow(
        id=row.id,
        dialog=row.dialog,
        n=row.n,
        part=row.part,
        kind=row.kind,  # type: ignore[arg-type]  # written from a MessageClass
        priority=row.priority,
        content=content,
        tries=row.tries,
        since=moment(row.since),
        files=own,
        parts=row.parts,
        unsure=in_doubt or row.state == "unknown",
    )


def _files(rules: Rules, contents: Any) -> Plan[_Files]:
    wanted = {media.attachment for content in contents for media in content.media}
    wanted.discard("")
    if not wanted:
        return {}
    files: dict[str, tuple[StoredFile, dict[str, str]]] = {}
    for id_, key, name, mime, size, channel, file in (yield sql.FILES, [sorted(wanted)]):
        path = str(Path(rules.files) / key)
        stored = StoredFile(path=path, name=name, mime=mime, size=size)
        cached = files.setdefault(id_, (stored, {}))[1]
        if channel is not None:
            cached[channel] = file
    return files


def settle(rules: Rules, jobs: Sequence[Settle]) -> Plan[list[bool]]:
    """Writes what became of rows, for every call whose lease still holds."""
    asked = sorted((job.chat.channel, job.chat.chat, job.worker, job.chat.epoch) for job in jobs)
    held = {(row[0], row[1]) for row in (yield sql.HOLD_CHAT, asked)}
    answers = [(job.chat.channel, job.chat.chat) in held for job in jobs]
    kept = [job for job, is_held in zip(jobs, answers, strict=True) if is_held]
    if any(job.outcomes for job in kept):
        yield from _settle_rows(kept)
    yield from _follow(kept)
    releases = sorted(
        (job.chat.channel, job.chat.chat, micros(job.now)) for job in kept if job.release
    )
    if releases:
        yield sql.RELEASE_CHAT, releases
    return answers


def _settle_rows(jobs: Sequence[Settle]) -> Plan[None]:
    rows, files, rests = [], [], []
    lines: dict[tuple[str, int], tuple[Any, ...]] = {}
    singles: dict[tuple[str, int], tuple[Any, ...]] = {}
    for job in jobs:
        known = {row.id: row for row in job.chat.rows}
        for outcome in job.outcomes:
            row = known[outcome.row]
            at = micros(outcome.at)
            rows.append(_settled(outcome, at))
            line = (row.dialog, row.n)
            told = (*line, outcome.platform_id, outcome.code, at)
            if row.parts == 1:
                singles[line] = (*told, outcome.state)
            else:
                lines[line] = told
            if outcome.state == "failed":
                rests.append((*line, row.part, at))
            for attachment, file in outcome.files.items():
                files.append((job.chat.channel, attachment, file, at))
    yield sql.SETTLE_ROW, rows
    if rests:
        yield sql.CANCEL_REST, rests
    if singles:
        yield sql.LINE_IS, list(singles.values())
    if lines:
        yield sql.LINE_STATE, list(lines.values())
    yield sql.STATE_EVENT, [(*line[:2], line[4]) for line in (*singles.values(), *lines.values())]
    if files:
        yield sql.KEEP_FILE, files


def _follow(jobs: Sequence[Settle]) -> Plan[None]:
    """A chat that cannot be reached, or has a new address."""
    said = [(job.chat, outcome) for job in jobs for outcome in job.outcomes]
    moved = [(c.channel, c.chat, o.address) for c, o in said if o.address]
    gone = [(c.channel, c.chat, o.gone, micros(o.at)) for c, o in said if o.gone]
    if moved:
        yield sql.MOVE_CHAT, moved
    if gone:
        yield sql_records.REACH, gone
        yield from cancel_chats(gone)


def _settled(outcome: Delivered, at: int) -> tuple[Any, ...]:
    return (
        outcome.row,
        outcome.state,
        outcome.tries,
        outcome.platform_id,
        outcome.code,
        micros_or_none(outcome.not_before),
        outcome.state == "unknown" and outcome.hold,
        at,
    )
