"""Values of what MAX sent: it writes null for what is not there. Pure."""

from datetime import datetime

from bots.values import Raw, Values

__all__ = [
    "Raw",
    "count",
    "degrees",
    "has",
    "integer",
    "moment",
    "optional",
    "part",
    "parts",
    "text",
]

_VALUES = Values("max", null_is_missing=True)
has = _VALUES.has
part = _VALUES.child
parts = _VALUES.children
integer = _VALUES.integer
count = _VALUES.count
text = _VALUES.text
degrees = _VALUES.degrees


def optional(holder: Raw, key: str) -> Raw | None:
    """An object that may be missing."""
    return part(holder, key) if has(holder, key) else None


def moment(holder: Raw, key: str) -> datetime | None:
    """Milliseconds since 1970 as a moment; None when they are not there."""
    return _VALUES.moment(holder, key, per_second=1000)
