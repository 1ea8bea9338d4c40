"""The port to the database: the hot path of a turn, in a few set-based calls.

Every call is one transaction, durable when it returns. Calls raise core.errors.StoreUnavailable
when the database is locked, full, read-only or gone; then nothing was stored.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from core.channel import MessageClass, StoredFile
from core.content import Outgoing
from core.pacing import Keeper
from core.scenario.model import Level
from core.state import Dialog, Refusal, Turn
from core.updates import AnyUpdate, OperatorOpened, Received


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
    `parked` as the reason.
    """

    dialog: str
    epoch: int
    seq: int
    turns: tuple[tuple[int, Turn], ...] = ()
    error: str = ""
    retry_at: datetime | None = None
    parked: str = ""


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
    """A chat under lease with its next rows, in the order in which they must be sent."""

    channel: str
    chat: str
    address: str
    epoch: int
    rows: tuple[OutboxRow, ...]


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


class Cipher(Protocol):
    """Keeps secrets that must be stored. Deterministic: the same text in the same context seals to
    the same value, so that a turn replayed after a crash decides the same."""

    def seal(self, text: str, context: str) -> str:
        """The text encrypted, bound to `context` (such as `dialog:{id}`)."""

    def open(self, sealed: str, context: str) -> str:
        """The text that was sealed. Raises ValueError for another context, key or garbage."""


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


class Follower(NamedTuple):
    """A worker of this process that goes on at once with what a write made ready.

    The write itself takes the lease, so that nobody has to look for the work in a transaction of
    its own. room: how many more claims it would take now. take: called in the event loop after
    the commit, with the claims; `left`: something was made ready that was not among them (no
    room, or somebody else is at it), so the worker should look into the database. channels: whose
    letters it can send, None: those of all.
    """

    worker: str
    lease: timedelta
    room: Callable[[], int]
    take: Callable[[Sequence[Any], bool], None]
    channels: tuple[str, ...] | None = None


