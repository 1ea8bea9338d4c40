"""Files, stickers, places and links of a message. Pure."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from bots.messenger.fields import Raw, child, degrees, has, needed, text
from core.content import Media, MediaKind
from core.errors import MalformedUpdate

_KINDS: Mapping[str, MediaKind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "file",
    "sticker": "sticker",
}
_NAME = re.compile(r"[a-z0-9_]{1,40}")
_LINKED = re.compile(r"://|\w\.\w")


def media(attached: list[Any], words: str) -> tuple[Media, ...]:
    """What is attached beside the words, in order; kinds nobody has heard of become `other`.

    A sticker may come a second time as a picture, as apps before August 2026 expected it. The
    preview of a link is no file: beside words that name it it adds nothing, else it is a line of
    text. A share that Facebook does not support comes without any address.
    """
    holders = [_checked(one) for one in attached]
    has_sticker = any(one["type"] == "sticker" for one in holders)
    found = []
    for one in holders:
        payload = _payload(one)
        is_sticker = one["type"] == "sticker" or has(payload, "sticker_id")
        if is_sticker and has_sticker and one["type"] != "sticker":
            continue
        if one["type"] == "fallback" and (_link(one) or _LINKED.search(words)):
            continue
        found.append(_one(one["type"], payload, is_sticker=is_sticker))
    return tuple(found)


def links(attached: list[Any], words: str) -> list[str]:
    """Lines of what the person shared as a link and does not name in the words."""
    if _LINKED.search(words):
        return []
    return [line for one in attached if (line := _link(_checked(one)))]


def _link(one: Raw) -> str:
    """`title address` of a shared page; empty for everything else."""
    if one["type"] != "fallback":
        return ""
    payload = _payload(one)
    url = text(one, "url") or text(payload, "url")
    title = text(one, "title") or text(payload, "title")
    return f"{title} {url}".strip() if url else ""


def _one(kind: str, payload: Raw, *, is_sticker: bool) -> Media:
    if kind == "location" and has(payload, "coordinates"):
        place = child(payload, "coordinates")
        latitude, longitude = degrees(place, "lat", 90), degrees(place, "long", 180)
        return Media(kind="location", latitude=latitude, longitude=longitude)
    url = text(payload, "url")
    if is_sticker:
        return Media(kind="sticker", url=url)
    known = _KINDS.get(kind)
    if known is None or not url:
        # The operator should see that something came, even if nobody knows what.
        return Media(kind="other", url=url, name=kind if _NAME.fullmatch(kind) else "")
    return Media(
        kind=known,
        url=url,
        name=_file_name(url) if known == "file" else "",
        mime="image/jpeg" if known == "image" else "",
    )


def _file_name(url: str) -> str:
    """The name of a document is told only by its address."""
    try:
        path = unquote(urlsplit(url).path, errors="replace")
    except ValueError:
        return ""
    return re.split(r"[/\\]", path)[-1].replace("\x00", "\ufffd")[:255]


def _checked(one: Any) -> Raw:
    if not isinstance(one, dict):
        raise MalformedUpdate("messenger: an attachment is no object")
    needed(one, "type")
    return one


def _payload(one: Raw) -> Raw:
    return child(one, "payload") if has(one, "payload") else {}
