"""What a customer put into a message of MAX: words, files, a place, a phone. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bots.max.fields import Raw, count, degrees, has, integer, optional, part, parts, text
from core.content import Contact, Media, MediaKind

_NAME = re.compile(r"[a-z_]{1,40}")
_TEL = re.compile(r"^(?:item\d+\.)?TEL[^:\n]*:(.+)$", re.IGNORECASE | re.MULTILINE)
_FULL_NAME = re.compile(r"^FN[^:\n]*:(.+)$", re.IGNORECASE | re.MULTILINE)
_LINK = re.compile(r"://|\w\.\w")
_NATIONAL = re.compile(r"8(\d{10})")


class Said(NamedTuple):
    """The content of a message. contact: the first phone in it."""

    text: str = ""
    media: tuple[Media, ...] = ()
    contact: Contact | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing in it is for anybody to read or see."""
        return not (self.text or self.media or self.contact)


def said(body: Raw | None, link: Raw | None, sender: int) -> Said:
    """The content of a message with that body; what it forwards comes behind its own words.

    sender: whose number is believed. Raises MalformedUpdate."""
    own = _content(body, sender) if body is not None else Said()
    if link is None or text(link, "type") != "forward":
        return own
    inner = optional(link, "message")
    # who forwards a card did not share a number of theirs
    forwarded = _content(inner, None) if inner is not None else Said()
    return Said(
        "\n\n".join(words for words in (own.text, forwarded.text) if words),
        own.media + forwarded.media,
        own.contact or forwarded.contact,
    )


def _content(body: Raw, sender: int | None) -> Said:
    words = text(body, "text")
    media: list[Media] = []
    pages: list[str] = []
    contact = None
    for item in parts(body, "attachments"):
        kind = text(item, "type")
        if kind == "contact" and contact is None:
            contact = _contact(item, sender)
            if contact is None:
                media.append(Media(kind="other", name="contact"))
        elif kind == "share":
            pages.append(_shared(item))
        elif kind != "inline_keyboard":
            reader = _READERS.get(kind)
            media.append(reader(item) if reader else _unknown(item, kind))
    # MAX adds a page to a text with a link in it; otherwise it is part of what was sent
    if not _LINK.search(words):
        told = [page for page in pages if page]
        words = "\n".join((words, *told) if words else told)
        if pages and not words:
            media.append(Media(kind="other", name="share"))
    return Said(words, tuple(media), contact)


def _file(kind: MediaKind) -> Callable[[Raw], Media]:
    def read(item: Raw) -> Media:
        payload = optional(item, "payload") or {}
        return Media(
            kind=kind,
            platform_file=text(payload, "token"),
            url=text(payload, "url"),
            name=re.split(r"[/\\]", text(item, "filename"))[-1][:255],
            size=count(item, "size"),
            duration=count(item, "duration"),
        )

    return read


def _video(item: Raw) -> Media:
    media = _file("video")(item)
    urls = optional(item, "urls") or {}
    for quality in ("mp4_720", "mp4_480", "mp4_360", "mp4_1080", "mp4_240", "mp4_144"):
        if has(urls, quality):
            return Media(
                kind="video",
                platform_file=media.platform_file,
                url=text(urls, quality),
                duration=media.duration,
            )
    return media


def _sticker(item: Raw) -> Media:
    payload = optional(item, "payload") or {}
    return Media(kind="sticker", platform_file=text(payload, "code"), url=text(payload, "url"))


def _place(item: Raw) -> Media:
    return Media(
        kind="location",
        latitude=degrees(item, "latitude", 90),
        longitude=degrees(item, "longitude", 180),
    )


def _unknown(item: Raw, kind: str) -> Media:
    """The operator should see that something came, even if nobody knows what."""
    payload = item.get("payload")
    url = payload.get("url") if isinstance(payload, dict) else None
    return Media(
        kind="other",
        name=kind if _NAME.fullmatch(kind) else "",
        url=text({"url": url}, "url") if isinstance(url, str) else "",
    )


_READERS: Mapping[str, Callable[[Raw], Media]] = {
    "image": _file("image"),
    "video": _video,
    "audio": _file("audio"),
    "file": _file("file"),
    "sticker": _sticker,
    "location": _place,
}


def _shared(item: Raw) -> str:
    """The address of a page, else its title; empty where MAX tells neither."""
    payload = optional(item, "payload") or {}
    return text(payload, "url") or text(item, "title")


def _contact(item: Raw, sender: int | None) -> Contact | None:
    """A phone of a card; MAX vouches for it only when it is the sender's own account."""
    payload = part(item, "payload")
    # folded lines belong together; some ways escape the line breaks
    card = text(payload, "vcf_info").replace("\\r\\n", "\n").replace("\r\n", "\n")
    card = card.replace("\n ", "").replace("\n\t", "")
    number = _TEL.search(card)
    phone = _phone(number[1]) if number else ""
    if not phone:
        return None
    owner = optional(payload, "max_info")
    own = owner is not None and sender is not None and integer(owner, "user_id") == sender
    name = _FULL_NAME.search(card)
    return Contact(
        phone=phone,
        evidence="verified" if own else "claimed",
        name=name[1].strip() if name else "",
    )


def _phone(written: str) -> str:
    digits = re.sub(r"[^0-9]", "", written)
    national = None if "+" in written else _NATIONAL.fullmatch(digits)
    if national is not None:
        digits = f"7{national[1]}"
    return f"+{digits}" if digits else ""
