"""A Viber callback -> what it means to us. Pure: no library, no clock, no settings."""

import re
from collections.abc import Callable, Mapping
from typing import Literal, cast

from bots.values import Raw, Values
from bots.viber.capabilities import SILENT_VERSION, STICKERS
from bots.viber.links import is_press
from core.content import Contact, Lack, Media, MediaKind
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerAllowed,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    DeliveryReported,
    Received,
    Sender,
)

#: A press comes as a message whose text is the button's token (core.turn.token).
_TOKEN = re.compile(r"o[0-9A-HJKMNP-TV-Z]{10}")
_NAME = re.compile(r"[a-z_]{1,40}")
_LANG = re.compile(r"([a-z]{2})(?:[-_].*)?")
_LARGEST = 2**64
_CONTEXT = 512
_VALUES = Values("viber", null_is_missing=True)
_object, _text, _count, _degrees = (
    _VALUES.child,
    _VALUES.text,
    _VALUES.count,
    _VALUES.degrees,
)
_REASON = 200

_FILES: Mapping[str, MediaKind] = {"picture": "image", "video": "video", "file": "file"}


def parse(raw: Raw) -> list[Received]:
    """The update of a callback; none for the `webhook` event, by which Viber tries our address.

    Raises UnsupportedUpdate for what is no word of a customer to us, MalformedUpdate for what
    Viber would not send.
    """
    event = raw.get("event")
    if not isinstance(event, str):
        raise MalformedUpdate("viber: event is no text")
    if event == "webhook":
        return []
    reader = _READERS.get(event)
    if reader is None:
        raise UnsupportedUpdate(event if _NAME.fullmatch(event) else "other")
    return [reader(raw)]


def _message(raw: Raw) -> Received:
    if raw.get("chat_id") is not None:
        raise UnsupportedUpdate("message.in_group")
    sender = _object(raw, "sender")
    message = _object(raw, "message")
    return _received(raw, _sender(sender), _said(message, _token(raw), _lacks(sender)))


def _said(message: Raw, platform_id: str, lacks: tuple[Lack, ...] | None) -> AnyUpdate:
    kind = _text(message, "type")
    text = _text(message, "text")
    if kind == "text":
        if _TOKEN.fullmatch(text):
            return ButtonPressed(token=text, platform_id=platform_id, lacks=lacks)
        if not text:
            raise UnsupportedUpdate("message.empty")
    elif kind == "url":
        text = "\n".join(filter(None, (text, _text(message, "media"))))
    elif kind == "gif":
        raise UnsupportedUpdate("message.gif")
    if kind in ("text", "url") and is_press(text, _text(message, "tracking_data")):
        raise UnsupportedUpdate("message.link")
    contact = _contact(_object(message, "contact")) if kind == "contact" else None
    is_told = kind in ("text", "url") or contact is not None
    media = () if is_told else (_media(kind, message),)
    return CustomerMessage(
        text=text, media=media, contact=contact, platform_id=platform_id, lacks=lacks
    )


def _started(raw: Raw) -> Received:
    user = _object(raw, "user")
    context = _text(raw, "context")[:_CONTEXT]
    update = CustomerStarted(payload=context, platform_id=_token(raw), lacks=_lacks(user))
    # to somebody who did not subscribe we may speak in the answer to this very callback only
    return _received(raw, _sender(user), update, welcome=raw.get("subscribed") is not True)


def _allowed(raw: Raw) -> Received:
    user = _object(raw, "user")
    return _received(raw, _sender(user), CustomerAllowed(lacks=_lacks(user)))


def _denied(raw: Raw) -> Received:
    return _received(raw, Sender(user=_identity(raw, "user_id")), CustomerGone())


def _receipt(raw: Raw) -> Received:
    """A word on a message of ours; `failed` may come although it was taken before."""
    event = cast(Literal["delivered", "seen", "failed"], raw["event"])
    token = _token(raw)
    if not token:
        raise MalformedUpdate(f"viber: {event} has no message_token")
    code = (_text(raw, "desc")[:_REASON] or "failed") if event == "failed" else ""
    report = DeliveryReported(state=event, platform_id=token, code=code)
    return _received(raw, Sender(user=_identity(raw, "user_id")), report)


_READERS: Mapping[str, Callable[[Raw], Received]] = {
    "message": _message,
    "conversation_started": _started,
    "subscribed": _allowed,
    "unsubscribed": _denied,
    "delivered": _receipt,
    "seen": _receipt,
    "failed": _receipt,
}


def _received(raw: Raw, sender: Sender, update: AnyUpdate, *, welcome: bool = False) -> Received:
    sent_at = _VALUES.moment(raw, "timestamp", per_second=1000)
    at = None if sent_at is None else raw["timestamp"]
    mark = _token(raw) or (str(at) if at is not None else "")
    if not mark:
        raise MalformedUpdate("viber: neither message_token nor timestamp")
    return Received(
        chat=sender.user,
        sender=sender,
        update=update,
        dedup_key=f"{raw['event']}:{mark}:{sender.user}",
        order_key=at or 0,
        sent_at=sent_at,
        welcome=welcome,
    )


# -- people and contents


def _sender(person: Raw) -> Sender:
    language = _LANG.fullmatch(_text(person, "language").lower())
    return Sender(
        user=_identity(person, "id"),
        name=_text(person, "name"),
        lang=language[1] if language else "",
    )


def _lacks(person: Raw) -> tuple[Lack, ...] | None:
    """What the person's app cannot do, by its version; None: it is not told."""
    if not _VALUES.has(person, "api_version"):
        return None
    return () if _count(person, "api_version") >= SILENT_VERSION else ("callback",)


def _media(kind: str, message: Raw) -> Media:
    url = _text(message, "media")
    if kind in _FILES and url:
        size = _count(message, "file_size") or _count(message, "size")
        return Media(
            kind=_FILES[kind],
            url=url,
            name=re.split(r"[/\\]", _text(message, "file_name"))[-1][:255],
            size=size,
            duration=_count(message, "duration"),
        )
    if kind == "sticker":
        name = str(_count(message, "sticker_id") or "")
        if url.startswith(f"http:{STICKERS}"):
            url = f"https:{url.removeprefix('http:')}"
        return Media(kind="sticker", url=url, name=name)
    if kind == "location":
        place = _object(message, "location")
        latitude, longitude = _degrees(place, "lat", 90), _degrees(place, "lon", 180)
        return Media(kind="location", latitude=latitude, longitude=longitude)
    if not kind:
        raise MalformedUpdate("viber: a message has no type")
    # The operator should see that something came, even if nobody knows what.
    return Media(kind="other", name=kind if _NAME.fullmatch(kind) else "")


def _contact(contact: Raw) -> Contact | None:
    """A number is only claimed: a card of somebody else looks the same. None: there is none."""
    digits = re.sub(r"\D", "", _text(contact, "phone_number"), flags=re.ASCII)
    if not digits:
        return None
    return Contact(phone=f"+{digits}", evidence="claimed", name=_text(contact, "name"))


# -- values


def _identity(holder: Raw, key: str) -> str:
    value = _text(holder, key)
    if not 0 < len(value) <= 100:
        raise MalformedUpdate(f"viber: {key} is no id")
    return value


def _token(raw: Raw) -> str:
    """message_token as text, because it is larger than what JavaScript can count; may be empty."""
    value = raw["message_token"] if _VALUES.has(raw, "message_token") else ""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{0,20}", value):
        return value
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise MalformedUpdate("viber: message_token is no number")
    return str(value)
