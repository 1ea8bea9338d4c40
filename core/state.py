"""A dialog as data: everything one turn needs to know of it and all it may change."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from core.channel import Capabilities
from core.content import Lack, Outgoing
from core.effects import AnyEffect
from core.records import Closing, Escalation, Holding, QueueStay, Rating
from core.scenario.model import Bundle, Level
from core.scenario.place import Place, Shown

State = Literal["bot", "queued", "with_operator", "rating", "closed"]


class Undoable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last move of a dialog, while its author may take it back. lines: what it said to the
    customer; ask: the line of them that asks for a rating, 0 for none."""

    id: str
    until: datetime
    lines: tuple[int, ...] = ()
    ask: int = 0


class Dialog(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One case from first message to close, with a state and exactly one owner.

    The owner follows from the state: the bot; the queue `queue`; the operator `operator`; nobody.
    version: grows with every turn that changed anything. state_rev: grows only when state, owner
    or queue change. last_n: last transcript number. gens: timer kind -> generation in force.
    escalation, stay, holding, closing, rating: the records now open (or the last ones).
    counts: record kind -> last number used. secret: a secret question is open or may be the next,
    or would be if people gave the dialog back, so incoming payloads are stored encrypted. human: an
    operator's text exists. open_options: of messages outside scenarios (waiting place, rating).
    told_masked: the masking notice was given.
    told_place, told_at: what a waiting customer was told of the place in the queue, and when.
    waiting_since: start of the wait for a human that is unanswered, kept over transfers.
    public: what is said here stands under a post, so only people speak.
    undo: what may still be taken back; rules are in core.undo.
    """

    id: str
    channel: str
    chat: str
    identity: str
    lang: str
    opened_at: datetime
    customer_name: str = ""
    state: State = "bot"
    queue: str = ""
    operator: str = ""
    operator_name: str = ""
    version: int = 0
    state_rev: int = 0
    last_n: int = 0
    gens: dict[str, int] = msgspec.field(default_factory=dict)
    place: Place | None = None
    escalation: Escalation | None = None
    stay: QueueStay | None = None
    holding: Holding | None = None
    closing: Closing | None = None
    rating: Rating | None = None
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    open_options: tuple[Shown, ...] = ()
    topic: str = ""
    result: str = ""
    secret: bool = False
    human: bool = False
    told_masked: bool = False
    told_place: int = 0
    told_at: datetime | None = None
    waiting_since: datetime | None = None
    gone: str = ""
    public: bool = False
    lacks: tuple[Lack, ...] = ()
    album: str = ""
    first_customer_at: datetime | None = None
    last_customer_at: datetime | None = None
    last_customer_n: int = 0
    first_bot_at: datetime | None = None
    last_bot_at: datetime | None = None
    first_human_at: datetime | None = None
    last_human_at: datetime | None = None
    closed_at: datetime | None = None
    undo: Undoable | None = None


class QueueInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as the engine sees it. opens_at: next opening when closed now, None for never.

    online: operators on the line who serve it. waiting: dialogs in it.
    """

    id: str
    open_now: bool = True
    opens_at: datetime | None = None
    online: int = 1
    waiting: int = 0
    calendar_version: int = 0


def _no_seal(value: str) -> str:
    raise ValueError("no seal was given")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn may know of the world, read by the dispatcher before it.

    seq: of the update within the dialog; the source of every id the turn makes.
    grants: account -> level in force now. remembered: slot -> value still kept.
    queues: a queue nobody made is open 24/7 without members. place: in the queue, 0 unknown.
    seal: encrypts a secret value, deterministic for one dialog. available: operators on the line
    and below their limit. answered_today: this person gave a rating today.
    asked_nps_at: when this person was last asked for NPS.
    """

    seq: int
    capabilities: Capabilities
    grants: Mapping[str, Level] = {}
    remembered: Mapping[str, Any] = {}
    queues: Mapping[str, QueueInfo] = {}
    place: int = 0
    seal: Callable[[str], str] = _no_seal
    asked_nps_at: datetime | None = None
    available: frozenset[str] = frozenset()
    answered_today: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an operator's update changed nothing. code: as in DESK's problem codes."""

    code: Literal[
        "stale",
        "taken",
        "not_owner",
        "new_message",
        "closed",
        "limit_reached",
        "forbidden",
        "not_found",
        "validation",
        "undo_expired",
    ]
    detail: str = ""
    by: str = ""
    at: datetime | None = None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One update and all it caused. refusal: set when it changed nothing on purpose."""

    dialog: Dialog
    effects: tuple[AnyEffect, ...] = ()
    refusal: Refusal | None = None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The bundles a turn may run: its own and the active one.

    bundle: the dialog's; None when it is gone or marked broken. active: of new dialogs.
    """

    active: Bundle
    bundle: Bundle | None = None


__all__ = [
    "Dialog",
    "Facts",
    "Outgoing",
    "QueueInfo",
    "Refusal",
    "Setting",
    "State",
    "Turn",
    "Undoable",
]
