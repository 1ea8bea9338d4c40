"""Who works at the desk, how they get in, and the log of what they did; as plain values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.access import Person


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An operator, supervisor or admin. in_hand: dialogs now. queues: whose dialogs they serve.

    totp_secret: sealed, empty without a second factor; totp_pending: before it is confirmed."""

    id: str
    login: str
    name: str
    password_hash: str = ""
    roles: tuple[str, ...] = ("operator",)
    queues: tuple[str, ...] = ()
    status: str = "offline"
    status_since: datetime | None = None
    status_reason: str = ""
    status_by: str = ""
    limit: int = 5
    settings: Mapping[str, Any] = {}
    settings_version: int = 1
    totp_secret: str = ""
    totp_pending: str = ""
    archived_at: datetime | None = None
    last_seen_at: datetime | None = None
    version: int = 1
    in_hand: int = 0

    def person(self) -> Person:
        """As core.access wants them."""
        return Person(
            id=self.id,
            name=self.name,
            roles=frozenset(self.roles),
            queues=frozenset(self.queues),
            limit=self.limit,
        )


class NewOperator(msgspec.Struct, frozen=True, kw_only=True):
    """An account to be made. An operator without queues serves the default one."""

    login: str
    name: str
    password: str
    roles: tuple[str, ...] = ("operator",)
    queues: tuple[str, ...] = ()
    limit: int = 5


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """token: the cookie's value, shown to nobody else. failure: a problem code instead, with
    `field` for `validation` and `retry_after` seconds when tries are slowed down."""

    token: str = ""
    failure: str = ""
    field: str = ""
    retry_after: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. id: sha256 of the cookie's value."""

    id: str
    operator: str
    created_at: datetime
    last_at: datetime
    ends_at: datetime
    ip: str = ""
    browser: str = ""


class Tries(msgspec.Struct, frozen=True, kw_only=True):
    """Failed sign-ins of late under one key, before the one now counted as `id`."""

    id: int
    count: int
    last_at: datetime | None = None


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what. hash covers the row and the hash before it."""

    id: int
    actor: str
    action: str
    object: str
    queue: str
    detail: Mapping[str, Any]
    at: datetime
    before_hash: str
    hash: str


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of the audit log; before: id to continue below. queues: None for all."""

    actor: str = ""
    action: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None
    queues: frozenset[str] | None = None
    before: int = 0
    limit: int = 100


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """broken_at: id of the first row whose hash does not fit, None when all do."""

    checked: int
    broken_at: int | None = None
