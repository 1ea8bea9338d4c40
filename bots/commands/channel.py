"""`otklik channel list|test` and `otklik doctor`: how the channels are."""

import argparse
import asyncio
import os
import sys

from bots import adapters, wiring
from bots.commands.known import beside, told_by_processes
from bots.start import here
from bots.way import Way
from config.settings import Settings
from core.channel import Finding
from core.errors import ChannelError, ConfigError

_WORST = {"OK": 0, "WARN": 1, "FAIL": 2}
_REPORT = "This is a fault of the channel's adapter: report it to whoever wrote it."


def run(words: argparse.Namespace) -> int:
    """The worst level found: 0 all is well, 1 a warning, 2 a failure."""
    settings = wiring.load_settings(
        os.environ,
        ask=lambda right, told: adapters.wrong_with(right, _base(right), wiring.now, told),
    )
    if words.command == "channel" and words.action == "list":
        for name, own in settings.channels.items():
            state = "on" if own.enabled else "off"
            sys.stdout.write(f"{name}  {own.platform}  {state}\n")
        if not settings.channels:
            sys.stdout.write("no channel is set up: see config/default.toml\n")
        return 0
    ways = adapters.open_ways(settings, _base(settings), wiring.now)
    if words.command == "channel":
        if words.name not in ways.by_name:
            known = ", ".join(ways.by_name) or "there are none"
            raise ConfigError([f"no channel «{words.name}» is set up; channels: {known}"])
        ways = ways._replace(by_name={words.name: ways.by_name[words.name]})
    return asyncio.run(_run(ways, settings.database_url, fix=getattr(words, "fix", False)))


def _base(settings: Settings) -> str:
    return settings.public_url or here(settings.host, settings.port)


async def _run(ways: adapters.Ways, url: str, *, fix: bool) -> int:
    try:
        return await examined(ways, url, fix=fix)
    finally:
        await adapters.close_ways(ways)


async def examined(ways: adapters.Ways, url: str, *, fix: bool = False) -> int:
    """Prints what is found of every channel, by us and by the processes that serve it; the worst
    level. url: of their database. fix: registers anew what has failed."""
    told = await told_by_processes(url)
    worst = _told_of(told.get("", ()))
    if not ways.by_name:
        sys.stdout.write("no channel is set up\n")
    for name, way in ways.by_name.items():
        findings = await _health(way)
        if fix and any(finding.level == "FAIL" for finding in findings):
            findings = await _fixed(name, way, findings)
        findings = beside(findings, told.get(name, ()))
        worst = max([worst, *(_WORST[finding.level] for finding in findings)])
        _print(name, findings)
    return worst


def _told_of(findings: tuple[Finding, ...]) -> int:
    for finding in findings:
        sys.stdout.write(f"{finding.level} {finding.text}\n  {finding.remedy}\n")
    return max((_WORST[finding.level] for finding in findings), default=0)


async def _fixed(name: str, way: Way, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    try:
        await way.register()
    except Exception as error:  # as in _health
        sys.stderr.write(f"otklik: {name} could not be registered: {_said(error)}\n")
        return findings
    return await _health(way)


async def _health(way: Way) -> tuple[Finding, ...]:
    try:
        return await way.channel.health()
    except Exception as error:  # an adapter must not raise; the other channels are examined
        text = f"could not be examined: {_said(error)}"
        return (Finding(level="FAIL", text=text, remedy=_REPORT),)


def _said(error: Exception) -> str:
    """Of an error that no adapter may raise the name alone: its text may hold a token."""
    return str(error) if isinstance(error, ChannelError) else type(error).__name__


def _print(name: str, findings: tuple[Finding, ...]) -> None:
    worst = max(findings, key=lambda finding: _WORST[finding.level], default=None)
    head = next((item for item in findings if item.level == "OK"), None) or worst
    if worst is None or head is None:
        return
    sys.stdout.write(f"{worst.level} {name} {head.text}\n")
    for finding in findings:
        if finding is not head:
            sys.stdout.write(f"  {finding.level} {finding.text}\n")
        if finding.remedy:
            sys.stdout.write(f"  {finding.remedy}\n")
