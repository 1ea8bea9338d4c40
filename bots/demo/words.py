"""How money, days, speeds and phones are written in the languages of the pages."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

#: Between digits and before a unit: a line never breaks there.
_SPACE = "\u00a0"
_GIGABIT = 1000


def money(amount: Decimal, texts: Mapping[str, str]) -> str:
    """`-350.5` as `−350,50 ₽`; whole roubles without kopecks."""
    shown = f"{abs(amount):,.2f}".removesuffix(".00")
    whole, _, part = shown.partition(".")
    whole = whole.replace(",", texts["format_thousands"])
    fraction = texts["format_decimal"] + part if part else ""
    sign = "−" if amount < 0 else ""
    return f"{sign}{whole}{fraction}{_SPACE}₽"


def day(moment: date, texts: Mapping[str, str]) -> str:
    """`1 декабря 2026`."""
    month = texts["format_months"].split()[moment.month - 1]
    return f"{moment.day}{_SPACE}{month} {moment.year}"


def speed(megabits: int, texts: Mapping[str, str]) -> str:
    """Mbit/s, or Gbit/s when that is a whole number."""
    if megabits % _GIGABIT == 0:
        return f"{megabits // _GIGABIT}{_SPACE}{texts['format_gigabit']}"
    return f"{megabits}{_SPACE}{texts['format_megabit']}"


def phone(number: str) -> str:
    """`+79210001234` as `+7 921 000-12-34`; numbers of another shape stay as they are."""
    if len(number) != len("+79210001234") or not number.startswith("+7"):
        return number
    parts = (number[2:5], number[5:8])
    return f"+7{_SPACE}{parts[0]}{_SPACE}{parts[1]}-{number[8:10]}-{number[10:]}"
