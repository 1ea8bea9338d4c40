"""How chats are served: which rows may go now, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core.channel import StoredFile
from core.content import Outgoing
from core.storage import sql_delivery as sql
from core.storage import sql_records
from core.storage.plan_marks import cancel_chats
from core.storage.rules import Rules
from core.storage.statement import Asked, Plan, Statement, joined, micros, micros_or_none, moment
from core.storage.taking import Claim
from core.store_values import ChatClaim, Delivered, OutboxRow

CONTENT = msgspec.json.Decoder(Outgoing)
_MICROSECOND = timedelta(microseconds=1)


class Settle(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `settle`."""

    worker: str
    chat: ChatClaim
    outcomes: tuple[Delivered, ...]
    release: bool
    now: datetime
    lease: timedelta | None = None


class OpenRow(NamedTuple):
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


def sendable(rows: Sequence[OpenRow], now: int) -> list[OpenRow]:
    """The rows of one chat that may go now, in order.

    A row that waits for its time, or for evidence, holds up those behind it; one that waits for a
    person does not.
    """
    ready: list[OpenRow] = []
    for row in rows:
        if row.hold:
            continue
        if row.not_before is not None and row.not_before > now:
            break
        ready.append(row)
    return ready


def claim_chats(rules: Rules, job: Claim) -> Plan[tuple[ChatClaim, ...]]:
    """Takes chats with something to send; a chat with nothing for now is let go at once."""
    chats = yield _claiming(job), job.row()
    if not chats:
        return ()
    if len(chats[0]) > 5:  # as in plan_turn.claim
        chats = sorted(chats, key=lambda row: row[5])
    now = micros(job.now)
    ready: dict[_Key, list[OpenRow]] = {(row[0], row[1]): [] for row in chats}
    for row in (yield sql.OPEN_ROWS, list(ready)):
        ready[row[0], row[1]].append(OpenRow(*row))
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
    letters = {row.id: CONTENT.decode(row.content) for rows in ready.values() for row in rows}
    files = yield from files_of(rules, letters.values())
    return tuple(
        ChatClaim(
            channel=channel,
            chat=chat,
            address=address,
            epoch=epoch,
            rows=tuple(
                outbox_row(row, letters[row.id], files, in_doubt=bool(sending) and not index)
                for index, row in enumerate(ready[channel, chat])
            ),
            until=job.now + job.lease,
        )
        for channel, chat, address, epoch, sending, *_ in chats
        if ready[channel, chat]
    )


def _claiming(job: Claim) -> Statement:
    if job.only is not None:
        return sql.CLAIM_OWN_CHATS
    return sql.CLAIM_CHATS if job.channels is None else sql.CLAIM_CHATS_OF


_Key = tuple[str, str]
_Known = Mapping[str, tuple[str, datetime]]
_Files = Mapping[str, tuple[StoredFile, _Known]]


def outbox_row(row: OpenRow, content: Outgoing, files: _Files, *, in_doubt: bool) -> OutboxRow:
    """The row as whoever sends it wants it."""
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
        files=_own_files(content, row.channel, files),
        parts=row.parts,
        unsure=in_doubt or row.state == "unknown",
    )


def files_of(rules: Rules, contents: Any) -> Plan[_Files]:
    """Attachments of messages: where they lie, and under which ids channels know them."""
    wanted = {media.attachment for content in contents for media in content.media}
    wanted.discard("")
    if not wanted:
        return {}
    files: dict[str, tuple[StoredFile, dict[str, tuple[str, datetime]]]] = {}
    for id_, key, name, mime, size, channel, file, at in (yield sql.FILES, [sorted(wanted)]):
        path = str(Path(rules.files) / key)
        stored = StoredFile(path=path, name=name, mime=mime, size=size)
        cached = files.setdefault(id_, (stored, {}))[1]
        if channel is not None:
            cached[channel] = (file, moment(at))
    return files


class Fresh(NamedTuple):
    """A row of the outbox that was just written, with its content. row: as sql_turn.NEW_OUTBOX."""

    id: int
    row: tuple[Any, ...]
    content: Outgoing


def fresh_claims(
    rules: Rules,
    serving: Mapping[_Key, tuple[str, int]],
    ready: Mapping[_Key, Sequence[Fresh]],
    until: datetime,
) -> Plan[list[ChatClaim]]:
    """Claims of chats that were idle: nothing but their new rows is open there.

    serving: (address, epoch) of each chat. until: the end of their leases."""
    files = yield from files_of(rules, [one.content for found in ready.values() for one in found])
    claims = []
    for key, found in ready.items():
        if not found:
            continue
        address, epoch = serving[key]
        rows = tuple(_fresh_row(one, files) for one in found)
        claims.append(
            ChatClaim(
                channel=key[0], chat=key[1], address=address, epoch=epoch, rows=rows, until=until
            )
        )
    return claims


