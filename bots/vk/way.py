"""One VK community, opened for the process."""

from random import SystemRandom

from bots.polling import Poller
from bots.vk.channel import VkChannel
from bots.vk.ingress import VkIngress
from bots.vk.poll import VkUpdates
from bots.vk.settings import DEFAULT_API, VkSettings
from bots.way import In, Opening, Way


def open_way(opening: Opening) -> Way:
    """Raises ConfigError; connects to nobody yet."""
    own = opening.settings
    given = VkSettings(
        name=opening.name,
        token=own["token"],
        group_id=int(own["group_id"]),
        secret=own.get("secret") or "",
        confirmation=own.get("confirmation") or "",
        mode=own["mode"],
        public_url=opening.public_url,
        api_url=own.get("api_url") or DEFAULT_API,
        intent=own.get("intent") or "",
        comments=own["comments"],
    )
    channel = VkChannel(
        given, transport=opening.transport, clock=opening.clock, counted=opening.counted
    )

    async def poll(way: In) -> None:
        source = VkUpdates(channel, opening.transport, way.counters)
        await Poller(source, way, clock=opening.clock, rng=SystemRandom()).run()

    is_polling = given.mode == "polling"
    return Way(
        channel=channel,
        ingress=None if is_polling else ingress(channel),
        poll=poll if is_polling else None,
        register=channel.registration.register,
        watch=channel.watch,
    )


def ingress(channel: VkChannel) -> VkIngress:
    """The webhook of a channel. Raises ConfigError without a secret."""
    settings = channel.settings
    return VkIngress(
        settings.secret,
        settings.group_id,
        comments=settings.comments,
        confirmation=channel.registration.confirmation,
        cut=channel.cut,
        outbox_of=channel.recent.outbox,
        named=channel.people.named,
    )
