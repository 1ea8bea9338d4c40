"""What the desk reads and writes, as plain values; core.desk_store is the port they pass."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, get_args

import msgspec

from core.access import Whose
from core.records import AuthorKind

Tab = str  # queue, mine, all, closed


class DeskQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as admins configure it; durations in seconds, 0 for none."""

    id: str
    title: str
    lang: str = ""
    calendar: str = ""
    answer_within_s: int = 0
    warn_before_s: int = 0
    pick_within_s: int = 0
    assign: str = "manual"
    archived: bool = False
    version: int = 1


class DeskCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """One version of working hours."""

    id: str
    version: int
    zone: str
    weekly: Mapping[str, Any] = {}
    exceptions: Mapping[str, Any] = {}
    always: bool = False
    effective_from: date


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on in a queue. oldest_at: since when the longest wait lasts. free: places that
    operators on the line have left. waits: the open waits nobody answered, (escalated_at) each."""

    id: str
    waiting: int = 0
    oldest_at: datetime | None = None
    in_hand: int = 0
    online: int = 0
    free: int = 0
    waits: tuple[datetime, ...] = ()


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog as lists show it, for one reader. unread: customer messages above read_n.

    escalated_at: beginning of the open wait that no human text has answered.
    """

    id: str
    channel: str
    customer: str
    identity: str
    customer_name: str
    lang: str
    level: str
    state: str
    queue: str
    operator: str
    operator_name: str
    version: int
    state_rev: int
    last_n: int
    last_customer_n: int
    topic: str
    result: str
    tags: tuple[str, ...]
    priority: int
    preview_author: str
    preview_text: str
    preview_files: int
    preview_at: datetime | None
    waiting_since: datetime | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    last_customer_at: datetime | None
    gone: str
    unread: int
    read_n: int
    reopened: bool
    missed: bool
    rated: bool
    has_draft: bool
    escalated_at: datetime | None
    whose: Whose


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list. after: sort key of the row before it, empty for the first page. most:
    closed dialogs that are passed before a page ends early."""

    tab: Tab
    sort: str = ""
    queue: str = ""
    channel: str = ""
    topic: str = ""
    tag: str = ""
    limit: int = 100
    most: int = 20_000
    after: tuple[Any, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Rows in order; next: the key to continue after, empty at the end."""

    rows: tuple[Listed, ...]
    next: tuple[Any, ...] = ()


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers on the tabs. unread: over the reader's own dialogs."""

    queue: int = 0
    mine: int = 0
    all: int = 0
    unread: int = 0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the transcript as stored. extra: spans, options and media as JSON values.

    platform_id: of its message at the platform; reply_to: of the one it answers, whose line is
    reply_n as far as we have it."""

    dialog: str
    n: int
    at: datetime
    author_kind: AuthorKind
    author_id: str = ""
    author_name: str = ""
    kind: str = "text"
    text: str = ""
    extra: Mapping[str, Any] = {}
    delivery: str = "none"
    client_id: str = ""
    platform_id: str = ""
    reply_to: str = ""
    reply_n: int = 0
    masked: bool = False
    code: str = ""
    error: str = ""
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    failed_at: datetime | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a transcript, oldest first."""

    items: tuple[Line, ...]
    has_before: bool = False
    has_after: bool = False


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """What the bot found out before it asked for people: the dialog's last escalation."""

    kind: str
    reason: str
    queue: str
    escalated_at: datetime
    summary: str = ""
    scenario: str = ""
    step: str = ""
    slots: tuple[tuple[str, str], ...] = ()
    intent: str = ""
    misses: int = 0


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A rating of a dialog that was asked for. operator: who had the dialog then."""

    dialog: str
    operator: str

    metric: str
    scale: tuple[int, int]
    value: int | None
    comment: str
    asked_at: datetime | None
    answered_at: datetime | None


class DeskDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Unsent text of one operator. mode: reply or note. missing: variables it still wants values
    for. reply_n: number of the line it answers, 0 for none."""

    mode: str
    text: str
    attachments: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reply_n: int = 0
    rev: int = 1


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the dialog's life for its timeline."""

    at: datetime
    kind: str
    facts: Mapping[str, Any] = {}


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person's account on one channel."""

    id: str
    channel: str
    handle: str
    name: str
    level: str
    unreachable: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A customer. fields: key -> value of what is remembered and stored on the card; own: those
    stored on the card."""

    id: str
    version: int
    name: str
    lang: str
    contract: str
    note: str
    tags: tuple[str, ...]
    contacts: tuple[Contact, ...]
    fields: Mapping[str, Any]
    own: frozenset[str]
    dialogs_total: int
    marks: tuple[Mark, ...]


class Canned(msgspec.Struct, frozen=True, kw_only=True):
    """A ready text. scope: me, queue, all."""

    id: str
    name: str
    body: str
    lang: str = ""
    scope: str = "me"
    operator: str = ""
    queue: str = ""
    tags: tuple[str, ...] = ()
    used: int = 0
    version: int = 1


class ChannelState(msgspec.Struct, frozen=True):
    """How an account fares. problem: what a person can act on, empty while all is well."""

    state: Literal["ok", "degraded", "down"] = "ok"
    problem: str = ""


#: What tells how an account fares: who examines it, who reads it, who sends.
ChannelPart = Literal["account", "reading", "sending"]
_PARTS: Sequence[ChannelPart] = get_args(ChannelPart)
_BADNESS = {"ok": 0, "degraded": 1, "down": 2}


def health_with(
    health: Mapping[str, Any], part: ChannelPart, found: ChannelState
) -> dict[str, Any]:
    """A channel's health after one part said how it fares: `state` and `problem` of the worst of
    them, and under `parts` what is wrong with each, where it is more than the account."""
    told = dict(health.get("parts") or ({"account": dict(health)} if health else {}))
    told[part] = {"state": found.state, "problem": found.problem}
    wrong = {name: told[name] for name in _PARTS if told.get(name, {}).get("state", "ok") != "ok"}
    if not wrong:
        return {"state": "ok", "problem": ""}
    worst = max(wrong.values(), key=lambda one: _BADNESS[one["state"]])
    return {**worst, "parts": wrong} if set(wrong) != {"account"} else worst


class ChannelNow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's row and what waits in it; health as its checks last wrote it."""

    id: str
    name: str = ""
    platform: str = ""
    health: Mapping[str, Any] = {}
    health_at: datetime | None = None
    last_in_at: datetime | None = None
    last_out_at: datetime | None = None
    backlog: int = 0
    blocked_24h: int = 0


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since local midnight."""

    opened: int = 0
    closed: int = 0
    escalated: int = 0
    answered: int = 0
    ended_unanswered: int = 0


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests of one scenario said. failed: names of those that did not pass."""

    passed: int
    failed: tuple[str, ...] = ()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored under an idempotency key. status 0: the command still runs."""

    request_sha256: str
    status: int = 0
    body: bytes = b""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How an operator closes. seen_n: the last line on their screen. skip_reason: why no rating
    is asked for, needed without ask_rating."""

    seen_n: int
    result: str = "solved"
    ask_rating: bool = True
    skip_reason: str = ""
    say: str = ""


class Sorting(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialog is about. None: as it is. priority: of the queue, supervisors only."""

    topic: str | None = None
    tags_add: tuple[str, ...] = ()
    tags_remove: tuple[str, ...] = ()
    priority: int | None = None


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Where the bot goes on: at an entry of a scenario, or by asking what else."""

    scenario: str = ""
    step: str = ""
    slots: Mapping[str, Any] = {}
    say: str = ""


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """A close or transfer that `operator` may take back until then. before: for core.undo."""

    id: str
    dialog: str
    operator: str
    action: str
    before: bytes
    until: datetime


class OpenWait(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody waits for the first word of a human, since the escalation. operator: who has it."""

    dialog: str
    queue: str
    operator: str
    since: datetime


class ReaderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one reader has of a dialog; as the fields of Listed."""

    read_n: int = 0
    unread: int = 0
    has_draft: bool = False
