"""What stands around the hot path: bundles, cursors, poison, tries, files, queues, operators."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from core import calendar
from core.storage import sql_house as sql
from core.storage.plan_at_once import Onward
from core.storage.plan_intake import OWN, Filed, file_updates
from core.storage.rules import Rules
from core.storage.statement import Plan, micros, moment, moment_or_none
from core.store_values import (
    Candidate,
    DeskEvent,
    Hours,
    QueueRow,
    StoredAttachment,
    StoredBundle,
    Waiting,
)
from core.updates import OperatorGone

SWEEP = 1000
_HOUR = 3_600_000_000


# -- bundles


def put_bundle(rules: Rules, job: tuple[str, bytes, datetime]) -> Plan[None]:
    """Keeps a bundle."""
    yield sql.PUT_BUNDLE, [(job[0], job[1], micros(job[2]), "", "")]


def bundle(rules: Rules, job: tuple[str]) -> Plan[StoredBundle | None]:
    """A bundle with its content."""
    return _first_bundle((yield sql.BUNDLE, job))


def active_bundle(rules: Rules, job: tuple[()]) -> Plan[StoredBundle | None]:
    """The bundle of new dialogs."""
    return _first_bundle((yield sql.ACTIVE_BUNDLE, ()))


def bundles(rules: Rules, job: tuple[()]) -> Plan[tuple[StoredBundle, ...]]:
    """All bundles, the last activated first."""
    return tuple(_bundle(row) for row in (yield sql.BUNDLES, ()))


def activate_bundle(rules: Rules, job: tuple[str, str, datetime]) -> Plan[bool]:
    """Makes it the bundle of new dialogs."""
    return bool((yield sql.ACTIVATE_BUNDLE, (job[0], job[1], micros(job[2]))))


def break_bundle(rules: Rules, job: tuple[str, str, datetime]) -> Plan[None]:
    """Marks a bundle that must not run."""
    yield sql.BREAK_BUNDLE, (job[0], job[1] or "broken", micros(job[2]))


def _first_bundle(rows: Sequence[Any]) -> StoredBundle | None:
    return _bundle(rows[0]) if rows else None


def _bundle(row: Any) -> StoredBundle:
    return StoredBundle(
        sha256=row[0],
        created_at=moment(row[1]),
        activated_at=moment_or_none(row[2]),
        activated_by=row[3],
        broken=row[4],
        content=bytes(row[5]) if len(row) > 5 else b"",
    )


# -- channels


def cursor(rules: Rules, job: tuple[str]) -> Plan[str]:
    """How far a polling channel has read."""
    rows = yield sql.CURSOR, job
    return str(rows[0][0]) if rows else ""


def put_cursor(rules: Rules, job: tuple[str, str, datetime]) -> Plan[None]:
    """Remembers how far it has read."""
    yield sql.PUT_CURSOR, [(job[0], job[1], micros(job[2]))]


def seen_poison(rules: Rules, job: tuple[str, str, str, datetime]) -> Plan[bool]:
    """Counts a body that could not be parsed."""
    channel, sha256, sample, now = job
    row = (channel, sha256, sample, 1, micros(now), micros(now))
    return bool((yield sql.SEE_POISON, [row])[0][0] > 1)


def attempt(rules: Rules, job: tuple[tuple[str, ...], timedelta, int, datetime]) -> Plan[bool]:
    """One try under every key, if the window has room for it under each."""
    keys, window, limit, now = job
    # sorted, so that two tries of the same keys lock them in the same order
    for key in sorted(set(keys)):
        yield sql.LOCK_TRIES, (key,)
    for key in keys:
        rows = yield sql.COUNT_TRIES, (key, micros(now - window))
        if rows[0][0] >= limit:
            return False
    yield sql.NEW_TRY, [(key, micros(now), micros(now + window)) for key in dict.fromkeys(keys)]
    return True


def sweep(rules: Rules, job: tuple[datetime]) -> Plan[int]:
    """Forgets what has had its time."""
    now = micros(job[0])
    gone = len((yield sql.DEMOTE, (now, SWEEP)))
    for statement, hours in sql.FORGET:
        gone += len((yield statement, (now - hours * _HOUR, SWEEP)))
    return gone


def events(rules: Rules, job: tuple[int, int]) -> Plan[tuple[DeskEvent, ...]]:
    """The live feed after a position."""
    return tuple(
        DeskEvent(
            id=row[0],
            topic=row[1],
            dialog=row[2],
            version=row[3],
            kind=row[4],
            by=row[5],
            first_n=row[6],
            at=moment(row[7]),
        )
        for row in (yield sql.EVENTS, job)
    )


# -- files


def put_attachment(rules: Rules, job: tuple[StoredAttachment, datetime]) -> Plan[None]:
    """Writes a file's row."""
    yield sql.PUT_ATTACHMENT, [(*msgspec.structs.astuple(job[0]), micros(job[1]))]


