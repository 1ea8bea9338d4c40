"""What a terminal can show."""

from collections.abc import Mapping

from msgspec.structs import replace

from core.channel import Capabilities, MessageClass, UnknownRule

_SURE = UnknownRule(action="leave", after=0.0, times=0)
# A terminal that took a line has shown it, so nothing is ever unknown.
_RULES: Mapping[MessageClass, UnknownRule] = {
    "answer": _SURE,
    "operator": _SURE,
    "notice": _SURE,
    "secret": _SURE,
}

#: The conversation: no buttons, so options are numbered lines that can be typed.
CAPABILITIES = Capabilities(
    platform="console",
    caption=0,
    phone_evidence="claimed",
    file_bytes=50 * 1024 * 1024,
    image_bytes=50 * 1024 * 1024,
    download_bytes=50 * 1024 * 1024,
    payload=64,
    write_first=True,
    unknown=_RULES,
)

#: `--plain`: each option is a line `[key] label` of its own, whatever their number.
PLAIN = replace(CAPABILITIES, inline_row=1, inline_rows=1000, inline_total=1000)
