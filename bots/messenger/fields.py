"""Reading values out of what Facebook sent; anything of another type is malformed. Pure."""

import re
from datetime import UTC, datetime
from typing import Any

from core.errors import MalformedUpdate
from core.masking import clean

Raw = dict[str, Any]

_LARGEST = 2**63
_LAST_MILLISECOND = 253402300799999  # of the year 9999
_ID = re.compile(r"[0-9]{1,40}")


def child(holder: Raw, key: str) -> Raw:
    """An object that must be there."""
    value = holder.get(key)
    if not isinstance(value, dict):
        raise MalformedUpdate(f"messenger: {key} is no object")
    return value


def items(holder: Raw, key: str) -> list[Any]:
    """A list; empty when it is not there."""
    value = holder.get(key, [])
    if not isinstance(value, list):
        raise MalformedUpdate(f"messenger: {key} is no list")
    return value


def text(holder: Raw, key: str) -> str:
    """A text that may be missing, without signs that databases refuse."""
    value = holder.get(key, "")
    if not isinstance(value, str):
        raise MalformedUpdate(f"messenger: {key} is no text")
    return clean(value)


def needed(holder: Raw, key: str) -> str:
    """A text that must be there."""
    value = text(holder, key)
    if not value:
        raise MalformedUpdate(f"messenger: {key} is missing")
    return value


def who(holder: Raw, key: str) -> str:
    """The id of the sender or recipient: a person's on this page, or the page's own."""
    value = text(child(holder, key), "id")
    if not _ID.fullmatch(value):
        raise MalformedUpdate(f"messenger: {key} has no id")
    return value


def integer(holder: Raw, key: str) -> int:
    """A number that must be there."""
    value = holder.get(key)
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise MalformedUpdate(f"messenger: {key} is no integer")
    return value


def moment(holder: Raw, key: str) -> datetime | None:
    """Milliseconds since 1970 as a moment; None when they are not there."""
    if key not in holder:
        return None
    milliseconds = integer(holder, key)
    if not 0 <= milliseconds <= _LAST_MILLISECOND:
        raise MalformedUpdate(f"messenger: {key} is no moment")
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def degrees(holder: Raw, key: str, most: int) -> float:
    """A coordinate."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedUpdate(f"messenger: {key} is no number")
    # compared before it becomes a float: an integer may be too large for one
    if not -most <= value <= most:
        raise MalformedUpdate(f"messenger: {key} is out of range")
    return float(value)
