"""The port to the desk's rows: people, doors, lists, transcripts, the live feed, configuration.

Nothing here moves a dialog: a dialog changes by turns alone (core.store.Store.append). Calls raise
core.errors.StoreUnavailable when the database does not answer; then nothing was stored.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.access import Person
from core.desk_accounts import Account, AuditQuery, AuditRow, Session, Tries, Verified
from core.desk_values import (
    Canned,
    Card,
    ChannelNow,
    ChannelPart,
    ChannelState,
    Counts,
    DeskCalendar,
    DeskDraft,
    DeskQueue,
    Event,
    Handoff,
    Kept,
    Line,
    Lines,
    Listed,
    ListQuery,
    Mark,
    OpenWait,
    Page,
    QueueNow,
    ReaderFacts,
    Today,
    Undo,
)
from core.search import Found, Matches, SearchQuery
from core.store_values import DeskEvent


class People(Protocol):
    """Operators and how they get in."""

    async def account(self, id_: str) -> Account | None:
        """By id, archived ones too."""

    async def account_by_login(self, login: str) -> Account | None:
        """By login, letter case aside; archived ones too."""

    async def accounts(self, queue: str = "", *, archived: bool = False) -> tuple[Account, ...]:
        """All by name, or those who serve a queue."""

    async def has_accounts(self) -> bool:
        """Anybody exists."""

    async def put_account(self, account: Account, now: datetime) -> bool:
        """A new account; False when id or login is taken."""

    async def change_account(
        self, id_: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> Account | None:
        """Sets some of name, limit, roles, queues, archived; None when `version` is old."""

    async def put_password(self, id_: str, password_hash: str, now: datetime) -> None:
        """A new password."""

    async def put_settings(
        self, id_: str, settings: Mapping[str, Any], version: int, now: datetime
    ) -> int | None:
        """Replaces the person's own settings; the new version, None when `version` is old."""

    async def put_totp(
        self,
        id_: str,
        *,
        secret: str = "",
        pending: str = "",
        step: int = 0,
        recovery: Sequence[str] = (),
    ) -> None:
        """The second factor as it is from now on. A `pending` secret leaves the one in force."""

    async def use_totp(self, id_: str, step: int) -> bool:
        """Uses up a code's period and all before it; False when it was used before."""

    async def use_recovery(self, id_: str, code_sha256: str) -> bool:
        """Uses up a recovery code; exactly one of many callers gets True."""

    async def put_status(
        self, id_: str, status: str, reason: str, by: str, now: datetime
    ) -> Account | None:
        """Ends the open stretch of the day and begins this one; None: nobody has this id."""

    async def told_status(self, ids: Sequence[str], now: datetime) -> None:
        """Tells desks that these went offline; their rows say so already."""

    async def seen(self, id_: str, now: datetime) -> None:
        """A frame came from one of their tabs."""

    async def left_behind(self, heard_since: datetime) -> Sequence[tuple[str, int, str]]:
        """(dialog, number of the holding, operator) where the operator is offline, was not heard
        of since then, and got the dialog after going offline: nobody asked them about it."""

    async def given(self, ids: Sequence[str], now: datetime) -> None:
        """They were given a dialog just now."""

    async def open_session(self, session: Session) -> None:
        """A new session."""

    async def session(self, id_: str) -> tuple[Session, Account] | None:
        """A session not revoked, with its owner; whether it is over in time is not looked at."""

    async def sessions(self, operator: str = "") -> tuple[Session, ...]:
        """Sessions not revoked, newest use first; everybody's without `operator`."""

    async def touch_session(self, id_: str, now: datetime) -> None:
        """It was used."""

    async def revoke_sessions(
        self, now: datetime, *, operator: str = "", id_: str = "", but: str = ""
    ) -> tuple[str, ...]:
        """Ends sessions (all but `but`); the ids ended."""

    async def try_login(self, key: str, now: datetime, window: timedelta) -> Tries:
        """Counts a try under a key and says what came before it; parallel tries see each other."""

    async def forget_try(self, tries: Tries) -> None:
        """This one does not count."""

    async def forget_tries(self, keys: Sequence[str]) -> None:
        """The right password came: none of these counts any more."""

    async def setting(self, id_: str) -> Any:
        """A stored setting, None when there is none."""

    async def versioned_setting(self, id_: str) -> tuple[Any, int]:
        """A stored setting and its version; (None, 0) when there is none."""

    async def change_setting(
        self, id_: str, value: Any, version: int, by: str, now: datetime
    ) -> int | None:
        """Sets it on top of `version` (0: the first time); the new one, None when that is old."""

    async def put_setting(self, id_: str, value: Any, by: str, now: datetime) -> None:
        """Sets it; None removes it."""

    async def take_setting(self, id_: str, value: Any) -> bool:
        """Removes it if it has this value; exactly one of many callers gets True."""

    async def claim_key(
        self, operator: str, key: str, request_sha256: str, now: datetime, life: timedelta
    ) -> Kept | None:
        """Claims an idempotency key; None: it is ours, otherwise what is stored under it."""

    async def finish_key(
        self, operator: str, key: str, status: int, body: bytes, until: datetime
    ) -> None:
        """Keeps the reply; status 0 forgets the key, so that the command may be tried again."""


