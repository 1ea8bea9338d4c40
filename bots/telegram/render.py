"""A neutral message that fits -> one request of the Bot API. Pure: no library, no network."""

from typing import Any

from core.channel import ID_BORDER, Capabilities
from core.content import Media, Option, Outgoing, Span
from core.errors import MessageRejected
from core.keyboard import keyboard

Request = dict[str, Any]

#: A file of ours, named by its attachment or path: the channel puts bytes or a cached id there.
ATTACHED = "attach://"

_METHODS = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
    "voice": ("sendVoice", "voice"),
    "sticker": ("sendSticker", "sticker"),
    "file": ("sendDocument", "document"),
    "other": ("sendDocument", "document"),
}


def render(content: Outgoing, capabilities: Capabilities, *, editable: bool = False) -> Request:
    """The method's name under `method` and its arguments, all but `chat_id`.

    content: one of the messages of core.fitting. editable: may be changed later, which Telegram
    refuses of a message that was sent with anything but an inline keyboard
    (core.telegram.org/bots/api#updating-messages). Raises MessageRejected when nothing is in it.
    """
    if len(content.media) > 1:
        request = _album(content)
    elif content.media:
        request = _one_file(content, content.media[0])
    elif content.text.strip():
        request = {"method": "sendMessage", "text": content.text}
        if content.spans:
            request["entities"] = _entities(content.spans)
        if not content.preview:
            request["link_preview_options"] = {"is_disabled": True}
    else:
        raise MessageRejected("empty", "the message has neither text nor media")
    quoted = content.reply_to.partition(ID_BORDER)[0]  # of an album the first
    if quoted.isdecimal():
        message = {"message_id": int(quoted), "allow_sending_without_reply": True}
        request["reply_parameters"] = message
    markup = _markup(content, capabilities, editable=editable)
    if markup is not None:
        request["reply_markup"] = markup
    return request


def _one_file(content: Outgoing, media: Media) -> Request:
    if media.kind == "location":
        return {
            "method": "sendLocation",
            "latitude": media.latitude,
            "longitude": media.longitude,
        }
    method, field = _METHODS[media.kind]
    return {"method": method, field: _source(media), **_caption(content)}


def _album(content: Outgoing) -> Request:
    items: list[dict[str, Any]] = []
    for media in content.media:
        field = _METHODS[media.kind][1]
        items.append({"type": field, "media": _source(media)})
    items[0].update(_caption(content))
    return {"method": "sendMediaGroup", "media": items}


def _caption(content: Outgoing) -> dict[str, Any]:
    if not content.text:
        return {}
    if not content.spans:
        return {"caption": content.text}
    return {"caption": content.text, "caption_entities": _entities(content.spans)}


def _source(media: Media) -> str:
    """Where the bytes are: Telegram's own id of them, a file of ours, an address to fetch."""
    if media.platform_file:
        return media.platform_file
    own = media.attachment or media.path
    if own:
        return ATTACHED + own
    if media.url:
        return media.url
    raise MessageRejected("no_file", f"a {media.kind} without a file")


def _entities(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = []
    for span in spans:
        place = {"offset": span.offset, "length": span.length}
        if span.kind == "link":
            entities.append({"type": "text_link", "url": span.url, **place})
        else:
            entities.append({"type": span.kind, **place})
    return entities


def _markup(
    content: Outgoing, capabilities: Capabilities, *, editable: bool
) -> dict[str, Any] | None:
    board = keyboard(content, capabilities)
    if board.kind == "inline":
        return {"inline_keyboard": [[_button(option) for option in row] for row in board.rows]}
    rows: list[list[dict[str, Any]]] = []
    if content.request_phone:
        rows.append([{"text": content.request_phone, "request_contact": True}])
    rows += [[{"text": option.label} for option in row] for row in board.rows]
    if rows:
        return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}
    if content.media or editable:
        return None
    # A keyboard asked for a phone may still be open on some of the person's devices. The adapter
    # keeps no memory of it that a restart would lose; taking off what is not there does nothing.
    return {"remove_keyboard": True}


def _button(option: Option) -> dict[str, Any]:
    if option.url:
        return {"text": option.label, "url": option.url}
    return {"text": option.label, "callback_data": option.token}
