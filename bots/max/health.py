"""What `/me` and `/subscriptions` tell about a bot's health. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from bots.max.capabilities import EVENTS
from bots.max.settings import MaxSettings
from core.channel import Finding
from core.errors import ChannelError, ChannelUnavailable

Level = Literal["OK", "WARN", "FAIL"]
Subscription = Mapping[str, Any]

SOON = timedelta(days=60)


def subscriptions_of(answer: Mapping[str, Any]) -> list[Subscription]:
    """The subscriptions of an answer of GET /subscriptions."""
    found = answer.get("subscriptions")
    if not isinstance(found, list):
        return []
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("url"), str)]


def is_registered(subscriptions: Sequence[Subscription], settings: MaxSettings) -> bool:
    """Whether updates come the way the settings say."""
    if settings.mode == "polling":
        return not subscriptions
    own = _own(subscriptions, settings)
    return own is not None and not _missing(own)


def findings(
    me: Mapping[str, Any],
    subscriptions: Sequence[Subscription],
    settings: MaxSettings,
    until: datetime,
    now: datetime,
) -> tuple[Finding, ...]:
    """One line of figures, of the worst level, then what is behind it.

    until: when the first of the authorities we added expires."""
    own = _own(subscriptions, settings)
    details = (
        *_subscription(own, subscriptions, settings),
        *_authorities(until, now),
    )
    levels = {finding.level for finding in details}
    level: Level = "FAIL" if "FAIL" in levels else "WARN" if levels else "OK"
    state = "present" if own else "other" if subscriptions else "none"
    events = len(EVENTS) - len(_missing(own)) if own else 0
    authorities = "expired" if until <= now else "soon" if until - now < SOON else "ok"
    line = (
        f"@{me.get('username', '?')} subscription={state} events={events}/{len(EVENTS)}"
        f" ca={authorities} until {until:%Y-%m-%d}"
    )
    return (Finding(level=level, text=line), *details)


def trouble(error: ChannelError) -> Finding:
    """What an error of those two calls means."""
    if not isinstance(error, ChannelUnavailable):
        return Finding(level="WARN", text=str(error), remedy="Try again in a minute.")
    if error.reason == "auth":
        remedy = "Copy the token of the bot from business.max.ru into the settings."
        return Finding(level="FAIL", text="token refused", remedy=remedy)
    if "Certificate" in error.detail or "SSL" in error.detail:
        remedy = "Name the present certificates of the Russian Trusted CA in `ca_file`."
        return Finding(level="FAIL", text="TLS not trusted", remedy=remedy)
    remedy = "Check api_url and the network between here and MAX."
    text = f"unreachable {error.reason} {error.detail}".strip()
    return Finding(level="FAIL", text=text, remedy=remedy)


def _subscription(
    own: Subscription | None, subscriptions: Sequence[Subscription], settings: MaxSettings
) -> list[Finding]:
    if settings.mode == "polling":
        if not subscriptions:
            return []
        remedy = "Restart this process, or set `mode` to webhook."
        text = "a webhook is subscribed while mode=polling"
        return [Finding(level="FAIL", text=text, remedy=remedy)]
    if own is None:
        remedy = "Restart this process; MAX drops an address that failed for eight hours."
        return [Finding(level="FAIL", text="our address is not subscribed", remedy=remedy)]
    found = []
    if _missing(own):
        text = f"events not subscribed: {', '.join(_missing(own))}"
        found.append(Finding(level="FAIL", text=text, remedy="Restart this process."))
    others = [urlsplit(s["url"]).hostname or "?" for s in subscriptions if s is not own]
    if others:
        text = f"another address is subscribed too: {', '.join(others)}"
        remedy = "Take it off if no other program is to see what customers write."
        found.append(Finding(level="WARN", text=text, remedy=remedy))
    return found


def _authorities(until: datetime, now: datetime) -> list[Finding]:
    if until - now >= SOON:
        return []
    text = f"a certificate authority for MAX expires on {until:%Y-%m-%d}"
    remedy = "Name a file with its successor in `ca_file`."
    return [Finding(level="WARN", text=text, remedy=remedy)]


def _own(subscriptions: Sequence[Subscription], settings: MaxSettings) -> Subscription | None:
    return next((s for s in subscriptions if s["url"] == settings.webhook_url), None)


def _missing(own: Subscription) -> list[str]:
    """Events MAX does not send us; without a list it sends all of ours."""
    types = own.get("update_types")
    if not isinstance(types, list) or not types:
        return []
    return [event for event in EVENTS if event not in types]
