"""Everything the desk's API needs from outside, given by the composition root."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakSet

from aiohttp import web

from core.access import Person
from core.bus.port import Bus
from core.channel import Capabilities
from core.content import Media, Outgoing
from core.desk_accounts import Account, NewOperator, SignedIn
from core.desk_store import DeskStore
from core.desk_values import Ending, Line, Proven, Return, Sorting
from core.policy import RatingPolicy
from core.scenario.model import Bundle
from core.state import Refusal
from core.store_values import StoredAttachment

#: (channel, address, the platform's ids of the messages, new text or None): changes or takes back.
AtPlatform = Callable[[str, str, Sequence[str], str | None], Awaitable[None]]


class Commands(Protocol):
    """What moves a dialog (handlers.operator). Each returns when its turn was made.

    A refusal changed nothing. key: the same one again is the same command. StoreUnavailable: no
    turn was made in time.
    """

    async def take(
        self, person: Person, dialog: str, *, state_rev: int, key: str, force: bool = False
    ) -> Refusal | None:
        """The dialog is theirs, unless somebody was faster or their hands are full."""

    async def take_next(
        self, person: Person, queues: frozenset[str] | None, key: str
    ) -> str | Refusal | None:
        """The id of the dialog that waited longest, now theirs; None when nothing waits."""

    async def reply(
        self, person: Person, dialog: str, client_id: str, content: Outgoing
    ) -> Line | Refusal:
        """A message to the customer; the same client id again is the same message."""

    async def note(
        self, person: Person, dialog: str, client_id: str, text: str, mentions: Sequence[str] = ()
    ) -> Line | Refusal:
        """A line the customer never sees; people it mentions are told."""

    async def settle(
        self, person: Person, dialog: str, n: int, *, resend: bool, key: str
    ) -> Line | Refusal:
        """Sends a message once more, or says that it arrived; only one whose fate is open."""

    async def rewrite(
        self, person: Person, dialog: str, n: int, text: str | None, at_platform: AtPlatform
    ) -> Line | Refusal:
        """Changes or takes back one's own message. Raises core.errors.ChannelError."""

    async def open(
        self, person: Person, identity: str, client_id: str, content: Outgoing
    ) -> tuple[str, Refusal | None]:
        """Writes first to a person: the dialog, or who is busy with it."""

    async def sort(
        self, person: Person, dialog: str, *, state_rev: int, sorting: Sorting
    ) -> Refusal | None:
        """What the dialog is about: topic, tags, priority."""

    async def transfer(
        self,
        person: Person,
        dialog: str,
        *,
        state_rev: int,
        key: str,
        to_queue: str = "",
        to_operator: str = "",
        comment: str = "",
        undo: str = "",
    ) -> Refusal | None:
        """To a queue, or to a colleague who is on the line and has room. undo: the id under which
        it may be taken back for a few seconds."""

    async def return_to_bot(
        self, person: Person, dialog: str, *, state_rev: int, key: str, to: Return
    ) -> Refusal | None:
        """The bot goes on at a step marked as entry, or asks what else."""

    async def close(
        self,
        person: Person,
        dialog: str,
        *,
        state_rev: int,
        key: str,
        ending: Ending,
        undo: str = "",
    ) -> Refusal | None:
        """Ends the dialog, unless the customer wrote something after line `seen_n`. undo: as of
        transfer."""

    async def undo(self, person: Person, dialog: str, undo: str) -> Refusal | None:
        """Takes back one's own close or transfer."""

    async def set_status(
        self,
        operator: Account,
        status: str,
        *,
        by: Person,
        reason: str = "",
        hand_back: bool | None = None,
    ) -> Account | Refusal:
        """Online, break or offline; offline with dialogs in hand must say what becomes of them."""


