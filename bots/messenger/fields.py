"""Values of what Facebook sent, and how it names people. Pure."""

import re
from datetime import datetime
from typing import Any

from bots.values import Raw, Values
from core.errors import UnsupportedUpdate

__all__ = ["Raw", "child", "degrees", "has", "integer", "items", "moment", "needed", "text", "who"]

_ID = re.compile(r"[0-9]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,18}")

_VALUES = Values("messenger", null_is_missing=True)
has = _VALUES.has
child = _VALUES.child
text = _VALUES.text
degrees = _VALUES.degrees


def items(holder: Raw, key: str) -> list[Any]:
    """A list; empty when it is not there."""
    value = holder[key] if has(holder, key) else []
    if not isinstance(value, list):
        raise _VALUES.malformed(key, "is no list")
    return value


def needed(holder: Raw, key: str) -> str:
    """A text that must be there."""
    value = text(holder, key)
    if not value:
        raise _VALUES.malformed(key, "is missing")
    return value


def who(holder: Raw, key: str) -> str:
    """The id of the sender or recipient: a person's on this page, or the page's own."""
    person = child(holder, key)
    value = text(person, "id")
    if not value and has(person, "user_ref"):
        raise UnsupportedUpdate(f"{key}.user_ref")  # of a plugin; there is no chat to answer in
    if not _ID.fullmatch(value):
        raise _VALUES.malformed(key, "has no id")
    return value


def integer(holder: Raw, key: str) -> int:
    """A number that must be there. The reference of messaging_postbacks (seen 2026-11) says that
    every property is a string, and shows a timestamp that is one."""
    return _VALUES.integer(_counted(holder, key), key)


def moment(holder: Raw, key: str) -> datetime | None:
    """Milliseconds since 1970 as a moment; None when they are not there."""
    return _VALUES.moment(_counted(holder, key), key, per_second=1000)


def _counted(holder: Raw, key: str) -> Raw:
    """The object with digits that stand there as a text made a number."""
    value = holder.get(key)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return {key: int(value)}
    return holder
