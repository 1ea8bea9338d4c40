"""What the page and its subscriptions tell about a channel's health. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from bots.messenger.capabilities import EVENTS
from bots.messenger.settings import MessengerSettings
from core.channel import Finding

Info = Mapping[str, Any]
Level = Literal["OK", "FAIL"]


def findings(page: Info, apps: Info, settings: MessengerSettings) -> tuple[Finding, ...]:
    """One line of figures, of the worst level, then what is behind it."""
    details = tuple(_details(page, apps, settings))
    level: Level = "FAIL" if details else "OK"
    name = page.get("name")
    shown = " ".join(name.split()) if isinstance(name, str) and name.strip() else "?"
    line = f"page={shown} fields={len(EVENTS) - len(missing(apps))}/{len(EVENTS)}"
    return (Finding(level=level, text=line), *details)


def missing(apps: Info) -> list[str]:
    """Events the page does not send us.

    The token's answer names the apps that it may see, in general ours alone; of several the one
    with most of our events is taken for ours.
    """
    data = apps.get("data")
    seen = data if isinstance(data, list) else []
    lacks = [_missing(app) for app in seen if isinstance(app, dict)]
    return min(lacks, key=len, default=list(EVENTS))


def _missing(app: Info) -> list[str]:
    fields = app.get("subscribed_fields")
    held = fields if isinstance(fields, list) else []
    return [event for event in EVENTS if event not in held]


def _details(page: Info, apps: Info, settings: MessengerSettings) -> list[Finding]:
    found = []
    if page.get("id") != settings.page_id:
        remedy = "Set page_id to the page whose token this is."
        found.append(Finding(level="FAIL", text="the token is of another page", remedy=remedy))
    absent = missing(apps)
    if len(absent) == len(EVENTS):
        remedy = (
            "Restart this process; if it comes back, enter the webhook's address and verify_token"
            " in the app's settings once more: Meta switches off apps that did not answer."
        )
        text = "the page is not subscribed"
        found.append(Finding(level="FAIL", text=text, remedy=remedy))
    elif absent:
        text = f"events not subscribed: {', '.join(absent)}"
        found.append(Finding(level="FAIL", text=text, remedy="Restart this process."))
    return found
