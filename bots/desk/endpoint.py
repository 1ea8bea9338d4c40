"""What an endpoint of the desk is: one declaration feeds routing, checks, role test and OpenAPI."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from bots.desk.context import DeskContext
from bots.desk.problems import Problem
from bots.desk.workplace import Workplace
from core.access import Person
from core.desk_accounts import Account, Session

PREFIX = "/api/v1"

#: Who may call: nobody needs to be signed in · anybody signed in · by role.
PUBLIC: frozenset[str] | None = None
ANY: frozenset[str] = frozenset()
OPERATOR = frozenset({"operator", "supervisor"})
SUPERVISOR = frozenset({"supervisor"})
ADMIN = frozenset({"admin"})
AUDITOR = frozenset({"admin", "supervisor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer other than the endpoint's usual one. raw: sent as it is."""

    value: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookie: str | None = None
    raw: web.StreamResponse | None = None


@dataclass(slots=True, kw_only=True)
class Call:
    """One request under way, checked up to the point where its endpoint takes over."""

    work: Workplace
    request: web.Request
    request_id: str
    now: datetime
    session: Session | None = None
    account: Account | None = None

    @property
    def context(self) -> DeskContext:
        """Ports and settings."""
        return self.work.context

    @property
    def person(self) -> Person:
        """Who asks; only where the endpoint is not public."""
        return self.me.person()

    @property
    def me(self) -> Account:
        """The account of who asks."""
        if self.account is None:
            raise Problem("session_expired")
        return self.account

    @property
    def key(self) -> str:
        """The Idempotency-Key, unique over people; checked where the endpoint needs one."""
        return f"{self.me.id}:{self.request.headers.get('Idempotency-Key', '').lower()}"

    @property
    def address(self) -> str:
        """Where the request came from, as far as the process trusts its proxies."""
        return self.context.address(self.request)

    def part(self, name: str) -> str:
        """A variable part of the path."""
        return self.request.match_info[name]


Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route with everything that is checked before its handler runs.

    roles: None for nobody signed in, empty for anybody. own: the caller must have the dialog, or
    supervise it; the turn decides that. key: an Idempotency-Key is needed. rev: the body carries
    state_rev. upload: the body is multipart and read by the handler.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[str] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    reply: Any = None
    status: int = 200
    own: bool = False
    key: bool = False
    rev: bool = False
    upload: bool = False
    also: tuple[int, ...] = ()
    kind: str = ""

    @property
    def name(self) -> str:
        """Method and path, as people write it."""
        return f"{self.method} {self.path}"


def endpoint(  # noqa: PLR0913  an endpoint has that many properties; always given by name
    method: str,
    path: str,
    *,
    roles: frozenset[str] | None,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    reply: Any = None,
    status: int | None = None,
    own: bool = False,
    key: bool = False,
    rev: bool = False,
    upload: bool = False,
    also: tuple[int, ...] = (),
    kind: str = "",
) -> Callable[[Handler], Endpoint]:
    """Makes a function `(call[, body][, query])` an endpoint; its docstring is its summary.

    status: 204 without a reply model unless said otherwise. also: further good statuses. kind:
    content type of an answer that is no JSON.
    """
    if rev != (body is not None and "state_rev" in body.model_fields):
        raise ValueError(f"{method} {path}: rev and the body's state_rev do not agree")

    def declare(handler: Handler) -> Endpoint:
        return Endpoint(
            method=method,
            path=path,
            handler=handler,
            roles=roles,
            body=body,
            query=query,
            reply=reply,
            status=status or (204 if reply is None and not kind else 200),
            own=own,
            key=key,
            rev=rev,
            upload=upload,
            also=also,
            kind=kind,
        )

    return declare
