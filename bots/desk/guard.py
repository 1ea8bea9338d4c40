"""Who asks, and whether the request came from our own pages."""

from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from aiohttp import web

from bots.desk.context import DeskContext
from bots.desk.problems import Problem
from core.desk_accounts import Account, Session

COOKIE = "__Host-otklik"
IDLE = timedelta(hours=8)
#: Also the sign of life of somebody who works without a live socket; see handlers.assignment.
TOUCH = timedelta(seconds=20)


def same_origin(request: web.Request, context: DeskContext) -> None:
    """Refuses what another site sent, and what a plain form could send."""
    if not is_ours(request, context) or request.headers.get("X-Otklik") != "1":
        raise Problem("origin_refused")


def is_ours(request: web.Request, context: DeskContext) -> bool:
    """The Origin is ours; without one the browser must say that the page is ours."""
    origins = request.headers.getall("Origin", [])
    if not origins:
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return origins == [origin_of(own_url(request, context))]


def own_url(request: web.Request, context: DeskContext) -> str:
    """Our address as the browser knows it.

    That is the configured one, never the Host header, which the sender chooses; but on a machine
    that has several names for itself the header tells which of these was meant."""
    named = f"http://{request.host}"
    is_nearby = any(origin_of(url) == named for url in context.nearby)
    return named if is_nearby else context.public_url


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write an Origin."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{parts.scheme}://{host}{port}"


async def session_of(
    request: web.Request, context: DeskContext, now: datetime
) -> tuple[Session, Account] | None:
    """The live session of the request's cookie; using it puts off its end."""
    value = request.cookies.get(COOKIE, "")
    if not value:
        return None
    found = await context.store.session(session_id(value))
    if found is None or not is_alive(*found, now):
        return None
    session, account = found
    if now - session.last_at >= TOUCH:
        await context.store.touch_session(session.id, now)
    return session, account


def session_id(value: str) -> str:
    """How a cookie's value is stored."""
    return sha256(value.encode("utf-8", "replace")).hexdigest()


def is_alive(session: Session, account: Account, now: datetime) -> bool:
    """Neither unused for long nor at its end, and the person still works here."""
    if account.archived_at is not None:
        return False
    return now < session.ends_at and now < session.last_at + IDLE


def set_cookie(response: web.StreamResponse, value: str) -> None:
    """Gives the browser its session, or takes it away with an empty value."""
    age = 0 if not value else None
    response.set_cookie(
        COOKIE, value, path="/", secure=True, httponly=True, samesite="Lax", max_age=age
    )
