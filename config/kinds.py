"""Kinds of values in settings: durations, addresses, zones, secrets, and how each is read."""

import re
from datetime import time, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, SecretStr

from core.peer import is_host, networks_of

_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def duration(value: Any) -> timedelta:
    """`15m`, `72h`: a number from 1 to 99999 and s, m, h or d."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a number and s, m, h or d, such as 15m or 72h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def clock_time(value: Any) -> time:
    """`08:00`, of the organisation's zone."""
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a time of day such as 08:00")
    return time(int(found[1]), int(found[2]))


def zone(value: Any) -> str:
    """A zone by name; a fixed offset would be wrong for half of the year."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]*", value):
        try:
            return ZoneInfo(value).key
        except (OSError, ValueError, KeyError):  # a name that no zone has is a KeyError
            pass
    raise ValueError("the name of a time zone such as Europe/Moscow; offsets like +03:00 are not")


def web_address(value: Any) -> str:
    """http or https, a host, perhaps a path; without a slash at the end."""
    told = "an address such as https://support.example.com"
    if not isinstance(value, str):
        raise ValueError(told)  # noqa: TRY004  pydantic makes a finding of ValueError only
    try:
        parts = urlsplit(value)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(told) from None
    bare = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_good:
        raise ValueError(told)
    if not bare or any(char.isspace() for char in value):
        raise ValueError(f"{told}, without a password, «?» or «#»")
    return value.rstrip("/")


def host(value: Any) -> str:
    """Where to listen; the port is a setting of its own."""
    if not isinstance(value, str) or not is_host(value):
        raise ValueError("a name or an address without a port, such as 127.0.0.1 or ::1")
    return value


def networks(value: Any) -> tuple[str, ...]:
    """Addresses and networks, listed or with commas between."""
    texts = value.split(",") if isinstance(value, str) else value
    told = "addresses or networks such as 127.0.0.1, 10.0.0.0/8"
    if not isinstance(texts, list | tuple) or not all(isinstance(one, str) for one in texts):
        raise ValueError(told)
    bare = tuple(one.strip() for one in texts)
    try:
        networks_of(bare)
    except ValueError:
        raise ValueError(told) from None
    return bare


def address_of(*schemes: str, example: str) -> Any:
    """A kind for addresses that begin with one of these schemes; they may hold a password."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.startswith(tuple(f"{s}://" for s in schemes)):
            raise ValueError(f"an address such as {example}")
        return value

    return BeforeValidator(read)


def secret_of(pattern: str, told: str) -> Any:
    """A kind for secrets of a given form."""
    form = re.compile(pattern)

    def read(value: Any) -> Any:
        bare = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(bare, str) or not form.fullmatch(bare):
            raise ValueError(told)
        return bare

    return BeforeValidator(read)


_SECRET_WORDS = ("token", "secret", "key", "url", "proxy", "password", "confirmation")


def is_secret(name: str) -> bool:
    """Whether the value of a setting of this name is shown to nobody; a URL may hold a password."""
    return any(word in name.lower() for word in _SECRET_WORDS)


def share(value: Any) -> float:
    """A part of a whole, 0 to 1."""
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= 1:
        raise ValueError("a number from 0 to 1, such as 0.1")
    return number


def whole_number(value: Any) -> Any:
    """Text from a variable as a number, for kinds that list the numbers they allow."""
    is_number = isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value)
    return int(value) if is_number else value


def whole(low: int, high: int) -> Any:
    """A kind for whole numbers between two, both included."""

    def read(value: Any) -> int:
        number = whole_number(value)
        if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return number

    return BeforeValidator(read)


Duration = Annotated[timedelta, BeforeValidator(duration)]
ClockTime = Annotated[time, BeforeValidator(clock_time)]
Host = Annotated[str, BeforeValidator(host)]
Networks = Annotated[tuple[str, ...], BeforeValidator(networks)]
Zone = Annotated[str, BeforeValidator(zone)]
WebAddress = Annotated[str, BeforeValidator(web_address)]
Share = Annotated[float, BeforeValidator(share)]
Token = Annotated[SecretStr, secret_of(r"\S{1,500}", "a token without spaces")]
