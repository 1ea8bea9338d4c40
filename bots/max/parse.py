"""An update of MAX -> what it means to us. Pure: no library, no clock, no settings.

A chat is known by its person: that id is in every event, while the id of the dialog is missing
from a press whose message is gone. Where both are known the address carries both.
"""

import re
from collections.abc import Callable, Mapping

from bots.max.capabilities import GROUPS_ARE_NEGATIVE
from bots.max.fields import Raw, has, integer, moment, optional, part, text
from bots.max.inbound import said
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

_NAME = re.compile(r"[a-z_]{1,40}")


def parse(raw: Raw) -> list[Received]:
    """The one update of a webhook body or of an item of `/updates`.

    Raises UnsupportedUpdate for what is no word of a customer to us, MalformedUpdate for what
    MAX would not send.
    """
    kind = text(raw, "update_type")
    if not kind:
        raise MalformedUpdate("max: an update without update_type")
    reader = _READERS.get(kind)
    if reader is None:
        raise UnsupportedUpdate(kind if _NAME.fullmatch(kind) else "other")
    return [reader(raw)]


def address(user: str, chat: str) -> str:
    """Where to write to: the person, and the dialog where it is known."""
    return f"{user}:{chat}" if chat else user


def ids_of(address: str) -> tuple[str, str]:
    """(person, dialog) of an address; the dialog is empty when nobody knows it."""
    user, _, chat = address.partition(":")
    return user, chat


# -- events


def _created(raw: Raw) -> Received:
    if "message" not in raw:  # MAX tells of kinds it keeps from bots by leaving it out
        raise UnsupportedUpdate("message_created.without_message")
    message, sender, chat = _from_customer(raw)
    user = integer(sender, "user_id")
    body = optional(message, "body")
    link = optional(message, "link")
    content = said(body, link, user)
    if content.is_empty:
        raise UnsupportedUpdate("message.empty")
    mid = text(body or {}, "mid")
    update = CustomerMessage(
        text=content.text,
        media=content.media,
        contact=content.contact,
        platform_id=mid,
        reply_to=_reply(link),
    )
    order = integer(body, "seq") if body is not None and has(body, "seq") else 0
    return _received(raw, sender, chat, mid or f"{chat}+{user}", update, order)


def _edited(raw: Raw) -> Received:
    message, sender, chat = _from_customer(raw)
    body = part(message, "body")
    words, mid = text(body, "text"), _mid(body)
    if not words:
        raise UnsupportedUpdate("message_edited.without_text")
    return _received(raw, sender, chat, mid, CustomerEdited(platform_id=mid, text=words))


def _pressed(raw: Raw) -> Received:
    callback = part(raw, "callback")
    message = optional(raw, "message")
    chat = _dialog(message) if message is not None else ""
    identity, token = text(callback, "callback_id"), text(callback, "payload")
    if not identity:
        raise MalformedUpdate("max: a press has no callback_id")
    if not token:
        raise UnsupportedUpdate("message_callback.without_payload")
    body = optional(message, "body") if message is not None else None
    update = ButtonPressed(token=token, platform_id=text(body or {}, "mid"), callback_id=identity)
    return _received(raw, part(callback, "user"), chat, identity, update)


def _removed(raw: Raw) -> Received:
    chat, user = integer(raw, "chat_id"), integer(raw, "user_id")
    mid = text(raw, "message_id")
    if not mid:
        raise MalformedUpdate("max: message_removed names no message")
    if GROUPS_ARE_NEGATIVE and chat < 0:
        raise UnsupportedUpdate("chat.chat")
    update = CustomerDeleted(platform_id=mid)
    return _received(raw, {"user_id": user}, str(chat), mid, update)


def _started(raw: Raw) -> Received:
    return _opened(raw, CustomerStarted(payload=text(raw, "payload")))


def _stopped(raw: Raw) -> Received:
    return _opened(raw, CustomerGone())


def _opened(raw: Raw, update: AnyUpdate) -> Received:
    user, chat = part(raw, "user"), str(integer(raw, "chat_id"))
    return _received(raw, user, chat, f"{chat}+{integer(user, 'user_id')}", update)


def _with_stopped(raw: Raw) -> Received:
    """Comes together with bot_stopped, which says all; alone it does not keep us from writing."""
    integer(part(raw, "user"), "user_id")
    raise UnsupportedUpdate("dialog_removed")


_READERS: Mapping[str, Callable[[Raw], Received]] = {
    "message_created": _created,
    "message_callback": _pressed,
    "message_edited": _edited,
    "message_removed": _removed,
    "bot_started": _started,
    "bot_stopped": _stopped,
    "dialog_removed": _with_stopped,
}


# -- parts of an event


def _received(
    raw: Raw, user: Raw, chat: str, subject: str, update: AnyUpdate, order: int = 0
) -> Received:
    """subject: what the event is about. The moment is part of its key: `callback_id` names a
    keyboard, and a keyboard may be pressed twice."""
    at = integer(raw, "timestamp")
    sender = _sender(raw, user)
    return Received(
        chat=sender.user,
        sender=sender,
        update=update,
        dedup_key=f"{raw['update_type']}:{at}:{subject}",
        order_key=order or at,
        sent_at=moment(raw, "timestamp"),
        address=address(sender.user, chat) if chat else "",
    )


def _from_customer(raw: Raw) -> tuple[Raw, Raw, str]:
    """The message of an event, who wrote it, and the id of the dialog."""
    message = part(raw, "message")
    chat = _dialog(message)
    if not has(message, "sender"):
        raise UnsupportedUpdate("message.without_sender")
    sender = part(message, "sender")
    if sender.get("is_bot") is True:
        raise UnsupportedUpdate("sender.bot")
    return message, sender, chat


def _dialog(message: Raw) -> str:
    """The id of the dialog, empty if not told. Groups and channels are none of our business."""
    recipient = part(message, "recipient")
    kind = text(recipient, "chat_type")
    if not kind:
        raise MalformedUpdate("max: recipient has no chat_type")
    if kind != "dialog":
        raise UnsupportedUpdate(f"chat.{kind}" if _NAME.fullmatch(kind) else "chat.other")
    return str(integer(recipient, "chat_id")) if has(recipient, "chat_id") else ""


def _mid(body: Raw) -> str:
    mid = text(body, "mid")
    if not mid:
        raise MalformedUpdate("max: a message has no mid")
    return mid


def _reply(link: Raw | None) -> str:
    if link is None or text(link, "type") != "reply":
        return ""
    return text(optional(link, "message") or {}, "mid")


def _sender(raw: Raw, user: Raw) -> Sender:
    names = (text(user, "first_name"), text(user, "last_name"))
    language = text(raw, "user_locale")[:2].lower()
    return Sender(
        user=str(integer(user, "user_id")),
        name=" ".join(name for name in names if name) or text(user, "name"),
        handle=text(user, "username"),
        lang=language if len(language) == 2 and language.isalpha() else "",
    )
