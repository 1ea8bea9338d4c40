"""How updates are filed: dedup key, chat, dialog, sequence number, row."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core.storage import plan_load
from core.storage import sql_intake as sql
from core.storage.plan_at_once import (
    Onward,
    Turned,
    chat_writes,
    dialog_writes,
    new_run_row,
    onward_of,
    run_row,
)
from core.storage.plan_chats import (
    NOBODY,
    Chat,
    Intake,
    Key,
    RunRow,
    Runs,
    is_here,
    lock_chats,
    lock_chats_of,
    lock_runs,
    meet,
    missing,
    new_dialogs,
    openers_in,
    renamed_people,
    seen_as,
)
from core.storage.plan_hold import hold
from core.storage.plan_load import NOTHING_OPENED, Found, Opened
from core.storage.plan_turn import handed_on, write
from core.storage.rules import Rules
from core.storage.sealing import stored
from core.storage.statement import Asked, Plan, micros, micros_or_none, moment
from core.storage.taking import Answer, Handed
from core.store_values import Accepted, Claimed, Pending
from core.updates import AnyUpdate, Sender

#: The answer to news of what never was here.
NOWHERE = Accepted(dialog="", seq=0)
#: Channel of the dedup keys of updates that came from ourselves (operators, calls).
OWN = ""
_MICROSECOND = timedelta(microseconds=1)


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `append`. later: nothing is turned at once."""

    dialog: str
    update: AnyUpdate
    now: datetime
    dedup_key: str = ""
    later: bool = False


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


def accept(rules: Rules, jobs: Sequence[Intake]) -> Plan[list[Answer]]:
    """Files the updates of many calls at once; one answer per call, in order.

    Locks on chats come before those on dialogs (sql_intake), both before the look at the keys:
    two repeats at once meet at the chat's or the dialog's row."""
    wanted = {(job.channel, received.chat): None for job in jobs for received in job.received}
    onward = onward_of(rules, jobs)
    chats, runs = yield from lock_chats(list(wanted), is_whole=onward.at_once is not None)
    needed = openers_in(rules, jobs, chats)
    met = NOBODY
    if needed:
        met = yield from meet(rules, jobs, chats, needed)
    yield from hold(jobs, chats)
    renamed = _renamed(jobs, chats)
    if renamed:
        yield from renamed_people(renamed, chats)
    runs |= yield from lock_runs(missing(chats, runs))
    people = {chat.identity for chat in chats.values() if chat.dialog} if onward.room else ()
    found = yield from plan_load.look_up(_marks(jobs, met.chats), people, onward.now)
    opened = NOTHING_OPENED
    if needed:
        needed = openers_in(rules, jobs, chats, found.known)
        opened = new_dialogs(rules, jobs, chats, met, needed)
        runs |= {id_: _new_run(id_) for id_ in opened.dialogs}
    onward = onward._replace(chats=chats)
    filing = yield from _filed(rules, _filed_in(jobs, chats), runs, found, onward, opened)
    accepted = iter(filing.answers)
    answers = []
    for job in jobs:
        own = [
            next(accepted)
            if is_here(chats.get((job.channel, item.chat)))
            else found.known.get((job.channel, item.dedup_key), NOWHERE)
            for item in job.received
        ]
        answers.append(Answer(tuple(own)))
    answers[0] = answers[0]._replace(handed=filing.handed)
    return answers


def _marks(jobs: Sequence[Intake], new: Container[Key]) -> Iterable[Key]:
    """Keys that may be known. In a chat that was made just now nothing was ever filed; a key of it
    that is known all the same is refused by the database, and asked for by the second try."""
    for job in jobs:
        for item in job.received:
            if job.later or (job.channel, item.chat) not in new:
                yield job.channel, item.dedup_key


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
    filing = yield from file_updates(rules, filed, onward_of(rules, jobs))
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


def file_updates(rules: Rules, filed: Sequence[Filed], onward: Onward) -> Plan[Filing]:
    """Numbers and stores updates of dialogs that exist; repeats answer as the first time, a
    KeyError is no dialog.

    The locks come before the look at the keys: two repeats at once meet at the dialog's row."""
    if not filed:
        return Filing([])
    onward, runs = yield from locked(filed, onward)
    return (yield from file_locked(rules, filed, runs, onward))


def file_locked(rules: Rules, filed: Sequence[Filed], runs: Runs, onward: Onward) -> Plan[Filing]:
    """The same for who has taken the locks: with what `locked` returned."""
    marks = [(item.channel, item.key) for item in filed]
    people = {chat.identity for chat in onward.chats.values()}
    found = yield from plan_load.look_up(marks, people, onward.now)
    return (yield from _filed(rules, filed, runs, found, onward, NOTHING_OPENED))


def locked(filed: Sequence[Filed], onward: Onward) -> Plan[tuple[Onward, Runs]]:
    """Takes the locks on dialogs, those on their chats before them where they are turned now."""
    dialogs = list(dict.fromkeys(item.dialog for item in filed))
    if onward.at_once is None or not dialogs:
        return onward, (yield from lock_runs(dialogs))
    chats, runs = yield from lock_chats_of(dialogs)
    return onward._replace(chats=chats), runs


