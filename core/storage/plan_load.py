"""What the turns of claimed dialogs need to know, read in a few statements for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from core.state import Dialog
from core.storage import sql_turn
from core.storage.known import KnownDialogs
from core.storage.statement import Plan, micros, moment, moment_or_none
from core.store_values import Accepted, Claimed, Pending

_DIALOG = msgspec.json.Decoder(Dialog)


class Opened(NamedTuple):
    """What this very transaction makes. dialogs: by id. strangers: identities of whom nothing is
    known yet. rows, lasts: of sql_intake.NEW_DIALOG and LAST_DIALOG, still to be written."""

    dialogs: Mapping[str, Dialog] = {}
    strangers: frozenset[str] = frozenset()
    rows: Sequence[tuple[Any, ...]] = ()
    lasts: Sequence[tuple[Any, ...]] = ()


NOTHING_OPENED = Opened()


class About:
    """What is known of one person."""

    __slots__ = ("asked_nps_at", "grants", "rated_at", "remembered")

    def __init__(self) -> None:
        self.grants: dict[str, Any] = {}
        self.remembered: dict[str, Any] = {}
        self.asked_nps_at: datetime | None = None
        self.rated_at: datetime | None = None


NOTHING = About()
Key = tuple[str, str]
NO_KEY: Key = ("", "")


class Found(NamedTuple):
    """What `look_up` found. known: answers to repeats. about: everybody who was asked about."""

    known: dict[Key, Accepted]
    about: Mapping[str, About]


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
    about: Mapping[str, About] | None = None,
) -> Plan[list[Claimed]]:
    """The dialogs with all that their turns may need; one that cannot be read is set aside.

    about: people of whom it is known already."""
    dialogs = yield from _dialogs(runs, known, opened.dialogs)
    about = about or {}
    others = {dialog.identity for dialog in dialogs.values()} - opened.strangers - about.keys()
    if others:
        about = {**about, **(yield from look_up((), others, now)).about}
    queued = [dialog.id for dialog in dialogs.values() if dialog.state == "queued"]
    places = dict((yield sql_turn.PLACES, [queued])) if queued else {}
    found = []
    for run in runs:
        dialog = dialogs.get(run.dialog)
        if dialog is None:
            continue
        person = about.get(dialog.identity) or NOTHING
        found.append(
            Claimed(
                dialog=dialog,
                epoch=run.epoch,
                updates=run.updates,
                grants=person.grants,
                remembered=person.remembered,
                tries=run.tries,
                place=places.get(run.dialog, 0),
                asked_nps_at=person.asked_nps_at,
                rated_at=person.rated_at,
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


def look_up(marks: Iterable[Key], identities: Iterable[str], now: datetime) -> Plan[Found]:
    """What is known of updates by channel and key, and of people; nothing is asked of neither."""
    keys = list({(channel, key): None for channel, key in marks if key})
    about = dict.fromkeys(identities, NOTHING)
    known: dict[Key, Accepted] = {}
    if not keys and not about:
        return Found(known, about)
    asked = [(*(key or NO_KEY), one or "") for key, one in zip_longest(keys, about)]
    at = micros(now)
    for kind, of, key, value, seq, until, rated_at in (yield sql_turn.LOOK_UP, asked):
        if kind == "key":
            known[of, key] = Accepted(dialog=value, seq=seq, repeat=True)
            continue
        if about[of] is NOTHING:
            about[of] = About()
        if kind == "person":
            about[of].asked_nps_at, about[of].rated_at = (
                moment_or_none(until),
                moment_or_none(rated_at),
            )
        elif until <= at and kind != "verified":  # an ended one is `linked` from then on
            continue
        elif kind == "slot":
            about[of].remembered[key] = msgspec.json.decode(value)
        else:
            about[of].grants[key] = (kind, moment(until))
    return Found(known, about)
