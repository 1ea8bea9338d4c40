"""How dialogs are claimed and turns are saved."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.records import Escalation
from core.state import Refusal
from core.storage import plan_load, sql_delivery, sql_records, sql_turn
from core.storage.plan_delivery import Fresh, fresh_claims
from core.storage.plan_marks import (
    cancel_chats,
    mark_deliveries,
    settle_lines,
    sort_dialogs,
    unsend_lines,
)
from core.storage.rows import TurnRows
from core.storage.rules import Rules
from core.storage.sealing import opened
from core.storage.statement import Asked, Plan, joined, micros, micros_or_none, moment
from core.storage.taking import Answer, Claim, Handed
from core.store_values import ChatClaim, Claimed, Done, Pending
from core.updates import decoded

UPDATES_PER_CLAIM = 64
_REFUSAL = msgspec.json.Decoder(Refusal)


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `save`."""

    worker: str
    done: tuple[Done, ...]
    now: datetime


# -- claim


def claim(rules: Rules, job: Claim) -> Plan[tuple[Claimed, ...]]:
    """Takes ready dialogs and loads all that their turns may need."""
    runs = yield (sql_turn.CLAIM if job.only is None else sql_turn.CLAIM_OWN), job.row()
    if not runs:
        return ()
    if len(runs[0]) > 4:  # PostgreSQL returns them in no order, with the moment to sort by
        runs = sorted(runs, key=lambda row: row[4])
    lease_until = job.lease_until
    yield sql_turn.MARK_RUNS, [(row[0], job.worker, lease_until) for row in runs]
    updates = yield from _load_updates(rules, [row[0] for row in runs])
    found = [
        plan_load.Run(id_, epoch, tries, tuple(updates[id_]))
        for id_, epoch, _, tries, *_ in runs
        if id_ in updates
    ]
    return tuple((yield from plan_load.claimed(found, job.now, rules.known)))


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


# -- save


def save(rules: Rules, jobs: Sequence[Save]) -> Plan[list[Answer]]:
    """Writes the turns of many calls; per call the dialogs whose lease was lost."""
    now = max(job.now for job in jobs)
    done = [item for job in jobs for item in job.done]
    calls, chats = rules.hands.claim("calls", now), rules.hands.claim("chats", now)
    rows = TurnRows(now, calls).filled(done)
    releases = []
    for job in jobs:
        at = micros(job.now)
        releases += [_release(job.worker, item, at) for item in job.done]
    serving, released = yield from _wake_and_release(rows, chats, releases)
    held = {row[0] for row in released}
    if len(held) < len(done):
        rows = TurnRows(now, calls).filled([item for item in done if item.dialog in held])
    yield from write(rows)
    handed = yield from handed_on(rules, rows, serving, chats, calls)
    answers = [Answer(tuple(d.dialog for d in job.done if d.dialog not in held)) for job in jobs]
    answers[0] = answers[0]._replace(handed=handed)
    return answers


#: (address, epoch) of chats that go to a sender at once.
Serving = Mapping[tuple[str, str], tuple[str, int]]


def handed_on(
    rules: Rules, rows: TurnRows, serving: Serving, chats: Claim | None, calls: Claim | None
) -> Plan[tuple[Handed, ...]]:
    """What turns made ready, for those of this process who go on with it."""
    handed = []
    if chats is not None and (rows.outbox or serving):
        claims = yield from _served(rules, rows, serving, chats.now + chats.lease)
        left = sum(len(claim.rows) for claim in claims) < sum(
            row[9] == "new" for row in rows.outbox
        )
        handed.append(Handed("chats", claims, left))
    if calls is not None and rows.calls:
        handed.append(Handed("calls", rows.taken, len(rows.taken) < len(rows.calls)))
    return tuple(handed)


def _wake_and_release(
    rows: TurnRows, chats: Claim | None, releases: Sequence[tuple[Any, ...]]
) -> Plan[tuple[Serving, Sequence[Any]]]:
    """Before the rows: chats learn that there is something to send; those that are idle go to the
    follower at once, (address, epoch) of those. Then the dialogs are let go, which comes back."""
    wakes = rows.chats_to_wake()
    release = (sql_turn.RELEASE, releases)
    if chats is None or chats.limit <= 0 or not wakes:
        if wakes:
            yield sql_turn.WAKE_CHAT, wakes
        return {}, (yield release)
    now = {(channel, chat) for channel, chat, at in wakes if at <= rows.now}
    found = yield sql_turn.CHATS_NOW, [(channel, chat) for channel, chat, _ in wakes]
    idle = [row for row in found if row[4] and (row[0], row[1]) in now]
    if chats.channels is not None:
        idle = [row for row in idle if row[0] in chats.channels]
    idle = idle[: chats.limit]
    lease = (chats.worker, chats.lease_micros, chats.lease_until)
    serving = {(row[0], row[1]): (row[2], row[3]) for row in idle}
    takes = [(*key, *lease) for key in serving]
    others = [wake for wake in wakes if (wake[0], wake[1]) not in serving]
    # the locks on all these chats are held since we looked: locks on dialogs come after them
    asked = joined([(sql_turn.TAKE_CHAT, takes), (sql_turn.WAKE_CHAT, others), release])
    return serving, (yield asked)


