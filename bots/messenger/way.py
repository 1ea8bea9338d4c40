"""One Facebook page, opened for the process."""

from bots.messenger.channel import MessengerChannel
from bots.messenger.ingress import MessengerIngress
from bots.messenger.settings import DEFAULT_API, DEFAULT_VERSION, MessengerSettings
from bots.way import Opening, Way


def open_way(opening: Opening) -> Way:
    """Raises ConfigError; connects to nobody yet."""
    own = opening.settings
    given = MessengerSettings(
        name=opening.name,
        page_id=own["page_id"],
        token=own["token"],
        app_secret=own["app_secret"],
        verify_token=own["verify_token"],
        public_url=opening.public_url,
        api_url=own.get("api_url") or DEFAULT_API,
        api_version=own.get("api_version") or DEFAULT_VERSION,
        human_agent=bool(own.get("human_agent")),
    )
    channel = MessengerChannel(given, opening.transport, opening.clock)
    return Way(
        channel=channel,
        ingress=MessengerIngress(
            app_secret=given.app_secret,
            verify_token=given.verify_token,
            page_id=given.page_id,
            named=channel.names.named,
        ),
        poll=None,
        register=channel.register,
        watch=channel.watch,
    )
