"""A neutral message that fits -> one request of the MAX Bot API. Pure: no library, no network."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from bots.max.capabilities import READABLE, TEXT
from bots.max.markup import formatted
from core.channel import Capabilities
from core.chunks import shortened
from core.content import Media, Option, Outgoing, utf16_len
from core.errors import MessageRejected
from core.keyboard import keyboard

#: A file of ours, named by its attachment or path: the channel puts a token there.
ATTACHED = "attach://"

_TYPES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "file": "file",
    "sticker": "file",
    "other": "file",
}
_NARROWEST = min(READABLE.values())

Row = Sequence[Option]


class Request(NamedTuple):
    """POST /messages: its query, all but whom it goes to, and its body.

    text: what the customer reads, without tags."""

    query: dict[str, str]
    body: dict[str, Any]
    text: str


def render(content: Outgoing, capabilities: Capabilities) -> Request:
    """content: one of the messages of core.fitting. Raises MessageRejected when nothing is in it,
    or when the address of a file finds no room in the text."""
    attachments = [item for item in map(_attachment, content.media) if item is not None]
    text = _with_lines(content)
    if not text.strip() and not attachments:
        raise MessageRejected("empty", "the message has neither text nor media")
    buttons = _buttons(content, capabilities)
    if buttons:
        attachments.append({"type": "inline_keyboard", "payload": {"buttons": buttons}})
    body: dict[str, Any] = {}
    if text:
        body["text"], has_tags = formatted(text, content.spans, TEXT)
        if has_tags:
            body["format"] = "html"
    if attachments:
        body["attachments"] = attachments
    if content.reply_to:
        body["link"] = {"type": "reply", "mid": content.reply_to}
    query = {} if content.preview else {"disable_link_preview": "true"}
    return Request(query, body, text)


def _with_lines(content: Outgoing) -> str:
    """The text and the links that cannot be attachments."""
    lines = [f"{m.name or m.kind}: {m.url}" for m in content.media if _attachment(m) is None]
    if not lines:
        return content.text
    text = "\n\n".join(part for part in (content.text, "\n".join(lines)) if part)
    if utf16_len(text) > TEXT:
        raise MessageRejected("link_too_long", "a link finds no room in the text")
    return text


def _attachment(media: Media) -> dict[str, Any] | None:
    """What stands for the media in a request; None for a link that MAX does not fetch."""
    if media.kind == "location":
        place = {"latitude": media.latitude, "longitude": media.longitude}
        return {"type": "location", **place}
    if media.platform_file:
        if media.kind == "sticker":
            return {"type": "sticker", "payload": {"code": media.platform_file}}
        return {"type": _TYPES[media.kind], "payload": {"token": media.platform_file}}
    own = media.attachment or media.path
    if own:
        return {"type": _TYPES[media.kind], "payload": {"token": ATTACHED + own}}
    if not media.url:
        raise MessageRejected("no_file", f"a {media.kind} without a file")
    return {"type": "image", "payload": {"url": media.url}} if media.kind == "image" else None


# -- buttons


def _buttons(content: Outgoing, capabilities: Capabilities) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = []
    if content.request_phone:
        label = shortened(content.request_phone, capabilities.label or TEXT)
        rows.append([{"type": "request_contact", "text": label}])
    board = keyboard(content, capabilities)
    most = capabilities.inline_rows - len(rows)
    return rows + [[_button(option) for option in row] for row in _readable(board.rows, most)]


def _button(option: Option) -> dict[str, str]:
    if option.url:
        return {"type": "link", "text": option.label, "url": option.url}
    return {"type": "callback", "text": option.label, "payload": option.token}


def _readable(rows: Sequence[Row], most: int) -> list[Row]:
    """The rows, split where a phone would cut their labels, as long as there may be more rows."""
    room = most - len(rows)
    result: list[Row] = []
    for row in rows:
        pieces = _split(row)
        if len(pieces) - 1 > room:
            pieces = [row]
        room -= len(pieces) - 1
        result += pieces
    return result


def _split(row: Row) -> list[Row]:
    widest = max(utf16_len(option.label) for option in row)
    if len(row) == 1 or widest <= READABLE.get(len(row), _NARROWEST):
        return [row]
    half = -(-len(row) // 2)
    return _split(row[:half]) + _split(row[half:])