def _filed(  # what the plans above found out, each by its own name
    rules: Rules,
    filed: Sequence[Filed],
    runs: Runs,
    found: Found,
    onward: Onward,
    opened: Opened,
) -> Plan[Filing]:
    answers, fresh = _numbered(filed, runs, found.known)
    if not fresh:
        return Filing(answers)
    counts: dict[str, tuple[int, int]] = {}
    for item, _ in fresh:
        counts[item.dialog] = (counts.get(item.dialog, (0, 0))[0] + 1, item.now)
    idle = [dialog for dialog in counts if runs[dialog].is_idle][: onward.room]
    claims: Sequence[Claimed] = ()
    if idle:
        own = _own_runs(idle, fresh, runs)
        claims = yield from plan_load.claimed(own, onward.now, rules.known, opened, found.about)
    turned = Turned(onward, claims)
    to_chats, serving = chat_writes(turned, onward, opened)
    writes = [
        *dialog_writes(turned.rows, opened),
        *_run_writes(counts, turned, onward, opened),
        *_update_writes(rules, fresh, runs, turned.refusals),
        *to_chats,
    ]
    yield from write(turned.rows, writes)
    handed: list[Handed] = []
    if turned.done:
        handed.append(Handed("turned", [*turned.done.values()], False))
    if onward.at_once is not None:
        chats, calls = onward.at_once.chats, onward.at_once.calls
        handed += yield from handed_on(rules, turned.rows, serving, chats, calls)
    if onward.turns is not None:
        left = len(turned.done) + len(turned.left) < len(counts)
        handed.append(Handed("turns", turned.left, left))
    return Filing(answers, tuple(handed))


def _own_runs(
    idle: Sequence[str], fresh: Sequence[tuple[Filed, int]], runs: Runs
) -> list[plan_load.Run]:
    """The dialogs that were idle, as a claim would take them."""
    updates: dict[str, list[Pending]] = {dialog: [] for dialog in idle}
    for item, seq in fresh:
        if item.dialog in updates:
            pending = Pending(seq=seq, update=item.update, received_at=moment(item.now))
            updates[item.dialog].append(pending)
    return [plan_load.Run(one, runs[one].epoch, 0, tuple(updates[one])) for one in idle]


def _run_writes(
    counts: Mapping[str, tuple[int, int]], turned: Turned, onward: Onward, opened: Opened
) -> list[Asked]:
    """Writes the numbers of dialogs, new and old, and who goes on with them."""
    takers = dict.fromkeys((claim.dialog.id for claim in turned.left), onward.turns)
    runs: list[tuple[Any, ...]] = []
    turned_runs: list[tuple[Any, ...]] = []
    turns: list[tuple[Any, ...]] = []
    takes: list[tuple[Any, ...]] = []
    advances: list[tuple[Any, ...]] = []
    for dialog, (count, now) in counts.items():
        by, done = takers.get(dialog), turned.done.get(dialog)
        is_new = dialog in opened.dialogs
        if done is not None:
            row = new_run_row(done, count) if is_new else run_row(done, count)
            (turned_runs if is_new else turns).append(row)
        elif is_new:
            lease = (1, by.lease_micros, by.lease_until, by.worker) if by else (0, None, now, None)
            runs.append((dialog, count, *lease))
        elif by:
            takes.append((dialog, count, by.worker, by.lease_micros, by.lease_until))
        else:
            advances.append((dialog, count, now))
    return [
        (sql.NEW_RUN, runs),
        (sql.NEW_TURNED_RUN, turned_runs),
        (sql.TURN_RUN, turns),
        (sql.TAKE_RUN, takes),
        (sql.ADVANCE, advances),
    ]


def _new_run(dialog: str) -> RunRow:
    """What LOCK_RUNS would say of a dialog that this transaction opened."""
    return RunRow(dialog, seq_in=0, is_secret=False, epoch=1, is_idle=True, closed_at=None)


def _numbered(
    filed: Sequence[Filed], runs: Mapping[str, RunRow], known: dict[Key, Accepted]
) -> tuple[list[Accepted | KeyError], list[tuple[Filed, int]]]:
    """An answer for every update, and those that are new with their numbers."""
    last = {dialog: run.seq_in for dialog, run in runs.items()}
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


def _update_writes(
    rules: Rules,
    fresh: Sequence[tuple[Filed, int]],
    runs: Mapping[str, RunRow],
    refusals: Mapping[tuple[str, int], str],
) -> list[Asked]:
    """Writes updates and their keys."""
    updates = []
    keys = []
    for item, seq in fresh:
        dialog, now = item.dialog, item.now
        is_secret = bool(runs[dialog].is_secret)
        payload, is_sealed = stored(rules, item.update, dialog, is_secret=is_secret)
        kind = type(item.update).__name__
        refusal = refusals.get((dialog, seq))
        updates.append((dialog, seq, kind, payload, is_sealed, now, item.sent_at, refusal))
        if item.key:
            life = rules.key_life(item.channel) // _MICROSECOND
            keys.append((item.channel, item.key, dialog, seq, now + life))
    return [(sql.NEW_UPDATE, updates), (sql.NEW_KEY, keys)]
