"""Moments and facts behind every figure: rows that turns write, each keyed by (dialog, n).

A record is written whole each time it changes; the store upserts it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from core.content import Media, Option, Span

AuthorKind = Literal["customer", "bot", "operator", "system"]
DeliveryState = Literal[
    "none", "new", "sending", "sent", "delivered", "seen", "unknown", "failed", "cancelled"
]


class Author(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wrote a message. id: of the operator or identity, empty for bot and system."""

    kind: AuthorKind
    id: str = ""
    name: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the transcript. n: gapless within the dialog, from 1.

    kind: `note` is never seen by the customer, `service` is a line about the dialog,
    `rating` a rating question or answer. code: machine-readable service line.
    """

    n: int
    at: datetime
    author: Author
    kind: Literal["text", "note", "service", "rating"] = "text"
    text: str = ""
    spans: tuple[Span, ...] = ()
    options: tuple[Option, ...] = ()
    media: tuple[Media, ...] = ()
    delivery: DeliveryState = "none"
    platform_id: str = ""
    client_id: str = ""
    reply_to: str = ""
    masked: bool = False
    code: str = ""


class Escalation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One wait for a human. first_n: transcript number of the first human text, 0 for none yet;
    its moment is the message's sent_at (METRICS)."""

    n: int
    kind: Literal["first", "again", "reopened"]
    reason: str
    queue: str
    escalated_at: datetime
    in_hours: bool = True
    summary: str = ""
    scenario: str = ""
    step: str = ""
    slots: tuple[tuple[str, str], ...] = ()
    intent: str = ""
    confidence: float = 0.0
    misses: int = 0
    first_n: int = 0
    first_operator: str = ""
    first_human_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""


class QueueStay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The dialog stood in a queue. why: escalated, transferred, operator_gone, reopened."""

    n: int
    queue: str
    entered_at: datetime
    why: str
    left_at: datetime | None = None


class Holding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operator had the dialog."""

    n: int
    operator: str
    name: str
    queue: str
    how: str
    taken_at: datetime
    first_n: int = 0
    first_text_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str = ""


class Closing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The dialog entered `rating`, or `closed` directly. undone_at: taken back by its author, so
    it counts for nothing."""

    n: int
    closed_at: datetime
    closed_by: Literal["customer", "operator", "bot", "timer"]
    result: str
    operator: str = ""
    reopened_at: datetime | None = None
    undone_at: datetime | None = None


class Rating(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ask. value: as given on `scale`; first_value: before a change.

    operator, queue: at the ask. not_asked: why nobody was asked; then asked_at is None.
    """

    n: int
    metric: Literal["csi", "nps"]
    scale: tuple[int, int]
    question: str = ""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    changed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    value: int | None = None
    first_value: int | None = None
    comment: str = ""
    operator: str = ""
    queue: str = ""
    not_asked: str = ""


Record = Escalation | QueueStay | Holding | Closing | Rating
RecordName = Literal["escalation", "queue_stay", "holding", "closing", "rating"]
RECORD_KINDS: Mapping[RecordName, type[Record]] = {
    "escalation": Escalation,
    "queue_stay": QueueStay,
    "holding": Holding,
    "closing": Closing,
    "rating": Rating,
}
Json = dict[str, Any]
