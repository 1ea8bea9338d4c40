"""Values of a raw object of MAX, checked as they are read. Pure; raises MalformedUpdate.

MAX writes null for what is not there, so null and a missing field are the same.
"""

import math
from datetime import UTC, datetime
from typing import Any

from core.errors import MalformedUpdate
from core.masking import clean

Raw = dict[str, Any]

_LARGEST = 2**63
_LAST_MILLISECOND = 253402300799999  # of the year 9999


def has(holder: Raw, key: str) -> bool:
    """Whether there is anything under the key."""
    return holder.get(key) is not None


def part(holder: Raw, key: str) -> Raw:
    """An object that must be there."""
    value = holder.get(key)
    if not isinstance(value, dict):
        raise MalformedUpdate(f"max: {key} is no object")
    return value


def optional(holder: Raw, key: str) -> Raw | None:
    """An object that may be missing."""
    return part(holder, key) if has(holder, key) else None


def parts(holder: Raw, key: str) -> list[Raw]:
    """A list of objects; empty when it is missing."""
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedUpdate(f"max: {key} is no list of objects")
    return value


def integer(holder: Raw, key: str) -> int:
    """A number that must be there."""
    value = holder.get(key)
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise MalformedUpdate(f"max: {key} is no integer")
    return value


def count(holder: Raw, key: str) -> int:
    """A number that is never negative; 0 when it is missing."""
    return max(0, integer(holder, key)) if has(holder, key) else 0


def text(holder: Raw, key: str) -> str:
    """Words, fit for a database; empty when they are missing."""
    value = holder.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedUpdate(f"max: {key} is no text")
    return clean(value)


def degrees(holder: Raw, key: str, most: int) -> float:
    """A latitude or longitude."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedUpdate(f"max: {key} is no number")
    # compared before it becomes a float: an integer may be too large for one
    if not -most <= value <= most or math.isnan(value):
        raise MalformedUpdate(f"max: {key} is out of range")
    return float(value)


def moment(milliseconds: int) -> datetime:
    """When that was."""
    if not 0 <= milliseconds <= _LAST_MILLISECOND:
        raise MalformedUpdate("max: timestamp is no moment")
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
