"""Tables of moments and facts behind every figure (one row per record of core.records)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from core.storage.columns import Json, Moment, Stored, few_rows


class Escalation(Stored, table=True):
    """One wait for a human. first_n: transcript line of the first human text, 0 for none.

    calendar_version: of the entry queue when it began.
    """

    __tablename__ = "escalation"
    __table_args__ = (
        Index("ix_escalation_escalated_at", "escalated_at"),
        few_rows("ix_escalation_unanswered", "first_n = 0 AND ended_at IS NULL", "escalated_at"),
    )

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    kind: str
    reason: str
    queue: str
    escalated_at: datetime = Field(sa_type=Moment)
    in_hours: bool = True
    calendar_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    summary: str = ""
    scenario: str = ""
    step: str = ""
    slots: list[list[str]] = Field(default_factory=list, sa_type=Json)
    intent: str = ""
    confidence: float = 0.0
    misses: int = 0
    first_n: int = 0
    first_operator: str = ""
    first_human_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_by: str = ""


class QueueStay(Stored, table=True):
    """The dialog stood in a queue."""

    __tablename__ = "queue_stay"
    __table_args__ = (Index("ix_queue_stay_entered_at", "entered_at"),)

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    queue: str
    entered_at: datetime = Field(sa_type=Moment)
    why: str
    left_at: datetime | None = Field(default=None, sa_type=Moment)


class Holding(Stored, table=True):
    """An operator had the dialog."""

    __tablename__ = "holding"
    __table_args__ = (
        Index("ix_holding_taken_at", "taken_at"),
        Index("ix_holding_operator", "operator", "taken_at"),
    )

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    operator: str
    name: str
    queue: str
    how: str
    taken_at: datetime = Field(sa_type=Moment)
    first_n: int = 0
    first_text_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_why: str = ""


class Closing(Stored, table=True):
    """The dialog entered `rating`, or `closed` directly. undone_at: taken back by its author."""

    __tablename__ = "closing"
    __table_args__ = (Index("ix_closing_closed_at", "closed_at"),)

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    closed_at: datetime = Field(sa_type=Moment)
    closed_by: str
    result: str
    operator: str = ""
    reopened_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_at: datetime | None = Field(default=None, sa_type=Moment)


class Rating(Stored, table=True):
    """One ask. value: as given on scale_low..scale_high. not_asked: why nobody was asked."""

    __tablename__ = "rating"
    __table_args__ = (
        Index("ix_rating_asked_at", "asked_at"),
        Index("ix_rating_operator", "operator", "asked_at"),
    )

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    metric: str
    scale_low: int
    scale_high: int
    question: str = ""
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
    shown_at: datetime | None = Field(default=None, sa_type=Moment)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    changed_at: datetime | None = Field(default=None, sa_type=Moment)
    skipped_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    value: int | None = None
    first_value: int | None = None
    comment: str = ""
    operator: str = ""
    queue: str = ""
    channel: str
    not_asked: str = ""


class OperatorStatus(Stored, table=True):
    """A stretch of an operator's day in one status; the open one has no `until`."""

    __tablename__ = "operator_status"
    __table_args__ = (Index("ix_operator_status_since", "since"),)

    operator: str = Field(primary_key=True)
    since: datetime = Field(primary_key=True, sa_type=Moment)
    until: datetime | None = Field(default=None, sa_type=Moment)
    status: str
    reason: str = ""
    by: str = ""


class ExternalContacts(Stored, table=True):
    """Contacts of one local day outside our channels (calls)."""

    __tablename__ = "external_contacts"

    day: date = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int
    source: str = ""
    entered_at: datetime = Field(sa_type=Moment)
    by: str = ""


class InvitationEvent(Stored, table=True):
    """What a visitor saw and did of an invitation. kind: shown, accepted, hidden."""

    __tablename__ = "invitation_event"
    __table_args__ = (Index("ix_invitation_event_at", "at"),)

    id: str = Field(primary_key=True)
    site: str
    invitation: str
    rule: str = ""
    kind: str
    dialog: str = ""
    at: datetime = Field(sa_type=Moment)


class Promise(Stored, table=True):
    """A waiting time told to a customer, kept to be compared with what came true."""

    __tablename__ = "promise"

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    queue: str
    low_s: int
    high_s: int
    at: datetime = Field(sa_type=Moment)


class ReportSchedule(Stored, table=True):
    """A report sent by itself. last_day: local day last reported, so that each goes once."""

    __tablename__ = "report_schedule"

    id: str = Field(primary_key=True)
    report: str
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    enabled: bool = True
    last_day: date | None = None
    version: int = 1
