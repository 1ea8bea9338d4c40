"""One account of pigeon post, opened for the process."""

from bots.way import Opening, Way
from core.errors import ConfigError
from tests.example_platform.channel import PigeonChannel
from tests.example_platform.ingress import PigeonIngress


def open_way(opening: Opening) -> Way:
    """Raises ConfigError with all that is wrong; connects to nobody yet."""
    own = opening.settings
    needed = ("token", "secret", "api_url")
    problems = [
        f"channel {opening.name}: `{key}` is needed by pigeon post"
        for key in needed
        if not own.get(key)
    ]
    if problems:
        raise ConfigError(problems)
    channel = PigeonChannel(
        opening.name,
        opening.transport,
        api_url=own["api_url"],
        token=own["token"],
        secret=own["secret"],
        webhook_url=opening.webhook_url,
        signature=own.get("signature", ""),
    )
    return Way(
        channel=channel,
        ingress=PigeonIngress(own["secret"]),
        poll=None,
        register=channel.register,
        watch=channel.watch,
    )
