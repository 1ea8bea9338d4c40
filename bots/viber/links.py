"""Presses of link buttons. Pure.

Viber opens the address and also sends it, as if the customer had written it
(developers.viber.com/docs/tools/keyboards, reply logic). `tracking_data` of a message comes back
with whatever the customer sends next: there we tell ourselves which addresses were buttons.
"""

from collections.abc import Iterable
from hashlib import blake2s

_BEGINNING = "links:"
#: Signs of `tracking_data`.
MOST = 4000


def marks(urls: Iterable[str]) -> str:
    """The `tracking_data` of a message with buttons to these addresses; empty without any."""
    found = ",".join(_mark(url) for url in urls)
    return f"{_BEGINNING}{found}" if found else ""


def is_press(text: str, tracking_data: str) -> bool:
    """Whether the text is the address of a button under the message with that `tracking_data`."""
    if not text or not tracking_data.startswith(_BEGINNING):
        return False
    return _mark(text) in tracking_data.removeprefix(_BEGINNING).split(",")


def _mark(url: str) -> str:
    return blake2s(url.strip().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
