"""What getMe and getWebhookInfo tell about a bot's health. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bots.telegram.capabilities import EVENTS
from bots.telegram.settings import TelegramSettings
from core.channel import Finding

Info = Mapping[str, Any]
Level = Literal["OK", "WARN", "FAIL"]

PENDING = 100
FRESH = timedelta(minutes=10)
#: Moments have no year 10 000.
_END = 253402300800


def findings(
    me: Info, info: Info, settings: TelegramSettings, now: datetime
) -> tuple[Finding, ...]:
    """One line of figures, of the worst level, then what is behind it."""
    details = tuple(_details(info, settings, now))
    levels = {finding.level for finding in details}
    level: Level = "FAIL" if "FAIL" in levels else "WARN" if levels else "OK"
    line = (
        f"@{me.get('username', '?')} webhook={_state(info, settings)}"
        f" pending={_number(info, 'pending_update_count')}"
        f" last_error={'none' if _failed_at(info) is None else 'yes'}"
        f" events={len(EVENTS) - len(_missing(info))}/{len(EVENTS)}"
    )
    return (Finding(level=level, text=line), *details)


def is_registered(info: Info, settings: TelegramSettings) -> bool:
    """Whether updates come the way the settings say."""
    if settings.mode == "polling":
        return not info.get("url")
    return info.get("url") == settings.webhook_url and not _missing(info)


def _details(info: Info, settings: TelegramSettings, now: datetime) -> list[Finding]:
    found = []
    if settings.mode == "polling":
        if info.get("url"):
            remedy = "Restart this process, or set `mode` to webhook."
            found.append(
                Finding(level="FAIL", text="a webhook is set while mode=polling", remedy=remedy)
            )
    elif info.get("url") != settings.webhook_url:
        what = "the webhook points elsewhere" if info.get("url") else "no webhook is set"
        remedy = "Restart this process; if it comes back, another program uses this token."
        found.append(Finding(level="FAIL", text=what, remedy=remedy))
    if _missing(info):
        text = f"events not subscribed: {', '.join(_missing(info))}"
        found.append(Finding(level="FAIL", text=text, remedy="Restart this process."))
    pending = _number(info, "pending_update_count")
    if pending > PENDING:
        remedy = "Look for errors in our log: updates arrive faster than they are stored."
        found.append(Finding(level="WARN", text=f"{pending} updates wait", remedy=remedy))
    failed_at = _failed_at(info)
    if failed_at is not None:
        fresh = now - failed_at < FRESH
        message = str(info.get("last_error_message", ""))[:200]
        remedy = "Check that public_url is reachable from outside and its certificate is valid."
        found.append(
            Finding(
                level="FAIL" if fresh else "WARN",
                text=f"last delivery error at {failed_at:%Y-%m-%d %H:%M} UTC: {message}",
                remedy=remedy,
            )
        )
    return found


def _state(info: Info, settings: TelegramSettings) -> str:
    if not info.get("url"):
        return "none"
    return "set" if info["url"] == settings.webhook_url else "other"


def _missing(info: Info) -> list[str]:
    """Events Telegram does not send us; without a list it sends all of ours."""
    allowed = info.get("allowed_updates")
    if not isinstance(allowed, list) or not allowed:
        return []
    return [event for event in EVENTS if event not in allowed]


def _failed_at(info: Info) -> datetime | None:
    seconds = _number(info, "last_error_date")
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _END else None


def _number(info: Info, key: str) -> int:
    value = info.get(key)
    return value if type(value) is int and value >= 0 else 0
