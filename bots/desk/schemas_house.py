"""The JSON shapes of everything around dialogs: queues, customers, ready texts, board, log."""

from typing import Any, Literal

from bots.desk.schemas import Moment, Named, Operator, Rating, Row, Shape
from core.policy import Question


class Queue(Shape):
    """A queue. opens_at: the next opening when closed now."""

    id: str
    name: str
    lang: str
    calendar_id: str
    answer_within_s: int
    warn_before_s: int
    pick_within_s: int
    assign: Literal["manual", "auto"]
    open_now: bool
    opens_at: Moment | None
    archived: bool
    version: int


class Calendar(Shape):
    """One version of working hours; the last one effective by a date holds."""

    id: str
    zone: str
    weekly: dict[str, list[tuple[str, str]]]
    exceptions: dict[str, list[tuple[str, str]]]
    always: bool
    effective_from: str
    version: int


class Account(Shape):
    """A customer's account on one channel. unreachable: why nothing can be sent there, such as
    `blocked`."""

    id: str
    channel: str
    handle: str
    verified: bool
    level: Literal["anonymous", "linked", "verified"]
    reachable: bool
    unreachable: str


class CardField(Shape):
    """A fact about a customer. masked: POST …/reveal shows it. own: people wrote it on the card and
    may change it; the rest the bot learnt."""

    key: str
    title: str
    value: str
    masked: bool
    own: bool


class Revealed(Shape):
    """A value in the clear; the page forgets it at hide_at."""

    value: str
    hide_at: Moment


class Card(Shape):
    """A customer. ratings: over all dialogs, newest first."""

    id: str
    version: int
    name: str
    level: Literal["anonymous", "linked", "verified"]
    lang: str
    accounts: list[Account]
    contract: str
    fields: list[CardField]
    tags: list[str]
    note: str
    dialogs_total: int
    ratings: list[Rating]


class Piece(Shape):
    """A stretch of text. hit: it is what was looked for."""

    text: str
    hit: bool


class Hit(Shape):
    """A line that holds the words."""

    n: int
    pieces: list[Piece]


class FoundDialog(Shape):
    """A dialog and its newest lines that hold the words."""

    row: Row
    hits: list[Hit]


class FoundCustomer(Shape):
    """A customer by name."""

    id: str
    name: str
    level: Literal["anonymous", "linked", "verified"]


class SearchResult(Shape):
    """customers only on the first page. partial: older dialogs were not looked at; go on with
    next_cursor."""

    customers: list[FoundCustomer]
    items: list[FoundDialog]
    next_cursor: str | None
    partial: bool


class Canned(Shape):
    """A ready text."""

    id: str
    name: str
    body: str
    lang: str
    scope: Literal["me", "queue", "all"]
    queue_id: str | None
    tags: list[str]
    used: int
    version: int


class Rendered(Shape):
    """A ready text filled in. missing: variables without a value; they block sending."""

    text: str
    missing: list[str]


class Variable(Shape):
    """A name that texts have in braces. title: as people call it, which does as well; empty for
    those of the house."""

    name: str
    title: str


class Link(Shape):
    """An address of a file's content."""

    url: str
    until: Moment


class QueueBoard(Shape):
    """What goes on in a queue."""

    id: str
    name: str
    waiting: int
    oldest_s: int | None
    in_hand: int
    online: int
    free: int
    late: int


class ChannelHealth(Shape):
    """How a channel fares."""

    id: str
    kind: str
    name: str
    state: Literal["ok", "degraded", "down"]
    since: Moment | None
    last_in_at: Moment | None
    last_out_at: Moment | None
    backlog: int
    blocked_24h: int
    problem: str | None


class Today(Shape):
    """Counts since local midnight."""

    opened: int
    closed: int
    escalated: int
    answered: int
    missed: int


class Board(Shape):
    """The present for supervisors."""

    at: Moment
    seq: int
    queues: list[QueueBoard]
    operators: list[Operator]
    channels: list[ChannelHealth]
    today: Today


class Entry(Shape):
    """A step where the bot may go on."""

    step: str
    title: str


class TestCounts(Shape):
    """What the tests beside the scenario prove. names: of those that failed."""

    passed: int
    failed: int
    names: list[str]


class ScenarioItem(Shape):
    """A scenario an operator may return a dialog to. tests: null unless asked for, and when what
    runs is not what lies in the folder of scenarios."""

    id: str
    title: str
    version: str
    entries: list[Entry]
    tests: TestCounts | None


NpsScale = Literal["0-10", "1-10"]


class HouseSettings(Shape):
    """What closes ask. csi_scale: the highest mark."""

    rating_question: Question
    csi_scale: int
    nps_scale: NpsScale
    version: int


class AuditItem(Shape):
    """Who did what."""

    id: int
    at: Moment
    actor: Named
    action: str
    object: str
    queue: str
    detail: dict[str, Any]
    hash: str


class AuditList(Shape):
    """A page of the log, newest first."""

    items: list[AuditItem]
    next_cursor: str | None


class AuditVerdict(Shape):
    """Whether the hash chain holds."""

    ok: bool
    checked: int
    broken_at: int | None
