"""What is attached to a VK message -> our media. Pure."""

import mimetypes
import re
from collections.abc import Callable, Mapping

from bots.vk.fields import Raw, child, children, count, degrees, integer, text
from core.content import Media

_NAME = re.compile(r"[a-z_]{1,40}")
#: Forwarded messages may hold forwarded messages; deeper than this nobody reads.
_DEPTH = 4


def media(message: Raw) -> tuple[Media, ...]:
    """Everything attached, the place shared and what forwarded messages bring with them."""
    found = [_media(item) for item in children(message, "attachments")]
    if message.get("geo") is not None:
        found.append(_place(child(message, "geo")))
    for forwarded in _forwarded(message, _DEPTH):
        found += [_media(item) for item in children(forwarded, "attachments")]
    return tuple(found)


def words(message: Raw) -> str:
    """The text, else what the messages say that were forwarded without a word."""
    own = text(message, "text")
    if own:
        return own
    said = (text(forwarded, "text") for forwarded in _forwarded(message, _DEPTH))
    return "\n\n".join(line for line in said if line)


def _forwarded(message: Raw, depth: int) -> list[Raw]:
    found = []
    if depth:
        for forwarded in children(message, "fwd_messages"):
            found += [forwarded, *_forwarded(forwarded, depth - 1)]
    return found


def _media(attachment: Raw) -> Media:
    kind = text(attachment, "type")
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(child(attachment, kind))
    # The operator should see that something came, even if nobody knows what.
    return Media(kind="other", name=kind if _NAME.fullmatch(kind) else "")


def _photo(photo: Raw) -> Media:
    """The largest size, whatever the order; `orig_photo` is the picture as it was sent."""
    original = photo.get("orig_photo")
    sizes = [child(photo, "orig_photo")] if original is not None else children(photo, "sizes")
    largest = max(sizes, key=lambda size: count(size, "width") * count(size, "height"), default={})
    return Media(
        kind="image",
        platform_file=_known_as("photo", photo),
        url=text(largest, "url"),
        mime="image/jpeg",
    )


def _doc(doc: Raw) -> Media:
    title = re.split(r"[/\\]", text(doc, "title"))[-1][:255]
    extension = text(doc, "ext")
    name = title if "." in title or not extension else f"{title}.{extension}"[:255]
    return Media(
        kind="file",
        platform_file=_known_as("doc", doc),
        url=text(doc, "url"),
        name=name,
        mime=mimetypes.guess_type(name)[0] or "",
        size=count(doc, "size"),
    )


def _voice(voice: Raw) -> Media:
    return Media(
        kind="voice",
        platform_file=_known_as("audio_message", voice),
        url=text(voice, "link_mp3") or text(voice, "link_ogg"),
        mime="audio/mpeg" if text(voice, "link_mp3") else "audio/ogg",
        duration=count(voice, "duration"),
    )


def _audio(audio: Raw) -> Media:
    names = (text(audio, "artist"), text(audio, "title"))
    return Media(
        kind="audio",
        platform_file=_known_as("audio", audio),
        url=text(audio, "url"),
        name=" - ".join(name for name in names if name)[:255],
        mime="audio/mpeg",
        duration=count(audio, "duration"),
    )


def _video(video: Raw) -> Media:
    """VK gives a page to watch it on, no file."""
    return Media(
        kind="video",
        platform_file=_known_as("video", video),
        name=text(video, "title")[:255],
        duration=count(video, "duration"),
    )


def _sticker(sticker: Raw) -> Media:
    largest = max(children(sticker, "images"), key=lambda size: count(size, "width"), default={})
    return Media(
        kind="sticker",
        platform_file=f"sticker{integer(sticker, 'sticker_id')}",
        url=text(largest, "url"),
        mime="image/png",
    )


def _link(link: Raw) -> Media:
    address = text(link, "url")
    return Media(kind="other", url=address, name=(text(link, "title") or address)[:255])


def _place(geo: Raw) -> Media:
    point = child(geo, "coordinates")
    return Media(
        kind="location",
        latitude=degrees(point, "latitude", 90),
        longitude=degrees(point, "longitude", 180),
    )


def _known_as(kind: str, item: Raw) -> str:
    """By which VK knows it: `photo-1_2_key`."""
    key = text(item, "access_key")
    known = f"{kind}{integer(item, 'owner_id')}_{integer(item, 'id')}"
    return f"{known}_{key}" if key else known


_READERS: Mapping[str, Callable[[Raw], Media]] = {
    "photo": _photo,
    "doc": _doc,
    "audio_message": _voice,
    "audio": _audio,
    "video": _video,
    "sticker": _sticker,
    "link": _link,
}
