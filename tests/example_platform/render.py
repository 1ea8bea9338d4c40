"""A neutral message that fits -> the body of one request. Pure."""

from typing import Any

from core.channel import Capabilities
from core.content import Outgoing
from core.errors import MessageRejected
from core.keyboard import keyboard


def render(content: Outgoing, capabilities: Capabilities) -> dict[str, Any]:
    """All fields but the address and the key. Raises MessageRejected for what has no words."""
    if not content.text.strip():
        raise MessageRejected("empty", "pigeons carry words only")
    rows = keyboard(content, capabilities).rows
    buttons = [{"label": option.label, "id": option.token} for row in rows for option in row]
    return {"text": content.text, **({"buttons": buttons} if buttons else {})}