def _fresh_row(one: Fresh, files: "_Files") -> OutboxRow:
    channel, _, dialog, n, part, parts, kind, priority, *_, created_at, _, _ = one.row
    return OutboxRow(
        id=one.id,
        dialog=dialog,
        n=n,
        part=part,
        parts=parts,
        kind=kind,
        priority=priority,
        content=one.content,
        since=moment(created_at),
        files=_own_files(one.content, channel, files),
    )


def _own_files(content: Outgoing, channel: str, files: "_Files") -> dict[str, StoredFile]:
    own = {}
    for media in content.media:
        if media.attachment in files:
            stored, cached = files[media.attachment]
            file, at = cached.get(channel, ("", None))
            own[media.attachment] = msgspec.structs.replace(stored, platform_file=file, kept_at=at)
    return own


def settle(rules: Rules, jobs: Sequence[Settle]) -> Plan[list[bool]]:
    """Writes what became of rows, for every call whose lease still holds."""
    served = {
        (job.chat.channel, job.chat.chat): (
            *(job.chat.channel, job.chat.chat, job.worker, job.chat.epoch),
            *(micros(job.now), job.outcomes[-1].row),
        )
        for job in jobs
        if _is_served(job)
    }
    held = yield from _held(jobs, served)
    answers = [(job.chat.channel, job.chat.chat) in held for job in jobs]
    kept = [job for job, is_held in zip(jobs, answers, strict=True) if is_held]
    late = sorted((*key, *served[key][4:]) for key in served if key in held)
    longer = sorted(
        (job.chat.channel, job.chat.chat, job.lease // _MICROSECOND, micros(job.now + job.lease))
        for job in kept
        if job.lease is not None and not job.release
    )
    if any(job.outcomes for job in kept):
        settled = [(job.chat, outcome) for job in kept for outcome in job.outcomes]
        yield from settle_rows(settled, [(sql.RELEASE_LOCKED, late), (sql.PROLONG, longer)])
    yield from _follow(kept)
    releases = sorted(
        (job.chat.channel, job.chat.chat, micros(job.now))
        for job in kept
        if job.release and (job.chat.channel, job.chat.chat) not in served
    )
    if releases:
        yield sql.RELEASE_CHAT, releases
    return answers


def _held(jobs: Sequence[Settle], served: Mapping[_Key, tuple[Any, ...]]) -> Plan[set[_Key]]:
    """Chats whose lease still holds; their locks are ours from here on."""
    leases = sorted((job.chat.channel, job.chat.chat, job.worker, job.chat.epoch) for job in jobs)
    held = {(row[0], row[1]) for row in (yield sql.HOLD_CHATS, leases)}
    if served:
        rows = sorted(served.values())
        held |= {(row[0], row[1]) for row in (yield sql.RELEASE_SERVED, rows)}
    others = [lease for lease in leases if (lease[0], lease[1]) not in served]
    if others:
        held |= {(row[0], row[1]) for row in (yield sql.HOLD_OTHERS, others)}
    return held


def _is_served(job: Settle) -> bool:
    """The last row of the claim was sent, and nothing but the release is left."""
    last = job.chat.rows[-1].id if job.chat.rows else 0
    return (
        job.release
        and len(job.outcomes) == 1
        and job.outcomes[0].row == last
        and (job.outcomes[0].state == "sent" and not job.outcomes[0].address)
    )


def settle_rows(
    settled: Sequence[tuple[ChatClaim, Delivered]], beside: Sequence[Asked] = ()
) -> Plan[None]:
    """Writes outcomes of rows, their lines and what the desk is told of them.

    beside: other writes, made together with these."""
    rows, files, rests = [], [], []
    lines: dict[tuple[str, int], tuple[Any, ...]] = {}
    singles: dict[tuple[str, int], tuple[Any, ...]] = {}
    for chat, outcome in settled:
        row = next(row for row in chat.rows if row.id == outcome.row)
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
            files.append((chat.channel, attachment, file, at))
    events = [(*line[:2], line[4]) for line in (*singles.values(), *lines.values())]
    if rests or lines:  # which look at all rows of a line, these among them
        yield sql.SETTLE_ROW, rows
        rows = []
    if rests:
        yield sql.CANCEL_REST, rests
    if lines:
        yield sql.LINE_STATE, [*lines.values()]
    yield joined(
        [
            (sql.SETTLE_ROW, rows),
            (sql.LINE_IS, [*singles.values()]),
            (sql.STATE_EVENT, events),
            (sql.KEEP_FILE, files),
            *beside,
        ]
    )


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
