"""Platforms that do not exist, with limits to try."""

from core.channel import Capabilities
from core.content import Option

RICH = Capabilities(
    platform="rich",
    text=100,
    caption=20,
    spans=True,
    inline_row=3,
    inline_rows=4,
    inline_total=10,
    reply_row=2,
    reply_rows=10,
    reply_total=20,
    label=10,
    url_option=True,
    phone_request=True,
    image_bytes=1000,
    file_bytes=5000,
    album=3,
)
BARE = Capabilities(platform="bare", file_bytes=5000)


def options(*labels: str) -> tuple[Option, ...]:
    """So many choices."""
    return tuple(
        Option(key=str(number), label=label, token=f"o{number}")
        for number, label in enumerate(labels, start=1)
    )
