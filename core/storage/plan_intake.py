"""How updates are filed: dedup key, chat, dialog, sequence number, row."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.state import Dialog
from core.storage import sql_intake as sql
from core.storage.statement import Plan, micros, micros_or_none
from core.store import Accepted, Cipher
from core.updates import (
    ENCODER,
    AnyUpdate,
    ButtonPressed,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

#: Only these begin a new case; a receipt or a late rating belongs to the one it speaks of.
OPENING = (CustomerMessage, ButtonPressed, CustomerStarted)
#: Channel of the dedup keys of updates that came from ourselves (operators, calls).
OWN = ""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What filing needs to know. key_life: how long a channel's dedup keys are kept."""

    cipher: Cipher
    new_id: Callable[[], str]
    reopen_window: timedelta
    key_life: Callable[[str], timedelta]
    files: str = ""


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `accept`."""

    channel: str
    received: tuple[Received, ...]
    now: datetime


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `append`."""

    dialog: str
    update: AnyUpdate
    now: datetime
    dedup_key: str = ""


class Filed(msgspec.Struct, kw_only=True):
    """An update on its way into a dialog."""

    dialog: str
    secret: bool
    channel: str
    key: str
    update: AnyUpdate
    now: int
    sent_at: int | None = None


class _Chat(msgspec.Struct, kw_only=True):
    """What is known of a chat; dialog is empty until the first one."""

    dialog: str
    state: str | None
    closed_at: int | None
    secret: bool
    external: str
    identity: str
    customer: str
    name: str
    handle: str


_Key = tuple[str, str]