def _served(
    rules: Rules, rows: TurnRows, serving: Serving, until: datetime
) -> Plan[list[ChatClaim]]:
    """The new rows of chats that were taken, as `claim_chats` would give them."""
    ids = (yield from _outbox_ids(rows)) if rows.outbox else ()
    ready: dict[tuple[str, str], list[Fresh]] = {key: [] for key in serving}
    closed: set[tuple[str, str]] = set()
    for id_, row, content in zip(ids, rows.outbox, rows.letters, strict=True):
        key = (row[0], row[1])
        if key not in ready or key in closed or row[9] != "new":
            continue
        if row[11] is not None and row[11] > rows.now:
            closed.add(key)  # it holds up those behind it
            continue
        ready[key].append(Fresh(id_, row, content))
    empty = [(*key, rows.now) for key, found in ready.items() if not found]
    if empty:  # the dialog of these rows was lost
        yield sql_delivery.RELEASE_CHAT, empty
    return (yield from fresh_claims(rules, serving, ready, until))


def _outbox_ids(rows: TurnRows) -> Plan[Sequence[int]]:
    """Ids of the outbox rows just written, in their order."""
    found = yield sql_turn.LAST_OUTBOX, ()
    if not found:  # PostgreSQL wrote them by the statement that tells their ids
        return rows.ids
    last = found[0][0]
    return range(last - len(rows.outbox) + 1, last + 1)


def state_after(done: Done) -> tuple[bool | None, int | None]:
    """What the run of a dialog repeats of it: whether what comes must be sealed (None: as before,
    nothing was turned), and when it was closed, if it is."""
    last = next((turn.dialog for _, turn in reversed(done.turns) if turn.refusal is None), None)
    if last is None:
        return None, None
    return last.secret, micros_or_none(last.closed_at if last.state == "closed" else None)


def _release(worker: str, done: Done, now: int) -> tuple[Any, ...]:
    return (
        done.dialog,
        worker,
        done.epoch,
        done.seq,
        done.error,
        done.parked,
        micros_or_none(done.retry_at),
        now,
        *state_after(done),
    )


def write(rows: TurnRows, before: Sequence[Asked] = ()) -> Plan[None]:
    """Writes rows of turns; the order is the same everywhere, so that nobody waits in a circle.

    before: other rows, written together with these."""
    ids = yield joined(
        [
            *before,
            (sql_turn.SAVE_DIALOG, rows.dialogs),
            (sql_turn.SAVE_STEP, rows.steps),
            (sql_turn.NEW_MESSAGE, rows.messages),
            (sql_turn.NEW_EVENT, rows.events),
            (sql_turn.NEW_CALL, rows.calls),
            (sql_turn.START_TIMER, [row for row in rows.timers.values() if row is not None]),
            (sql_turn.CANCEL_TIMER, [key for key, row in rows.timers.items() if row is None]),
            (sql_turn.REFUSE, rows.refusals),
            *(
                (sql_records.PUT_RECORD[kind], [*own.values()])
                for kind, own in rows.records.items()
            ),
            (sql_records.PUT_GRANT, [*rows.grants.values()]),
            (sql_records.PUT_REMEMBERED, [*rows.remembered.values()]),
            (sql_records.NEW_PHRASE, [*rows.phrases.values()]),
            # one of the two is empty on each database
            (sql_turn.NEW_OUTBOX, rows.outbox),
            (sql_turn.NEW_OUTBOX_IDS, rows.outbox),
        ]
    )
    rows.ids = [row[0] for row in ids]
    if rows.has_rare:
        yield from _write_rare(rows)


def _write_rare(rows: TurnRows) -> Plan[None]:
    for statement, values in (
        (sql_records.ENSURE_QUEUE, rows.queues),
        (sql_records.ASKED_NPS, rows.asked_nps),
        (sql_records.RATED, rows.rated),
        (sql_records.REACH, rows.reaches),
    ):
        if values:
            yield statement, list(values.values())
    if Escalation in rows.records:
        yield sql_records.CALENDAR_OF, list(rows.records[Escalation])
    if rows.hastens:
        yield sql_records.HASTEN, sorted(rows.hastens)
    for amends in _one_each(rows.amends):
        yield sql_records.AMEND, amends
    if rows.marks:
        yield from mark_deliveries(rows.marks)
    if rows.settles:
        yield from settle_lines(rows.settles, rows.now)
    yield from _write_desk(rows)
    unreachable = [row for row in rows.reaches.values() if row[2]]
    if unreachable:
        yield from cancel_chats(unreachable)


def _one_each(amends: Sequence[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """Changes of messages in order, no two of one message together: of several new rows for one
    that is there PostgreSQL takes any."""
    rounds: list[list[tuple[Any, ...]]] = []
    seen: Counter[tuple[Any, ...]] = Counter()
    for amend in amends:
        message = amend[:3]
        if seen[message] == len(rounds):
            rounds.append([])
        rounds[seen[message]].append(amend)
        seen[message] += 1
    return rounds


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
