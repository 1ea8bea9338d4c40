"""Options as buttons: which keyboard holds them, in what rows, under which labels."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from core.channel import Capabilities, narrowed
from core.chunks import shortened
from core.content import Option, Outgoing, utf16_len

#: Letters a row of buttons holds on a narrow phone, and what each button takes beside its label.
_ROW_ROOM = 36
_BUTTON_ROOM = 4

Kind = Literal["none", "inline", "reply"]


class Keyboard(NamedTuple):
    """kind: buttons under the message, instead of the customer's keyboard, or none at all."""

    kind: Kind
    rows: tuple[tuple[Option, ...], ...] = ()


def keyboard(content: Outgoing, capabilities: Capabilities) -> Keyboard:
    """The buttons of a message that went through core.fitting."""
    if content.numbered or not content.options:
        return Keyboard("none")
    capabilities = narrowed(capabilities, content.lacks)
    kind = kind_for(
        content.options, capabilities, text=content.text, has_phone=bool(content.request_phone)
    )
    if kind == "none":
        return Keyboard("none")
    if kind == "inline":
        row = _row(content.options, capabilities.inline_row, capabilities)
        rows = _inline_rows(capabilities, has_phone=bool(content.request_phone))
    else:
        row = _row(content.options, capabilities.reply_row, capabilities)
        rows = capabilities.reply_rows
    return Keyboard(kind, in_rows(content.options, row, rows))


def kind_for(
    options: Sequence[Option], capabilities: Capabilities, *, text: str, has_phone: bool
) -> Kind:
    """The keyboard that can hold all of these options beside this text.

    A platform with keyboards of both kinds shows one per message, and asks for a phone in the
    one that replaces the customer's own.
    """
    c = capabilities
    asks = has_phone and c.phone_request  # such a request is a button too
    if not (asks and c.reply_total) and _stands_under(text, c):
        row, rows = _row(options, c.inline_row, c), _inline_rows(c, has_phone=has_phone)
        if _fits(options, row, rows, c.inline_total - asks, c.link_room):
            longest = max([len(option.token) for option in options], default=0)
            return "inline" if longest <= c.payload else "none"
    row, total = _row(options, c.reply_row, c), c.reply_total - asks
    return "reply" if _fits(options, row, c.reply_rows, total, c.link_room) else "none"


def holds_links(kind: Kind, capabilities: Capabilities) -> bool:
    """Whether a url option may be one of the buttons."""
    if not capabilities.url_option:
        return False
    return kind == "inline" or (kind == "reply" and not capabilities.inline_total)


def labelled(options: Sequence[Option], limit: int | None) -> tuple[Option, ...]:
    """The options with labels within `limit` UTF-16 units, no two of them alike."""
    full = [option.label for option in options]
    labels = full if limit is None else [shortened(label, limit) for label in full]
    if len(set(labels)) < len(labels):
        labels = _distinct(full, labels, limit)
    elif labels == full:
        return tuple(options)
    return tuple(
        replace(option, label=label) for option, label in zip(options, labels, strict=True)
    )


def in_rows(options: Sequence[Option], row: int, rows: int) -> tuple[tuple[Option, ...], ...]:
    """Rows of at most `row` buttons, at most `rows` of them (0: any number).

    Short labels share a row, rows come out even where they can.
    """
    widths = [utf16_len(option.label) + _BUTTON_ROOM for option in options]
    borders = _borders(widths, row)
    size = -(-len(options) // len(borders)) if borders else 1
    if all(_share_row(widths[at : at + size], row) for at in range(0, len(options), size)):
        borders = [*range(size, len(options), size), len(options)]
    if rows and len(borders) > rows:
        borders = [*range(row, len(options), row), len(options)]
    starts = [0, *borders]
    return tuple(tuple(options[start:end]) for start, end in zip(starts, borders, strict=False))


def _borders(widths: Sequence[int], row: int) -> list[int]:
    """Where rows end when each takes as many buttons as it can."""
    borders: list[int] = []
    count = widest = 0
    for at, width in enumerate(widths):
        count, widest = count + 1, max(widest, width)
        if count > 1 and (count > row or count * widest > _ROW_ROOM):
            borders.append(at)
            count, widest = 1, width
    return [*borders, len(widths)] if widths else []


def _stands_under(text: str, capabilities: Capabilities) -> bool:
    """Whether a message with this text can have buttons under it."""
    most = capabilities.inline_text
    return most is None or 0 < utf16_len(text) <= most


def _row(options: Sequence[Option], row: int, capabilities: Capabilities) -> int:
    """Buttons in a row of a keyboard with these options."""
    link_row = capabilities.link_row
    return min(row, link_row) if link_row and any(option.url for option in options) else row


def _inline_rows(capabilities: Capabilities, *, has_phone: bool) -> int:
    """Rows left for options; a button that asks for a phone has one of its own."""
    rows = capabilities.inline_rows
    return rows - 1 if rows > 1 and has_phone and capabilities.phone_request else rows


def _fits(options: Sequence[Option], row: int, rows: int, total: int, link_room: int) -> bool:
    count = len(options)
    room = count
    if link_room != 1:
        room = sum([link_room if option.url else 1 for option in options])
    return row > 0 and room <= total and (not rows or -(-count // row) <= rows)


def _share_row(widths: Sequence[int], row: int) -> bool:
    return len(widths) < 2 or (len(widths) <= row and len(widths) * max(widths) <= _ROW_ROOM)


def _distinct(full: Sequence[str], labels: Sequence[str], limit: int | None) -> list[str]:
    """Labels that are alike get a number behind them, cut further to make room for it."""
    taken = {label for label in labels if labels.count(label) == 1}
    result = []
    for long, label in zip(full, labels, strict=True):
        if labels.count(label) == 1:
            result.append(label)
            continue
        number = 1
        while (candidate := _numbered(long, number, limit)) in taken:
            number += 1
        taken.add(candidate)
        result.append(candidate)
    return result


def _numbered(label: str, number: int, limit: int | None) -> str:
    tail = f" {number}"
    return (label if limit is None else shortened(label, limit - len(tail))) + tail
