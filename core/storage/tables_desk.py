"""Tables of the desk: operators, queues, hours, canned replies, what each operator sees."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.storage.columns import Json, Moment, Stored


class Operator(Stored, table=True):
    """Who answers. roles: of operator, supervisor, admin. status: online, break, offline.

    limit: dialogs at once. password_hash: argon2, empty until one is set. totp_secret: sealed;
    totp_pending: before it is confirmed. recovery: hashes of unused one-time codes.
    last_seen_at: the last frame from any of their tabs.
    """

    __tablename__ = "operator"
    __table_args__ = (Index("ix_operator_status_seen", "status", "last_seen_at"),)

    id: str = Field(primary_key=True)
    login: str = Field(unique=True)
    name: str
    password_hash: str = ""
    password_at: datetime | None = Field(default=None, sa_type=Moment)
    roles: list[str] = Field(default_factory=lambda: ["operator"], sa_type=Json)
    status: str = "offline"
    status_since: datetime | None = Field(default=None, sa_type=Moment)
    status_reason: str = ""
    status_by: str = ""
    limit: int = 5
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    settings_version: int = 1
    totp_secret: str = ""
    totp_pending: str = ""
    totp_step: int = 0
    recovery: list[str] = Field(default_factory=list, sa_type=Json)
    failed_logins: int = 0
    failed_login_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    archived_at: datetime | None = Field(default=None, sa_type=Moment)
    last_seen_at: datetime | None = Field(default=None, sa_type=Moment)
    last_given_at: datetime | None = Field(default=None, sa_type=Moment)
    version: int = 1


class OperatorSession(Stored, table=True):
    """A signed-in browser. id: sha256 of the cookie's value, never the value itself."""

    __tablename__ = "operator_session"

    id: str = Field(primary_key=True)
    operator: str = Field(foreign_key="operator.id", index=True)
    created_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)
    ends_at: datetime = Field(sa_type=Moment)
    ip: str = ""
    browser: str = ""
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


class Queue(Stored, table=True):
    """Where dialogs wait. id: its name in scenarios. calendar: empty for 24/7.

    assign: manual or auto. Durations are seconds, 0 for none.
    """

    __tablename__ = "queue"

    id: str = Field(primary_key=True)
    title: str
    lang: str = ""
    calendar: str = ""
    answer_within_s: int = 0
    warn_before_s: int = 0
    pick_within_s: int = 0
    assign: str = "manual"
    archived: bool = False
    created_at: datetime = Field(sa_type=Moment)
    version: int = 1


class QueueMember(Stored, table=True):
    """An operator serves a queue. The queue may be older than its row: no key to it."""

    __tablename__ = "queue_member"
    __table_args__ = (Index("ix_queue_member_operator", "operator"),)

    queue: str = Field(primary_key=True)
    operator: str = Field(primary_key=True, foreign_key="operator.id")


class Calendar(Stored, table=True):
    """One version of working hours. The version in force is the last one effective by then.

    weekly: ISO day "1".."7" -> list of ["09:00", "18:00"], local; may cross midnight.
    exceptions: local date -> such a list, replacing that day. always: 24/7.
    """

    __tablename__ = "calendar"

    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    zone: str
    weekly: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    exceptions: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    always: bool = False
    effective_from: date
    by: str = ""
    at: datetime = Field(sa_type=Moment)


class CannedReply(Stored, table=True):
    """A ready text. scope: me, queue or all."""

    __tablename__ = "canned_reply"

    id: str = Field(primary_key=True)
    name: str
    body: str
    lang: str = ""
    scope: str = "me"
    operator: str = ""
    queue: str = ""
    tags: list[str] = Field(default_factory=list, sa_type=Json)
    used: int = 0
    archived_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    version: int = 1


class Note(Stored, table=True):
    """What operators wrote about a customer (a note in a dialog is a line of its transcript)."""

    __tablename__ = "note"

    id: str = Field(primary_key=True)
    customer: str = Field(index=True)
    operator: str
    text: str
    at: datetime = Field(sa_type=Moment)


class ReadMark(Stored, table=True):
    """How far an operator has read a dialog."""

    __tablename__ = "read_mark"

    operator: str = Field(primary_key=True)
    dialog: str = Field(primary_key=True)
    n: int
    at: datetime = Field(sa_type=Moment)


class Draft(Stored, table=True):
    """Unsent text of one operator. mode: reply or note. missing: variables without values.
    reply_n: number of the line it answers."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_dialog", "dialog"),)

    operator: str = Field(primary_key=True)
    dialog: str = Field(primary_key=True)
    mode: str = Field(primary_key=True)
    text: str
    attachments: list[str] = Field(default_factory=list, sa_type=Json)
    rev: int = 1
    at: datetime = Field(sa_type=Moment)
    missing: list[str] | None = Field(default=None, sa_type=Json)
    reply_n: int | None = None


class IdempotencyKey(Stored, table=True):
    """The stored reply to a command, 24 h per operator. status 0: still running."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_expires_at", "expires_at"),)

    operator: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: str
    status: int = 0
    body: bytes = Field(default=b"", sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=Moment)


class Undo(Stored, table=True):
    """An action its author may take back until `until`. before: core.undo.Before as JSON.
    undone_at is not used: the closing says it."""

    __tablename__ = "undo"

    id: str = Field(primary_key=True)
    dialog: str = Field(index=True)
    operator: str
    action: str
    state_rev: int
    before: bytes
    at: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
    undone_at: datetime | None = Field(default=None, sa_type=Moment)


class Site(Stored, table=True):
    """A site with our widget. keys: identity keys, two live at once for rotation."""

    __tablename__ = "site"

    id: str = Field(primary_key=True)
    channel: str
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    keys: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    version: int = 1


class ChatSession(Stored, table=True):
    """A visitor's token at one site. id: sha256 of it. chat: of the site's channel."""

    __tablename__ = "chat_session"
    __table_args__ = (Index("ix_chat_session_device", "site", "device"),)

    id: str = Field(primary_key=True)
    site: str
    device: str
    chat: str = Field(index=True)
    external: str
    name: str = ""
    lang: str = ""
    client: str = ""
    page: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)
    read_id: int = 0
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


class IdentityUse(Stored, table=True):
    """A `jti` used, remembered past its expiry, with the reply to an honest repeat."""

    __tablename__ = "identity_use"
    __table_args__ = (UniqueConstraint("site", "jti"),)

    id: str = Field(primary_key=True)
    site: str
    jti: str
    idempotency_key: str = ""
    reply: bytes = b""
    expires_at: datetime = Field(sa_type=Moment)


class PushTarget(Stored, table=True):
    """Where a chat of a mobile app is told of new messages while it is closed."""

    __tablename__ = "push_target"

    channel: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    provider: str
    token: str
    at: datetime = Field(sa_type=Moment)


class Setting(Stored, table=True):
    """A setting people change at the desk."""

    __tablename__ = "setting"

    id: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=Json)
    version: int = 1
    by: str = ""
    at: datetime = Field(sa_type=Moment)
