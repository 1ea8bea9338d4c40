"""What the running processes know of the channels, for `otklik doctor` and `channel test`.

They keep it in the database; nothing is written there, and nothing is made that is not there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bots import wiring
from core.channel import Finding
from core.desk_store import House
from core.desk_values import ChannelNow
from core.errors import ConfigError, StoreUnavailable
from core.storage.address import address
from core.storage.desk import open_desk
from core.storage.open import beyond_us

#: What a part of a process does with the channel, where its name does not say it.
_DOING = {"account": "examined"}
_LEVELS: Mapping[str, Any] = {"degraded": "WARN", "down": "FAIL"}
_ASK = "Ask again once the database answers, or look into the logs of the processes."

_NEWER = "Until then nothing that needs the database starts, and nobody was asked."


async def told_by_processes(url: str) -> Mapping[str, tuple[Finding, ...]]:
    """Channel -> what is wrong with it as the processes see it; under the empty name what kept us
    from asking. url: of their database. A SQLite file that is not there knows nothing."""
    try:
        if not _is_there(url):
            return {}
        if newer := await beyond_us(url):
            return {"": (Finding(level="FAIL", text=newer, remedy=_NEWER),)}
        async with open_desk(url) as desk:
            return await _told(desk, wiring.now())
    except (StoreUnavailable, ConfigError, OSError) as error:
        text = f"the running processes were not asked, the database is away: {error}"
        return {"": (Finding(level="WARN", text=text, remedy=_ASK),)}


def _is_there(url: str) -> bool:
    where = address(url)
    return where.kind != "sqlite" or Path(where.target).is_file()


async def _told(desk: House, now: datetime) -> Mapping[str, tuple[Finding, ...]]:
    channels = await desk.channels_now(now)
    return {name: findings for name, one in channels.items() if (findings := findings_of(one, now))}


def findings_of(known: ChannelNow, now: datetime) -> tuple[Finding, ...]:
    """A channel's stored health as lines of a report, the worst first."""
    health = known.health
    parts = health.get("parts") or {"account": health}
    since = _age(known.health_at, now)
    found = [
        Finding(
            level=_LEVELS[one["state"]],
            text=f"{_DOING.get(name, name)} by a running process{since}: {one['problem']}",
        )
        for name, one in parts.items()
        if one.get("state") in _LEVELS
    ]
    return tuple(sorted(found, key=lambda finding: finding.level != "FAIL"))


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    minutes = max(0, (now - at) // timedelta(minutes=1))
    if minutes < 120:
        return f", for {minutes} min"
    return f", for {minutes // 60} h" if minutes < 72 * 60 else f", for {minutes // 1440} days"


def beside(own: tuple[Finding, ...], told: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What was found here and now, and beside it what the processes say.

    How they found the account when they looked last is older than what was found now: it is told
    only where nothing is wrong from here, and as a warning, since from there it may still be."""
    is_well = all(finding.level == "OK" for finding in own)
    kept = [
        Finding(level="WARN", text=finding.text) if _is_account(finding) else finding
        for finding in told
        if is_well or not _is_account(finding)
    ]
    return (*own, *kept)


def _is_account(finding: Finding) -> bool:
    return finding.text.startswith(_DOING["account"])
