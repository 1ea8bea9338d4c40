"""How a neutral message shrinks to what a platform can show: one in, one or more out."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from core.channel import Capabilities
from core.chunks import pieces
from core.content import Media, MediaKind, Option, Outgoing, Span, utf16_len
from core.keyboard import holds_links, kind_for, labelled

_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*")
_ALBUMS = {"image": "picture", "video": "picture", "file": "file", "audio": "audio"}
#: Kinds whose limits differ from those of files.
_LIMITED = frozenset({"image", "video"})
_MEGABYTE = 1024 * 1024


class _Mark(NamedTuple):
    """A span counted in signs instead of UTF-16 units."""

    start: int
    end: int
    kind: Literal["bold", "link"]
    url: str


def fitted(content: Outgoing, capabilities: Capabilities) -> tuple[Outgoing, ...]:
    """The messages, in order, that carry `content` within the limits of `capabilities`.

    Each result is one platform message. Options go with the last one; where the platform cannot
    show them as buttons they become a numbered list in its text and `numbered` is set. Links that
    cannot be buttons become lines `label: url`; they leave `options`, so that a number always
    counts the options that are left.
    """
    if content.media or content.spans or content.request_phone or "**" in content.text:
        return _fitted(content, capabilities)
    limit = capabilities.text
    # A sign takes at most two units, so half of the limit needs no counting.
    if limit is None or len(content.text) * 2 <= limit:
        if not content.options:
            return (content,)
        options, numbered, lines = _placed(content, content.text, capabilities)
        if not lines and not numbered:
            return (content if options is content.options else replace(content, options=options),)
    return _fitted(content, capabilities)


def _fitted(content: Outgoing, capabilities: Capabilities) -> tuple[Outgoing, ...]:
    text, marks = _marked(content, capabilities.spans)
    media, lines = sendable(content.media, capabilities)
    text = with_lines(text, lines)
    options, numbered, option_lines = _placed(content, text, capabilities)
    text = with_lines(text, option_lines)
    messages = [Outgoing(media=group) for group in _albums(media, capabilities)]
    if messages and not text and options and len(messages[-1].media) > 1:
        # An album takes no buttons: its last picture goes alone and carries them.
        *rest, last = messages.pop().media
        messages += [Outgoing(media=tuple(rest)), Outgoing(media=(last,))]
    if messages and _fits_caption(text, messages[-1].media, options, capabilities):
        spans = _spans(marks, text, 0, len(text))
        messages[-1] = replace(messages[-1], text=text, spans=spans)
    else:
        messages += _texts(text, marks, capabilities)
    if not messages:
        messages = [Outgoing(text=text)]
    messages = [replace(message, preview=content.preview) for message in messages]
    messages[0] = replace(messages[0], reply_to=content.reply_to)
    messages[-1] = replace(
        messages[-1],
        options=options,
        numbered=numbered,
        request_phone=content.request_phone if capabilities.phone_request else "",
    )
    return tuple(messages)


def _texts(text: str, marks: Sequence[_Mark], capabilities: Capabilities) -> list[Outgoing]:
    limit = capabilities.text
    if limit is not None and marks:
        limit -= capabilities.span_room
    ranges = [(0, len(text))] if limit is None else pieces(text, limit)
    return [
        Outgoing(text=text[start:end], spans=_spans(marks, text, start, end))
        for start, end in ranges
        if end > start
    ]


def with_lines(text: str, lines: Sequence[str]) -> str:
    """The text, and the lines below it."""
    if not lines:
        return text
    return "\n\n".join(part for part in (text, "\n".join(lines)) if part)


# -- options


def _placed(
    content: Outgoing, text: str, capabilities: Capabilities
) -> tuple[tuple[Option, ...], bool, list[str]]:
    """The options that stay, whether they are a numbered list, and the lines to be written."""
    options = content.options
    if not options:
        return (), False, []
    phone = bool(content.request_phone)
    if not [option for option in options if option.url]:
        kind = kind_for(options, capabilities, text=text, has_phone=phone)
        if kind == "none":
            return options, True, _numbered_lines(options)
        return labelled(options, capabilities.label), False, []
    most = capabilities.url
    far = [option for option in options if most is not None and utf16_len(option.url) > most]
    if far:
        near = tuple(option for option in options if option not in far)
        lines = [_link_line(option) for option in far]
        under = with_lines(text, lines)
        kept, numbered, more = _placed(replace(content, options=near), under, capabilities)
        return kept, numbered, [*lines, *more]
    kind = kind_for(options, capabilities, text=text, has_phone=phone)
    if not holds_links(kind, capabilities):
        kept = tuple(option for option in options if not option.url)
        links = [_link_line(option) for option in options if option.url]
        # the lines are part of the text that the kept ones stand under
        kind = kind_for(kept, capabilities, text=with_lines(text, links), has_phone=phone)
        if kind != "none":
            return labelled(kept, capabilities.label), False, links
        return kept, bool(kept), _numbered_lines(options)
    return labelled(options, capabilities.label), False, []


def _numbered_lines(options: Iterable[Option]) -> list[str]:
    lines, number = [], 0
    for option in options:
        if option.url:
            lines.append(_link_line(option))
        else:
            number += 1
            lines.append(f"{number}. {' '.join(option.label.split())}")
    return lines


def _link_line(option: Option) -> str:
    return f"{' '.join(option.label.split())}: {option.url}"


# -- media


def sendable(media: Sequence[Media], capabilities: Capabilities) -> tuple[list[Media], list[str]]:
    """What can be sent, and lines `name (size): link` for what is too large to be."""
    kept, lines = [], []
    for item in media:
        if item.kind in _LIMITED and not _is_taken(item, capabilities):
            item = replace(item, kind="file")
        limit = _bytes_of(item.kind, capabilities)
        if item.size <= limit or not item.size:
            kept.append(item)
        elif item.url:
            lines.append(f"{item.name or item.kind} ({item.size / _MEGABYTE:.1f} MB): {item.url}")
        else:
            kept.append(item)  # the platform's refusal is seen on the desk, silence would not be
    return kept, lines


def _is_taken(item: Media, capabilities: Capabilities) -> bool:
    """Whether it may go as what it is. Too large for that and for a file: it stays what it is."""
    takes = capabilities.takes.get(item.kind)
    if takes is not None and item.mime and item.mime not in takes:
        return False
    if item.size <= _bytes_of(item.kind, capabilities):
        return True
    return item.size > capabilities.file_bytes


def _bytes_of(kind: MediaKind, capabilities: Capabilities) -> int:
    if kind == "image":
        return capabilities.image_bytes
    if kind == "video" and capabilities.video_bytes is not None:
        return capabilities.video_bytes
    return capabilities.file_bytes


def _albums(media: Sequence[Media], capabilities: Capabilities) -> list[tuple[Media, ...]]:
    """Neighbours that may be sent as one: pictures with videos, files with files, sounds
    with sounds."""
    groups: list[list[Media]] = []
    for item in media:
        shelf = _ALBUMS.get(item.kind)
        if shelf in ("file", "audio") and not capabilities.file_album:
            shelf = None
        if (
            groups
            and shelf
            and len(groups[-1]) < capabilities.album
            and _ALBUMS.get(groups[-1][-1].kind) == shelf
        ):
            groups[-1].append(item)
        else:
            groups.append([item])
    return [tuple(group) for group in groups]


def _fits_caption(
    text: str, media: Sequence[Media], options: Sequence[Option], capabilities: Capabilities
) -> bool:
    if not text:
        return True
    if options and len(media) > 1:
        return False
    limit = capabilities.caption
    return media[-1].kind in capabilities.captioned and (limit is None or utf16_len(text) <= limit)


# -- formatting


def _marked(content: Outgoing, keeps_spans: bool) -> tuple[str, list[_Mark]]:
    """The text without its markup, and the marks that were meant; none where none can be shown."""
    text = content.text
    marks = _marks(text, content.spans) if content.spans else []
    if "**" in text:
        text, marks = _without_stars(text, marks)
    if keeps_spans or not marks:
        return text, marks
    for mark in sorted(marks, reverse=True):
        if mark.url and mark.url not in text:
            text = f"{text[: mark.end]} ({mark.url}){text[mark.end :]}"
    return text, []


def _without_stars(text: str, marks: Sequence[_Mark]) -> tuple[str, list[_Mark]]:
    found = list(_BOLD.finditer(text))
    stars = sorted(at for match in found for at in (*_pair(match.start()), *_pair(match.end() - 2)))

    def moved(at: int) -> int:
        return at - bisect_left(stars, at)

    bold = [_Mark(moved(match.start(1)), moved(match.end(1)), "bold", "") for match in found]
    kept = [_Mark(moved(mark.start), moved(mark.end), mark.kind, mark.url) for mark in marks]
    return _BOLD.sub(r"\1", text), sorted(kept + bold)


def _pair(at: int) -> tuple[int, int]:
    return at, at + 1


def _marks(text: str, spans: Iterable[Span]) -> list[_Mark]:
    """The spans counted in signs; one that reaches beyond the text is cut."""
    units = [0]
    for sign in text:
        units.append(units[-1] + (2 if sign > "\uffff" else 1))
    marks = []
    for span in spans:
        start = min(bisect_left(units, max(0, span.offset)), len(text))
        end = min(bisect_left(units, span.offset + span.length), len(text))
        if end > start:
            marks.append(_Mark(start, end, span.kind, span.url))
    return sorted(marks)


def _spans(marks: Sequence[_Mark], text: str, start: int, end: int) -> tuple[Span, ...]:
    """The part of the marks that lies in text[start:end], counted from its beginning."""
    spans = []
    for mark in marks:
        low, high = max(mark.start, start), min(mark.end, end)
        if low < high:
            offset, length = utf16_len(text[start:low]), utf16_len(text[low:high])
            spans.append(Span(offset=offset, length=length, kind=mark.kind, url=mark.url))
    return tuple(spans)
