"""Turns in the very transaction that files their updates, and all that is written of both.

Whoever files has the locks on the chats and then on the dialogs; a dialog that is idle needs no
other lease. What cannot be turned without waiting is left for whoever claims it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from core.storage import sql_intake, sql_turn
from core.storage.hands import AtOnce
from core.storage.plan_chats import Chat, Key
from core.storage.plan_load import Opened
from core.storage.plan_turn import Serving, state_after
from core.storage.rows import TurnRows
from core.storage.rules import Rules
from core.storage.statement import Asked, micros_or_none
from core.storage.taking import Claim
from core.store_values import Claimed, Done

#: Dialogs turned in one transaction, at most: beyond it answers would come late.
MOST = 128


class Onward(NamedTuple):
    """Who goes on with what is filed. at_once: turns it now; `chats` are under lock then.
    turns: takes the dialogs that were left. now: of the newest call."""

    now: datetime
    turns: Claim | None = None
    at_once: AtOnce | None = None
    chats: Mapping[Key, Chat] = {}

    @property
    def room(self) -> int:
        """How many idle dialogs somebody would go on with."""
        limit = self.limit
        return limit if self.at_once is None else max(limit, MOST)

    @property
    def limit(self) -> int:
        """How many dialogs may be handed over."""
        return 0 if self.turns is None else max(self.turns.limit, 0)

    @property
    def calls(self) -> Claim | None:
        """Who makes new service calls."""
        return None if self.at_once is None else self.at_once.calls


class _Filing(Protocol):
    """A call that files updates."""

    @property
    def now(self) -> datetime: ...

    @property
    def later(self) -> bool: ...


def onward_of(rules: Rules, jobs: Sequence[_Filing]) -> Onward:
    """Who goes on with what these calls file."""
    now = max(job.now for job in jobs)
    at_once = None if any(job.later for job in jobs) else rules.hands.at_once(now)
    return Onward(now, rules.hands.claim("turns", now), at_once)


class Turned:
    """What was turned in this transaction. done: by dialog. rows: of all of it. refusals: JSON by
    dialog and number, written with the updates themselves. left: dialogs for the follower."""

    def __init__(self, onward: Onward, claims: Sequence[Claimed]) -> None:
        made: Sequence[Done | None] = ()
        if onward.at_once is not None and claims:
            made = onward.at_once.turn(claims[:MOST])
        self.done = {one.dialog: one for one in made if one is not None}
        left = [claim for claim in claims if claim.dialog.id not in self.done]
        self.left = left[: onward.limit]
        self.rows = TurnRows(onward.now, onward.calls).filled([*self.done.values()])
        self.refusals = {(dialog, seq): text for dialog, seq, text in self.rows.refusals}
        self.rows.refusals = []


def run_row(done: Done, count: int) -> tuple[Any, ...]:
    """Parameters of sql_intake.TURN_RUN."""
    secret, closed_at = state_after(done)
    retry_at = micros_or_none(done.retry_at)
    failed = int(bool(done.error))
    return (done.dialog, count, done.seq, failed, done.error, retry_at, secret, closed_at)


def new_run_row(done: Done, count: int) -> tuple[Any, ...]:
    """Parameters of sql_intake.NEW_TURNED_RUN."""
    dialog, _, seq, tries, error, due_at, secret, closed_at = run_row(done, count)
    return (dialog, count, seq, 1, tries, error, "", bool(secret), due_at, closed_at)


def dialog_writes(rows: TurnRows, opened: Opened) -> list[Asked]:
    """Writes of new dialogs; those that are turned already are written once, as they are now."""
    saved = {row[0]: row for row in rows.dialogs}
    new, turned = [], []
    for row in opened.rows:
        later = saved.pop(row[0], None)
        if later is None:
            new.append(row)
        else:
            turned.append(_turned_row(row, later))
    rows.dialogs = [*saved.values()]
    return [(sql_intake.NEW_DIALOG, new), (sql_turn.NEW_TURNED_DIALOG, turned)]


def _turned_row(new: tuple[Any, ...], saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Parameters of NEW_TURNED_DIALOG, from those of NEW_DIALOG and of SAVE_DIALOG."""
    author, text, files, at, _kept = saved[17:22]
    opened_at, opened_by, invitation = new[24], new[27], new[28]
    preview = (author or "", text or "", files or 0, at)
    return (*new[:5], opened_at, opened_by, invitation, *saved[1:17], *preview, *saved[22:])


def chat_writes(turned: Turned, onward: Onward, opened: Opened) -> tuple[list[Asked], Serving]:
    """Writes of chats: their last dialogs, who sends there now, where somebody should look; and
    (address, epoch) of those that go to a sender at once."""
    serving, woken = _served(turned.rows, onward)
    lasts = {(row[0], row[1]): row for row in opened.lasts}
    takes, last_takes = [], []
    if serving and onward.at_once is not None and onward.at_once.chats is not None:
        by = onward.at_once.chats
        lease = (by.worker, by.lease_micros, by.lease_until)
        for key in serving:
            if key in lasts:
                last_takes.append((*lasts.pop(key), *lease))
            else:
                takes.append((*key, *lease))
    wakes, last_wakes = [], []
    for channel, chat, at in woken:
        if (channel, chat) in lasts:
            last_wakes.append((*lasts.pop((channel, chat)), at))
        else:
            wakes.append((channel, chat, at))
    return [
        (sql_intake.LAST_DIALOG, [*lasts.values()]),
        (sql_intake.LAST_AND_TAKE, last_takes),
        (sql_intake.LAST_AND_WAKE, last_wakes),
        (sql_turn.TAKE_CHAT, takes),
        (sql_turn.WAKE_CHAT, wakes),
    ], serving


def _served(rows: TurnRows, onward: Onward) -> tuple[Serving, list[tuple[str, str, int]]]:
    """Idle chats that get something to send now, and the others that get something."""
    serving: dict[Key, tuple[str, int]] = {}
    woken = []
    by = onward.at_once.chats if onward.at_once is not None else None
    for wake in rows.chats_to_wake():
        key = (wake[0], wake[1])
        chat = onward.chats.get(key)
        if chat is not None and chat.is_free and wake[2] <= rows.now and _takes(by, key, serving):
            serving[key] = (chat.address, chat.epoch)
        else:
            woken.append(wake)
    return serving, woken


def _takes(by: Claim | None, key: Key, serving: Serving) -> bool:
    if by is None or len(serving) >= by.limit:
        return False
    return by.channels is None or key[0] in by.channels
