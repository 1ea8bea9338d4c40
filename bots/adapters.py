"""Opens the channels that settings name; imports a platform's folder only for one that is used."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr

from bots.transport import Transport
from bots.way import Opening, Way, no_link
from config.rest import NOTHING, Told
from config.settings import Settings
from core.channel import Capabilities, StoredFile
from core.errors import ChannelError, ConfigError
from core.pacing import Meter
from handlers.paced import paced
from handlers.paces import Paces

log = logging.getLogger(__name__)


class Ways(NamedTuple):
    """Every enabled channel by name, what they share, and what counts the calls of each."""

    by_name: Mapping[str, Way]
    transport: Transport
    meters: Mapping[str, Meter]


#: (address of the installation, key as in Letter.files, file) -> where a platform can fetch it.
Link = Callable[[str, str, StoredFile], str]


def open_ways(
    settings: Settings,
    public_url: str,
    clock: Callable[[], datetime],
    link: Link = lambda base, key, file: no_link(key, file),
) -> Ways:
    """Every enabled channel; nobody is connected to yet. Raises ConfigError with all problems of
    all channels."""
    ways: dict[str, Way] = {}
    meters: dict[str, Meter] = {}
    problems = _twins(settings)
    shared: dict[str, Any] = {}
    transport = Transport()
    for name, own in settings.channels.items():
        if not own.enabled:
            continue
        try:
            open_way = opener(own.platform)
        except ConfigError as error:
            problems += [f"channel {name}: {problem}" for problem in error.problems]
            continue
        base = own.public_url or public_url
        opening = Opening(
            name=name,
            settings=plain(own),
            public_url=base,
            clock=clock,
            transport=transport,
            shared=shared,
            link=partial(link, base),
            counted=meters.setdefault(name, Meter()),
        )
        try:
            ways[name] = open_way(opening)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Ways(ways, transport, meters)


def _twins(settings: Settings) -> list[str]:
    """Two channels of one account take each other's updates, or webhook, away."""
    found: list[str] = []
    first: dict[tuple[str, ...], str] = {}
    for name, own in settings.channels.items():
        token = plain(own).get("token")
        if not own.enabled or "." in own.platform or not isinstance(token, str):
            continue  # what a token means to a platform outside is its own business
        other = first.setdefault((own.platform, token, own.api_url or ""), name)
        if other != name:
            told = f"`token` is that of channel {other}; an account can be one channel only"
            found.append(f"channel {name}: {told}")
    return found


def wrong_with(
    settings: Settings, public_url: str, clock: Callable[[], datetime], told: Told = NOTHING
) -> list[str]:
    """All that the platforms find wrong with their channels, but for what is told already."""
    try:
        open_ways(settings, public_url, clock)
    except ConfigError as error:
        known = tuple(_told(settings, told))
        return [problem for problem in error.problems if not problem.startswith(known)]
    return []


def _told(settings: Settings, told: Told) -> Iterator[str]:
    """How the sentences begin that a platform says of settings known to be wrong."""
    for name, own in settings.channels.items():
        wrong = told.channels.get(name, frozenset())
        if own.public_url is None:
            wrong |= told.own & {"public_url"}
        yield from (f"channel {name}: `{field}`" for field in wrong)


def package_of(platform: str) -> str:
    """The folder of a platform: one of ours by its bare name, another by its dotted path."""
    return platform if "." in platform else f"bots.{platform}"


def opener(platform: str) -> Callable[[Opening], Way]:
    """What opens the accounts of a platform. Raises ConfigError when it has nothing of the kind."""
    made: Callable[[Opening], Way] = _part(platform, "way", "open_way")
    return made


def limits_of(platform: str) -> Capabilities:
    """What a platform can do, without opening anything. Raises ConfigError."""
    found: Capabilities = _part(platform, "capabilities", "CAPABILITIES")
    return found


def _part(platform: str, module: str, part: str) -> Any:
    """What a platform's folder has under a name."""
    full = f"{package_of(platform)}.{module}"
    try:
        found = getattr(import_module(full), part, None)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{full}.".startswith(f"{error.name}."):
            raise ConfigError([f"platform «{platform}» cannot be imported: {error}"]) from error
        told = f"platform «{platform}» is no package with a module `{module}`"
        raise ConfigError([f"{told}; install it, or add its folder to PYTHONPATH"]) from error
    except Exception as error:  # somebody else's module may raise anything
        told = f"{type(error).__name__}: {error}"
        raise ConfigError([f"platform «{platform}» cannot be imported: {told}"]) from error
    if found is None:
        raise ConfigError([f"platform «{platform}»: its module `{module}` has no `{part}`"])
    return found


def plain(own: BaseModel) -> Mapping[str, Any]:
    """The settings of one channel with its secrets as text."""
    # of wrong settings (config.rest) some are not of their kind
    values: Mapping[str, Any] = _bare(own.model_dump(warnings=False))
    return values


def _bare(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items()}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def paced_ways(
    ways: Mapping[str, Way], paces: Paces, clock: Callable[[], datetime]
) -> Mapping[str, Way]:
    """The same accounts, their small calls keeping to their pace."""
    return {
        name: way._replace(channel=paced(way.channel, paces, clock)) for name, way in ways.items()
    }


async def close_ways(ways: Ways) -> None:
    """Lets go of every connection."""
    for way in ways.by_name.values():
        with contextlib.suppress(ChannelError):
            await way.channel.close()
    await ways.transport.close()
