"""How updates are filed: dedup key, chat, dialog, sequence number, row."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core.storage import plan_load
from core.storage import sql_intake as sql
from core.storage.plan_chats import (
    NOBODY,
    Chat,
    Intake,
    Key,
    chats_in,
    is_here,
    meet,
    new_dialogs,
    openers_in,
    renamed_people,
    seen_as,
)
from core.storage.plan_hold import hold
from core.storage.plan_load import NOTHING_OPENED, Opened
from core.storage.rules import Rules
from core.storage.statement import Asked, Plan, joined, micros, micros_or_none, moment
from core.storage.taking import Answer, Claim, Handed
from core.store_values import Accepted, Pending
from core.updates import (
    ENCODER,
    AnyUpdate,
    CustomerEdited,
    Sender,
)

#: The answer to news of what never was here.
NOWHERE = Accepted(dialog="", seq=0)
#: Channel of the dedup keys of updates that came from ourselves (operators, calls).
OWN = ""
_MICROSECOND = timedelta(microseconds=1)


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `append`."""

    dialog: str
    update: AnyUpdate
    now: datetime
    dedup_key: str = ""
    turns: Claim | None = None


class Filed(msgspec.Struct, kw_only=True):
    """An update on its way into a dialog."""

    dialog: str
    channel: str
    key: str
    update: AnyUpdate
    now: int
    sent_at: int | None = None


class Filing(NamedTuple):
    """What became of updates: an answer for each, and dialogs taken for a follower."""

    answers: list[Accepted | KeyError]
    handed: tuple[Handed, ...] = ()


