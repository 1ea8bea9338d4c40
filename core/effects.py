"""What a turn decided, as data; the store writes them in the turn's own transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from core.channel import MessageClass
from core.content import Outgoing
from core.records import Message, Record, RecordName


class Effect(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A decision to carry out."""


class Write(Effect, frozen=True, kw_only=True):
    """A new line of the transcript."""

    message: Message


class Amend(Effect, frozen=True, kw_only=True):
    """A customer changed or deleted an earlier message, known by its platform id.

    text: None when it was deleted. masked: secrets were cut out of the new text.
    order: of CustomerEdited, 0 when unknown; nothing is changed after a higher one."""

    platform_id: str
    text: str | None
    at: datetime
    masked: bool = False
    order: int = 0


class Send(Effect, frozen=True, kw_only=True):
    """One platform message: a row of the outbox.

    n: transcript line it carries; part: 0.. when a line needs several messages.
    priority: 0 answer, 1 operator, 2 timer, 3 broadcast.
    """

    n: int
    part: int
    content: Outgoing
    kind: MessageClass = "answer"
    priority: int = 0
    not_before: datetime | None = None


class Call(Effect, frozen=True, kw_only=True):
    """Ask a service; the answer comes back as CallReturned or CallFailed with this key.

    key: `dialog:seq:n`. arguments: plain values; names in `sealed` hold sealed secrets.
    timeout: seconds.
    """

    key: str
    service: str
    arguments: Mapping[str, Any]
    sealed: tuple[str, ...] = ()
    timeout: float = 10.0


class StartTimer(Effect, frozen=True, kw_only=True):
    """One timer per (dialog, kind); starting it anew replaces it."""

    timer: str
    gen: int
    due_at: datetime


class CancelTimer(Effect, frozen=True, kw_only=True):
    """Forget the timer of this kind."""

    timer: str


class Note(Effect, frozen=True, kw_only=True):
    """Write a record (escalation, queue stay, holding, closing, rating) as it is now."""

    record: Record


class Grant(Effect, frozen=True, kw_only=True):
    """The customer's identity reached a level for an account."""

    account: str
    level: Literal["linked", "verified"]
    until: datetime


class Remember(Effect, frozen=True, kw_only=True):
    """Keep a slot's value for this identity."""

    slot: str
    value: Any
    until: datetime


class Rewrite(Effect, frozen=True, kw_only=True):
    """An operator changed line n of the transcript, or took it back (text None)."""

    n: int
    text: str | None
    at: datetime


class Sort(Effect, frozen=True, kw_only=True):
    """Tags and priority of the dialog, which only lists know. priority None: as it is."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    priority: int | None = None


class KeepUndo(Effect, frozen=True, kw_only=True):
    """Until this moment `operator` may take the turn back. before: core.undo.Before as JSON."""

    id: str
    action: Literal["close", "transfer"]
    operator: str
    before: bytes
    until: datetime


class Unsend(Effect, frozen=True, kw_only=True):
    """Cancel what of these transcript lines still waits in the outbox."""

    lines: tuple[int, ...]


class Forget(Effect, frozen=True, kw_only=True):
    """A record that never was: what began it was taken back."""

    record: RecordName
    n: int


class AskedNps(Effect, frozen=True, kw_only=True):
    """When the customer was last asked for NPS, after an ask was taken back."""

    at: datetime | None


class NotifyDesk(Effect, frozen=True, kw_only=True):
    """What the desks see move. why: as in the live socket's `dialog` frame.

    first_n: the first transcript line written by this turn, 0 for none.
    """

    why: str
    by: str = ""
    first_n: int = 0


class Hasten(Effect, frozen=True, kw_only=True):
    """The customer wrote, which ends the pause that the platform wanted in this chat."""


class MarkDelivery(Effect, frozen=True, kw_only=True):
    """A platform's word on one of our messages, or on all up to one (see DeliveryReported).

    proves: with an id that we never saw it is of the chat's only message of unknown delivery."""

    platform_id: str
    state: Literal["sent", "delivered", "seen", "failed"]
    up_to: bool = False
    until: datetime | None = None
    outbox: int = 0
    code: str = ""
    proves: bool = False
    at: datetime


class Settle(Effect, frozen=True, kw_only=True):
    """An operator's word on the outbox rows of line n: send again, or they arrived."""

    n: int
    resend: bool


class Reach(Effect, frozen=True, kw_only=True):
    """The chat became reachable (reason empty) or not; pending rows are cancelled then."""

    reason: str


class Label(Effect, frozen=True, kw_only=True):
    """A phrase whose meaning a customer confirmed by a press: material for the classifier."""

    text: str
    scenario: str


AnyEffect = (
    Write
    | Amend
    | Send
    | Call
    | StartTimer
    | CancelTimer
    | Note
    | Grant
    | Remember
    | Rewrite
    | Sort
    | KeepUndo
    | Unsend
    | Forget
    | AskedNps
    | NotifyDesk
    | Hasten
    | MarkDelivery
    | Settle
    | Reach
    | Label
)