class Dialogs(Protocol):
    """Lists and transcripts for one reader; core.access decides over `Listed.whose`."""

    async def rows(self, ids: Sequence[str], reader: Person) -> Mapping[str, Listed]:
        """Rows by id, whatever the reader may see of them."""

    async def page(self, reader: Person, query: ListQuery) -> Page:
        """One page of a tab: dialogs the reader may open."""

    async def counts(self, reader: Person) -> Counts:
        """The numbers on the tabs."""

    async def reader_facts(
        self, ids: Sequence[str], readers: Sequence[str]
    ) -> Mapping[str, Mapping[str, ReaderFacts]]:
        """Dialog -> reader -> what differs between readers of one row: the live feed reads a row
        once and these for everybody at the desk."""

    async def changed_lines(
        self, dialog: str, numbers: Sequence[int], since: int, edited_since: datetime | None
    ) -> tuple[Line, ...]:
        """Lines with these numbers, from number `since` on (0: none), and those edited or deleted
        after a moment."""

    async def waiting(self, queues: frozenset[str] | None, limit: int) -> tuple[str, ...]:
        """Who waits in these queues (None: in any), in the order of service."""

    async def in_hand(self, operator: str) -> tuple[str, ...]:
        """Dialogs the operator has now."""

    async def search(self, reader: Person, query: SearchQuery) -> Matches:
        """Dialogs the reader may open, newest first; looks at a bounded number of them."""

    async def search_customers(
        self, reader: Person, words: Sequence[str], limit: int
    ) -> tuple[Found, ...]:
        """Customers of such dialogs whose name or handle holds all words."""

    async def dialogs_of(self, customer: str, limit: int = 100) -> tuple[str, ...]:
        """A person's dialogs over all channels, newest first."""

    async def lines(
        self, dialog: str, *, before: int = 0, after: int = -1, since: int = 0, limit: int = 50
    ) -> Lines:
        """Lines below `before` (0: the last ones), above `after`, or all from `since` on."""

    async def line(self, dialog: str, n: int) -> Line | None:
        """One line."""

    async def line_of(self, dialog: str, client_id: str) -> Line | None:
        """The line that a desk or site made with this id."""

    async def handoff(self, dialog: str) -> Handoff | None:
        """The dialog's last escalation."""

    async def mark(self, dialog: str) -> Mark | None:
        """The dialog's last rating that was asked for."""

    async def put_read(self, operator: str, dialog: str, n: int, now: datetime) -> bool:
        """Moves the read mark forward, never back."""

    async def drafts(self, operator: str, dialog: str) -> tuple[DeskDraft, ...]:
        """The operator's own drafts of a dialog."""

    async def put_draft(
        self, operator: str, dialog: str, draft: DeskDraft, now: datetime
    ) -> int | None:
        """Keeps a draft made on top of `draft.rev`, or deletes it when it is empty; the new rev,
        None when another tab was first."""

    async def last_event(self) -> int:
        """The newest position of the live feed."""

    async def position_at(self, since: int, overlap: timedelta) -> int | None:
        """From where to replay for somebody who has seen `since`; None: that is too old."""

    async def events(self, after: int, limit: int) -> tuple[DeskEvent, ...]:
        """The feed after a position, oldest first."""

    async def events_among(self, ids: Sequence[int]) -> tuple[DeskEvent, ...]:
        """Those of these positions that are visible by now."""

    async def tell(self, topic: str, now: datetime, **fields: Any) -> None:
        """Writes an event of the feed."""

    async def timeline(self, dialog: str) -> tuple[Event, ...]:
        """Every stored moment and decision, oldest first."""

    async def sent_ids(self, dialog: str, n: int) -> tuple[str, ...]:
        """The platform's ids of all messages that carry line n; none unless all of them went."""

    async def undo(self, id_: str) -> Undo | None:
        """A close or transfer that may still be taken back, or may lately."""

    async def heard_at(self, identity: str) -> datetime | None:
        """When a person last did something in a chat, in whichever dialog; None: never."""

    async def chat_of(self, dialog: str) -> tuple[str, str] | None:
        """Channel of a dialog and its customer's address there."""

    async def dialog_in(self, channel: str, chat: str) -> str:
        """The last dialog of a chat, empty for a stranger's."""

    async def card(self, customer: str, now: datetime) -> Card | None:
        """A person over all channels."""

    async def change_card(
        self, customer: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> int | None:
        """Sets name, lang, note or tags, and `fields`: what the card itself keeps, None removes.
        The new version, None when `version` is old."""


class House(Protocol):
    """Configuration, the present, and who did what. A change with an old `version` is None."""

    async def desk_queues(self, *, archived: bool = False) -> tuple[DeskQueue, ...]:
        """Queues as they are configured."""

    async def put_queue(self, queue: DeskQueue, now: datetime) -> bool:
        """A new queue; False when the id is taken."""

    async def change_queue(
        self, id_: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> DeskQueue | None:
        """Sets some of a queue's fields."""

    async def calendars(self) -> tuple[DeskCalendar, ...]:
        """Every version of all hours, oldest first."""

    async def put_calendar(
        self, calendar: DeskCalendar, version: int, by: str, now: datetime
    ) -> DeskCalendar | None:
        """Adds a version after `version`, the newest the caller saw (0: new hours). Old versions
        stay: figures of the past keep them."""

    async def canned(self, reader: Person) -> tuple[Canned, ...]:
        """Replies the reader may use: own, of their queues, everybody's."""

    async def canned_one(self, id_: str) -> Canned | None:
        """One reply, not archived."""

    async def put_canned(self, canned: Canned, now: datetime) -> None:
        """A new reply."""

    async def change_canned(
        self, id_: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> Canned | None:
        """Sets some of its fields; `archived` takes it away."""

    async def used_canned(self, id_: str) -> None:
        """Counts one use."""

    async def attachment_of(self, dialog: str, client_id: str) -> str:
        """Id of the file uploaded with this client_id, empty when there is none."""

    async def queues_now(self, *, waits: bool = True) -> Mapping[str, QueueNow]:
        """What goes on in each queue. waits: each open wait too, which costs a row each."""

    async def open_waits(self, queues: Sequence[str]) -> tuple[OpenWait, ...]:
        """Waits in these queues that no human text has answered, oldest first."""

    async def channels_now(self, now: datetime) -> Mapping[str, ChannelNow]:
        """What goes on in each channel."""

    async def put_channel_state(
        self,
        id_: str,
        platform: str,
        found: ChannelState,
        now: datetime,
        part: ChannelPart = "account",
    ) -> bool:
        """How an account fares from now on, as one part sees it; the worst of all is shown.
        Whether anything changed, which desks are then told."""

    async def today(self, midnight: datetime, queues: frozenset[str] | None) -> Today:
        """Counts since then, in these queues (None: in all)."""

    async def audit(
        self,
        actor: str,
        action: str,
        object_: str,
        now: datetime,
        *,
        queue: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Appends one row to the chain."""

    async def audit_rows(self, query: AuditQuery) -> tuple[AuditRow, ...]:
        """Newest first."""

    async def verify_audit(self) -> Verified:
        """Computes the whole chain anew."""


class DeskStore(People, Dialogs, House, Protocol):
    """Everything the desk keeps and reads."""

    async def close(self) -> None:
        """Lets go of connections."""
