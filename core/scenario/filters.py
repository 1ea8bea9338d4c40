"""Filters of texts: how money, days, speeds and phones are written for people, by language."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

NBSP = "\u00a0"
_LARGEST = Decimal(10) ** 15
_MONTHS: Mapping[str, Sequence[str]] = {
    "ru": [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_YES_NO: Mapping[str, tuple[str, str]] = {"ru": ("нет", "да"), "en": ("no", "yes")}
_SPEED: Mapping[str, tuple[str, str]] = {
    "ru": ("Мбит/с", "Гбит/с"),
    "en": ("Mbit/s", "Gbit/s"),
}


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a text is read. now: aware, None when nobody knows."""

    lang: str
    timezone: str = "UTC"
    now: Any = None

    @property
    def comma(self) -> str:
        """What stands before the kopecks."""
        return "," if self.lang == "ru" else "."


@lru_cache(maxsize=32)
def zone(name: str) -> tzinfo:
    """The zone by its IANA name; UTC for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    # What is larger than any amount is no number that people read.
    return number if number.is_finite() and abs(number) < _LARGEST else None


def _number(number: Decimal, scene: Scene, digits: int) -> str:
    """Thousands apart by no-break spaces (commas in English), at most `digits` decimals."""
    rounded = round(number, digits)
    if rounded == rounded.to_integral_value():
        digits = 0
    text = f"{rounded:,.{digits}f}"
    if scene.lang == "ru":
        text = text.replace(",", NBSP).replace(".", ",")
    return text


def money(value: Any, _: str, scene: Scene) -> Any:
    """`1 200 ₽`, kopecks only if there are any; `₽1,200` would be read as another currency."""
    number = _decimal(value)
    return value if number is None else f"{_number(number, scene, 2)}{NBSP}₽"


def speed(value: Any, _: str, scene: Scene) -> Any:
    """Mbit/s in words: below 1000 `100 Мбит/с`, else `1,5 Гбит/с`."""
    number = _decimal(value)
    if number is None:
        return value
    mbit, gbit = _SPEED.get(scene.lang, _SPEED["en"])
    if number < 1000:
        return f"{_short(number, scene)} {mbit}"
    return f"{_short(number / 1000, scene)} {gbit}"


def _short(number: Decimal, scene: Scene) -> str:
    text = f"{round(number, 3).normalize():f}"
    return text.replace(".", scene.comma)


def _day(value: Any, scene: Scene) -> date | None:
    """The local day of an ISO day or moment."""
    if isinstance(value, datetime):
        return value.astimezone(zone(scene.timezone)).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        moment = _moment(value)
        return None if moment is None else _day(moment, scene)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def on_date(value: Any, _: str, scene: Scene) -> Any:
    """`25 ноября`, in another year `25 ноября 2027`."""
    day = _day(value, scene)
    if day is None:
        return value
    today = _day(scene.now, scene)
    year = "" if today is None or today.year == day.year else str(day.year)
    if scene.lang == "ru":
        return f"{day.day} {_MONTHS['ru'][day.month - 1]}" + (year and f" {year}")
    return f"{_MONTHS['en'][day.month - 1]} {day.day}" + (year and f", {year}")


def at_time(value: Any, _: str, scene: Scene) -> Any:
    """`14:05` in the bot's zone."""
    moment = _moment(value)
    if moment is None:
        return value
    local = moment.astimezone(zone(scene.timezone)) if moment.tzinfo else moment
    return local.strftime("%H:%M")


def phone(value: Any, _: str, __: Scene) -> Any:
    """`+7 921 123-45-67`; numbers of other countries as they are."""
    match = re.fullmatch(r"\+7(\d{3})(\d{3})(\d{2})(\d{2})", str(value))
    return value if match is None else "+7 {} {}-{}-{}".format(*match.groups())


def absolute(value: Any, _: str, __: Scene) -> Any:
    """A number without its sign."""
    return abs(value) if isinstance(value, int | float | Decimal) else value


def upper(value: Any, _: str, scene: Scene) -> Any:
    """A text in capitals."""
    return None if value is None else plain(value, scene).upper()


def plural(value: Any, argument: str, scene: Scene) -> Any:
    """`5 дней`: three forms in Russian, two in English."""
    number = _decimal(value)
    if number is None:
        return value
    forms = [form.strip() for form in argument.split(",")]
    return f"{_number(number, scene, 2)} {forms[_form(number, len(forms))]}"


def _form(number: Decimal, forms: int) -> int:
    """Which form: of three день, дня, дней; of two day, days. The number of forms decides, since
    a text that is not translated yet is shown in its own language."""
    whole = number == number.to_integral_value()
    if forms < 3:
        return 0 if forms == 1 or abs(number) == 1 else 1
    if not whole:
        return 1
    last, tens = abs(int(number)) % 10, abs(int(number)) % 100
    if last == 1 and tens != 11:
        return 0
    return 1 if 2 <= last <= 4 and not 12 <= tens <= 14 else 2


def instead(value: Any, argument: str, _: Scene) -> Any:
    """The argument instead of null and ''."""
    return argument if value is None or value == "" else value


Maker = Callable[[Any, str, Scene], Any]
#: Names of filters in both languages; the checker's list of what is allowed.
FILTERS: Mapping[str, Maker] = {
    "money": money,
    "date": on_date,
    "time": at_time,
    "speed": speed,
    "phone": phone,
    "abs": absolute,
    "upper": upper,
    "plural": plural,
    "or": instead,
    "или": instead,
}
#: Language -> forms of a word after a number; of others only their authors know.
FORMS: Mapping[str, int] = {"ru": 3, "en": 2}
#: Filters that need an argument.
WITH_ARGUMENT = frozenset({"plural", "or", "или"})


def plain(value: Any, scene: Scene) -> str:
    """A value as text: нет and да, a decimal comma, nothing for null and for lists."""
    if value is None or isinstance(value, list | tuple | Mapping):
        return ""
    if isinstance(value, bool):
        return _YES_NO.get(scene.lang, _YES_NO["en"])[value]
    if isinstance(value, float):
        number = _decimal(value)
        return str(value) if number is None else _short(number, scene)
    return str(value)
