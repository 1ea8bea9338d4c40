"""A neutral message that fits -> the `message` of one request. Pure: no network.

Up to three options under a short text are a template, more are quick replies; which of the two is
core.keyboard's choice by our capabilities.
"""

from typing import Any

from core.channel import Capabilities
from core.content import Media, Option, Outgoing
from core.errors import MessageRejected
from core.keyboard import keyboard

Message = dict[str, Any]

#: A file of ours, named by its attachment or path: the channel puts its bytes or a cached id there.
OWN_FILE = "own_file"

_TYPES = {
    "image": "image",
    "sticker": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "file": "file",
    "other": "file",
}
_MAP = "https://maps.google.com/?q={latitude},{longitude}"


def render(content: Outgoing, capabilities: Capabilities) -> Message:
    """The message, all but its metadata.

    content: one of the messages of core.fitting. Raises MessageRejected for what is no message.
    """
    board = keyboard(content, capabilities)
    options = [option for row in board.rows for option in row]
    if content.media:
        message = _attached(content)
    elif not content.text.strip():
        raise MessageRejected("empty", "the message has neither text nor media")
    elif board.kind == "inline" and options:
        return {"attachment": _template(content.text, options)}
    else:
        message = {"text": content.text}
    replies = [_quick_reply(option) for option in options]
    if content.request_phone:
        replies.insert(0, {"content_type": "user_phone_number"})
    return {**message, "quick_replies": replies} if replies else message


def _template(text: str, options: list[Option]) -> Message:
    buttons = [_button(option) for option in options]
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"type": "template", "payload": payload}


def _button(option: Option) -> Message:
    if option.url:
        return {"type": "web_url", "title": option.label, "url": option.url}
    return {"type": "postback", "title": option.label, "payload": option.token}


def _quick_reply(option: Option) -> Message:
    return {"content_type": "text", "title": option.label, "payload": option.token}


def _attached(content: Outgoing) -> Message:
    if len(content.media) > 1 or content.text:
        raise MessageRejected("caption", "Messenger takes one file a message, without words")
    media = content.media[0]
    if media.kind == "location":
        return {"text": _MAP.format(latitude=media.latitude, longitude=media.longitude)}
    return {"attachment": {"type": _TYPES[media.kind], "payload": _source(media)}}


def _source(media: Media) -> Message:
    """Where the bytes are: Facebook's own id of them, a file of ours, an address to fetch."""
    if media.platform_file:
        return {"attachment_id": media.platform_file}
    own = media.attachment or media.path
    if own:
        return {OWN_FILE: own}
    if media.url:
        return {"url": media.url}
    raise MessageRejected("no_file", f"a {media.kind} without a file")
