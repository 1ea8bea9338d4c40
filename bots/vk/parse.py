"""A VK event -> what it means to us. Pure: no library, no clock, no settings."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bots.vk.address import comment_chat
from bots.vk.attachments import media, words
from bots.vk.capabilities import GROUP_CHATS
from bots.vk.fields import Raw, child, count, integer, moment, text
from core.content import Lack
from core.errors import MalformedUpdate, UnsupportedUpdate
from core.masking import clean
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerAllowed,
    CustomerCommented,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    CustomerTyping,
    DeliveryReported,
    Received,
    Sender,
)

#: Which of our outbox rows a random_id belongs to; 0: none that we know, below: one for which
#: VK's own answer has come already.
OutboxOf = Callable[[int], int]

#: What a button of ours carries: `{"t": token}`.
TOKEN = "t"  # noqa: S105  the name of a field

_ID_SIGNS = 200
_NAME = re.compile(r"[a-z_]{1,40}")
#: VK's numbers of the languages its apps speak.
_LANGUAGES = {0: "ru", 1: "uk", 2: "be", 3: "en", 4: "es", 5: "fi", 6: "de", 7: "it"}


def parse(raw: Raw, outbox_of: OutboxOf = lambda random_id: 0) -> list[Received]:
    """The updates of one event; its secret and community were checked before.

    Raises UnsupportedUpdate for what is no word of a customer to us, MalformedUpdate for what
    VK would not send.
    """
    kind = text(raw, "type")
    if not kind:
        raise MalformedUpdate("vk: an event without a type")
    if kind == "message_reply":
        return [_reply(raw, child(raw, "object"), outbox_of)]
    reader = _READERS.get(kind)
    if reader is None:
        raise UnsupportedUpdate(kind if _NAME.fullmatch(kind) else "other")
    return reader(raw, child(raw, "object"))


def cropped(raw: Raw) -> tuple[int, int] | None:
    """Peer and number of a message that VK cut to fit the event; None when it is whole."""
    holder = raw.get("object")
    message = holder.get("message") if isinstance(holder, dict) else None
    if not isinstance(message, dict) or message.get("is_cropped") is not True:
        return None
    return integer(message, "peer_id"), integer(message, "conversation_message_id")


def completed(raw: Raw, message: Raw) -> Raw:
    """The event with its message in full length."""
    return {**raw, "object": {**raw["object"], "message": message}}


# -- messages


def _message(raw: Raw, holder: Raw) -> list[Received]:
    message = child(holder, "message")
    peer = _person(message)
    if "action" in message:
        raise UnsupportedUpdate("message_new.action")
    info = child(holder, "client_info") if holder.get("client_info") is not None else None
    key = _key(raw, message)
    received = [
        Received(
            chat=str(peer),
            sender=Sender(user=str(peer), lang=_language(info)),
            update=update,
            dedup_key=key if number == 0 else f"{key}:{number}",
            order_key=integer(message, "conversation_message_id"),
            sent_at=moment(message, "date"),
        )
        for number, update in enumerate(_said(message, _lacks(info)))
    ]
    if not received:
        raise UnsupportedUpdate("message_new.empty")
    return received


def _said(message: Raw, lacks: tuple[Lack, ...] | None) -> list[AnyUpdate]:
    payload = _payload(message.get("payload"))
    token = _token(payload)
    if token:
        return [ButtonPressed(token=token, platform_id=_id(message), lacks=lacks)]
    ref = text(message, "ref")
    start = CustomerStarted(payload=ref, platform_id=_id(message), lacks=lacks)
    if payload.get("command") == "start":
        return [start]
    update = CustomerMessage(
        text=words(message),
        media=media(message),
        platform_id=_id(message),
        reply_to=_answered(message),
        lacks=lacks,
    )
    said: list[AnyUpdate] = [update] if update.text or update.media else []
    # whoever follows a link writes words of his own with it, and they must not be lost
    return [start, *said] if ref else said


def _edited(raw: Raw, message: Raw) -> list[Received]:
    peer = _person(message)
    said = words(message)
    if not said:
        raise UnsupportedUpdate("message_edit.without_text")
    changed = count(message, "update_time")  # all edits of a message have its number
    return [
        Received(
            chat=str(peer),
            sender=Sender(user=str(peer)),
            update=CustomerEdited(platform_id=_id(message), text=said),
            dedup_key=_key(raw, message, tail=str(changed)),
            order_key=changed,
            sent_at=moment(message, "date"),
        )
    ]


def _reply(raw: Raw, message: Raw, outbox_of: OutboxOf) -> Received:
    """A message of the community itself: one of ours, or written by a person on its page.

    One with a key and no author that we do not know is another process's of ours or another
    program's: it proves nothing, and is not shown, since its text may be in the transcript already.
    """
    peer = integer(message, "peer_id")
    if not 0 < peer < GROUP_CHATS:
        raise UnsupportedUpdate("chat.other")
    key = count(message, "random_id")
    outbox = outbox_of(key) if key else 0
    if outbox < 0:
        raise UnsupportedUpdate("message_reply.answered")
    is_foreign = bool(count(message, "admin_author_id")) or not key
    return Received(
        chat=str(peer),
        sender=Sender(user=str(peer)),
        update=DeliveryReported(
            state="echo",
            platform_id=_id(message),
            outbox=outbox,
            text=_told(message) if is_foreign and not outbox else "",
        ),
        dedup_key=_key(raw, message),
        order_key=integer(message, "conversation_message_id"),
        sent_at=moment(message, "date"),
    )


def _told(message: Raw) -> str:
    """The words, else a sign that there were files."""
    files = [item.name for item in media(message)]
    return words(message) or " ".join(("📎", *filter(None, files)) if files else ())


def _comment(raw: Raw, comment: Raw) -> list[Received]:
    person = integer(comment, "from_id")
    if person <= 0:
        raise UnsupportedUpdate("wall_reply_new.of_a_community")
    owner = "post_owner_id" if comment.get("post_owner_id") is not None else "owner_id"
    wall, post = integer(comment, owner), integer(comment, "post_id")
    if post <= 0:
        raise MalformedUpdate("vk: post_id is not positive")
    identity = integer(comment, "id")
    update = CustomerCommented(text=words(comment), media=media(comment), platform_id=str(identity))
    if not update.text and not update.media:
        raise UnsupportedUpdate("wall_reply_new.empty")
    return [
        Received(
            chat=comment_chat(wall, post, person),
            sender=Sender(user=str(person)),
            update=update,
            dedup_key=_event(raw) or f"wall_reply_new:{wall}_{post}:{identity}",
            order_key=identity,
            sent_at=moment(comment, "date"),
        )
    ]


# -- other events


def _pressed(raw: Raw, press: Raw) -> list[Received]:
    user, peer = integer(press, "user_id"), integer(press, "peer_id")
    if not 0 < peer < GROUP_CHATS:
        raise UnsupportedUpdate("chat.other")
    event = _short(press, "event_id")
    if not event:
        raise MalformedUpdate("vk: message_event has no event_id")
    number = count(press, "conversation_message_id")
    update = ButtonPressed(
        # a button that is not ours is out of date like any unknown one, and is acknowledged
        token=_token(_payload(press.get("payload"))),
        platform_id=f"c{number}" if number else "",
        callback_id=f"{user}:{peer}:{event}",
    )
    return [_of(raw, peer, update, f"message_event:{peer}:{number}:{event}")]


def _allowed(raw: Raw, change: Raw) -> list[Received]:
    return [_of(raw, integer(change, "user_id"), CustomerAllowed())]


def _denied(raw: Raw, change: Raw) -> list[Received]:
    return [_of(raw, integer(change, "user_id"), CustomerGone())]


def _seen(raw: Raw, read: Raw) -> list[Received]:
    peer = integer(read, "peer_id")
    if not 0 < peer < GROUP_CHATS:
        raise UnsupportedUpdate("chat.other")
    number = integer(read, "read_message_id")
    update = DeliveryReported(state="seen", platform_id=str(number), up_to=True)
    return [_of(raw, peer, update, f"message_read:{peer}:{number}:0")]


def _typing(raw: Raw, change: Raw) -> list[Received]:
    if text(change, "state") != "typing":
        raise UnsupportedUpdate("message_typing_state.other")
    return [_of(raw, integer(change, "from_id"), CustomerTyping())]


_READERS: Mapping[str, Callable[[Raw, Raw], list[Received]]] = {
    "message_new": _message,
    "message_edit": _edited,
    "message_event": _pressed,
    "message_allow": _allowed,
    "message_deny": _denied,
    "message_read": _seen,
    "message_typing_state": _typing,
    "wall_reply_new": _comment,
}


# -- parts


def _of(raw: Raw, person: int, update: AnyUpdate, fallback: str = "") -> Received:
    if person <= 0:
        raise UnsupportedUpdate("chat.other")
    key = _event(raw) or fallback
    if not key:
        raise MalformedUpdate("vk: an event without a number of its own")
    return Received(chat=str(person), sender=Sender(user=str(person)), update=update, dedup_key=key)


def _person(message: Raw) -> int:
    """The customer of a message. Conversations and our own words are none of our business."""
    peer, sender = integer(message, "peer_id"), integer(message, "from_id")
    if peer > GROUP_CHATS:
        raise UnsupportedUpdate("chat.group")
    if peer <= 0:
        raise UnsupportedUpdate("chat.other")
    if sender <= 0 or message.get("out") == 1:
        raise UnsupportedUpdate("message.own")
    return peer


def _id(message: Raw) -> str:
    """VK's id of a message, else its number within the dialog with a `c` before it."""
    identity = count(message, "id")
    return str(identity) if identity else f"c{integer(message, 'conversation_message_id')}"