class Store(Keeper, Protocol):
    """What the hot path asks of the database, and where processes share their paces. Every write
    may be grouped with those of others."""

    def follow(
        self,
        *,
        turns: Follower | None = None,
        chats: Follower | None = None,
        calls: Follower | None = None,
    ) -> None:
        """From now on these take over, under lease, dialogs with a new update (`turns`, as
        `claim` gives them), chats with a new message (`chats`, as `claim_chats`) and new service
        calls (`calls`, as `claim_calls`). None: whoever works looks for itself."""

    def keep_to(self, channel: str, chat: str) -> None:
        """From now on `claim`, `claim_chats`, `claim_calls` and `fire_timers` look at this chat
        alone, whatever else waits in the database: for who has no business with others."""

    async def accept(
        self, channel: str, received: Sequence[Received], now: datetime
    ) -> tuple[Accepted, ...]:
        """Files customers' updates: dedup keys, identity, chat, dialog, sequence number, row.

        Each update goes into the last dialog of its chat, or into a new one when that is closed
        for longer than the reopen window; only messages, presses and starts open one (and first
        comments). News of a chat that never was here goes nowhere: its dialog is empty. Repeats
        answer as the first time. Called by ingress before it answers the platform. Raises
        MalformedUpdate for texts that no database can hold."""

    async def append(
        self, dialog: str, update: AnyUpdate, now: datetime, dedup_key: str = ""
    ) -> Accepted:
        """Files an update for a dialog that exists (operators, desk). Raises KeyError when it
        does not."""

    async def begin(
        self, identity: str, update: OperatorOpened, now: datetime, dedup_key: str
    ) -> Accepted:
        """Files an operator's first word in a person's chat: in the dialog that is open there, else
        in a new one. Raises KeyError when the person has no chat."""

    async def claim(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[Claimed, ...]:
        """Takes ready dialogs under lease, oldest due first."""

    async def save(self, worker: str, done: Sequence[Done], now: datetime) -> tuple[str, ...]:
        """Writes the turns of a batch and lets the dialogs go, all in one transaction.

        Returns the dialogs whose lease was lost; their turns were not written."""

    async def outcome(self, dialog: str, seq: int) -> tuple[bool, Refusal | None]:
        """Whether an update was turned, and the refusal if it was refused."""

    async def claim_chats(
        self,
        worker: str,
        now: datetime,
        limit: int,
        lease: timedelta,
        channels: tuple[str, ...] | None = None,
    ) -> tuple[ChatClaim, ...]:
        """Takes chats that have something to send now, with their next rows in order; of these
        channels alone, None: of all.

        Settle each row before the next one is sent: when the lease runs out instead, the first
        row not settled comes back `unsure`, and only that one."""

    async def settle(
        self,
        worker: str,
        chat: ChatClaim,
        outcomes: Sequence[Delivered],
        release: bool,
        now: datetime,
    ) -> bool:
        """Writes what became of rows; with `release` lets the chat go, unsent rows back to `new`.

        False: the lease was lost, nothing was written."""

    async def first_answer(self, welcome: Welcome, now: datetime) -> FirstAnswer:
        """What may be given as the answer to the request of an update. While it waits the chat is
        held for WELCOME_WITHIN, unless a sender was at work there."""

    async def settle_answer(
        self, welcome: Welcome, claim: ChatClaim, outcome: Delivered | None, now: datetime
    ) -> bool:
        """Writes what became of the row that `first_answer` offered (None: nothing new) and lets
        the chat go. Rows behind one that was given rest until the chat is woken.

        False: the lease was lost, nothing was written."""

    async def fire_timers(self, now: datetime, limit: int) -> int:
        """Turns due timer rows into TimerFired updates; how many."""

    async def claim_calls(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[CallJob, ...]:
        """Takes journalled calls to be made, and those whose maker vanished."""

    async def finish_call(
        self, worker: str, job: CallJob, update: AnyUpdate, now: datetime
    ) -> Accepted | None:
        """Writes a call's result into the journal and files it as an update, in one transaction.

        None: the lease was lost or the call already has a result."""

    async def events(self, after: int, limit: int) -> tuple[DeskEvent, ...]:
        """The live feed after a position, oldest first."""

    async def put_bundle(self, sha256: str, content: bytes, now: datetime) -> None:
        """Keeps a bundle; the same one again changes nothing."""

    async def bundle(self, sha256: str) -> StoredBundle | None:
        """A bundle with its content."""

    async def bundles(self) -> tuple[StoredBundle, ...]:
        """All bundles without content, the last activated first; the active one is the first that
        was activated and is not broken."""

    async def active_bundle(self) -> StoredBundle | None:
        """The bundle of new dialogs, with its content."""

    async def activate_bundle(self, sha256: str, by: str, now: datetime) -> bool:
        """Makes it the bundle of new dialogs (again); False when it is unknown."""

    async def break_bundle(self, sha256: str, reason: str, now: datetime) -> None:
        """Marks a bundle that must not run; the one active before it takes over."""

    async def cursor(self, channel: str) -> str:
        """How far a polling channel has read, empty at first."""

    async def put_cursor(self, channel: str, value: str, now: datetime) -> None:
        """Remembers how far it has read; called after its updates were accepted."""

    async def seen_poison(self, channel: str, sha256: str, sample: str, now: datetime) -> bool:
        """Counts a body that could not be parsed; True when the same bytes came before."""

    async def attempt(
        self, keys: Sequence[str], window: timedelta, limit: int, now: datetime
    ) -> bool:
        """Counts one try under every key and says whether it is allowed: at most `limit` within
        the window for each.

        A refused try is counted under none of them. Atomic over all processes."""

    async def sweep(self, now: datetime) -> int:
        """Forgets what has had its time (dedup keys, desk events after 48 h, tries, …); a bounded
        number of rows per call, so call it until it returns 0."""

    async def put_attachment(self, attachment: StoredAttachment, now: datetime) -> None:
        """Writes a file's row, or replaces it."""

    async def attachment(self, id_: str) -> StoredAttachment | None:
        """A file's row."""

    async def queues(self) -> tuple[QueueRow, ...]:
        """Every queue in use, with waiting dialogs and operators on the line."""

    async def to_assign(
        self, limit: int, now: datetime
    ) -> tuple[tuple[Waiting, ...], tuple[Candidate, ...]]:
        """For queues with automatic assignment: who waits, longest first, and who could take them,
        the least loaded first, then the one given a dialog longest ago."""

    async def vanished(self, silent_since: datetime, now: datetime) -> tuple[str, ...]:
        """Sets operators unseen since then to `offline (lost)` and files OperatorGone for every
        dialog in their hands, in one transaction; their ids."""

    async def close(self) -> None:
        """Finishes what is queued and closes the database."""
