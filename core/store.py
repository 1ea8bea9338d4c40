"""The port to the database: the hot path of a turn, in a few set-based calls.

Every call is one transaction, durable when it returns. Calls raise core.errors.StoreUnavailable
when the database is locked, full, read-only or gone; then nothing was stored.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from core.pacing import Keeper
from core.state import Refusal
from core.store_values import (
    Accepted,
    CallJob,
    Candidate,
    ChatClaim,
    Claimed,
    Delivered,
    DeskEvent,
    Done,
    FirstAnswer,
    QueueRow,
    StoredAttachment,
    StoredBundle,
    Waiting,
    Welcome,
)
from core.updates import AnyUpdate, OperatorOpened, Received


class Cipher(Protocol):
    """Keeps secrets that must be stored. Deterministic: the same text in the same context seals to
    the same value, so that a turn replayed after a crash decides the same."""

    def seal(self, text: str, context: str) -> str:
        """The text encrypted, bound to `context` (such as `dialog:{id}`)."""

    def open(self, sealed: str, context: str) -> str:
        """The text that was sealed. Raises ValueError for another context, key or garbage."""


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


#: Turns dialogs: for each what was made of it, or None where it cannot be turned without waiting.
#: Called within the transaction that filed the updates, on whatever thread that is.
TurnNow = Callable[[Sequence[Claimed]], Sequence[Done | None]]


class Turner(NamedTuple):
    """A worker of this process that turns updates in the very transaction that files them: what an
    update causes is durable together with it.

    ready: asked in the event loop before a write; None: nobody can at present. turned: told in
    the event loop after the commit.
    """

    ready: Callable[[], TurnNow | None]
    turned: Callable[[Sequence[Done]], None]


class Store(Keeper, Protocol):
    """What the hot path asks of the database, and where processes share their paces. Every write
    may be grouped with those of others."""

    def follow(
        self,
        *,
        turns: Follower | None = None,
        chats: Follower | None = None,
        calls: Follower | None = None,
        turner: Turner | None = None,
    ) -> None:
        """From now on these take over, under lease, dialogs with a new update (`turns`, as
        `claim` gives them), chats with a new message (`chats`, as `claim_chats`) and new service
        calls (`calls`, as `claim_calls`). turner: comes before `turns`, which gets what could not
        be turned at once. None: whoever works looks for itself."""

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
        """Files an operator's first word in a person's chat: in the dialog that is open there, or
        is about to be because the customer came back to it, else in a new one. Raises KeyError
        when the person has no chat."""

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
        lease: timedelta | None = None,
    ) -> bool:
        """Writes what became of rows; with `release` lets the chat go, unsent rows back to `new`,
        otherwise keeps it, with a `lease` for so long from now.

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
        self, limit: int, heard_since: datetime, now: datetime
    ) -> tuple[tuple[Waiting, ...], tuple[Candidate, ...]]:
        """For queues with automatic assignment that are open and have somebody free: who waits,
        longest first, and who could take them, the least loaded first, then the one given a dialog
        longest ago. heard_since: nobody is free who was not heard of since then."""

    async def vanished(self, silent_since: datetime, now: datetime) -> tuple[str, ...]:
        """Sets operators unseen since then to `offline (lost)` and files OperatorGone for every
        dialog in their hands, in one transaction; their ids."""

    async def close(self) -> None:
        """Finishes what is queued and closes the database."""
