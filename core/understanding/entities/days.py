"""Dates, counted from a given day."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from core.understanding.entities.plain import Piece, amounts, pieces, plain
from core.understanding.lexicon import lexicon, lookup

_ISO = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])")
_DOTTED = re.compile(
    r"(?<![0-9.,/-])([0-9]{1,2})([./-])([0-9]{1,2})(?:\2((?:19|20)[0-9]{2}|[0-9]{2}))?(?![0-9%]|[.,/-][0-9])"
)
_WEEK = 7
_YEARS = 8  # the 29th of February comes again within them
_CENTURY = 2000
_FAR = 3660  # days ahead that anybody means
_YEAR_FROM, _YEAR_TO = 1900, 2200


def day(text: str, today: date) -> str | None:
    """The day a text names, ISO; a day without a year is the nearest, behind «until» the next."""
    folded = plain(text)
    found = _in_digits(folded, today) or _in_words(pieces(folded), today)
    return found.isoformat() if found else None


def _in_digits(text: str, today: date) -> date | None:
    for match in _ISO.finditer(text):
        if found := _exact(int(match[1]), int(match[2]), int(match[3])):
            return found
    for match in _DOTTED.finditer(text):
        number, mark, month, year = match.groups()
        if year is None and (mark == "-" or len(month) < 2):
            continue  # 1.5 is an amount, 10-12 a range
        if year is not None:
            full = int(year) if len(year) > 2 else _CENTURY + int(year)
            found = _exact(full, int(month), int(number))
        else:
            words = re.findall(r"[^\W\d_]+", text[max(0, match.start() - 12) : match.start()])
            found = _without_year(int(month), int(number), today, ahead=_is_before(words))
        if found:
            return found
    return None


def _in_words(found: Sequence[Piece], today: date) -> date | None:
    words = [piece.text for piece in found]
    dates = lexicon().date
    for at, word in enumerate(words):
        before = words[max(0, at - 4) : at]
        if word in dates.days:
            return _moved(today, dates.days[word])
        if (month := _month()(word)) is not None and (named := _day_beside(found, at)):
            number, year = named
            if year:
                return _exact(year, month, number)
            return _without_year(month, number, today, ahead=_is_before(before))
        if (weekday := _weekday()(word)) is not None:
            return _moved(today, (weekday - today.weekday() - 1) % _WEEK + 1)
    return _counted(found, today) or _of_month(found, today)


def _day_beside(found: Sequence[Piece], at: int) -> tuple[int, int] | None:
    """Number and year (0 for none) beside a month: «25 ноября 2027», «25-го ноября»."""
    dates = lexicon().date
    number = None
    back = [piece for piece in found[max(0, at - 4) : at] if piece.text not in {"-", *dates.number}]
    if back:
        number = _number(back)
    rest = [p for p in found[at + 1 : at + 5] if p.text not in {",", *dates.number}]
    if number is None and rest and rest[0].value is not None:
        number, rest = int(rest[0].value), rest[1:]
    if number is None:
        return None
    year = rest[0].value if rest else None
    return number, int(year) if year and _YEAR_FROM <= year < _YEAR_TO else 0


def _number(back: Sequence[Piece]) -> int | None:
    last = back[-1]
    if last.value is not None:
        return int(last.value)
    ordinal = lexicon().date.ordinals.get(last.text)
    if ordinal is None:
        return None
    tens = lexicon().numbers.words.get(back[-2].text, 0) if len(back) > 1 else 0
    return ordinal + int(tens) if tens in (20, 30) and ordinal < 10 else ordinal


def _counted(found: Sequence[Piece], today: date) -> date | None:
    """«Через 3 дня», «через неделю»."""
    dates = lexicon().date
    numbers = {amount.start: amount for amount in amounts(found)}
    for at, piece in enumerate(found):
        if piece.text not in dates.through:
            continue
        amount = numbers.get(at + 1)
        end = amount.end if amount else at + 1
        length = dates.spans.get(found[end].text) if end < len(found) else None
        if length is not None:
            count = amount.value if amount else 1
            return _moved(today, int(count * length)) if 0 < count * length <= _FAR else None
    return None


def _of_month(found: Sequence[Piece], today: date) -> date | None:
    """«25 числа»: the next day of that number."""
    for piece, follower in pairwise(found):
        if piece.value is None or follower.text not in lexicon().date.of_month:
            continue
        number = int(piece.value)
        for ahead in range(1, 63):
            then = _moved(today, ahead)
            if then is not None and then.day == number:
                return then
    return None


def _is_before(words: Sequence[str]) -> bool:
    return any(word in lexicon().date.before for word in words)


def _without_year(month: int, number: int, today: date, *, ahead: bool) -> date | None:
    years = range(max(1, today.year - _YEARS), min(9999, today.year + _YEARS) + 1)
    days = [found for year in years if (found := _exact(year, month, number))]
    if ahead:
        days = [found for found in days if found >= today] or days
    return min(days, key=lambda found: abs((found - today).days), default=None)


def _exact(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except (ValueError, OverflowError):
        return None


def _moved(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


@cache
def _month() -> Callable[[str], int | None]:
    return lookup(lexicon().date.months)


@cache
def _weekday() -> Callable[[str], int | None]:
    return lookup(lexicon().date.weekdays)
