"""Formatting of MAX: tags on the way out, its own marks on the way back. Pure."""

import itertools
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from core.content import Span, utf16_len

_TAGS = {"strong": "bold", "link": "link"}


def html(text: str, spans: Sequence[Span]) -> str:
    """The text with its spans as tags and everything else escaped."""
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2
    ends = {end for span in spans for end in (span.offset, span.offset + span.length)}
    borders = sorted({0, size, *(end for end in ends if 0 <= end <= size)})
    pieces = []
    for start, end in itertools.pairwise(borders):
        piece = escape(units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass"), quote=False)
        covering = [s for s in spans if s.offset <= start and end <= s.offset + s.length]
        for span in covering:
            piece = _tagged(piece, span)
        pieces.append(piece)
    return "".join(pieces)


def formatted(text: str, spans: Sequence[Span], most: int) -> tuple[str, bool]:
    """The text within `most` units and whether it holds tags.

    MAX counts tags and escapes. When they leave no room, the bold goes first, then the links."""
    for kept in (spans, [span for span in spans if span.kind == "link"]):
        if kept:
            tagged = html(text, kept)
            if utf16_len(tagged) <= most:
                return tagged, True
    return text, False


def spans_of(marks: Iterable[Any]) -> tuple[Span, ...]:
    """The spans of a message as MAX gives it back; marks we never write are left out."""
    spans = []
    for mark in marks:
        if not isinstance(mark, dict) or mark.get("type") not in _TAGS:
            continue
        start, length, url = mark.get("from"), mark.get("length"), mark.get("url")
        if type(start) is not int or type(length) is not int:
            continue
        if mark["type"] == "strong":
            spans.append(Span(offset=start, length=length))
        elif isinstance(url, str):
            spans.append(Span(offset=start, length=length, kind="link", url=url))
    return tuple(spans)


def _tagged(piece: str, span: Span) -> str:
    if span.kind == "bold":
        return f"<b>{piece}</b>"
    return f'<a href="{escape(span.url)}">{piece}</a>'
