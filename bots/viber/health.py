"""What get_account_info tells about a bot's health. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from bots.viber.capabilities import EVENTS
from bots.viber.settings import ViberSettings
from core.channel import Finding

Info = Mapping[str, Any]
Level = Literal["OK", "WARN", "FAIL"]


def findings(info: Info, settings: ViberSettings) -> tuple[Finding, ...]:
    """One line of figures, of the worst level, then what is behind it."""
    details = tuple(_details(info, settings))
    level: Level = "FAIL" if details else "OK"
    line = (
        f"uri={_word(info.get('uri'))} webhook={_state(info, settings)}"
        f" events={len(EVENTS) - len(_missing(info))}/{len(EVENTS)}"
        f" subscribers={_word(info.get('subscribers_count'))}"
    )
    return (Finding(level=level, text=line), *details)


def is_registered(info: Info, settings: ViberSettings) -> bool:
    """Whether events come to us, all of them."""
    return info.get("webhook") == settings.webhook_url and not _missing(info)


def _details(info: Info, settings: ViberSettings) -> list[Finding]:
    found = []
    if info.get("webhook") != settings.webhook_url:
        what = "the webhook points elsewhere" if info.get("webhook") else "no webhook is set"
        remedy = "Restart this process; if it comes back, another program uses this token."
        found.append(Finding(level="FAIL", text=what, remedy=remedy))
    elif _missing(info):
        text = f"events not subscribed: {', '.join(_missing(info))}"
        found.append(Finding(level="FAIL", text=text, remedy="Restart this process."))
    return found


def _state(info: Info, settings: ViberSettings) -> str:
    if not info.get("webhook"):
        return "none"
    return "same" if info["webhook"] == settings.webhook_url else "other"


def _missing(info: Info) -> list[str]:
    """Events Viber does not send us."""
    subscribed = info.get("event_types")
    told = subscribed if isinstance(subscribed, list) else []
    return [event for event in EVENTS if event not in told]


def _word(value: object) -> str:
    """A short value of somebody else, fit for one line."""
    text = str(value) if isinstance(value, str | int) else ""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())[:60] or "?"