def _answered(message: Raw) -> str:
    return _id(child(message, "reply_message")) if message.get("reply_message") else ""


def _event(raw: Raw) -> str:
    event = _short(raw, "event_id")
    return f"ev:{event}" if event else ""


def _key(raw: Raw, message: Raw, tail: str = "") -> str:
    """Equal in both ways in, so that a community with both files an event once.

    tail: tells apart events of one message."""
    number = integer(message, "conversation_message_id")
    named = f"{text(raw, 'type')}:{integer(message, 'peer_id')}:{number}:{count(message, 'date')}"
    return _event(raw) or (f"{named}:{tail}" if tail else named)


def _short(holder: Raw, key: str) -> str:
    """An id of VK's, which becomes part of a key of ours."""
    value = text(holder, key)
    if len(value) > _ID_SIGNS:
        raise MalformedUpdate(f"vk: {key} is too long")
    return value


def _token(payload: Raw) -> str:
    """The token of a button of ours, empty for others."""
    token = payload.get(TOKEN)
    return clean(token)[:64] if isinstance(token, str) else ""


def _payload(value: Any) -> Raw:
    """What a button carries; VK gives it as JSON in a text or as an object."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _lacks(info: Raw | None) -> tuple[Lack, ...] | None:
    """What the customer's app cannot show; None when VK does not say."""
    if info is None:
        return None
    listed = info.get("button_actions")
    actions = listed if isinstance(listed, list) else []
    presses = "text" in actions or "callback" in actions
    lacks: list[tuple[Lack, bool]] = [
        ("inline", info.get("inline_keyboard") is True and presses),
        ("reply", info.get("keyboard") is True and "text" in actions),
        ("links", "open_link" in actions),
        ("callback", "callback" in actions),
    ]
    return tuple(lack for lack, is_there in lacks if not is_there)


def _language(info: Raw | None) -> str:
    number = info.get("lang_id") if info else None
    return _LANGUAGES.get(number, "") if type(number) is int else ""
