"""Tables of accounts and persons: channels, customers, what is known of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from core.storage.columns import Json, Moment, Stored


class Channel(Stored, table=True):
    """One connected account. id: its name in settings and URLs; name: as people read it."""

    __tablename__ = "channel"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    platform: str
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    enabled: bool = True
    health: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    health_at: datetime | None = Field(default=None, sa_type=Moment)
    last_in_at: datetime | None = Field(default=None, sa_type=Moment)
    last_out_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    version: int = 1


class ChannelCursor(Stored, table=True):
    """How far a polling channel has read; written after the updates are durable."""

    __tablename__ = "channel_cursor"

    channel: str = Field(primary_key=True)
    value: str
    at: datetime = Field(sa_type=Moment)


class Customer(Stored, table=True):
    """A person over all channels. Empty name and card after erasure."""

    __tablename__ = "customer"

    id: str = Field(primary_key=True)
    name: str = ""
    lang: str = ""
    contract: str = ""
    note: str = ""
    tags: list[str] = Field(default_factory=list, sa_type=Json)
    card: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    asked_nps_at: datetime | None = Field(default=None, sa_type=Moment)
    rated_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    version: int = 1


class Identity(Stored, table=True):
    """A person's account on one channel. external: the platform's id of the person."""

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("channel", "external"),
        Index("ix_identity_customer", "customer"),
    )

    id: str = Field(primary_key=True)
    channel: str
    external: str
    customer: str
    name: str = ""
    handle: str = ""
    lang: str = ""
    created_at: datetime = Field(sa_type=Moment)


class CustomerLink(Stored, table=True):
    """An identity moved to another person, on what evidence; undone for as long as it is kept."""

    __tablename__ = "customer_link"
    __table_args__ = (Index("ix_customer_link_identity", "identity"),)

    id: str = Field(primary_key=True)
    identity: str
    from_customer: str
    to_customer: str
    evidence: str
    by: str = ""
    at: datetime = Field(sa_type=Moment)
    undone_at: datetime | None = Field(default=None, sa_type=Moment)


class Grant(Stored, table=True):
    """The level an identity reached for an account of the provider.

    A `verified` one that ended is `linked` from then on; see sql_house.DEMOTE."""

    __tablename__ = "grant"
    __table_args__ = ({"sqlite_with_rowid": False},)

    identity: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    level: str
    until: datetime = Field(sa_type=Moment)


class Remembered(Stored, table=True):
    """A slot's value kept for an identity."""

    __tablename__ = "remembered"
    __table_args__ = ({"sqlite_with_rowid": False},)

    identity: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=Json)
    until: datetime = Field(sa_type=Moment)


class Phrase(Stored, table=True):
    """A text whose meaning a customer confirmed by a press: material for the classifier."""

    __tablename__ = "phrase"
    __table_args__ = (Index("ix_phrase_at", "at"),)

    dialog: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    text: str
    scenario: str
    at: datetime = Field(sa_type=Moment)
