"""Messages as viberbot writes them.

The only file that imports viberbot: it brings `requests` along, so import it only when a Viber
channel is configured. Nothing else of it is used: its client blocks, has no timeout and logs
tokens, its reading of callbacks raises on what it does not know.
"""

from typing import Any

from viberbot.api.messages import get_message

from bots.viber.render import Request


def encoded(request: Request) -> dict[str, Any]:
    """The message as fields of the request; what viberbot writes as None is left out."""
    fields: dict[str, Any] = get_message(request).to_dict()
    return {key: value for key, value in fields.items() if value is not None}
