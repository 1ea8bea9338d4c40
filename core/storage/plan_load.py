"""What the turns of claimed dialogs need to know, read in a few statements for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from core.state import Dialog
from core.storage import sql_turn
from core.storage.known import KnownDialogs
from core.storage.statement import Plan, micros, moment, moment_or_none
from core.store_values import Claimed, Pending

_DIALOG = msgspec.json.Decoder(Dialog)


class Opened(NamedTuple):
    """What this very transaction makes. dialogs: by id. strangers: identities of whom nothing is
    known yet. rows, lasts: of sql_intake.NEW_DIALOG and LAST_DIALOG, still to be written."""

    dialogs: Mapping[str, Dialog] = {}
    strangers: frozenset[str] = frozenset()
    rows: Sequence[tuple[Any, ...]] = ()
    lasts: Sequence[tuple[Any, ...]] = ()


NOTHING_OPENED = Opened()


class Run(NamedTuple):
    """A dialog under a fresh lease with its unread updates."""

    dialog: str
    epoch: int
    tries: int
    updates: tuple[Pending, ...]


def claimed(
    runs: Sequence[Run],
    now: datetime,
    known: KnownDialogs,
    opened: Opened = NOTHING_OPENED,
) -> Plan[list[Claimed]]:
    """The dialogs with all that their turns may need; one that cannot be read is set aside."""
    dialogs = yield from _dialogs(runs, known, opened.dialogs)
    identities = {dialog.identity for dialog in dialogs.values()} - opened.strangers
    facts = (yield from _facts([*identities], micros(now))) if identities else {}
    queued = [dialog.id for dialog in dialogs.values() if dialog.state == "queued"]
    places = dict((yield sql_turn.PLACES, [queued])) if queued else {}
    found = []
    for run in runs:
        dialog = dialogs.get(run.dialog)
        if dialog is None:
            continue
        about = facts.get(dialog.identity) or _NOTHING
        found.append(
            Claimed(
                dialog=dialog,
                epoch=run.epoch,
                updates=run.updates,
                grants=about.grants,
                remembered=about.remembered,
                tries=run.tries,
                place=places.get(run.dialog, 0),
                asked_nps_at=about.asked_nps_at,
                rated_at=about.rated_at,
            )
        )
    return found


def _dialogs(
    runs: Sequence[Run], known: KnownDialogs, opened: Mapping[str, Dialog]
) -> Plan[dict[str, Dialog]]:
    dialogs: dict[str, Dialog] = {}
    missing = []
    for run in runs:
        dialog = opened.get(run.dialog) or known.find(run.dialog, run.epoch - 1)
        if dialog is None:
            missing.append(run.dialog)
        else:
            dialogs[run.dialog] = dialog
    if not missing:
        return dialogs
    unreadable = []
    for id_, blob in (yield sql_turn.LOAD_DIALOGS, [missing]):
        try:
            dialogs[id_] = _DIALOG.decode(blob)
        except msgspec.DecodeError as error:
            unreadable.append((id_, f"state: {error}"))
    for row in unreadable:
        yield sql_turn.PARK, row
    return dialogs


class _About:
    """What is known of one identity."""

    __slots__ = ("asked_nps_at", "grants", "rated_at", "remembered")

    def __init__(self) -> None:
        self.grants: dict[str, Any] = {}
        self.remembered: dict[str, Any] = {}
        self.asked_nps_at: datetime | None = None
        self.rated_at: datetime | None = None


_NOTHING = _About()


def _facts(identities: list[str], now: int) -> Plan[dict[str, _About]]:
    found: dict[str, _About] = {}
    rows = yield sql_turn.LOAD_KNOWN, [identities, now]
    for identity, kind, key, until, value, rated_at in rows:
        about = found.setdefault(identity, _About())
        if kind == "slot":
            about.remembered[key] = msgspec.json.decode(value)
        elif kind == "person":
            about.asked_nps_at, about.rated_at = moment_or_none(until), moment_or_none(rated_at)
        else:
            about.grants[key] = (kind, moment(until))
    return found
