"""How dialogs are claimed and turns are saved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.records import Escalation
from core.state import Dialog, Refusal
from core.storage import sql_records, sql_turn
from core.storage.plan_intake import Rules, opened
from core.storage.plan_marks import (
    cancel_chats,
    mark_deliveries,
    settle_lines,
    sort_dialogs,
    unsend_lines,
)
from core.storage.rows import TurnRows
from core.storage.statement import Plan, micros, micros_or_none, moment, moment_or_none
from core.store import Claimed, Done, Pending
from core.updates import decoded

UPDATES_PER_CLAIM = 64
_MICROSECOND = timedelta(microseconds=1)
_DIALOG = msgspec.json.Decoder(Dialog)
_REFUSAL = msgspec.json.Decoder(Refusal)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `claim`, `claim_chats` or `claim_calls`."""

    worker: str
    now: datetime
    limit: int
    lease: timedelta

    def row(self) -> tuple[Any, ...]:
        """Parameters of a claiming statement."""
        return (self.worker, micros(self.now), self.lease // _MICROSECOND, self.limit)

    @property
    def lease_until(self) -> int:
        """The end of the lease by the clock of the worker."""
        return micros(self.now + self.lease)


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `save`."""

    worker: str
    done: tuple[Done, ...]
    now: datetime


# -- claim


def claim(rules: Rules, job: Claim) -> Plan[tuple[Claimed, ...]]:
    """Takes ready dialogs and loads all that their turns may need."""
    runs = yield sql_turn.CLAIM, job.row()
    if not runs:
        return ()
    if len(runs[0]) > 4:  # PostgreSQL returns them in no order, with the moment to sort by
        runs = sorted(runs, key=lambda row: row[4])
    lease_until = job.lease_until
    yield sql_turn.MARK_RUNS, [(row[0], job.worker, lease_until) for row in runs]
    ids = [row[0] for row in runs]
    dialogs = yield from _load_dialogs(ids)
    updates = yield from _load_updates(rules, list(dialogs))
    identities = {dialog.identity for dialog, _ in dialogs.values()}
    grants, remembered = yield from _load_known(identities, micros(job.now))
    queued = [dialog.id for dialog, _ in dialogs.values() if dialog.state == "queued"]
    places = dict((yield sql_turn.PLACES, [queued])) if queued else {}
    claimed = []
    for id_, epoch, _, tries, *_ in runs:
        if id_ not in dialogs or id_ not in updates:
            continue
        dialog, asked_nps_at = dialogs[id_]
        claimed.append(
            Claimed(
                dialog=dialog,
                epoch=epoch,
                updates=tuple(updates[id_]),
                grants=grants.get(dialog.identity, {}),
                remembered=remembered.get(dialog.identity, {}),
                tries=tries,
                place=places.get(id_, 0),
                asked_nps_at=asked_nps_at,
            )
        )
    return tuple(claimed)


def _load_dialogs(ids: list[str]) -> Plan[dict[str, tuple[Dialog, datetime | None]]]:
    dialogs = {}
    unreadable = []
    for id_, blob, asked in (yield sql_turn.LOAD_DIALOGS, [ids]):
        try:
            dialogs[id_] = (_DIALOG.decode(blob), moment_or_none(asked))
        except msgspec.DecodeError as error:
            unreadable.append((id_, f"state: {error}"))
    for row in unreadable:
        yield sql_turn.PARK, row
    return dialogs


def _load_updates(rules: Rules, ids: list[str]) -> Plan[dict[str, list[Pending]]]:
    """Unread updates per dialog; one that cannot be read sets its dialog aside."""
    updates: dict[str, list[Pending]] = {}
    unreadable: dict[str, str] = {}
    for id_, seq, payload, is_sealed, received_at in (
        yield sql_turn.LOAD_UPDATES, [ids, UPDATES_PER_CLAIM]
    ):
        try:
            update = decoded(opened(rules, id_, payload) if is_sealed else payload)
        except ValueError as error:
            unreadable.setdefault(id_, f"update {seq}: {error}")
            continue
        pending = Pending(seq=seq, update=update, received_at=moment(received_at))
        updates.setdefault(id_, []).append(pending)
    for id_, reason in unreadable.items():
        updates.pop(id_, None)
        yield sql_turn.PARK, (id_, reason)
    idle = [(id_,) for id_ in ids if id_ not in updates and id_ not in unreadable]
    if idle:
        yield sql_turn.REST, idle
    return updates


_Known = tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]


def _load_known(identities: set[str], now: int) -> Plan[_Known]:
    grants: dict[str, dict[str, Any]] = {}
    remembered: dict[str, dict[str, Any]] = {}
    rows = yield sql_turn.LOAD_KNOWN, [list(identities), now]
    for identity, key, level, until, value in rows:
        if level is None:
            remembered.setdefault(identity, {})[key] = msgspec.json.decode(value)
        else:
            grants.setdefault(identity, {})[key] = (level, moment(until))
    return grants, remembered


# -- save


def save(rules: Rules, jobs: Sequence[Save]) -> Plan[list[tuple[str, ...]]]:
    """Writes the turns of many calls; per call the dialogs whose lease was lost."""
    now = max(job.now for job in jobs)
    done = [item for job in jobs for item in job.done]
    rows = TurnRows(now).filled(done)
    wakes = rows.chats_to_wake()
    if wakes:
        yield sql_turn.WAKE_CHAT, wakes
    releases = []
    for job in jobs:
        at = micros(job.now)
        releases += [_release(job.worker, item, at) for item in job.done]
    held = {row[0] for row in (yield sql_turn.RELEASE, releases)}
    if len(held) < len(done):
        rows = TurnRows(now).filled([item for item in done if item.dialog in held])
    yield from write(rows)
    return [tuple(d.dialog for d in job.done if d.dialog not in held) for job in jobs]


def _release(worker: str, done: Done, now: int) -> tuple[Any, ...]:
    last = next((turn.dialog for _, turn in reversed(done.turns) if turn.refusal is None), None)
    closed_at = last.closed_at if last is not None and last.state == "closed" else None
    return (
        done.dialog,
        worker,
        done.epoch,
        done.seq,
        done.error,
        done.parked,
        micros_or_none(done.retry_at),
        now,
        None if last is None else last.secret,
        micros_or_none(closed_at),
    )


def write(rows: TurnRows) -> Plan[None]:
    """Writes rows of turns; the order is the same everywhere, so that nobody waits in a circle."""
    for statement, found in (
        (sql_turn.SAVE_DIALOG, rows.dialogs),
        (sql_turn.NEW_OUTBOX, rows.outbox),
        (sql_turn.NEW_MESSAGE, rows.messages),
        (sql_turn.NEW_EVENT, rows.events),
        (sql_turn.NEW_CALL, rows.calls),
        (sql_turn.START_TIMER, [row for row in rows.timers.values() if row is not None]),
        (sql_turn.CANCEL_TIMER, [key for key, row in rows.timers.items() if row is None]),
        (sql_turn.REFUSE, rows.refusals),
    ):
        if found:
            yield statement, found
    if rows.has_rare:
        yield from _write_rare(rows)


def _write_rare(rows: TurnRows) -> Plan[None]:
    for record, found in rows.records.items():
        yield sql_records.PUT_RECORD[record], list(found.values())
    for statement, values in (
        (sql_records.ENSURE_QUEUE, rows.queues),
        (sql_records.ASKED_NPS, rows.asked_nps),
        (sql_records.PUT_GRANT, rows.grants),
        (sql_records.PUT_REMEMBERED, rows.remembered),
        (sql_records.NEW_PHRASE, rows.phrases),
        (sql_records.REACH, rows.reaches),
    ):
        if values:
            yield statement, list(values.values())
    if Escalation in rows.records:
        yield sql_records.CALENDAR_OF, list(rows.records[Escalation])
    if rows.amends:
        yield sql_records.AMEND, rows.amends
    if rows.marks:
        yield from mark_deliveries(rows.marks)
    if rows.settles:
        yield from settle_lines(rows.settles, rows.now)
    yield from _write_desk(rows)
    unreachable = [row for row in rows.reaches.values() if row[2]]
    if unreachable:
        yield from cancel_chats(unreachable)


def _write_desk(rows: TurnRows) -> Plan[None]:
    """What only people at the desk cause."""
    if rows.rewrites:
        yield sql_records.REWRITE, rows.rewrites
    if rows.sorts:
        yield from sort_dialogs(rows.sorts)
    for record, keys in rows.forgets.items():
        if keys:
            yield sql_records.FORGET_RECORD[record], sorted(keys)
    if rows.undos:
        yield sql_records.NEW_UNDO, rows.undos
    if rows.unsends:
        yield from unsend_lines(rows.unsends, rows.now)


def outcome(rules: Rules, job: tuple[str, int]) -> Plan[tuple[bool, Refusal | None]]:
    """Whether an update was turned, and how it was refused."""
    rows = yield sql_turn.OUTCOME, job
    if not rows or not rows[0][0]:
        return False, None
    refusal = rows[0][1]
    return True, None if refusal is None else _REFUSAL.decode(refusal)
