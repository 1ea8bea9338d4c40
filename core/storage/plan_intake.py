"""How updates are filed: dedup key, chat, dialog, sequence number, row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeGuard

import msgspec

from core.state import Dialog
from core.storage import plan_load
from core.storage import sql_intake as sql
from core.storage.known import KnownDialogs
from core.storage.plan_hold import hold
from core.storage.statement import Plan, micros, micros_or_none, moment
from core.storage.taking import Answer, Claim, Handed
from core.store import Accepted, Cipher, Pending
from core.updates import (
    ENCODER,
    AnyUpdate,
    ButtonPressed,
    CustomerCommented,
    CustomerEdited,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

#: Only these begin a new case; a receipt or a late rating belongs to the one it speaks of.
OPENING = (CustomerMessage, ButtonPressed, CustomerStarted)
#: What a stranger's chat begins with; comments under a post then stay in one dialog for ever.
FIRST = (*OPENING, CustomerCommented)
#: The answer to news of what never was here.
NOWHERE = Accepted(dialog="", seq=0)
#: Channel of the dedup keys of updates that came from ourselves (operators, calls).
OWN = ""
_MICROSECOND = timedelta(microseconds=1)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What filing needs to know. key_life: how long a channel's dedup keys are kept."""

    cipher: Cipher
    new_id: Callable[[], str]
    reopen_window: timedelta
    key_life: Callable[[str], timedelta]
    files: str = ""
    known: KnownDialogs = msgspec.field(default_factory=KnownDialogs)


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `accept`."""

    channel: str
    received: tuple[Received, ...]
    now: datetime
    turns: Claim | None = None


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


class _Chat(msgspec.Struct, kw_only=True):
    """What is known of a chat. dialog: its last one. closed_at: while that is closed."""

    dialog: str
    seen_as: str
    identity: str
    closed_at: int | None


_Key = tuple[str, str]


def sealed(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload as it is stored while a secret question is open."""
    return rules.cipher.seal(payload.decode(), f"update:{dialog}").encode()


