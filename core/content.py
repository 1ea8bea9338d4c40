"""The neutral message: what is said, before any platform shapes it."""

from typing import Literal

import msgspec

MediaKind = Literal["image", "file", "audio", "voice", "video", "sticker", "location", "other"]
Evidence = Literal["verified", "claimed", "typed"]
#: What the app of a customer cannot show although the platform can: buttons under a message, a
#: keyboard, buttons that are links, presses that do not appear as messages.
Lack = Literal["inline", "reply", "links", "callback"]


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One button under a message.

    token: opaque, ASCII, at most 64 bytes; empty for a url option, which comes back as nothing.
    key: how scenarios, tests and the console name it. url: https only.
    """

    key: str
    label: str
    token: str = ""
    url: str = ""


class Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture, file, place or sticker, in or out.

    attachment: id of a stored file of ours, empty until fetched. path: name of a file below
    scenarios/media. platform_file: the platform's own id of it, valid for one channel.
    size: bytes. duration: seconds. latitude, longitude: degrees, of a location.
    """

    kind: MediaKind
    attachment: str = ""
    path: str = ""
    url: str = ""
    platform_file: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0
    duration: int = 0
    latitude: float | None = None
    longitude: float | None = None
    emoji: str = ""


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A phone the customer shared. `verified` only if the platform vouches that it is theirs."""

    phone: str
    evidence: Evidence
    name: str = ""


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Formatting of a part of a text; offset and length in UTF-16 units."""

    offset: int
    length: int
    kind: Literal["bold", "link"] = "bold"
    url: str = ""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A neutral message on its way out.

    numbered: options are shown as a numbered list inside `text` already (set by core.fitting).
    request_phone: label of a button by which the customer shares a phone, empty for none.
    reply_to: platform id of the message this one answers. lacks: what this customer's app cannot
    show (set by core.fitting, so that rendering decides the same).
    """

    text: str = ""
    spans: tuple[Span, ...] = ()
    options: tuple[Option, ...] = ()
    media: tuple[Media, ...] = ()
    preview: bool = True
    request_phone: str = ""
    reply_to: str = ""
    numbered: bool = False
    lacks: tuple[Lack, ...] = ()


def utf16_len(text: str) -> int:
    """Length in UTF-16 code units: exact for Telegram, never too small elsewhere."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
