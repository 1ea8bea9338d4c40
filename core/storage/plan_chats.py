"""Where an update belongs: its chat, the person, the dialog, old or new."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, TypeGuard

import msgspec

from core.state import Dialog
from core.storage import sql_intake as sql
from core.storage.plan_load import Opened
from core.storage.rules import Rules
from core.storage.statement import Plan, joined, micros
from core.updates import (
    ENCODER,
    AnyUpdate,
    ButtonPressed,
    CustomerCommented,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

#: Only these begin a new case; a receipt or a late rating belongs to the one it speaks of.
OPENING = (CustomerMessage, ButtonPressed, CustomerStarted)
#: What a stranger's chat begins with; comments under a post then stay in one dialog for ever.
FIRST = (*OPENING, CustomerCommented)


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `accept`. later: nothing is turned at once."""

    channel: str
    received: tuple[Received, ...]
    now: datetime
    later: bool = False


class Chat(msgspec.Struct, kw_only=True):
    """What is known of a chat. dialog: its last one. closed_at: while that is closed. epoch: of
    the next lease. is_free: nobody is at it and nothing waits there to be sent."""

    dialog: str
    seen_as: str
    identity: str
    closed_at: int | None
    address: str
    epoch: int
    is_free: bool


Key = tuple[str, str]


def seen_as(sender: Sender) -> str:
    """How a person is called, to notice when that changes."""
    return f"{sender.user}\x1f{sender.name}\x1f{sender.handle}"


def chats_in(rows: Sequence[Any]) -> dict[Key, Chat]:
    """Chats by channel and id, of rows of sql_intake.FIND_CHAT."""
    return {(row[0], row[1]): _chat(row, row[8]) for row in rows}


def _chat(row: Sequence[Any], closed_at: int | None) -> Chat:
    _, _, dialog, seen, identity, address, epoch, is_free, *_ = row
    return Chat(
        dialog=dialog,
        seen_as=seen,
        identity=identity,
        closed_at=closed_at,
        address=address,
        epoch=epoch,
        is_free=bool(is_free),
    )


class RunRow(NamedTuple):
    """The numbers of a dialog under lock, as sql_intake.LOCK_RUNS returns them."""

    dialog: str
    seq_in: int
    is_secret: bool
    epoch: int
    is_idle: bool
    closed_at: int | None


Runs = dict[str, RunRow]


def lock_runs(dialogs: Sequence[str]) -> Plan[Runs]:
    """Takes the locks on dialogs."""
    if not dialogs:
        return {}
    return {row[0]: RunRow(*row) for row in (yield sql.LOCK_RUNS, [dialogs])}


def lock_chats(wanted: Sequence[Key], *, is_whole: bool) -> Plan[tuple[dict[Key, Chat], Runs]]:
    """Chats as they are; is_whole: under lock, and so are their last dialogs."""
    if not is_whole:
        return chats_in((yield sql.FIND_CHAT, wanted)), {}
    chats, runs = _both_in((yield sql.LOCK_BOTH, wanted))
    runs |= yield from lock_runs(missing(chats, runs))
    for chat in chats.values():
        if (run := runs.get(chat.dialog)) is not None:
            chat.closed_at = run.closed_at
    return chats, runs


def lock_chats_of(dialogs: Sequence[str]) -> Plan[tuple[dict[Key, Chat], Runs]]:
    """These dialogs and the chats they are in, all under lock."""
    return _both_in((yield sql.LOCK_BOTH_OF, [dialogs]))


def _both_in(rows: Sequence[Any]) -> tuple[dict[Key, Chat], Runs]:
    chats = {(row[0], row[1]): _chat(row, None) for row in rows if row[0] is not None}
    return chats, {row[8]: RunRow(*row[8:]) for row in rows if row[8] is not None}


def missing(chats: Mapping[Key, Chat], runs: Runs) -> list[str]:
    """The last dialogs of chats that are not under lock yet."""
    return [chat.dialog for chat in chats.values() if chat.dialog and chat.dialog not in runs]


def is_here(chat: Chat | None) -> TypeGuard[Chat]:
    """Whether anything was ever said there."""
    return chat is not None and bool(chat.dialog)


def _is_over(rules: Rules, chat: Chat | None, update: AnyUpdate, now: datetime) -> bool:
    """The update needs a dialog that does not exist yet."""
    if not is_here(chat):
        return isinstance(update, FIRST)
    if chat.closed_at is None or not isinstance(update, OPENING):
        return False
    return chat.closed_at < micros(now - rules.reopen_window)


def openers_in(
    rules: Rules,
    jobs: Sequence[Intake],
    chats: Mapping[Key, Chat],
    known: Container[Key] = frozenset(),
) -> dict[Key, tuple[Sender, datetime]]:
    """Chats that need a new dialog, with who wrote first and when. known: keys of repeats, for
    which nothing is opened."""
    found: dict[Key, tuple[Sender, datetime]] = {}
    for job in jobs:
        for received in job.received:
            key = (job.channel, received.chat)
            if key in found or (job.channel, received.dedup_key) in known:
                continue
            if _is_over(rules, chats.get(key), received.update, job.now):
                found[key] = (received.sender, job.now)
    return found


class Met(NamedTuple):
    """People who open dialogs. known: (identity, customer) by channel and id there. strangers:
    identities made just now. chats: those made just now."""

    known: Mapping[Key, tuple[str, str]] = {}
    strangers: frozenset[str] = frozenset()
    chats: frozenset[Key] = frozenset()


NOBODY = Met()