def sealed(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload as it is stored while a secret question is open."""
    return rules.cipher.seal(payload.decode(), f"update:{dialog}").encode()


def opened(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload that was sealed."""
    return rules.cipher.open(payload.decode(), f"update:{dialog}").encode()


def accept(rules: Rules, jobs: Sequence[Intake]) -> Plan[list[tuple[Accepted, ...]]]:
    """Files the updates of many calls at once; one answer per call, in order."""
    wanted = {(job.channel, received.chat): None for job in jobs for received in job.received}
    chats = _known((yield sql.FIND_CHAT, list(wanted)))
    yield from _open_dialogs(rules, jobs, chats)
    filed = []
    for job in jobs:
        now = micros(job.now)
        for received in job.received:
            chat = chats[job.channel, received.chat]
            filed.append(
                Filed(
                    dialog=chat.dialog,
                    secret=chat.secret,
                    channel=job.channel,
                    key=received.dedup_key,
                    update=received.update,
                    now=now,
                    sent_at=micros_or_none(received.sent_at),
                )
            )
    yield from _rename(jobs, chats)
    accepted = yield from file_updates(rules, filed)
    answers = []
    at = 0
    for job in jobs:
        answers.append(tuple(accepted[at : at + len(job.received)]))
        at += len(job.received)
    return answers


def append(rules: Rules, jobs: Sequence[Append]) -> Plan[list[Accepted | KeyError]]:
    """Files updates of dialogs that exist."""
    rows = yield sql.FIND_DIALOGS, [[job.dialog for job in jobs]]
    secrets = {row[0]: bool(row[2]) for row in rows}
    filed = [
        Filed(
            dialog=job.dialog,
            secret=secrets[job.dialog],
            channel=OWN,
            key=f"{job.dialog}:{job.dedup_key}" if job.dedup_key else "",
            update=job.update,
            now=micros(job.now),
        )
        for job in jobs
        if job.dialog in secrets
    ]
    accepted = iter((yield from file_updates(rules, filed)))
    return [next(accepted) if job.dialog in secrets else KeyError(job.dialog) for job in jobs]


def file_updates(rules: Rules, filed: Sequence[Filed]) -> Plan[list[Accepted]]:
    """Numbers and stores updates; repeats answer as the first time.

    The locks come before the look at the keys: two repeats at once meet at the dialog's row."""
    if not filed:
        return []
    yield sql.LOCK_RUNS, [list({item.dialog for item in filed})]
    keys = list({(item.channel, item.key): None for item in filed if item.key})
    known: dict[_Key, tuple[str, int] | None] = dict.fromkeys(keys)
    if keys:
        for channel, key, dialog, seq in (yield sql.FIND_KEY, keys):
            known[channel, key] = (dialog, seq)
    fresh: dict[str, list[Filed]] = {}
    taken: set[_Key] = set()
    for item in filed:
        mark = (item.channel, item.key)
        if item.key and (known[mark] is not None or mark in taken):
            continue
        taken.add(mark)
        fresh.setdefault(item.dialog, []).append(item)
    seqs: dict[int, int] = {}
    if fresh:
        asked = [(dialog, len(items), items[-1].now) for dialog, items in fresh.items()]
        for dialog, last in (yield sql.ADVANCE, asked):
            items = fresh[dialog]
            for offset, item in enumerate(items):
                seqs[id(item)] = last - len(items) + 1 + offset
        yield from _write(rules, fresh, seqs)
    return _answers(filed, seqs, known)


def _answers(
    filed: Sequence[Filed], seqs: dict[int, int], known: dict[_Key, tuple[str, int] | None]
) -> list[Accepted]:
    answers = []
    for item in filed:
        seq = seqs.get(id(item))
        if seq is not None:
            if item.key:
                known[item.channel, item.key] = (item.dialog, seq)
            answers.append(Accepted(dialog=item.dialog, seq=seq))
            continue
        first = known[item.channel, item.key]
        assert first is not None  # noqa: S101  # a repeat has a first by construction
        answers.append(Accepted(dialog=first[0], seq=first[1], repeat=True))
    return answers


def _write(rules: Rules, fresh: dict[str, list[Filed]], seqs: dict[int, int]) -> Plan[None]:
    updates = []
    keys = []
    for dialog, items in fresh.items():
        for item in items:
            seq = seqs[id(item)]
            payload = ENCODER.encode(item.update)
            if item.secret:
                payload = sealed(rules, dialog, payload)
            kind = type(item.update).__name__
            updates.append((dialog, seq, kind, payload, item.secret, item.now, item.sent_at))
            if item.key:
                life = rules.key_life(item.channel) // timedelta(microseconds=1)
                keys.append((item.channel, item.key, dialog, seq, item.now + life))
    yield sql.NEW_UPDATE, updates
    if keys:
        yield sql.NEW_KEY, keys


# -- chats, persons, dialogs


def _known(rows: Sequence[Any]) -> dict[_Key, _Chat]:
    return {
        (row[0], row[1]): _Chat(
            dialog=row[2],
            state=row[3],
            closed_at=row[4],
            secret=bool(row[5]),
            external=row[6],
            identity=row[7],
            customer=row[8],
            name=row[9],
            handle=row[10],
        )
        for row in rows
    }


def _is_over(rules: Rules, chat: _Chat | None, update: AnyUpdate, now: datetime) -> bool:
    """The update needs a dialog that does not exist yet."""
    if chat is None or not chat.dialog:
        return True
    if chat.state != "closed" or chat.closed_at is None or not isinstance(update, OPENING):
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


def _open_dialogs(rules: Rules, jobs: Sequence[Intake], chats: dict[_Key, _Chat]) -> Plan[None]:
    openers = _openers(rules, jobs, chats)
    if not openers:
        return
    people = yield from _people(rules, openers)
    yield (
        sql.NEW_CHAT,
        [
            (channel, chat, chat, people[channel, sender.user][0], "", 0, "")
            for (channel, chat), (sender, _) in openers.items()
        ],
    )
    # Somebody else may have opened one while we looked; under the lock we look again.
    chats.update(_known((yield sql.LOCK_CHAT, sorted(openers))))
    needed = _openers(rules, jobs, chats)
    dialogs, runs, lasts = [], [], []
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
        dialogs.append(_dialog_row(dialog, customer, now))
        runs.append((dialog.id, 0, 0, 0, 0, "", ""))
        lasts.append((channel, chat, dialog.id, identity))
        known = chats[channel, chat]
        chats[channel, chat] = msgspec.structs.replace(
            known,
            dialog=dialog.id,
            state="bot",
            closed_at=None,
            secret=False,
            external=sender.user,
            identity=identity,
            name=sender.name,
            handle=sender.handle,
        )
    if dialogs:
        yield sql.NEW_DIALOG, dialogs
        yield sql.NEW_RUN, runs
        yield sql.LAST_DIALOG, lasts


def _exact(jobs: Sequence[Intake], now: int) -> datetime:
    return next(job.now for job in jobs if micros(job.now) == now)


def _dialog_row(dialog: Dialog, customer: str, now: int) -> tuple[Any, ...]:
    return (
        *(dialog.id, dialog.channel, dialog.chat, dialog.identity, customer, dialog.state),
        *("", "", "", 0, 0, 0, 0, dialog.lang, dialog.customer_name, "", "", False, False, ""),
        *(ENCODER.encode(dialog), "", "", 0, now, now, "", "customer", ""),
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


def _rename(jobs: Sequence[Intake], chats: dict[_Key, _Chat]) -> Plan[None]:
    """Keeps names and handles as the platform last said them."""
    changed = {}
    for job in jobs:
        for received in job.received:
            chat, sender = chats[job.channel, received.chat], received.sender
            if chat.external != sender.user or not (sender.name or sender.handle):
                continue
            name, handle = sender.name or chat.name, sender.handle or chat.handle
            if (name, handle) != (chat.name, chat.handle):
                changed[chat.identity] = (chat.identity, name, handle)
    if changed:
        yield sql.RENAME_IDENTITY, sorted(changed.values())