class Accounts(Protocol):
    """Who may sign in, and how (handlers.accounts). What is wrong with an account is raised as
    core.errors.AccountRefused, which names the field;
    who guesses their own password too often hears core.errors.TooManyTries."""

    async def sign_in(
        self, login: str, password: str, *, code: str = "", ip: str = "", browser: str = ""
    ) -> SignedIn:
        """A new session. The same answer after the same time for an unknown login.

        Failures: `login_failed`, `rate_limited`."""

    async def set_up(
        self, token: str, new: NewOperator, *, ip: str = "", browser: str = ""
    ) -> SignedIn:
        """The first admin, once, by the token printed at the first start, signed in at once.

        Failures: `gone`, `rate_limited`. Raises AccountRefused."""

    async def set_password(self, account: Account, old: str, new: str, *, session: str) -> None:
        """Replaces a password and signs out every other session. Raises AccountRefused."""

    async def begin_totp(self, account: Account, password: str) -> tuple[str, str]:
        """A new secret and its otpauth address; in force once confirmed. Raises AccountRefused."""

    async def confirm_totp(self, account: Account, code: str, *, session: str) -> tuple[str, ...]:
        """Turns codes on: the recovery codes, shown this once. Raises AccountRefused."""

    async def drop_totp(self, account: Account, password: str) -> None:
        """Turns codes off. Raises AccountRefused."""

    async def reset_totp(self, operator: str, by: Person) -> None:
        """Turns codes off for a colleague who lost the phone; their sessions end."""

    async def add(self, new: NewOperator, by: Person) -> Account:
        """Makes an account. Raises AccountRefused (code `taken` for a login in use)."""

    async def change(
        self, operator: str, version: int, changes: Mapping[str, Any], by: Person
    ) -> Account | None:
        """Changes name, roles, limit, queues or archived; None when version is old. Roles changed
        and archiving end the sessions. Raises AccountRefused."""

    async def sign_out(self, *, session: str = "", operator: str = "", but: str = "") -> None:
        """Ends one session, or all of an operator; their sockets close."""


class FileRows(Protocol):
    """Rows of stored files; a part of core.store.Store."""

    async def put_attachment(self, attachment: StoredAttachment, now: datetime) -> None:
        """Writes a file's row, or replaces it."""

    async def attachment(self, id_: str) -> StoredAttachment | None:
        """A file's row."""


def peer(request: web.Request) -> str:
    """The address at the other end of the connection."""
    return request.remote or ""


async def no_tests(_: Bundle) -> Mapping[str, Proven] | None:
    """Nobody knows of any tests."""
    return None


def uncounted(_: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskContext:
    """Ports and settings of the desk.

    public_url: our own address; the only Origin commands are accepted from. nearby: addresses of
    this machine alone that are as good, where nobody set the other one. capabilities: of a
    channel by name. channels: name -> platform of every configured channel. bundle: scenarios of
    new dialogs. folder: of files, outside any web root. file_key: signs links. fetch_media:
    downloads a customer's file of a channel, raises core.errors.ChannelError. typing: shows the
    customer that an operator writes. rewrite: changes sent messages, raises ChannelError. sockets:
    open ones, closed at the end of the process.
    rating: what is asked where nobody chose otherwise. tests: what the tests written beside the
    scenarios prove, by scenario; None when it is not these files that run. count: counts a trouble
    that a page reports, by its kind. address: where a request came from. files_url: another origin
    for files, empty for our own.
    build: names what browsers run, so that they notice a new one; empty for the page's own digest.
    check_s, beat_s, touch_s, poll_s, hello_s, deadline_s: periods of the socket.
    """

    store: DeskStore
    files: FileRows
    commands: Commands
    accounts: Accounts
    bus: Bus
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    public_url: str
    zone: str
    capabilities: Callable[[str], Capabilities]
    bundle: Callable[[], Bundle]
    folder: Path
    file_key: bytes
    fetch_media: Callable[[str, Media], Awaitable[bytes]]
    typing: Callable[[str], Awaitable[None]]
    rewrite: AtPlatform
    rating: RatingPolicy
    sockets: WeakSet[web.WebSocketResponse]
    channels: Callable[[], Mapping[str, str]] = dict
    address: Callable[[web.Request], str] = peer
    tests: Callable[[Bundle], Awaitable[Mapping[str, Proven] | None]] = no_tests
    count: Callable[[str], None] = uncounted
    files_url: str = ""
    nearby: Sequence[str] = ()
    build: str = ""
    check_s: float = 60.0
    beat_s: float = 2.0
    touch_s: float = 30.0
    poll_s: float = 1.0
    hello_s: float = 5.0
    deadline_s: float = 5.0