def attachment(rules: Rules, job: tuple[str]) -> Plan[StoredAttachment | None]:
    """A file's row."""
    rows = yield sql.ATTACHMENT, job
    if not rows:
        return None
    names = StoredAttachment.__struct_fields__
    return StoredAttachment(**dict(zip(names, rows[0], strict=True)))


# -- queues and operators


def queues(rules: Rules, job: tuple[()]) -> Plan[tuple[QueueRow, ...]]:
    """Every queue in use, with what goes on in it."""
    hours = yield from _hours()
    return tuple(
        QueueRow(
            id=row[0],
            title=row[1],
            lang=row[2],
            assign=row[3],
            answer_within_s=row[4],
            warn_before_s=row[5],
            pick_within_s=row[6],
            waiting=row[8],
            online=row[9],
            free=row[10],
            hours=tuple(hours.get(row[7], ())),
        )
        for row in (yield sql.QUEUES, ())
    )


def _hours() -> Plan[dict[str, list[Hours]]]:
    """Calendar -> every version of its hours."""
    hours: dict[str, list[Hours]] = {}
    for row in (yield sql.HOURS, ()):
        since = row[6] if isinstance(row[6], date) else date.fromisoformat(row[6])
        hours.setdefault(row[0], []).append(
            Hours(
                version=row[1],
                zone=row[2],
                weekly=msgspec.json.decode(row[3]),
                exceptions=msgspec.json.decode(row[4]),
                always=bool(row[5]),
                effective_from=since,
            )
        )
    return hours


def to_assign(
    rules: Rules, job: tuple[int, datetime, datetime]
) -> Plan[tuple[tuple[Waiting, ...], tuple[Candidate, ...]]]:
    """Who waits for automatic assignment, and who could take them.

    Only of queues in which somebody is free: however many wait elsewhere, they fill no list."""
    limit, heard_since, now = job
    free = yield sql.CANDIDATES, (micros(heard_since),)
    if not free:
        return (), ()
    hours = yield from _hours()
    is_open = {id_: calendar.is_open(hours.get(id_, ()), now) for id_ in {row[6] for row in free}}
    candidates = tuple(
        Candidate(
            operator=row[0],
            name=row[1],
            queue=row[2],
            in_hand=row[3],
            room=row[4],
            last_given_at=moment_or_none(row[5]),
        )
        for row in free
        if is_open[row[6]]
    )
    if not candidates:
        return (), ()
    queues = sorted({one.queue for one in candidates})
    waiting = tuple(
        Waiting(dialog=row[0], queue=row[1], state_rev=row[2], waiting_since=moment_or_none(row[3]))
        for row in (yield sql.WAITING, (limit, micros(now), queues))
    )
    return waiting, candidates if waiting else ()


def vanished(rules: Rules, job: tuple[datetime, datetime]) -> Plan[tuple[str, ...]]:
    """Operators nobody has heard of go offline; their dialogs are told."""
    now = micros(job[1])
    ids = sorted(row[0] for row in (yield sql.VANISH, (micros(job[0]), now)))
    if not ids:
        return ()
    yield sql.END_STATUS, [(id_, now) for id_ in ids]
    yield sql.NEW_STATUS, [(id_, now, "offline", "lost", "") for id_ in ids]
    held = [(row[0], row[1]) for row in (yield sql.IN_HANDS, [ids])]
    filed = [
        Filed(dialog=dialog, channel=OWN, key="", update=OperatorGone(operator=operator), now=now)
        for operator, dialog in held
    ]
    yield from file_updates(rules, filed, Onward(job[1]))
    return tuple(ids)