def opened(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload that was sealed."""
    return rules.cipher.open(payload.decode(), f"update:{dialog}").encode()


def accept(rules: Rules, jobs: Sequence[Intake]) -> Plan[list[Answer]]:
    """Files the updates of many calls at once; one answer per call, in order."""
    wanted = {(job.channel, received.chat): None for job in jobs for received in job.received}
    chats = _known((yield sql.FIND_CHAT, list(wanted)))
    opened = yield from _open_dialogs(rules, jobs, chats)
    # before the locks on dialogs, see sql_intake
    yield from hold((job.channel, item, job.now) for job in jobs for item in job.received)
    filed = []
    renamed = {}
    for job in jobs:
        channel, now = job.channel, micros(job.now)
        for received in job.received:
            chat = chats.get((channel, received.chat))
            if not _is_here(chat):
                continue
            filed.append(
                Filed(
                    dialog=chat.dialog,
                    channel=channel,
                    key=received.dedup_key,
                    update=received.update,
                    now=now,
                    sent_at=micros_or_none(received.sent_at),
                )
            )
            sender = received.sender
            # a receipt says nothing of how the person is called
            if chat.seen_as != _seen_as(sender) and (sender.name or sender.handle):
                renamed[channel, received.chat] = sender
    if renamed:
        yield from _rename(renamed, chats)
    filing = yield from file_updates(rules, filed, jobs[0].turns, opened)
    accepted = iter(filing.answers)
    answers = [
        Answer(
            tuple(
                next(accepted) if _is_here(chats.get((job.channel, item.chat))) else NOWHERE
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


def file_updates(
    rules: Rules,
    filed: Sequence[Filed],
    turns: Claim | None = None,
    opened: Mapping[str, Dialog] | None = None,
) -> Plan[Filing]:
    """Numbers and stores updates; repeats answer as the first time, a KeyError is no dialog.

    The locks come before the look at the keys: two repeats at once meet at the dialog's row.
    turns: takes idle dialogs at once. opened: dialogs made in this transaction."""
    if not filed:
        return Filing([])
    runs = {
        row[0]: row
        for row in (yield sql.LOCK_RUNS, [list(dict.fromkeys(item.dialog for item in filed))])
    }
    keys = list({(item.channel, item.key): None for item in filed if item.key})
    known: dict[_Key, Accepted] = {}
    if keys:
        for channel, key, dialog, seq in (yield sql.FIND_KEY, keys):
            known[channel, key] = Accepted(dialog=dialog, seq=seq, repeat=True)
    answers, fresh = _numbered(filed, runs, known)
    if not fresh:
        return Filing(answers)
    counts = yield from _write(rules, fresh, runs)
    if turns is None:
        yield sql.ADVANCE, [(dialog, *count) for dialog, count in counts.items()]
        return Filing(answers)
    idle = [dialog for dialog in counts if runs[dialog][4]]
    taken = dict.fromkeys(idle[: turns.limit])
    if taken:
        lease = (turns.worker, turns.lease_micros, turns.lease_until)
        yield sql.TAKE_RUN, [(dialog, counts[dialog][0], *lease) for dialog in taken]
    left = [(dialog, *count) for dialog, count in counts.items() if dialog not in taken]
    if left:
        yield sql.ADVANCE, left
    claims = yield from _taken(rules, list(taken), fresh, runs, turns, opened)
    return Filing(answers, (Handed("turns", claims, bool(left)),))


def _numbered(
    filed: Sequence[Filed], runs: Mapping[str, Any], known: dict[_Key, Accepted]
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
    opened: Mapping[str, Dialog] | None,
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


def _write(
    rules: Rules, fresh: list[tuple[Filed, int]], runs: dict[str, Any]
) -> Plan[dict[str, tuple[int, int]]]:
    """Writes updates and keys; how many updates each dialog got, and when."""
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
    yield sql.NEW_UPDATE, updates
    if keys:
        yield sql.NEW_KEY, keys
    return counts


# -- chats, persons, dialogs


def _seen_as(sender: Sender) -> str:
    return f"{sender.user}\x1f{sender.name}\x1f{sender.handle}"


def _known(rows: Sequence[Any]) -> dict[_Key, _Chat]:
    return {
        (row[0], row[1]): _Chat(dialog=row[2], seen_as=row[3], identity=row[4], closed_at=row[5])
        for row in rows
    }


def _is_here(chat: _Chat | None) -> TypeGuard[_Chat]:
    return chat is not None and bool(chat.dialog)


def _is_over(rules: Rules, chat: _Chat | None, update: AnyUpdate, now: datetime) -> bool:
    """The update needs a dialog that does not exist yet."""
    if not _is_here(chat):
        return isinstance(update, FIRST)
    if chat.closed_at is None or not isinstance(update, OPENING):
        return False
    return chat.closed_at < micros(now - rules.reopen_window)


def _openers(
    rules: Rules, jobs: Sequence[Intake], chats: dict[_Key, _Chat]
) -> dict[_Key, tuple[Sender, int]]:
    """Chats that need a new dialog, with who wrote first and when."""
    found: dict[_Key, tuple[Sender, int]] = {}
    for job in jobs:
        for received in job.received:
            key = (job.channel, received.chat)
            if key not in found and _is_over(rules, chats.get(key), received.update, job.now):
                found[key] = (received.sender, micros(job.now))
    return found


def _open_dialogs(
    rules: Rules, jobs: Sequence[Intake], chats: dict[_Key, _Chat]
) -> Plan[dict[str, Dialog]]:
    """Opens the dialogs that are needed; they are returned by id."""
    openers = _openers(rules, jobs, chats)
    if not openers:
        return {}
    people = yield from _people(rules, openers)
    addresses = {
        (job.channel, item.chat): item.address
        for job in jobs
        for item in job.received
        if item.address
    }
    yield (
        sql.NEW_CHAT,
        [
            (
                *(channel, chat, addresses.get((channel, chat), chat)),
                *(people[channel, sender.user][0], _seen_as(sender)),
                *("", 0, False, ""),
            )
            for (channel, chat), (sender, _) in openers.items()
        ],
    )
    # Somebody else may have opened one while we looked; under the lock we look again.
    chats.update(_known((yield sql.LOCK_CHAT, sorted(openers))))
    needed = _openers(rules, jobs, chats)
    dialogs, runs, lasts = [], [], []
    opened = {}
    for (channel, chat), (sender, now) in needed.items():
        identity, customer = people[channel, sender.user]
        dialog = Dialog(
            id=rules.new_id(),
            channel=channel,
            chat=chat,
            identity=identity,
            lang=sender.lang,
            opened_at=_exact(jobs, now),
            customer_name=sender.name,
        )
        opened[dialog.id] = dialog
        dialogs.append(dialog_row(dialog, customer, now, opened_by="customer"))
        runs.append((dialog.id, 0, 0, 0, 0, "", "", False))
        lasts.append((channel, chat, dialog.id, identity, _seen_as(sender)))
        chats[channel, chat] = _Chat(
            dialog=dialog.id, seen_as=_seen_as(sender), identity=identity, closed_at=None
        )
    if dialogs:
        yield sql.NEW_DIALOG, dialogs
        yield sql.NEW_RUN, runs
        yield sql.LAST_DIALOG, lasts
    return opened


def _exact(jobs: Sequence[Intake], now: int) -> datetime:
    return next(job.now for job in jobs if micros(job.now) == now)


def dialog_row(dialog: Dialog, customer: str, now: int, *, opened_by: str) -> tuple[Any, ...]:
    """Parameters of sql_intake.NEW_DIALOG."""
    return (
        *(dialog.id, dialog.channel, dialog.chat, dialog.identity, customer, dialog.state),
        *("", "", "", 0, 0, 0, 0, dialog.lang, dialog.customer_name, "", "", False, False, ""),
        *(ENCODER.encode(dialog), "", "", 0, now, now, "", opened_by, ""),
    )


def _people(
    rules: Rules, openers: dict[_Key, tuple[Sender, int]]
) -> Plan[dict[_Key, tuple[str, str]]]:
    """(identity, customer) of everybody who opens a dialog; strangers become rows."""
    senders = {(key[0], sender.user): (sender, now) for key, (sender, now) in openers.items()}
    found = {
        (row[0], row[1]): (row[2], row[3]) for row in (yield sql.FIND_IDENTITY, sorted(senders))
    }
    strangers = {
        rules.new_id(): (channel, user, rules.new_id(), sender, now)
        for (channel, user), (sender, now) in sorted(senders.items(), key=lambda item: item[0])
        if (channel, user) not in found
    }
    if not strangers:
        return found
    rows = [
        (identity, channel, user, customer, sender.name, sender.handle, sender.lang, now)
        for identity, (channel, user, customer, sender, now) in strangers.items()
    ]
    made = {row[0] for row in (yield sql.NEW_IDENTITY, rows)}
    customers = [
        (customer, sender.name, sender.lang, "", "", "[]", "{}", now, 1)
        for identity, (_, _, customer, sender, now) in strangers.items()
        if identity in made
    ]
    if customers:
        yield sql.NEW_CUSTOMER, customers
    rows = yield sql.FIND_IDENTITY, [(item[0], item[1]) for item in strangers.values()]
    found.update({(row[0], row[1]): (row[2], row[3]) for row in rows})
    return found


def _rename(renamed: dict[_Key, Sender], chats: dict[_Key, _Chat]) -> Plan[None]:
    """Keeps names and handles as the platform last said them; an empty one says nothing."""
    senders = {(key[0], sender.user): (key, sender) for key, sender in renamed.items()}
    changed, seen = [], []
    for row in (yield sql.FIND_IDENTITY, sorted(senders)):
        key, sender = senders[row[0], row[1]]
        name, handle = sender.name or row[4], sender.handle or row[5]
        if (name, handle) != (row[4], row[5]):
            changed.append((row[2], name, handle))
        if chats[key].identity == row[2]:
            seen.append((*key, _seen_as(sender)))
    if changed:
        yield sql.RENAME_IDENTITY, sorted(changed)
    if seen:
        yield sql.SEE_CHAT, sorted(seen)