def sealed(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload as it is stored while a secret question is open."""
    return rules.cipher.seal(payload.decode(), f"update:{dialog}").encode()


def opened(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload that was sealed."""
    return rules.cipher.open(payload.decode(), f"update:{dialog}").encode()


def accept(rules: Rules, jobs: Sequence[Intake]) -> Plan[list[Answer]]:
    """Files the updates of many calls at once; one answer per call, in order.

    Locks on chats come before those on dialogs (sql_intake), both before the look at the keys:
    two repeats at once meet at the chat's or the dialog's row."""
    wanted = {(job.channel, received.chat): None for job in jobs for received in job.received}
    chats = chats_in((yield sql.FIND_CHAT, list(wanted)))
    needed = openers_in(rules, jobs, chats)
    met = NOBODY
    if needed:
        met = yield from meet(rules, jobs, chats, needed)
    yield from hold((job.channel, item, job.now) for job in jobs for item in job.received)
    renamed = _renamed(jobs, chats)
    if renamed:
        yield from renamed_people(renamed, chats)
    there = [chats[key].dialog for key in wanted if is_here(chats.get(key))]
    runs = yield from _locked(there)
    known = yield from _known(
        (job.channel, item.dedup_key) for job in jobs for item in job.received
    )
    opened = NOTHING_OPENED
    if needed:
        needed = openers_in(rules, jobs, chats, known)
        opened = new_dialogs(rules, jobs, chats, met, needed)
        runs |= {id_: _new_run(id_) for id_ in opened.dialogs}
    filing = yield from _filed(rules, _filed_in(jobs, chats), runs, known, jobs[0].turns, opened)
    accepted = iter(filing.answers)
    answers = [
        Answer(
            tuple(
                next(accepted) if is_here(chats.get((job.channel, item.chat))) else NOWHERE
                for item in job.received
            )
        )
        for job in jobs
    ]
    answers[0] = answers[0]._replace(handed=filing.handed)
    return answers


def append(rules: Rules, jobs: Sequence[Append]) -> Plan[list[Answer]]:
    """Files updates of dialogs that exist."""
    filed = [
        Filed(
            dialog=job.dialog,
            channel=OWN,
            key=f"{job.dialog}:{job.dedup_key}" if job.dedup_key else "",
            update=job.update,
            now=micros(job.now),
        )
        for job in jobs
    ]
    filing = yield from file_updates(rules, filed, jobs[0].turns)
    answers = [Answer(answer) for answer in filing.answers]
    answers[0] = answers[0]._replace(handed=filing.handed)
    return answers


def _renamed(jobs: Sequence[Intake], chats: Mapping[Key, Chat]) -> dict[Key, Sender]:
    """Who is called otherwise than before; a receipt says nothing of that."""
    renamed = {}
    for job in jobs:
        for received in job.received:
            key, sender = (job.channel, received.chat), received.sender
            chat = chats.get(key)
            if is_here(chat) and chat.seen_as != seen_as(sender) and (sender.name or sender.handle):
                renamed[key] = sender
    return renamed


def _filed_in(jobs: Sequence[Intake], chats: Mapping[Key, Chat]) -> list[Filed]:
    """The updates whose chat has a dialog."""
    return [
        Filed(
            dialog=chat.dialog,
            channel=job.channel,
            key=received.dedup_key,
            update=received.update,
            now=micros(job.now),
            sent_at=micros_or_none(received.sent_at),
        )
        for job in jobs
        for received in job.received
        if is_here(chat := chats.get((job.channel, received.chat)))
    ]


def file_updates(rules: Rules, filed: Sequence[Filed], turns: Claim | None = None) -> Plan[Filing]:
    """Numbers and stores updates of dialogs that exist; repeats answer as the first time, a
    KeyError is no dialog.

    The locks come before the look at the keys: two repeats at once meet at the dialog's row.
    turns: takes idle dialogs at once."""
    if not filed:
        return Filing([])
    runs = yield from _locked([item.dialog for item in filed])
    known = yield from _known((item.channel, item.key) for item in filed)
    return (yield from _filed(rules, filed, runs, known, turns, NOTHING_OPENED))


def _locked(dialogs: Iterable[str]) -> Plan[dict[str, Any]]:
    """Rows of sql_intake.LOCK_RUNS by dialog."""
    ids = list(dict.fromkeys(dialogs))
    if not ids:
        return {}
    return {row[0]: row for row in (yield sql.LOCK_RUNS, [ids])}


def _known(marks: Iterable[Key]) -> Plan[dict[Key, Accepted]]:
    """What was filed already, by channel and key."""
    keys = list({(channel, key): None for channel, key in marks if key})
    if not keys:
        return {}
    return {
        (channel, key): Accepted(dialog=dialog, seq=seq, repeat=True)
        for channel, key, dialog, seq in (yield sql.FIND_KEY, keys)
    }


def _filed(  # what the plans above found out, each by its own name
    rules: Rules,
    filed: Sequence[Filed],
    runs: dict[str, Any],
    known: dict[Key, Accepted],
    turns: Claim | None,
    opened: Opened,
) -> Plan[Filing]:
    answers, fresh = _numbered(filed, runs, known)
    if not fresh:
        return Filing(answers)
    counts, writes = _writes(rules, fresh, runs)
    taken: dict[str, Claim] = {}
    if turns is not None:
        idle = [dialog for dialog in counts if runs[dialog][4]]
        taken = dict.fromkeys(idle[: turns.limit], turns)
    yield joined([*_run_writes(counts, taken, opened), *writes])
    if turns is None:
        return Filing(answers)
    claims = yield from _taken(rules, [*taken], fresh, runs, turns, opened)
    return Filing(answers, (Handed("turns", claims, len(taken) < len(counts)),))


def _run_writes(
    counts: Mapping[str, tuple[int, int]],
    taken: Mapping[str, Claim],
    opened: Opened,
) -> list[Asked]:
    """Writes the numbers of dialogs, new and old, and who goes on with them."""
    runs, takes, advances = [], [], []
    for dialog, (count, now) in counts.items():
        by = taken.get(dialog)
        if dialog in opened.dialogs:
            lease = (1, by.lease_micros, by.lease_until, by.worker) if by else (0, None, now, None)
            runs.append((dialog, count, *lease))
        elif by:
            takes.append((dialog, count, by.worker, by.lease_micros, by.lease_until))
        else:
            advances.append((dialog, count, now))
    return [
        (sql.NEW_DIALOG, opened.rows),
        (sql.NEW_RUN, runs),
        (sql.LAST_DIALOG, opened.lasts),
        (sql.TAKE_RUN, takes),
        (sql.ADVANCE, advances),
    ]


def _new_run(dialog: str) -> tuple[Any, ...]:
    """What LOCK_RUNS says of a dialog that this transaction opened."""
    return (dialog, 0, False, 1, True)


def _numbered(
    filed: Sequence[Filed], runs: Mapping[str, Any], known: dict[Key, Accepted]
) -> tuple[list[Accepted | KeyError], list[tuple[Filed, int]]]:
    """An answer for every update, and those that are new with their numbers."""
    last = {dialog: row[1] for dialog, row in runs.items()}
    answers: list[Accepted | KeyError] = []
    fresh: list[tuple[Filed, int]] = []
    for item in filed:
        mark = (item.channel, item.key)
        if item.key and mark in known:
            answers.append(known[mark])
        elif item.dialog not in last:
            answers.append(KeyError(item.dialog))
        else:
            seq = last[item.dialog] = last[item.dialog] + 1
            fresh.append((item, seq))
            answers.append(Accepted(dialog=item.dialog, seq=seq))
            if item.key:
                known[mark] = Accepted(dialog=item.dialog, seq=seq, repeat=True)
    return answers, fresh


def _taken(
    rules: Rules,
    taken: Sequence[str],
    fresh: Sequence[tuple[Filed, int]],
    runs: Mapping[str, Any],
    turns: Claim,
    opened: Opened,
) -> Plan[Sequence[Any]]:
    """The dialogs that were idle, as `claim` would give them."""
    if not taken:
        return ()
    updates: dict[str, list[Pending]] = {dialog: [] for dialog in taken}
    for item, seq in fresh:
        if item.dialog in updates:
            pending = Pending(seq=seq, update=item.update, received_at=moment(item.now))
            updates[item.dialog].append(pending)
    found = [plan_load.Run(dialog, runs[dialog][3], 0, tuple(updates[dialog])) for dialog in taken]
    return (yield from plan_load.claimed(found, turns.now, rules.known, opened))


def _writes(
    rules: Rules, fresh: list[tuple[Filed, int]], runs: dict[str, Any]
) -> tuple[dict[str, tuple[int, int]], list[Asked]]:
    """How many updates each dialog got, and when; what writes them and their keys."""
    updates = []
    keys = []
    counts: dict[str, tuple[int, int]] = {}
    for item, seq in fresh:
        dialog, now = item.dialog, item.now
        counts[dialog] = (counts.get(dialog, (0, 0))[0] + 1, now)
        payload = ENCODER.encode(item.update)
        # an edit may give a secret answer anew, long after its question was closed
        is_sealed = bool(runs[dialog][2]) or isinstance(item.update, CustomerEdited)
        if is_sealed:
            payload = sealed(rules, dialog, payload)
        kind = type(item.update).__name__
        updates.append((dialog, seq, kind, payload, is_sealed, now, item.sent_at))
        if item.key:
            life = rules.key_life(item.channel) // _MICROSECOND
            keys.append((item.channel, item.key, dialog, seq, now + life))
    return counts, [(sql.NEW_UPDATE, updates), (sql.NEW_KEY, keys)]
