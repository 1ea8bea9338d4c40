"""One MAX bot, opened for the process."""

from random import SystemRandom

from bots.max.channel import MaxChannel
from bots.max.ingress import MaxIngress
from bots.max.poll import MaxUpdates
from bots.max.settings import DEFAULT_API, MaxSettings
from bots.polling import Poller
from bots.way import In, Opening, Way


def open_way(opening: Opening) -> Way:
    """Raises ConfigError; connects to nobody yet."""
    own = opening.settings
    given = MaxSettings(
        name=opening.name,
        token=own["token"],
        secret=own.get("secret") or "",
        mode=own.get("mode") or "webhook",
        public_url=opening.public_url,
        api_url=own.get("api_url") or DEFAULT_API,
        ca_file=own.get("ca_file") or "",
    )
    channel = MaxChannel(
        given, transport=opening.transport, clock=opening.clock, counted=opening.counted
    )

    async def poll(way: In) -> None:
        source = MaxUpdates(channel)
        await Poller(source, way, clock=opening.clock, rng=SystemRandom()).run()

    is_polling = given.mode == "polling"
    return Way(
        channel=channel,
        ingress=None if is_polling else MaxIngress(given.secret, channel.dialogs),
        poll=poll if is_polling else None,
        register=channel.register,
        watch=channel.watch,
    )
