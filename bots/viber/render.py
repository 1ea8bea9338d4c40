"""A neutral message that fits -> one message of the Viber API. Pure: no library, no network."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from bots.viber.capabilities import (
    BODY_BYTES,
    COLUMNS,
    ENVELOPE_BYTES,
    FILE_NAME,
    LABEL,
    PHONE_VERSION,
    SILENT_VERSION,
    TIGHT_LABEL,
)
from bots.viber.links import marks
from core.channel import Capabilities
from core.chunks import shortened
from core.content import Media, Option, Outgoing
from core.errors import MessageRejected
from core.keyboard import keyboard, labelled

Request = dict[str, Any]

#: Viber reads labels as HTML of a kind; these look alike and mean nothing to it.
_HARMLESS = str.maketrans("<>", "‹›")


def render(content: Outgoing, capabilities: Capabilities, *, versioned: bool = True) -> Request:
    """The message without receiver and sender.

    content: one of the messages of core.fitting, its media with addresses that Viber can fetch.
    versioned: with what only newer apps have. Raises MessageRejected when nothing is in it,
    when it is no Unicode, or when it is too large however it is written.
    """
    request = _content(content, capabilities)
    rows = keyboard(content, capabilities).rows
    silent = versioned and "callback" not in content.lacks
    phone = shortened(content.request_phone, capabilities.label or LABEL) if versioned else ""
    if rows or phone:
        request["keyboard"] = _board(rows, phone, silent=silent)
        version = SILENT_VERSION if silent and rows else PHONE_VERSION if phone else 0
        if version:
            request["min_api_version"] = version
    tracked = marks(option.url for row in rows for option in row if option.url)
    if tracked:
        request["tracking_data"] = tracked
    if _is_too_large(request) and rows:
        tight = replace(content, options=labelled(content.options, TIGHT_LABEL))
        rows = keyboard(tight, capabilities).rows
        request["keyboard"] = _board(rows, phone, silent=silent)
    if _is_too_large(request):
        raise MessageRejected("too_large", f"more than {BODY_BYTES} bytes as JSON")
    return request


def _is_too_large(request: Request) -> bool:
    try:
        return len(msgspec.json.encode(request)) > BODY_BYTES - ENVELOPE_BYTES
    except UnicodeEncodeError:
        raise MessageRejected("encoding", "the text is no valid Unicode") from None


def _content(content: Outgoing, capabilities: Capabilities) -> Request:
    if not content.media:
        if not content.text.strip():
            raise MessageRejected("empty", "the message has neither text nor media")
        return {"type": "text", "text": content.text}
    media = content.media[0]
    if media.kind == "location":
        return {"type": "location", "location": {"lat": media.latitude, "lon": media.longitude}}
    if not media.url:
        raise MessageRejected("no_file", f"a {media.kind} without an address")
    takes = capabilities.takes.get(media.kind, ())
    if media.kind == "image" and media.mime in takes and media.size <= capabilities.image_bytes:
        return {"type": "picture", "text": content.text, "media": media.url}
    if content.text or not 0 < media.size <= capabilities.file_bytes:
        # no caption under a file, no file without a size: the address at least
        return {"type": "text", "text": _as_text(content.text, media)}
    most = capabilities.video_bytes or 0
    if media.kind == "video" and media.mime in takes and media.size <= most:
        return {"type": "video", "media": media.url, "size": media.size}
    return {
        "type": "file",
        "media": media.url,
        "size": media.size,
        "file_name": _file_name(media),
    }


def _as_text(text: str, media: Media) -> str:
    line = f"{media.name}: {media.url}" if media.name else media.url
    return f"{text}\n\n{line}" if text else line


def _file_name(media: Media) -> str:
    """With its ending, by which phones choose what opens it."""
    name = media.name or media.url.rpartition("/")[2] or "file"
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 10:
        return name[:FILE_NAME]
    return f"{stem[: FILE_NAME - len(ending) - 1]}{dot}{ending}"


def _board(rows: Sequence[Sequence[Option]], phone: str, *, silent: bool) -> Request:
    buttons: list[Request] = []
    if phone:
        buttons.append(_button(phone, "share-phone", "phone", COLUMNS, silent=False))
    for row in rows:
        width, wider = divmod(COLUMNS, len(row))
        for place, option in enumerate(row):
            columns = width + (place >= len(row) - wider)
            kind, body = ("open-url", option.url) if option.url else ("reply", option.token)
            buttons.append(_button(option.label, kind, body, columns, silent=silent))
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": buttons}


def _button(label: str, kind: str, body: str, columns: int, *, silent: bool) -> Request:
    button: Request = {
        "Columns": columns,
        "Rows": 1,
        "ActionType": kind,
        "ActionBody": body,
        "Text": label.translate(_HARMLESS),
    }
    if silent:
        button["Silent"] = True
    return button
