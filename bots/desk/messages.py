"""Lines of a transcript as messages with typed parts; text stays text."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from yarl import URL

from bots.desk import schemas
from core.content import Media, Option, Span
from core.desk_values import Line

_T = TypeVar("_T")
_LINK = re.compile(r"https?://[^\s<>\"'`{}|\\^\u0000-\u0020\u007f-\u00a0]+", re.IGNORECASE)
_TRAILING = ".,;:!?…)]»”’"
#: Letters and marks by their class that show nothing when they stand alone.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_RETRYABLE = frozenset({"failed", "unknown"})
#: A customer's file that we have not fetched yet is known by where it stands.
REMOTE = "in~"


def is_blank(text: str) -> bool:
    """Nobody would see anything of it."""
    return all(
        sign.isspace() or sign in _UNSEEN or unicodedata.category(sign) in ("Cc", "Cf")
        for sign in text
    )


def message_shape(line: Line) -> schemas.Message:
    """A line as the desk shows it. What its author deleted leaves only its place."""
    return schemas.Message(
        id=str(line.n),
        dialog=line.dialog,
        n=line.n,
        author=schemas.Author(
            kind=line.author_kind, id=line.author_id or None, name=line.author_name
        ),
        kind=line.kind,
        parts=[] if line.deleted_at else list(parts_of(line)),
        at=line.at,
        client_id=line.client_id or None,
        reply_to=str(line.reply_n) if line.reply_n else None,
        edited_at=line.edited_at,
        deleted_at=line.deleted_at,
        masked=line.masked,
        code=line.code or None,
        delivery=delivery_shape(line),
    )


def delivery_shape(line: Line) -> schemas.Delivery | None:
    """What became of a line on its way out; None for lines that go nowhere."""
    if line.delivery == "none":
        return None
    moments = {
        "seen": line.seen_at,
        "delivered": line.delivered_at,
        "sent": line.sent_at,
        "failed": line.failed_at,
    }
    return schemas.Delivery(
        state=line.delivery,
        at=moments.get(line.delivery) or line.at,
        code=line.error or None,
        retryable=True if line.delivery in _RETRYABLE else None,
    )


def parts_of(line: Line) -> Iterator[schemas.Part]:
    """Text and links, files, buttons: in this order."""
    if line.text:
        yield from text_parts(line.text, _values(line, "spans", Span))
    for number, media in enumerate(_values(line, "media", Media)):
        yield media_part(media, line, number)
    for option in _values(line, "options", Option):
        yield schemas.ButtonPart(key=option.key, label=option.label)


def _values(line: Line, name: str, kind: type[_T]) -> Sequence[_T]:
    return msgspec.convert(line.extra.get(name) or [], list[kind])  # type: ignore[valid-type]  # made from its argument


def media_of(line: Line) -> Sequence[Media]:
    """Files of a line."""
    return _values(line, "media", Media)


def text_parts(text: str, spans: Sequence[Span] = ()) -> Iterator[schemas.Part]:
    """The text cut at its links; a link shows the host it really leads to."""
    marked = {span.offset: span for span in spans if span.kind == "link" and is_web(span.url)}
    if marked:
        yield from _spanned(text, sorted(marked.items()))
        return
    yield from _linkified(text)


def _spanned(text: str, marked: Sequence[tuple[int, Span]]) -> Iterator[schemas.Part]:
    raw, at = text.encode("utf-16-le", "surrogatepass"), 0
    for offset, span in marked:
        start, end = offset * 2, (offset + span.length) * 2
        if start < at:
            continue
        yield from _linkified(raw[at:start].decode("utf-16-le", "replace"))
        title = raw[start:end].decode("utf-16-le", "replace")
        yield schemas.LinkPart(href=span.url, host=host_of(span.url), title=title or None)
        at = end
    yield from _linkified(raw[at:].decode("utf-16-le", "replace"))


def _linkified(text: str) -> Iterator[schemas.Part]:
    at = 0
    for found in _LINK.finditer(text):
        href = found.group().rstrip(_TRAILING)
        host = host_of(href)
        if not host:
            continue
        if found.start() > at:
            yield schemas.TextPart(v=text[at : found.start()])
        yield schemas.LinkPart(href=href, host=host)
        at = found.start() + len(href)
    if at < len(text):
        yield schemas.TextPart(v=text[at:])


def is_web(href: str) -> bool:
    """An http(s) address with a host, and nothing that browsers read differently from us."""
    return bool(_LINK.fullmatch(href)) and bool(host_of(href))


def host_of(href: str) -> str:
    """Where the link leads, empty when that cannot be told. A name before @ is no host; letters
    beyond ASCII are told as browsers send them (`xn--…`), since some look like Latin ones."""
    try:
        parts = urlsplit(href)
        port, host = parts.port, parts.hostname or ""
        if not host.isascii():
            host = URL.build(scheme="https", host=host).raw_host or ""
    except ValueError:
        return ""
    if not host or "@" in parts.netloc:
        return ""
    return f"{host}:{port}" if port else host


def media_part(media: Media, line: Line, number: int) -> schemas.Part:
    """A file, a picture, a place or a sticker."""
    if media.kind == "location" and media.latitude is not None and media.longitude is not None:
        return schemas.PlacePart(latitude=media.latitude, longitude=media.longitude)
    if media.kind == "sticker" and media.emoji and not media.attachment:
        return schemas.TextPart(v=media.emoji)
    remote = not media.attachment
    shape = schemas.Attachment(
        id=media.attachment or f"{REMOTE}{line.dialog}~{line.n}~{number}",
        name=media.name or media.kind,
        mime=media.mime or "application/octet-stream",
        size=media.size,
        state="remote" if remote else "ready",
    )
    if media.kind == "image":
        return schemas.ImagePart(attachment=shape)
    return schemas.FilePart(attachment=shape)


def remote_place(id_: str) -> tuple[str, int, int] | None:
    """Dialog, line and number of a file known by where it stands."""
    if not id_.startswith(REMOTE):
        return None
    dialog, _, rest = id_.removeprefix(REMOTE).rpartition("~")
    dialog, _, n = dialog.rpartition("~")
    if not dialog or not n.isdecimal() or not rest.isdecimal():
        return None
    return dialog, int(n), int(rest)
