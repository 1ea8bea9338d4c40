"""What goes into the store and comes out of it; see core.store."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from core.channel import MessageClass, StoredFile
from core.content import Outgoing
from core.scenario.model import Level
from core.state import Dialog, Turn
from core.updates import AnyUpdate, Received


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Where an update went. repeat: its dedup key was known, nothing changed."""

    dialog: str
    seq: int
    repeat: bool = False


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An update not yet turned. outcome is written when it is."""

    seq: int
    update: AnyUpdate
    received_at: datetime


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog under lease with its unread updates, in order.

    grants: account -> (level, until). remembered: slot -> value. tries: turns that failed before.
    place: in the queue while the dialog is queued, else 0. asked_nps_at, rated_at: when this
    person, over all their dialogs, was last asked for NPS and last answered any question.
    """

    dialog: Dialog
    epoch: int
    updates: tuple[Pending, ...]
    grants: Mapping[str, tuple[Level, datetime]] = {}
    remembered: Mapping[str, Any] = {}
    tries: int = 0
    place: int = 0
    asked_nps_at: datetime | None = None
    rated_at: datetime | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker made of one claimed dialog: the turns of its updates up to `seq`, in order.

    error: the last update could not be turned and stays; retried at `retry_at`, or parked with
    `parked` as the reason. before: the dialog as it was claimed: what did not change need not be
    written; None: everything is.
    """

    dialog: str
    epoch: int
    seq: int
    turns: tuple[tuple[int, Turn], ...] = ()
    error: str = ""
    retry_at: datetime | None = None
    parked: str = ""
    before: Dialog | None = None


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to be sent. tries: attempts so far. unsure: an earlier attempt may have arrived
    (its outcome was unknown, or its sender died in the middle of it). since: no attempt is older.
    """

    id: int
    dialog: str
    n: int
    part: int
    kind: MessageClass
    priority: int
    content: Outgoing
    since: datetime
    parts: int = 1
    tries: int = 0
    unsure: bool = False
    files: Mapping[str, StoredFile] = {}


class ChatClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A chat under lease with its next rows, in the order in which they must be sent.

    until: the end of the lease by the clock of who took it; None: they do not look at it."""

    channel: str
    chat: str
    address: str
    epoch: int
    rows: tuple[OutboxRow, ...]
    until: datetime | None = None


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one outbox row.

    state: `sent`; `new` try again at not_before; `unknown` (stays so while `hold`, else tried
    again at not_before); `failed`; `cancelled`. code: of the platform. tries: attempts made.
    gone: the person cannot be reached (reason): the chat is marked and its other pending rows are
    cancelled. address: the chat's new address (it moved). files: attachment -> platform file id.
    """

    row: int
    state: str
    at: datetime
    tries: int
    platform_id: str = ""
    code: str = ""
    not_before: datetime | None = None
    hold: bool = False
    gone: str = ""
    address: str = ""
    files: Mapping[str, str] = {}


#: For so long an update's first answer may travel in the answer to the platform's request.
WELCOME_WITHIN = timedelta(seconds=4)


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """An update (Received.welcome) and where it was filed. mark: see `welcome_mark`."""

    channel: str
    chat: str
    dialog: str
    seq: int
    mark: str


#: What a `welcome_mark` begins with; no platform's id does.
WELCOME = "welcome:"


def welcome_mark(received: Received) -> str:
    """The same for every repeat of the event. The lease that keeps delivery away is held in this
    name, and the answer that was given is written down under it, for want of a platform id."""
    return f"{WELCOME}{blake2b(received.dedup_key.encode(), digest_size=12).hexdigest()}"


class FirstAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the bot said first after an update.

    state: `none` nothing yet; `ready` the row of `claim` may be given; `sent` it was given before,
    under the update's mark; `over` it goes or went by delivery. held: the chat is under `claim`.
    """

    state: Literal["none", "ready", "sent", "over"]
    claim: ChatClaim
    held: bool


class CallJob(msgspec.Struct, frozen=True, kw_only=True):
    """A journalled service call to be made. arguments hold sealed secrets under `sealed` names."""

    key: str
    dialog: str
    identity: str
    channel: str
    chat: str
    service: str
    arguments: Mapping[str, Any]
    sealed: tuple[str, ...]
    timeout: float
    tries: int
    epoch: int


class DeskEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the live feed; `id` is the position sockets resume from."""

    id: int
    topic: str
    dialog: str
    version: int
    kind: str
    by: str = ""
    first_n: int = 0
    at: datetime


class StoredBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle of scenarios as the store keeps it. broken: why it must not run, empty if it may.

    content: empty in lists.
    """

    sha256: str
    created_at: datetime
    activated_at: datetime | None = None
    activated_by: str = ""
    broken: str = ""
    content: bytes = b""


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a queue's working hours, as stored (core.storage.tables_desk.Calendar)."""

    version: int
    zone: str
    weekly: Mapping[str, Any] = {}
    exceptions: Mapping[str, Any] = {}
    always: bool = False
    effective_from: date


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue and what goes on in it. online: its operators on the line. free: those of them who
    may take one more. hours: every version of its calendar, oldest first; none is 24/7."""

    id: str
    title: str
    lang: str = ""
    assign: str = "manual"
    answer_within_s: int = 0
    warn_before_s: int = 0
    pick_within_s: int = 0
    waiting: int = 0
    online: int = 0
    free: int = 0
    hours: tuple[Hours, ...] = ()


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog that waits in a queue with automatic assignment."""

    dialog: str
    queue: str
    state_rev: int
    waiting_since: datetime | None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An operator on the line with room for `room` more dialogs, for one queue."""

    operator: str
    name: str
    queue: str
    in_hand: int
    room: int
    last_given_at: datetime | None = None


class StoredAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of ours; as core.storage.tables_house.Attachment."""

    id: str
    sha256: str
    media_type: str
    size: int
    name: str
    storage_key: str
    width: int = 0
    height: int = 0
    state: str = "ready"
    reason: str = ""
    dialog: str = ""
    client_id: str = ""
    by: str = ""
    derived_from: str = ""
