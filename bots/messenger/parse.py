"""A webhook body of Messenger -> what it means to us. Pure: no clock, no settings.

One body holds events of many people (`entry[]` × `messaging[]`): one that cannot be read loses
none of the others.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bots.messenger.attachments import links, media
from bots.messenger.fields import Raw, child, has, integer, items, moment, needed, text, who
from core.channel import Malformed, Reception
from core.content import Contact
from core.errors import MalformedUpdate, NotAuthentic, UnsupportedUpdate
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerEdited,
    CustomerMessage,
    CustomerStarted,
    DeliveryReported,
    Received,
    Sender,
)

_NAME = re.compile(r"[a-z0-9_]{1,40}")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{3,30}[0-9]")
#: Our row's id, as we put it into the metadata of what we send.
_OWN = re.compile(r"[1-9][0-9]{0,17}")
#: What the button «Get started» of a page says when nobody gave it another word.
_STARTS = frozenset({"GET_STARTED", "GET_STARTED_PAYLOAD", "FACEBOOK_WELCOME"})
#: Not events themselves.
_FRAME = frozenset({"sender", "recipient", "timestamp"})


def parse(raw: Raw, page_id: str) -> Reception:
    """What a body tells about the page: updates in order, kinds of unsupported events, parts that
    nobody can read.

    Raises NotAuthentic when all of it is about other pages, UnsupportedUpdate when it is about no
    page, MalformedUpdate when it is no batch at all.
    """
    subject = text(raw, "object")
    if subject != "page":
        if not subject:
            raise MalformedUpdate("messenger: object is missing")
        raise UnsupportedUpdate(f"object.{subject}" if _NAME.fullmatch(subject) else "object.other")
    entries = items(raw, "entry")
    if not entries:
        raise MalformedUpdate("messenger: entry is empty")
    if all(_is_of_another(entry, page_id) for entry in entries):
        raise NotAuthentic("messenger: the body is about another page")
    received: list[Received] = []
    unsupported: list[str] = []
    malformed: list[Malformed] = []
    for part, read in _parts(entries, page_id):
        try:
            received.append(read(part))
        except UnsupportedUpdate as error:
            unsupported.append(error.kind)
        except MalformedUpdate as error:
            malformed.append(Malformed(_bytes(part), str(error)))
    return Reception(tuple(received), tuple(unsupported), malformed=tuple(malformed))


_Reader = Callable[[Any], Received]


def _parts(entries: list[Any], page_id: str) -> Iterator[tuple[Any, _Reader]]:
    """Every part of a batch, with what reads it."""
    for entry in entries:
        if _is_of_another(entry, page_id):
            yield entry, _refuses("other_page")
            continue
        if not isinstance(entry, dict) or entry.get("id") != page_id:
            yield entry, _is_malformed("an entry without the id of a page")
            continue
        for key in ("messaging", "standby", "changes"):
            held = entry[key] if has(entry, key) else []
            if not isinstance(held, list):
                yield entry, _is_malformed(f"{key} is no list")
                continue
            for item in held:
                # standby: another app has the conversation; changes: posts and comments
                yield item, _event if key == "messaging" else _refuses(key)


def _is_of_another(entry: Any, page_id: str) -> bool:
    page = entry.get("id") if isinstance(entry, dict) else None
    return isinstance(page, str) and page.isdecimal() and page != page_id


def _refuses(kind: str) -> _Reader:
    def read(_part: Any) -> Received:
        raise UnsupportedUpdate(kind)

    return read


def _is_malformed(why: str) -> _Reader:
    def read(_part: Any) -> Received:
        raise MalformedUpdate(f"messenger: {why}")

    return read


def _event(item: Any) -> Received:
    if not isinstance(item, dict):
        raise MalformedUpdate("messenger: an event is no object")
    for kind, reader in _READERS.items():
        if kind in item:
            return reader(item, child(item, kind))
    for key in item:
        if key not in _FRAME:
            raise UnsupportedUpdate(key if _NAME.fullmatch(key) else "other")
    raise MalformedUpdate("messenger: an event without content")


# -- events


def _message(item: Raw, message: Raw) -> Received:
    mid = needed(message, "mid")
    if message.get("is_echo") is True:
        return _echo(item, message, mid)
    if has(message, "quick_reply"):
        return _received(item, f"m:{mid}", _chosen(message, mid))
    attached = items(message, "attachments")
    said = text(message, "text")
    update = CustomerMessage(
        text="\n".join(filter(None, (said, *links(attached, said)))),
        media=media(attached, said),
        platform_id=mid,
        reply_to=text(child(message, "reply_to"), "mid") if has(message, "reply_to") else "",
    )
    if not update.text and not update.media:
        raise UnsupportedUpdate("message.empty")
    return _received(item, f"m:{mid}", update)


def _chosen(message: Raw, mid: str) -> AnyUpdate:
    """A quick reply: one of our options, or the phone that the person's profile offers. Nobody
    proved that it is theirs."""
    payload = needed(child(message, "quick_reply"), "payload")
    if _PHONE.fullmatch(payload):
        phone = "+" + re.sub(r"[^0-9]", "", payload)
        return CustomerMessage(contact=Contact(phone=phone, evidence="claimed"), platform_id=mid)
    return ButtonPressed(token=payload, platform_id=mid)


def _postback(item: Raw, postback: Raw) -> Received:
    payload, mid = text(postback, "payload"), text(postback, "mid")
    ref = text(child(postback, "referral"), "ref") if has(postback, "referral") else ""
    key = mid or f"{who(item, 'sender')}:{_timestamp(item)}:{payload or ref}"
    update: AnyUpdate
    if ref or payload in _STARTS:
        update = CustomerStarted(payload=ref, platform_id=mid)
    elif payload:
        update = ButtonPressed(token=payload, platform_id=mid)
    else:
        raise UnsupportedUpdate("postback.empty")
    return _received(item, f"pb:{key}", update)


def _referral(item: Raw, referral: Raw) -> Received:
    ref = text(referral, "ref")
    if not ref:
        raise UnsupportedUpdate("referral.empty")
    key = f"rf:{who(item, 'sender')}:{_timestamp(item)}:{ref}"
    return _received(item, key, CustomerStarted(payload=ref))


def _edit(item: Raw, edit: Raw) -> Received:
    mid, words = needed(edit, "mid"), text(edit, "text")
    if not words:
        raise UnsupportedUpdate("message_edit.empty")
    count = edit["num_edit"] if has(edit, "num_edit") else _timestamp(item)
    if type(count) is not int and not (isinstance(count, str) and count.isdecimal()):
        raise MalformedUpdate("messenger: num_edit is no number")
    return _received(item, f"ed:{mid}:{count}", CustomerEdited(platform_id=mid, text=words))


def _echo(item: Raw, message: Raw, mid: str) -> Received:
    """Our own message, known by our id in it; or the words of somebody who answered on the page.

    Of another program's or person's file the address is shown: an echo that says nothing could be
    taken for the proof of a message of ours.
    """
    metadata = text(message, "metadata")
    chat = who(item, "recipient")
    if _OWN.fullmatch(metadata):
        update = DeliveryReported(state="echo", platform_id=mid, outbox=int(metadata))
    else:
        attached, said = items(message, "attachments"), text(message, "text")
        files = [one.url for one in media(attached, said) if one.url]
        words = "\n".join(filter(None, (said, *links(attached, said), *files)))
        if not words:
            raise UnsupportedUpdate("echo.empty")
        update = DeliveryReported(state="echo", platform_id=mid, text=words)
    return _received(item, f"echo:{mid}", update, chat=chat)


def _delivery(item: Raw, delivery: Raw) -> Received:
    return _up_to(item, delivery, "delivered", "dl")


def _read(item: Raw, read: Raw) -> Received:
    return _up_to(item, read, "seen", "rd")


def _up_to(item: Raw, report: Raw, state: Any, prefix: str) -> Received:
    """All of ours up to a moment. Ids, where they come along, add nothing to it."""
    watermark = integer(report, "watermark")
    update = DeliveryReported(state=state, up_to=True, until=moment(report, "watermark"))
    return _received(item, f"{prefix}:{who(item, 'sender')}:{watermark}", update)


_READERS: Mapping[str, Callable[[Raw, Raw], Received]] = {
    "message": _message,
    "postback": _postback,
    "referral": _referral,
    "message_edit": _edit,
    "delivery": _delivery,
    "read": _read,
}


# -- parts of them


def _received(item: Raw, key: str, update: AnyUpdate, chat: str = "") -> Received:
    person = chat or who(item, "sender")
    return Received(
        chat=person,
        sender=Sender(user=person),
        update=update,
        dedup_key=key,
        order_key=_timestamp(item),
        sent_at=moment(item, "timestamp"),
    )


def _timestamp(item: Raw) -> int:
    """Milliseconds since 1970; 0 where the event has none."""
    return integer(item, "timestamp") if has(item, "timestamp") else 0


def _bytes(part: Any) -> bytes:
    """By which a part is known again."""
    try:
        return json.dumps(part).encode()
    except RecursionError:
        raise MalformedUpdate("messenger: nested too deep") from None
