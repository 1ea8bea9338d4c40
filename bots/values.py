"""Values read out of what a platform sent, each of the type it must have. Pure."""

import math
from datetime import UTC, datetime
from typing import Any

from core.errors import MalformedUpdate
from core.masking import clean

Raw = dict[str, Any]

_LARGEST = 2**63
_LAST_MILLISECOND = 253402300799999  # of the year 9999


class Values:
    """Reads the objects of one platform; whatever has another type is MalformedUpdate, told by the
    platform's name and the field's, never by the value.

    null_is_missing: the platform writes null for what is not there; elsewhere it is malformed.
    """

    def __init__(self, platform: str, *, null_is_missing: bool) -> None:
        self._platform = platform
        self._null_is_missing = null_is_missing

    def has(self, holder: Raw, key: str) -> bool:
        """Whether there is anything under the key."""
        return key in holder and not (self._null_is_missing and holder[key] is None)

    def child(self, holder: Raw, key: str) -> Raw:
        """An object that must be there."""
        value = holder.get(key)
        if not isinstance(value, dict):
            raise self.malformed(key, "is no object")
        return value

    def children(self, holder: Raw, key: str) -> list[Raw]:
        """A list of objects; empty when it is missing."""
        if not self.has(holder, key):
            return []
        value = holder[key]
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.malformed(key, "is no list of objects")
        return value

    def integer(self, holder: Raw, key: str) -> int:
        """A number that must be there and that a database can hold."""
        value = holder.get(key)
        if type(value) is not int or not -_LARGEST <= value < _LARGEST:
            raise self.malformed(key, "is no integer")
        return value

    def count(self, holder: Raw, key: str) -> int:
        """A number that is never negative; 0 when it is missing."""
        return max(0, self.integer(holder, key)) if self.has(holder, key) else 0

    def text(self, holder: Raw, key: str) -> str:
        """Words without signs that databases refuse; empty when they are missing."""
        value = holder.get(key, "")
        if isinstance(value, str):
            return clean(value)
        if self.has(holder, key):
            raise self.malformed(key, "is no text")
        return ""

    def degrees(self, holder: Raw, key: str, most: int) -> float:
        """A coordinate between -most and most."""
        value = holder.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.malformed(key, "is no number")
        # compared before it becomes a float: an integer may be too large for one
        if not -most <= value <= most or math.isnan(value):
            raise self.malformed(key, "is out of range")
        return float(value)

    def moment(self, holder: Raw, key: str, *, per_second: int) -> datetime | None:
        """A moment, aware UTC; None when it is missing. per_second: 1 for seconds since 1970,
        1000 for milliseconds."""
        if not self.has(holder, key):
            return None
        number = self.integer(holder, key) * (1000 // per_second)
        if not 0 <= number <= _LAST_MILLISECOND:
            raise self.malformed(key, "is no moment")
        seconds, rest = divmod(number, 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)

    def malformed(self, key: str, what: str) -> MalformedUpdate:
        """The complaint about a field."""
        return MalformedUpdate(f"{self._platform}: {key} {what}")
