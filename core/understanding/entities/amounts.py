"""Speeds and sums of money."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from core.understanding.entities.plain import Amount, Piece, amounts, pieces, plain, tidy
from core.understanding.lexicon import lexicon, lookup

_MOST = 10_000_000_000  # beyond it nobody means money
_SIGNS = frozenset({"₽"})
_SEPARATORS = frozenset(".,'")
#: A dash that touches one of these joins nothing.
_OPENING = frozenset('([{«"=:')
_PER_HUNDRED = 100
#: Of money nobody names thousandths: three digits behind the sign are a group of it.
_ONE_GROUP = re.compile(r"[1-9][0-9]{0,2}(?:[ \u00a0][0-9]{3})*[.,][0-9]{3}")
_THOUSAND = 1000


def speed(text: str) -> int | float | None:
    """Mbit/s named last: a number with a unit, or a word that is a speed («гигабит»)."""
    found = pieces(plain(text))
    unit, alone = _speed_units()
    value = None
    behind = {amount.end: amount for amount in amounts(found)}
    for at, piece in enumerate(found):
        amount = behind.get(at)
        factor = _unit(found, at, unit)
        if amount is not None and factor is not None and amount.value > 0:
            value = amount.value * factor if _is_whole(found, amount) else None
        elif amount is None and (whole := alone(piece.text)) is not None:
            value = whole
    return tidy(value) if value is not None else None


def _unit(found: Sequence[Piece], at: int, unit: Callable[[str], float | None]) -> float | None:
    """The unit at a place, also one written in two pieces: «м/бит», «Мб/с»."""
    piece = found[at]
    factor = unit(piece.text)
    rest = [item.text for item in found[at + 1 : at + 3]]
    if factor is None and rest[:1] in (["/"], ["-"]) and len(rest) > 1:
        factor = unit(piece.text + rest[1])
    return factor


@cache
def _speed_units() -> tuple[Callable[[str], float | None], Callable[[str], float | None]]:
    return lookup(lexicon().speed.units), lookup(lexicon().speed.alone)


def money(text: str) -> int | float | None:
    """The sum named last, in roubles; a bare number only if it is the whole text."""
    found = pieces(plain(text))
    named = amounts(found)
    if len(named) == 1 and named[0].start == 0 and named[0].end == len(found):
        return _sum(_in_full(found, named[0]))
    value = None
    for amount in named:
        if (total := _money_at(found, amount)) is not None:
            value = total if _is_whole(found, amount) else None
    return _sum(value) if value is not None else None


def _in_full(found: Sequence[Piece], amount: Amount) -> float:
    """The value of an amount of money: 1.200 is not 1.2, unless it counts thousands."""
    is_grouped = not amount.scaled and _ONE_GROUP.fullmatch(found[amount.start].text)
    return amount.value * _THOUSAND if is_grouped else amount.value


def _is_whole(found: Sequence[Piece], amount: Amount) -> bool:
    """Whether nothing before a number belongs to it: neither a sign («-50», «минус 50») nor digits
    that make with it no number we can read («1.200,300»)."""
    start = amount.start
    if not start:
        return True
    before = found[start - 1]
    if before.text == "-":
        return not _is_minus(found, amount)
    if before.text in _SEPARATORS and before.glued and found[start].glued:
        return not found[start - 2].text[-1].isdigit()
    return before.text not in lexicon().numbers.minus


def _is_minus(found: Sequence[Piece], amount: Amount) -> bool:
    """Whether the dash before a number is its sign, as it is not in «тариф — 50», «Город-50» and
    «50-100»."""
    if amount.start == 1:
        return True
    dash, before = found[amount.start - 1], found[amount.start - 2]
    if dash.glued:
        return before.text in _OPENING
    is_range = before.value is not None and before.value < amount.value
    return found[amount.start].glued and not is_range


def _money_at(found: Sequence[Piece], amount: Amount) -> float | None:
    at, value, scaled = amount.end, amount.value, amount.scaled
    if not scaled and at < len(found) and (scale := _short_scale(found, at)):
        value, at, scaled = value * scale, at + 1, True
    else:
        value = _in_full(found, amount)
    while at < len(found) and found[at].text == ".":
        at += 1
    if at < len(found) and _is_currency(found[at].text):
        return value + _cents(found, at + 1)
    return value if scaled else None


def _short_scale(found: Sequence[Piece], at: int) -> int | None:
    """«т.р.», «к руб»: a letter that means thousands because a currency follows."""
    scale = lexicon().numbers.glued.get(found[at].text)
    after = [item.text for item in found[at + 1 : at + 3] if item.text != "."]
    return scale if scale is not None and after and _is_currency(after[0]) else None


def _is_currency(word: str) -> bool:
    return word in _SIGNS or word in lexicon().money.units


def _cents(found: Sequence[Piece], at: int) -> float:
    """«10 руб 50 коп»."""
    for place in (at, at + 1):
        if place + 1 < len(found) and found[place + 1].text in lexicon().money.cents:
            return (found[place].value or 0) / _PER_HUNDRED
    return 0.0


def _sum(value: float) -> int | float | None:
    return tidy(round(value, 2)) if 0 <= value <= _MOST else None
