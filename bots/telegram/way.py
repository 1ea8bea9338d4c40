"""One Telegram bot, opened for the process."""

from random import SystemRandom

from bots.polling import Poller
from bots.telegram.channel import TelegramChannel
from bots.telegram.client import Sessions
from bots.telegram.ingress import TelegramIngress
from bots.telegram.poll import TelegramUpdates
from bots.telegram.settings import DEFAULT_API, TelegramSettings
from bots.way import In, Opening, Way


def open_way(opening: Opening) -> Way:
    """Raises ConfigError; connects to nobody yet."""
    own = opening.settings
    given = TelegramSettings(
        name=opening.name,
        token=own["token"],
        secret=own.get("secret") or "",
        mode=own["mode"],
        public_url=opening.public_url,
        api_url=own.get("api_url") or DEFAULT_API,
        proxy=own.get("proxy") or "",
        max_connections=own["max_connections"],
    )
    sessions = opening.shared.setdefault("telegram", Sessions())
    channel = TelegramChannel(given, sessions=sessions, clock=opening.clock)

    async def poll(way: In) -> None:
        source = TelegramUpdates(channel, opening.clock)
        await Poller(source, way, clock=opening.clock, rng=SystemRandom()).run()

    is_polling = given.mode == "polling"
    return Way(
        channel=channel,
        ingress=None if is_polling else TelegramIngress(given.secret),
        poll=poll if is_polling else None,
        register=channel.register,
        watch=channel.watch,
    )
