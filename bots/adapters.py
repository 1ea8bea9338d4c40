"""Opens the channels that settings name; imports a platform's library only for one that is used."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from datetime import datetime
from random import SystemRandom
from typing import Any, NamedTuple

from config.settings import Settings
from core.channel import Channel, Ingress
from core.counters import Counters
from core.errors import ChannelError, ConfigError
from core.ingress import Intake, Quarantine
from core.store import Store

log = logging.getLogger(__name__)


class Way(NamedTuple):
    """How one channel is reached. poll: reads updates until cancelled, for polling mode.

    register: tells the platform where we are. watch: does so again when the platform forgot;
    True when it had to."""

    channel: Channel
    ingress: Ingress | None
    poll: Callable[["In"], Coroutine[None, None, None]] | None
    register: Callable[[], Awaitable[None]]
    watch: Callable[[], Awaitable[bool]]


class In(NamedTuple):
    """What a poller gives its updates to."""

    intake: Intake
    quarantine: Quarantine
    taken: Callable[..., None]
    store: Store
    counters: Counters


def open_ways(
    settings: Settings, public_url: str, clock: Callable[[], datetime]
) -> Mapping[str, Way]:
    """Every enabled channel by name; nobody is connected to yet. Raises ConfigError with all
    problems of all channels."""
    ways: dict[str, Way] = {}
    problems: list[str] = []
    shared: dict[str, Any] = {}
    for name, own in settings.channels.items():
        if not own.enabled:
            continue
        opener = _OPENERS.get(own.platform)
        if opener is None:
            problems.append(
                f"channel {name}: platform «{own.platform}» is not supported by this version; "
                f"it can be one of: {', '.join(sorted(_OPENERS))}"
            )
            continue
        try:
            ways[name] = opener(name, own, public_url, clock, shared)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return ways


def _telegram(
    name: str, own: Any, public_url: str, clock: Callable[[], datetime], shared: dict[str, Any]
) -> Way:
    from bots.telegram.channel import TelegramChannel
    from bots.telegram.client import Sessions
    from bots.telegram.ingress import TelegramIngress
    from bots.telegram.poll import Poller
    from bots.telegram.settings import DEFAULT_API, TelegramSettings

    given = TelegramSettings(
        name=name,
        token=own.token.get_secret_value(),
        secret=own.secret.get_secret_value() if own.secret else "",
        mode=own.mode,
        public_url=own.public_url or public_url,
        api_url=own.api_url or DEFAULT_API,
        proxy=own.proxy or "",
        max_connections=own.max_connections,
    )
    sessions = shared.setdefault("telegram", Sessions())
    channel = TelegramChannel(given, sessions=sessions, clock=clock)
    is_polling = given.mode == "polling"

    async def poll(way: In) -> None:
        poller = Poller(
            channel,
            way.intake,
            quarantine=way.quarantine,
            taken=way.taken,
            cursors=way.store,
            counters=way.counters,
            clock=clock,
            rng=SystemRandom(),
        )
        await poller.run()

    return Way(
        channel=channel,
        ingress=None if is_polling else TelegramIngress(given.secret),
        poll=poll if is_polling else None,
        register=channel.register,
        watch=channel.watch,
    )


_OPENERS: Mapping[str, Callable[..., Way]] = {"telegram": _telegram}

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


async def close_ways(ways: Mapping[str, Way]) -> None:
    """Lets go of every connection."""
    for way in ways.values():
        with contextlib.suppress(ChannelError):
            await way.channel.close()
