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
from core.storage.statement import Plan, micros, micros_or_none
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
    kind: str
    priority: int
    content: bytes
    state: str
    tries: int
    not_before: int | None
    hold: bool


def sendable(rows: Sequence[_Open], now: int) -> list[_Open]:
    """The rows of one chat that may go now, in order.

    A row that waits for its time, or for evidence, holds up those behind it; one that waits for a
    person does not. Answers go together, any other class alone: after a crash all rows in flight
    are in doubt, and only answers are sent again without asking.
    """
    ready: list[_Open] = []
    for row in rows:
        if row.hold:
            continue
        if row.not_before is not None and row.not_before > now:
            break
        if ready and "answer" not in (row.kind, ready[0].kind):
            break
        if ready and row.kind != ready[0].kind:
            break
        ready.append(row)
        if row.kind != "answer":
            break
    return ready


def claim_chats(rules: Rules, job: Claim) -> Plan[tuple[ChatClaim, ...]]:
    """Takes chats with something to send; a chat with nothing for now is let go at once."""
    chats = yield sql.CLAIM_CHATS, job.row()
    if not chats:
        return ()
    if len(chats[0]) > 4:  # as in plan_turn.claim
        chats = sorted(chats, key=lambda row: row[4])
    yield (
        sql.MARK_CHATS,
        [(channel, chat, job.worker, job.lease_until) for channel, chat, *_ in chats],
    )
    now = micros(job.now)
    found: dict[tuple[str, str], list[_Open]] = {}
    for row in (yield sql.OPEN_ROWS, [(channel, chat) for channel, chat, *_ in chats]):
        found.setdefault((row[0], row[1]), []).append(_Open(*row))
    ready = {key: sendable(rows, now) for key, rows in found.items()}
    idle = [key for key in ((row[0], row[1]) for row in chats) if not ready.get(key)]
    if idle:
        yield sql.RELEASE_CHAT, [(*key, now) for key in sorted(idle)]
    sending = [(row.id, now) for rows in ready.values() for row in rows]
    if not sending:
        return ()
    yield sql.SENDING, sending
    letters = {row.id: _CONTENT.decode(row.content) for rows in ready.values() for row in rows}
    files = yield from _files(rules, letters.values())
    return tuple(
        ChatClaim(
            channel=channel,
            chat=chat,
            address=address,
            epoch=epoch,
            rows=tuple(_outbox_row(row, letters[row.id], files) for row in ready[channel, chat]),
        )
        for channel, chat, address, epoch, *_ in chats
        if ready.get((channel, chat))
    )


_Files = Mapping[str, tuple[StoredFile, Mapping[str, str]]]


def _outbox_row(row: _Open, content: Outgoing, files: _Files) -> OutboxRow:
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
        files=own,
        unsure=row.state != "new",
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
    unsent = [
        (row.id,)
        for job in kept
        if job.release and len(job.outcomes) < len(job.chat.rows)
        for row in job.chat.rows
    ]
    if unsent:
        yield sql.UNSEND, unsent
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
    for job in jobs:
        known = {row.id: row for row in job.chat.rows}
        for outcome in job.outcomes:
            row = known[outcome.row]
            at = micros(outcome.at)
            rows.append(_settled(outcome, at))
            line = (row.dialog, row.n)
            lines[line] = (*line, outcome.platform_id, outcome.code, at)
            if outcome.state == "failed":
                rests.append((*line, row.part, at))
            for attachment, file in outcome.files.items():
                files.append((job.chat.channel, attachment, file, at))
    if rows:
        yield sql.SETTLE_ROW, rows
    if rests:
        yield sql.CANCEL_REST, rests
    if lines:
        yield sql.LINE_STATE, list(lines.values())
        yield sql.STATE_EVENT, [(row[0], row[1], row[4]) for row in lines.values()]
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
