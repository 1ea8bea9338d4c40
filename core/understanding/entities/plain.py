"""What every entity search starts from: a folded text of bearable length, and its pieces."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from core.understanding.lexicon import lexicon
from core.understanding.normalise import folded

LONGEST = 10_000  # characters looked at; no platform sends more
#: Grouped by one sign, twice or with cents behind the other: 1.200.300, 1.200,50 and 1,200.50 can
#: mean nothing else.
_GROUPED = (
    r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){1,3},[0-9]{1,2}|(?:,[0-9]{3}){1,3}\.[0-9]{1,2}"
    r"|(?:\.[0-9]{3}){2,3}|(?:,[0-9]{3}){2,3})(?![0-9]|[.,][0-9])"
)
_PIECE = re.compile(
    rf"(?P<number>{_GROUPED}"
    r"|[0-9]{1,3}(?:[ \u00a0][0-9]{3})+(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)?)"
    r"|(?P<word>[^\W\d_]+)|(?P<sign>[^\s])"
)
_DIGITS = 12  # more make no amount


class Piece(NamedTuple):
    """A word, a number or a sign of a text. value: of a number. glued: nothing stands between it
    and the piece before."""

    text: str
    value: float | None
    glued: bool


#: Digits, and signs that may unfold to some; letters of Latin, Greek and Cyrillic never do.
_PERHAPS = re.compile("[0-9\u00b2\u00b3\u00b9\u00bc-\u00be\u0530-\U0010ffff]")


def may_have_digit(text: str) -> bool:
    """False for a text that surely has no digit once it is folded; most sentences have none."""
    return _PERHAPS.search(text) is not None


def plain(text: str) -> str:
    """The text as entities are looked for in it."""
    return folded(text[:LONGEST])[:LONGEST]  # one sign may unfold to eighteen


def pieces(text: str) -> list[Piece]:
    """The pieces of a folded text, in their order."""
    found: list[Piece] = []
    end = -1
    for match in _PIECE.finditer(text):
        value = _value(match[0]) if match.lastgroup == "number" else None
        found.append(Piece(match[0], value, match.start() == end))
        end = match.end()
    return found


def _value(digits: str) -> float | None:
    bare = digits.replace(" ", "").replace("\u00a0", "")
    for sign in ".,":
        if bare.count(sign) > 1:
            bare = bare.replace(sign, "")
    bare = bare.replace(",", ".")
    bare = bare.replace(".", "", bare.count(".") - 1)  # only the last one stands before cents
    return float(bare) if len(bare) <= _DIGITS else None


class Amount(NamedTuple):
    """A number of a text and the pieces that follow it. worded: written in words. scaled: with
    «thousand» or the like. start, end: numbers of its first piece and of the one after it."""

    value: float
    start: int
    end: int
    worded: bool = False
    scaled: bool = False


def amounts(found: Sequence[Piece]) -> list[Amount]:
    """All numbers of a text: digits, words, and both with thousands."""
    numbers = []
    at = 0
    while at < len(found):
        amount = _amount(found, at)
        if amount is None:
            at += 1
        else:
            numbers.append(amount)
            at = amount.end
    return numbers


def _amount(found: Sequence[Piece], start: int) -> Amount | None:
    """The longest number that begins here: each part is smaller than the part before."""
    total = part = 0.0
    ceiling = limit = float("inf")
    at = start
    worded = scaled = False
    while at < len(found):
        piece = found[at]
        scale = _scale(found, at)
        value = piece.value if piece.value is not None else _words().get(piece.text)
        if scale is not None and (at > start or piece.text in lexicon().numbers.scales):
            if scale >= limit:
                break
            total, part, limit, ceiling = total + (part or 1) * scale, 0.0, scale, scale
            worded, scaled = worded or piece.value is None, True
        elif value is not None and value < ceiling and (at == start or not _is_new(found, at)):
            part += value
            ceiling = _room(value)
            worded = worded or piece.value is None
        else:
            break
        at += 1
    if at == start:
        return None
    return Amount(total + part, start, at, worded and found[start].value is None, scaled)


def _is_new(found: Sequence[Piece], at: int) -> bool:
    """Digits go on a number only behind a scale: «5 тысяч 200»."""
    piece, last = found[at], found[at - 1]
    behind_scale = last.text in lexicon().numbers.scales
    return not behind_scale and (piece.value is not None or last.value is not None)


def _room(value: float) -> float:
    """What may still follow a part: units after tens, tens after hundreds."""
    if value >= 100 and value % 100 == 0:
        return 100
    return 10 if value >= 20 and value % 10 == 0 else 0


def _scale(found: Sequence[Piece], at: int) -> int | None:
    """The scale at a place: a word, or a letter glued to digits."""
    piece = found[at]
    scale = lexicon().numbers.scales.get(piece.text)
    if scale is None and at and found[at - 1].value is not None and piece.glued:
        scale = lexicon().numbers.glued.get(piece.text)
    return scale


@cache
def _words() -> dict[str, float]:
    return dict(lexicon().numbers.words)


def tidy(value: float) -> int | float:
    """A whole number as int, others rounded to what people mean."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
