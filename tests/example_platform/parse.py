"""An event of pigeon post -> what it means to us. Pure: no network, no clock, no settings."""

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import MalformedUpdate, UnsupportedUpdate
from core.masking import clean
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CustomerAllowed,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)

Raw = Mapping[str, Any]


def parse(raw: Raw) -> Received:
    """The update of one event. Raises UnsupportedUpdate or MalformedUpdate."""
    kind = _text(raw, "type")
    if kind not in _MEANINGS:
        raise UnsupportedUpdate(kind if kind.isascii() and kind.isidentifier() else "other")
    person = raw.get("person")
    if not isinstance(person, Mapping) or not _text(person, "id"):
        raise MalformedUpdate("pigeon: an event of nobody")
    event = _text(raw, "id")
    if not event:
        raise MalformedUpdate("pigeon: an event without id")
    name = _text(person, "id")
    return Received(
        chat=name,
        sender=Sender(user=name, name=_text(person, "name")),
        update=_MEANINGS[kind](raw),
        dedup_key=event,
    )


def _message(raw: Raw) -> AnyUpdate:
    return CustomerMessage(text=_text(raw, "text"), platform_id=_text(raw, "id"))


def _press(raw: Raw) -> AnyUpdate:
    return ButtonPressed(token=_text(raw, "button"))


def _start(raw: Raw) -> AnyUpdate:
    return CustomerStarted(payload=_text(raw, "payload"))


_MEANINGS: Mapping[str, Callable[[Raw], AnyUpdate]] = {
    "letter": _message,
    "press": _press,
    "start": _start,
    "moved_away": lambda raw: CustomerGone(),
    "moved_back": lambda raw: CustomerAllowed(),
}


def _text(holder: Raw, key: str) -> str:
    value = holder.get(key, "")
    if not isinstance(value, str):
        raise MalformedUpdate(f"pigeon: {key} is no text")
    return clean(value)
