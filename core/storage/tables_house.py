"""Tables of the house: live feed, audit, bundles, files, counters, poison, jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from core.storage.columns import BIG_ID, Json, Moment, Stored, few_rows


class DeskEvent(Stored, table=True):
    """One step of the live feed, kept 48 h. Ids are given out before commit, so a lower one may
    appear after a higher one: readers replay with an overlap.

    topic: `dialog` for everything that turns and delivery write. first_n: the first transcript
    line the step wrote; with kind `message_state` the line whose delivery moved.
    """

    __tablename__ = "desk_event"
    __table_args__ = (Index("ix_desk_event_at", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    topic: str
    dialog: str = ""
    version: int = 0
    kind: str
    by: str = ""
    first_n: int = 0
    at: datetime = Field(sa_type=Moment)


class Audit(Stored, table=True):
    """Who did what; insert only. hash: sha256 over the row before it and this one."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_object", "object"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    actor: str
    action: str
    object: str = ""
    queue: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Moment)
    before_hash: str
    hash: str = Field(unique=True)


class Bundle(Stored, table=True):
    """An immutable set of scenarios. The active one was activated last and is not broken."""

    __tablename__ = "bundle"

    sha256: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=Moment)
    activated_at: datetime | None = Field(default=None, sa_type=Moment)
    activated_by: str = ""
    broken_at: datetime | None = Field(default=None, sa_type=Moment)
    broken_reason: str = ""


class Attachment(Stored, table=True):
    """A file. storage_key: below the folder for files. state: checking, ready, refused.

    derived_from: the original of a re-encoded picture.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_dialog", "dialog"),
        Index("ix_attachment_sha256", "sha256"),
    )

    id: str = Field(primary_key=True)
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
    created_at: datetime = Field(sa_type=Moment)


class PlatformFile(Stored, table=True):
    """The id under which a channel's platform already has a file of ours."""

    __tablename__ = "platform_file"

    channel: str = Field(primary_key=True)
    attachment: str = Field(primary_key=True)
    file: str
    at: datetime = Field(sa_type=Moment)


class Pace(Stored, table=True):
    """How fast processes may write together; core.pacing.Tempo. scope: a chat, empty for the whole
    account, see there for others. until: nobody writes before."""

    __tablename__ = "pace"
    __table_args__ = (
        Index("ix_pace_at", "at"),
        few_rows("ix_pace_slowed", "strikes > 0 OR speed > 0", "at"),
    )

    channel: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    tokens: float
    at: datetime = Field(sa_type=Moment)
    until: datetime | None = Field(default=None, sa_type=Moment)
    strikes: int = 0
    speed: float = 0.0
    slowed_at: datetime | None = Field(default=None, sa_type=Moment)


class Poison(Stored, table=True):
    """A body that could not be parsed, by its sha256. sample: redacted."""

    __tablename__ = "poison"
    __table_args__ = (Index("ix_poison_last_at", "last_at"),)

    channel: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    sample: str = ""
    times: int = 1
    first_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)


class Attempt(Stored, table=True):
    """One try at something limited, by key (`code:chat:…`, `code:account:…`)."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_key", "key", "at"),
        Index("ix_attempt_expires_at", "expires_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    key: str
    at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class Secret(Stored, table=True):
    """A one-time code or link of a service, sealed; good once."""

    __tablename__ = "secret"
    __table_args__ = (Index("ix_secret_expires_at", "expires_at"),)

    key: str = Field(primary_key=True)
    sealed: str
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class Job(Stored, table=True):
    """Long work started at the desk: export, erasure. state: queued, running, done, failed."""

    __tablename__ = "job"
    __table_args__ = (few_rows("ix_job_open", "state IN ('queued', 'running')", "created_at"),)

    id: str = Field(primary_key=True)
    kind: str
    operator: str
    arguments: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: str = "queued"
    done: int = 0
    total: int = 0
    attachment: str = ""
    error: str = ""
    created_at: datetime = Field(sa_type=Moment)
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
