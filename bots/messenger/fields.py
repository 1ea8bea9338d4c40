"""Values of what Facebook sent, and how it names people. Pure."""

import re
from datetime import datetime
from typing import Any

from bots.values import Raw, Values

__all__ = ["Raw", "child", "degrees", "integer", "items", "moment", "needed", "text", "who"]

_ID = re.compile(r"[0-9]{1,40}")

_VALUES = Values("messenger", null_is_missing=False)
child = _VALUES.child
integer = _VALUES.integer
text = _VALUES.text
degrees = _VALUES.degrees


def items(holder: Raw, key: str) -> list[Any]:
    """A list; empty when it is not there."""
    value = holder.get(key, [])
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
    value = text(child(holder, key), "id")
    if not _ID.fullmatch(value):
        raise _VALUES.malformed(key, "has no id")
    return value


def moment(holder: Raw, key: str) -> datetime | None:
    """Milliseconds since 1970 as a moment; None when they are not there."""
    return _VALUES.moment(holder, key, per_second=1000)