def meet(
    rules: Rules,
    jobs: Sequence[Intake],
    chats: dict[Key, Chat],
    openers: Mapping[Key, tuple[Sender, datetime]],
) -> Plan[Met]:
    """Makes people and chats that are not there yet, and takes the locks on those chats: whoever
    opens a dialog there at the same moment waits for us, or we for them."""
    people, strangers = yield from _people(rules, openers, chats)
    addresses = {
        (job.channel, item.chat): item.address
        for job in jobs
        for item in job.received
        if item.address
    }
    fresh = [
        (
            *(channel, chat, addresses.get((channel, chat), chat)),
            *(people[channel, sender.user][0], seen_as(sender)),
            *("", 0, False, ""),
        )
        for (channel, chat), (sender, _) in sorted(openers.items(), key=itemgetter(0))
    ]
    made = yield joined([(sql.NEW_CUSTOMER, [*strangers.values()]), (sql.NEW_CHAT, fresh)])
    own = frozenset((row[0], row[1]) for row in made)
    for row in fresh:
        if (row[0], row[1]) in own:
            chats[row[0], row[1]] = _new_chat(*row[2:5])
    others = sorted(key for key in openers if key not in own)
    if others:
        # Somebody else may have opened one while we looked; under the lock we look again.
        chats.update(chats_in((yield sql.LOCK_CHAT, others)))
    return Met(people, frozenset(strangers), own)


def _new_chat(address: str, identity: str, seen: str) -> Chat:
    return Chat(
        dialog="",
        seen_as=seen,
        identity=identity,
        closed_at=None,
        address=address,
        epoch=1,
        is_free=True,
    )


def new_dialogs(
    rules: Rules,
    jobs: Sequence[Intake],
    chats: dict[Key, Chat],
    met: Met,
    openers: Mapping[Key, tuple[Sender, datetime]],
) -> Opened:
    """The dialogs that are needed, each the last one of its chat from now on."""
    rows, lasts = [], []
    dialogs = {}
    for (channel, chat), (sender, now) in openers.items():
        identity, customer = met.known[channel, sender.user]
        dialog = Dialog(
            id=rules.new_id(),
            channel=channel,
            chat=chat,
            identity=identity,
            lang=sender.lang,
            opened_at=now,
            customer_name=sender.name,
        )
        dialogs[dialog.id] = dialog
        rows.append(dialog_row(dialog, customer, micros(now), opened_by="customer"))
        lasts.append((channel, chat, dialog.id, identity, seen_as(sender)))
        there = chats[channel, chat]
        there.dialog, there.seen_as = dialog.id, seen_as(sender)
        there.identity, there.closed_at = identity, None
    return Opened(dialogs, met.strangers, rows, lasts)


def dialog_row(dialog: Dialog, customer: str, now: int, *, opened_by: str) -> tuple[Any, ...]:
    """Parameters of sql_intake.NEW_DIALOG."""
    return (
        *(dialog.id, dialog.channel, dialog.chat, dialog.identity, customer, dialog.state),
        *("", "", "", 0, 0, 0, 0, dialog.lang, dialog.customer_name, "", "", False, False, ""),
        *(ENCODER.encode(dialog), "", "", 0, now, now, "", opened_by, ""),
    )


def _people(
    rules: Rules, openers: Mapping[Key, tuple[Sender, datetime]], chats: Mapping[Key, Chat]
) -> Plan[tuple[dict[Key, tuple[str, str]], dict[str, tuple[Any, ...]]]]:
    """(identity, customer) of everybody who opens a dialog; strangers become identities, each with
    the row of a customer that is still to be written.

    Whoever writes in a chat that is not there is a stranger as a rule, and made without asking."""
    senders = {(key[0], sender.user): (sender, now) for key, (sender, now) in openers.items()}
    asked = sorted({(key[0], openers[key][0].user) for key in openers if key in chats})
    found = (yield from _identities(asked)) if asked else {}
    strangers = {
        rules.new_id(): (channel, user, rules.new_id(), sender, now)
        for (channel, user), (sender, now) in sorted(senders.items(), key=itemgetter(0))
        if (channel, user) not in found
    }
    if not strangers:
        return found, {}
    rows = [
        (identity, channel, user, customer, sender.name, sender.handle, sender.lang, micros(now))
        for identity, (channel, user, customer, sender, now) in strangers.items()
    ]
    made = {row[0] for row in (yield sql.NEW_IDENTITY, rows)}
    customers: dict[str, tuple[Any, ...]] = {}
    others = []  # known, or made by somebody else just now
    for identity, (channel, user, customer, sender, now) in strangers.items():
        if identity in made:
            found[channel, user] = (identity, customer)
            row = (customer, sender.name, sender.lang, "", "", "[]", "{}", micros(now), 1)
            customers[identity] = row
        else:
            others.append((channel, user))
    if others:
        found |= yield from _identities(others)
    return found, customers


def _identities(asked: Sequence[Key]) -> Plan[dict[Key, tuple[str, str]]]:
    """(identity, customer) by channel and id there."""
    return {(row[0], row[1]): (row[2], row[3]) for row in (yield sql.FIND_IDENTITY, asked)}


def renamed_people(renamed: dict[Key, Sender], chats: dict[Key, Chat]) -> Plan[None]:
    """Keeps names and handles as the platform last said them; an empty one says nothing."""
    senders = {(key[0], sender.user): (key, sender) for key, sender in renamed.items()}
    changed, seen = [], []
    for row in (yield sql.FIND_IDENTITY, sorted(senders)):
        key, sender = senders[row[0], row[1]]
        name, handle = sender.name or row[4], sender.handle or row[5]
        if (name, handle) != (row[4], row[5]):
            changed.append((row[2], name, handle))
        if chats[key].identity == row[2]:
            seen.append((*key, seen_as(sender)))
    if changed:
        yield sql.RENAME_IDENTITY, sorted(changed)
    if seen:
        yield sql.SEE_CHAT, sorted(seen)
