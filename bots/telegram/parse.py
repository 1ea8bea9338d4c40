"""A Telegram update -> what it means to us. Pure: no library, no clock, no settings."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from bots.telegram.fields import FRAME, SERVICE
from bots.telegram.rich import words_of
from bots.values import Raw, Values
from core.content import Contact, Media, MediaKind
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerAllowed,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*", re.ASCII)
_NAME = re.compile(r"[a-z_]{1,40}")
_VALUES = Values("telegram", null_is_missing=False)
_object = _VALUES.child
_integer = _VALUES.integer
_count = _VALUES.count
_text = _VALUES.text
_degrees = _VALUES.degrees

_FILES: Mapping[str, MediaKind] = {
    "animation": "video",  # comes with a `document` of the same file
    "document": "file",
    "video": "video",
    "video_note": "video",
    "voice": "voice",
    "audio": "audio",
    "sticker": "sticker",
}


def parse(raw: Raw) -> list[Received]:
    """The one update of a webhook body or of an item of getUpdates.

    Raises UnsupportedUpdate for what is no word of a customer to us, MalformedUpdate for what
    Telegram would not send.
    """
    update_id = _integer(raw, "update_id")
    if update_id < 0:
        raise MalformedUpdate("telegram: update_id is negative")
    for kind, reader in _READERS.items():
        if kind in raw:
            return [reader(update_id, _object(raw, kind))]
    raise UnsupportedUpdate(_event(raw))


def _message(update_id: int, message: Raw) -> Received:
    chat = _private_chat(message)
    sender = _object(message, "from")
    message_id = str(_integer(message, "message_id"))
    return Received(
        chat=chat,
        sender=_sender(sender),
        update=_said(message, message_id, _integer(sender, "id")),
        dedup_key=f"upd:{update_id}:{chat}:{message_id}",
        order_key=update_id,
        sent_at=_moment(message, "date"),
        album=_text(message, "media_group_id"),
    )


def _said(message: Raw, message_id: str, user: int) -> AnyUpdate:
    text = _text(message, "text")
    start = _START.fullmatch(text) if text.startswith("/start") else None
    if start is not None:
        return CustomerStarted(payload=start[1] or "", platform_id=message_id)
    text = text or words_of(message.get("rich_message"))
    contact = _contact(_object(message, "contact"), message, user) if "contact" in message else None
    media = _media(message) if not text and contact is None else ()
    return CustomerMessage(
        text=text or _text(message, "caption"),
        media=media,
        contact=contact,
        platform_id=message_id,
        reply_to=_reply(message),
    )


def _edited(update_id: int, message: Raw) -> Received:
    chat = _private_chat(message)
    message_id = str(_integer(message, "message_id"))
    text = _text(message, "text") or _text(message, "caption")
    text = text or words_of(message.get("rich_message"))
    if not text:
        raise UnsupportedUpdate("edited_message.without_text")
    return Received(
        chat=chat,
        sender=_sender(_object(message, "from")),
        update=CustomerEdited(platform_id=message_id, text=text),
        dedup_key=f"upd:{update_id}:{chat}:{message_id}",
        # numbers may begin anew after a week without updates; nobody can edit a message that old
        order_key=update_id,
        sent_at=_moment(message, "edit_date"),
    )


def _pressed(update_id: int, query: Raw) -> Received:
    if "data" not in query or "message" not in query:
        raise UnsupportedUpdate("callback_query.without_data")
    callback = _text(query, "id")
    if not callback:
        raise MalformedUpdate("telegram: callback_query has no id")
    message = _object(query, "message")
    chat = _private_chat(message)
    return Received(
        chat=chat,
        sender=_sender(_object(query, "from")),
        update=ButtonPressed(
            token=_text(query, "data"),
            platform_id=str(_integer(message, "message_id")),
            callback_id=callback,
        ),
        dedup_key=f"upd:{update_id}:{chat}:{callback}",
        order_key=update_id,
    )


def _membership(update_id: int, change: Raw) -> Received:
    chat = _private_chat(change)
    status = _text(_object(change, "new_chat_member"), "status")
    moves: dict[str, AnyUpdate] = {"kicked": CustomerGone(), "member": CustomerAllowed()}
    if status not in moves:
        raise UnsupportedUpdate("my_chat_member.other")
    return Received(
        chat=chat,
        sender=_sender(_object(change, "from")),
        update=moves[status],
        dedup_key=f"upd:{update_id}:{chat}:{status}",
        order_key=update_id,
        sent_at=_moment(change, "date"),
    )


_READERS: Mapping[str, Callable[[int, Raw], Received]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "my_chat_member": _membership,
}


# -- parts of a message


def _private_chat(holder: Raw) -> str:
    """The id of the chat. Groups and channels are none of our business."""
    chat = _object(holder, "chat")
    number = _integer(chat, "id")
    kind = _text(chat, "type")
    if kind == "private":
        return str(number)
    if not kind:
        raise MalformedUpdate("telegram: chat has no type")
    raise UnsupportedUpdate(f"chat.{kind}" if _NAME.fullmatch(kind) else "chat.other")


def _sender(user: Raw) -> Sender:
    """Who writes. Two bots that answer each other would never end."""
    if user.get("is_bot") is True:
        raise UnsupportedUpdate("from.bot")
    names = (_text(user, "first_name"), _text(user, "last_name"))
    language = _text(user, "language_code")[:2].lower()
    return Sender(
        user=str(_integer(user, "id")),
        name=" ".join(name for name in names if name),
        handle=_text(user, "username"),
        lang=language if len(language) == 2 and language.isalpha() else "",
    )


def _media(message: Raw) -> tuple[Media, ...]:
    if "photo" in message:
        return (_photo(message["photo"]),)
    for key, kind in _FILES.items():
        if key in message:
            return (_file(_object(message, key), kind),)
    if "location" in message:
        return (_place(_object(message, "location")),)
    content = [key for key in message if key not in FRAME]
    for key in content:
        if key in SERVICE:
            raise UnsupportedUpdate(f"message.{key}")
    if not content:
        raise UnsupportedUpdate("message.empty")
    # The operator should see that something came, even if nobody knows what.
    return (Media(kind="other", name=content[0] if _NAME.fullmatch(content[0]) else ""),)


def _photo(sizes: object) -> Media:
    if not isinstance(sizes, list) or not sizes or not all(isinstance(s, dict) for s in sizes):
        raise MalformedUpdate("telegram: photo is no list of sizes")
    largest = max(sizes, key=lambda size: _count(size, "width") * _count(size, "height"))
    return _file(largest, "image")


def _file(file: Raw, kind: MediaKind) -> Media:
    name = _text(file, "file_name") or _text(file, "title")
    identity = _text(file, "file_id")
    if not identity:
        raise MalformedUpdate("telegram: a file has no file_id")
    return Media(
        kind=kind,
        platform_file=identity,
        name=re.split(r"[/\\]", name)[-1][:255],
        mime=_text(file, "mime_type") or ("image/jpeg" if kind == "image" else ""),
        size=_count(file, "file_size"),
        duration=_count(file, "duration"),
        emoji=_text(file, "emoji"),
    )


def _place(location: Raw) -> Media:
    return Media(
        kind="location",
        latitude=_degrees(location, "latitude", 90),
        longitude=_degrees(location, "longitude", 180),
    )


def _contact(contact: Raw, message: Raw, user: int) -> Contact:
    """Telegram vouches for a number only when its owner shares it here, not for a card."""
    own = contact.get("user_id") == user and not isinstance(contact.get("user_id"), bool)
    forwarded = "forward_origin" in message or "forward_date" in message
    phone = _text(contact, "phone_number")
    digits = re.sub(r"\D", "", phone, flags=re.ASCII)
    if not digits:
        raise MalformedUpdate("telegram: a contact has no number")
    names = (_text(contact, "first_name"), _text(contact, "last_name"))
    return Contact(
        phone=f"+{digits}",
        evidence="verified" if own and not forwarded else "claimed",
        name=" ".join(name for name in names if name),
    )


def _reply(message: Raw) -> str:
    if "reply_to_message" not in message:
        return ""
    return str(_integer(_object(message, "reply_to_message"), "message_id"))


# -- values


def _moment(holder: Raw, key: str) -> datetime | None:
    return _VALUES.moment(holder, key, per_second=1)


def _event(raw: Raw) -> str:
    for key in raw:
        if key != "update_id":
            return key if _NAME.fullmatch(key) else "other"
    raise MalformedUpdate("telegram: an update without an event")
