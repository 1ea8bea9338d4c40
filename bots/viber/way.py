"""One Viber bot, opened for the process."""

from bots.viber.channel import ViberChannel
from bots.viber.ingress import ViberIngress
from bots.viber.settings import DEFAULT_API, ViberSettings
from bots.way import Opening, Way


def open_way(opening: Opening) -> Way:
    """Raises ConfigError; connects to nobody yet."""
    own = opening.settings
    given = ViberSettings(
        name=opening.name,
        token=own["token"],
        sender_name=own.get("sender_name") or "",
        sender_avatar=own.get("sender_avatar") or "",
        public_url=opening.public_url,
        api_url=own.get("api_url") or DEFAULT_API,
    )
    channel = ViberChannel(given, transport=opening.transport, link=opening.link)
    return Way(
        channel=channel,
        ingress=ViberIngress(given.token),
        poll=None,
        register=channel.register,
        watch=channel.watch,
        welcome=channel.welcome,
    )
