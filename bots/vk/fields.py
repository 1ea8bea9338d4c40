"""Reading values out of what VK sent; anything of another type is malformed. Pure."""

from datetime import UTC, datetime
from typing import Any

from core.errors import MalformedUpdate
from core.masking import clean

Raw = dict[str, Any]

_LARGEST = 2**63
_LAST_SECOND = 253402300799  # of the year 9999


def child(holder: Raw, key: str) -> Raw:
    """An object that must be there."""
    value = holder.get(key)
    if not isinstance(value, dict):
        raise MalformedUpdate(f"vk: {key} is no object")
    return value


def children(holder: Raw, key: str) -> list[Raw]:
    """A list of objects; empty when it is not there."""
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedUpdate(f"vk: {key} is no list of objects")
    return value


def integer(holder: Raw, key: str) -> int:
    """A number that must be there."""
    value = holder.get(key)
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise MalformedUpdate(f"vk: {key} is no integer")
    return value


def count(holder: Raw, key: str) -> int:
    """A number that may be missing and is never negative."""
    return max(0, integer(holder, key)) if holder.get(key) is not None else 0


def text(holder: Raw, key: str) -> str:
    """A text that may be missing, without signs that databases refuse."""
    value = holder.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedUpdate(f"vk: {key} is no text")
    return clean(value)


def degrees(holder: Raw, key: str, most: int) -> float:
    """A coordinate."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedUpdate(f"vk: {key} is no number")
    # compared before it becomes a float: an integer may be too large for one
    if not -most <= value <= most:
        raise MalformedUpdate(f"vk: {key} is out of range")
    return float(value)


def moment(holder: Raw, key: str) -> datetime | None:
    """Seconds since 1970 as a moment; None when they are not there."""
    if holder.get(key) is None:
        return None
    seconds = integer(holder, key)
    if not 0 <= seconds <= _LAST_SECOND:
        raise MalformedUpdate(f"vk: {key} is no moment")
    return datetime.fromtimestamp(seconds, UTC)
