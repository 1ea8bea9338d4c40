"""Opens the channels that settings name; imports a platform's folder only for one that is used."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr

from bots.transport import Transport
from bots.way import Opening, Way
from config.channels import PLATFORMS
from config.settings import Settings
from core.errors import ChannelError, ConfigError

log = logging.getLogger(__name__)


class Ways(NamedTuple):
    """Every enabled channel by name, and what they share."""

    by_name: Mapping[str, Way]
    transport: Transport


def open_ways(settings: Settings, public_url: str, clock: Callable[[], datetime]) -> Ways:
    """Every enabled channel; nobody is connected to yet. Raises ConfigError with all problems of
    all channels."""
    ways: dict[str, Way] = {}
    problems: list[str] = []
    shared: dict[str, Any] = {}
    transport = Transport()
    for name, own in settings.channels.items():
        if not own.enabled:
            continue
        package = package_of(own.platform)
        if not _exists(package):
            told = ", ".join(name for name in PLATFORMS if _exists(package_of(name)))
            problems.append(
                f"channel {name}: platform «{own.platform}» is not supported by this version; "
                f"it can be one of: {told}"
            )
            continue
        opening = Opening(
            name=name,
            settings=plain(own),
            public_url=own.public_url or public_url,
            clock=clock,
            transport=transport,
            shared=shared,
        )
        try:
            ways[name] = import_module(f"{package}.way").open_way(opening)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Ways(ways, transport)


def package_of(platform: str) -> str:
    """The folder of a platform: one of ours by its bare name, another by its dotted path."""
    return platform if "." in platform else f"bots.{platform}"


def _exists(package: str) -> bool:
    try:
        return find_spec(f"{package}.way") is not None
    except ModuleNotFoundError:
        return False


def plain(own: BaseModel) -> Mapping[str, Any]:
    """The settings of one channel with its secrets as text."""
    values = own.model_dump()
    return {
        key: value.get_secret_value() if isinstance(value, SecretStr) else value
        for key, value in values.items()
    }


#: Seconds between attempts to tell a platform where we are, while it cannot be reached.
_AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


async def keep_registered(name: str, way: Way) -> None:
    """Registers a channel, patiently: one that cannot be reached never stops the others."""
    for wait in _waits():
        try:
            await way.register()
        except ChannelError as error:
            log.warning("channel %s could not be registered: %s", name, error)
            await asyncio.sleep(wait)
        else:
            return


def _waits() -> Iterator[float]:
    yield from _AGAIN
    while True:
        yield _AGAIN[-1]


async def watch(ways: Mapping[str, Way], alarms: Callable[[str, str], None]) -> None:
    """Looks after every registration; alarms: (channel, what happened), empty when all is well."""
    for name, way in ways.items():
        try:
            found = "registered again" if await way.watch() else ""
        except ChannelError as error:
            found = str(error)
        if found:
            log.warning("channel %s: %s", name, found)
        alarms(name, found)


async def close_ways(ways: Ways) -> None:
    """Lets go of every connection."""
    for way in ways.by_name.values():
        with contextlib.suppress(ChannelError):
            await way.channel.close()
    await ways.transport.close()
