"""Values of what VK sent, where null is as good as missing. Pure."""

from datetime import datetime

from bots.values import Raw, Values

__all__ = ["Raw", "child", "children", "count", "degrees", "integer", "moment", "text"]

_VALUES = Values("vk", null_is_missing=True)
child = _VALUES.child
children = _VALUES.children
integer = _VALUES.integer
count = _VALUES.count
text = _VALUES.text
degrees = _VALUES.degrees


def moment(holder: Raw, key: str) -> datetime | None:
    """Seconds since 1970 as a moment; None when they are not there."""
    return _VALUES.moment(holder, key, per_second=1)
