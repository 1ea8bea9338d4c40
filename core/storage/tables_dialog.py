"""Tables of the hot path: updates in, dialogs, transcript, what is to be sent, called and fired.

No foreign keys here: every row is written by the turn that owns the dialog, and a check per row
would cost more than the row.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from core.storage.columns import BIG_ID, Json, Moment, Stored, few_rows

_CLUSTERED = {"sqlite_with_rowid": False}


class UpdateKey(Stored, table=True):
    """A dedup key seen, and what became of the update that brought it first."""

    __tablename__ = "update_key"
    __table_args__ = (Index("ix_update_key_expires_at", "expires_at"), _CLUSTERED)

    channel: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    dialog: str
    seq: int
    expires_at: datetime = Field(sa_type=Moment)


class Update(Stored, table=True):
    """One update of a dialog. sealed: payload is encrypted, a secret question was open.

    refusal: JSON of core.state.Refusal when the turn refused it. sent_at: the platform's claim.
    """

    __tablename__ = "update"
    __table_args__ = (_CLUSTERED,)

    dialog: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str
    payload: bytes
    sealed: bool = False
    received_at: datetime = Field(sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    refusal: str | None = None


class DialogRun(Stored, table=True):
    """The lease of a dialog. due_at: when somebody should look at it, NULL for never.

    While leased, due_at is the end of the lease, so one index finds ready and abandoned dialogs.
    secret, closed_at (while closed): of the dialog, repeated here because every update asks.
    """

    __tablename__ = "dialog_run"
    __table_args__ = (
        few_rows("ix_dialog_run_due_at", "due_at IS NOT NULL", "due_at"),
        _CLUSTERED,
    )

    dialog: str = Field(primary_key=True)
    seq_in: int = 0
    seq_done: int = 0
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    epoch: int = 0
    tries: int = 0
    error: str = ""
    parked_reason: str = ""
    secret: bool = False
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


class ChatRun(Stored, table=True):
    """A chat: its last dialog, where to write to, and the lease of its one sender.

    Whoever puts rows into the outbox locks this row first, so a release that holds it may trust
    what it sees there. seen_as: how the platform last called the person, to notice a change.
    sending: the first open row may be on its way; in doubt when the lease ran out meanwhile.
    unreachable: why nothing can be sent, empty while it can.
    """

    __tablename__ = "chat_run"
    __table_args__ = (
        few_rows("ix_chat_run_due_at", "due_at IS NOT NULL", "due_at"),
        few_rows("ix_chat_run_unreachable", "unreachable <> ''", "unreachable_at"),
        Index("ix_chat_run_identity", "identity"),
        _CLUSTERED,
    )

    channel: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    address: str
    identity: str
    seen_as: str
    dialog: str
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    epoch: int = 0
    sending: bool = False
    unreachable: str = ""
    unreachable_at: datetime | None = Field(default=None, sa_type=Moment)


class Dialog(Stored, table=True):
    """One case. `blob` is core.state.Dialog as JSON and the truth of the engine; the columns
    repeat what lists, reports and other rows ask for. tags, priority and undo belong to the desk.

    waiting_since: since when the customer waits for a human, NULL when nobody is awaited.
    preview_*: last line of the transcript that the customer sees.
    """

    __tablename__ = "dialog"
    __table_args__ = (
        Index("ix_dialog_chat", "channel", "chat", "opened_at"),
        Index("ix_dialog_customer", "customer", "opened_at"),
        Index("ix_dialog_identity", "identity"),
        Index("ix_dialog_opened_at", "opened_at"),
        few_rows("ix_dialog_queued", "state = 'queued'", "queue", "waiting_since", "id"),
        few_rows("ix_dialog_in_hand", "state = 'with_operator'", "operator", "updated_at"),
        few_rows("ix_dialog_open", "state IN ('bot', 'queued', 'with_operator')", "opened_at"),
        few_rows(
            "ix_dialog_ended",
            "state IN ('rating', 'closed')",
            text("coalesce(closed_at, updated_at)"),
            "id",
        ),
        few_rows("ix_dialog_closed_at", "closed_at IS NOT NULL", "closed_at"),
    )

    id: str = Field(primary_key=True)
    channel: str
    chat: str
    identity: str
    customer: str
    state: str = "bot"
    queue: str = ""
    operator: str = ""
    operator_name: str = ""
    version: int = 0
    state_rev: int = 0
    last_n: int = 0
    last_customer_n: int = 0
    lang: str = ""
    customer_name: str = ""
    topic: str = ""
    result: str = ""
    secret: bool = False
    human: bool = False
    gone: str = ""
    blob: bytes
    preview_author: str = ""
    preview_text: str = ""
    preview_files: int = 0
    preview_at: datetime | None = Field(default=None, sa_type=Moment)
    waiting_since: datetime | None = Field(default=None, sa_type=Moment)
    opened_at: datetime = Field(sa_type=Moment)
    updated_at: datetime = Field(sa_type=Moment)
    first_customer_at: datetime | None = Field(default=None, sa_type=Moment)
    last_customer_at: datetime | None = Field(default=None, sa_type=Moment)
    first_bot_at: datetime | None = Field(default=None, sa_type=Moment)
    last_bot_at: datetime | None = Field(default=None, sa_type=Moment)
    bot_done_at: datetime | None = Field(default=None, sa_type=Moment)
    first_human_at: datetime | None = Field(default=None, sa_type=Moment)
    last_human_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    bot_result: str = ""
    opened_by: str = "customer"
    invitation: str = ""
    tags: list[str] = Field(
        default_factory=list, sa_type=Json, sa_column_kwargs={"server_default": "[]"}
    )
    priority: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Message(Stored, table=True):
    """One line of the transcript. direction: in, out, or none (notes and service lines).

    at: received_at of an incoming line, accepted_at of an outgoing one. extra: JSON of spans,
    options and media. error: the platform's code of a failed delivery. edit_order: the highest
    `order` of the edits shown.
    """

    __tablename__ = "message"
    __table_args__ = (
        few_rows("ix_message_client_id", "client_id <> ''", "dialog", "client_id"),
        _CLUSTERED,
    )

    dialog: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)
    direction: str
    author_kind: str
    author_id: str = ""
    author_name: str = ""
    kind: str = "text"
    text: str = ""
    extra: dict[str, Any] | None = Field(default=None, sa_type=Json)
    delivery: str = "none"
    platform_id: str = ""
    client_id: str = ""
    reply_to: str = ""
    masked: bool = False
    code: str = ""
    error: str = ""
    attempt_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    failed_at: datetime | None = Field(default=None, sa_type=Moment)
    edited_at: datetime | None = Field(default=None, sa_type=Moment)
    deleted_at: datetime | None = Field(default=None, sa_type=Moment)
    edit_order: int | None = Field(default=None, sa_type=BIG_ID)


class Outbox(Stored, table=True):
    """One platform message. id: idempotency key of the send, and the order within the chat.

    state: new, sent, unknown, failed, cancelled. hold: unknown, and waits for a person.
    Rows may be emptied, never deleted: SQLite would give the newest ids out again.
    parts: of the line it belongs to. attempt_at: when the last outcome came.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("dialog", "n", "part"),
        few_rows("ix_outbox_open", "state IN ('new', 'unknown')", "channel", "chat", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    channel: str
    chat: str
    dialog: str
    n: int
    part: int
    parts: int
    kind: str
    priority: int
    content: bytes
    state: str = "new"
    tries: int = 0
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    hold: bool = False
    created_at: datetime = Field(sa_type=Moment)
    attempt_at: datetime | None = Field(default=None, sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    platform_id: str = ""
    code: str = ""


class Call(Stored, table=True):
    """Journal of service calls. key: `dialog:seq:n`. state: new, done."""

    __tablename__ = "call"
    __table_args__ = (few_rows("ix_call_due_at", "due_at IS NOT NULL", "due_at"),)

    key: str = Field(primary_key=True)
    dialog: str = Field(index=True)
    channel: str
    chat: str
    identity: str
    service: str
    arguments: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    sealed: list[str] = Field(default_factory=list, sa_type=Json)
    timeout: float
    state: str = "new"
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    epoch: int = 0
    tries: int = 0
    created_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    result: bytes | None = None
    result_sealed: bool = False


class Timer(Stored, table=True):
    """A moment at which a dialog wants to be woken; a stale gen is ignored by the engine."""

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due_at", "due_at"), _CLUSTERED)

    dialog: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    gen: int
    due_at: datetime = Field(sa_type=Moment)
