"""Working hours: open or not, when next, how much business time passed (METRICS section 6).

Local times are never subtracted: intervals become UTC first. Which version of the hours holds is
decided per local date. No hours at all mean 24/7.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.store_values import Hours

#: Hours that open less than once in so long count as never open.
HORIZON = timedelta(days=400)
_DAY = timedelta(days=1)
_MIDNIGHT = time()
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DAYS = frozenset("1234567")

Interval = tuple[datetime, datetime]


def is_open(hours: Sequence[Hours], now: datetime) -> bool:
    """Somebody works at this moment."""
    return any(start <= now < end for start, end in intervals(hours, now, now + _DAY))


def opens_at(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """The next opening; `now` when open already, None when it never opens."""
    for start, _ in intervals(hours, now, now + HORIZON):
        return start
    return None


def business(hours: Sequence[Hours], start: datetime, end: datetime) -> timedelta:
    """Elapsed time of [start, end) inside open hours."""
    spans = intervals(hours, start, end)
    return sum((closing - opening for opening, closing in spans), timedelta())


def due(hours: Sequence[Hours], start: datetime, within: timedelta) -> datetime | None:
    """The moment by which `within` of business time has passed; None when that never comes."""
    left = within
    for opening, closing in intervals(hours, start, start + HORIZON):
        if closing - opening >= left:
            return opening + left
        left -= closing - opening
    return None


def intervals(hours: Sequence[Hours], start: datetime, end: datetime) -> Iterator[Interval]:
    """Open intervals inside [start, end), in UTC, in order, joined where they touch."""
    if start >= end:
        return
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    current: Interval | None = None
    for opening, closing in _raw(hours, start, end):
        opening, closing = max(opening, start), min(closing, end)
        if opening >= closing:
            continue
        if current is None:
            current = (opening, closing)
        elif opening <= current[1]:
            current = (current[0], max(current[1], closing))
        else:
            yield current
            current = (opening, closing)
    if current is not None:
        yield current


def _raw(hours: Sequence[Hours], start: datetime, end: datetime) -> Iterator[Interval]:
    """Intervals that may touch [start, end), by their beginning."""
    if not hours or (len(hours) == 1 and hours[0].always):
        yield start, end
        return
    versions = sorted(hours, key=lambda version: (version.effective_from, version.version))
    # A day before: an interval of yesterday may reach over midnight; zones differ by a day.
    day, last = (start - 2 * _DAY).date(), (end + _DAY).date()
    pending: list[Interval] = []
    while day <= last:
        pending += _of_day(_in_force(versions, day), day)
        pending.sort()
        # What a later date adds may begin earlier only if the zone changed in between.
        safe = datetime.combine(day - _DAY, _MIDNIGHT, UTC)
        while pending and pending[0][0] < safe:
            yield pending.pop(0)
        day += _DAY
    yield from pending


def _in_force(versions: Sequence[Hours], day: date) -> Hours:
    found = versions[0]
    for version in versions:
        if version.effective_from <= day:
            found = version
    return found


def _of_day(hours: Hours, day: date) -> Iterable[Interval]:
    zone = ZoneInfo(hours.zone)
    if hours.always:
        return [(_opening(day, _MIDNIGHT, zone), _opening(day + _DAY, _MIDNIGHT, zone))]
    shifts = hours.exceptions.get(day.isoformat())
    if shifts is None:
        shifts = hours.weekly.get(str(day.isoweekday()), ())
    return [_shift(day, since, until, zone) for since, until in shifts]


def _shift(day: date, since: str, until: str, zone: ZoneInfo) -> Interval:
    """A shift belongs to the day it begins, also when it ends after midnight."""
    opening, closing = time.fromisoformat(since), _closing_time(until)
    over = closing <= opening
    return (
        _opening(day, opening, zone),
        _instant(datetime.combine(day + _DAY if over else day, closing), zone, fold=1),
    )


def _closing_time(until: str) -> time:
    return _MIDNIGHT if until == "24:00" else time.fromisoformat(until)


def _opening(day: date, at: time, zone: ZoneInfo) -> datetime:
    return _instant(datetime.combine(day, at), zone, fold=0)


def _instant(local: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    """A local time as UTC. In a repeated hour `fold` picks the occurrence; a time that the clock
    skips becomes the first instant after the gap."""
    moment = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == local:
        return moment
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


# -- what people type


def problems(zone: str, weekly: Mapping[str, Any], exceptions: Mapping[str, Any]) -> list[str]:
    """What is wrong with hours somebody wants to store, as `field: what`; nothing when fine."""
    found = [] if is_zone(zone) else ["zone: an IANA name such as Europe/Moscow"]
    for day, shifts in weekly.items():
        if day not in _DAYS:
            found.append(f"weekly/{day}: days are 1 (Monday) to 7")
        found += _shift_problems(f"weekly/{day}", shifts)
    for day, shifts in exceptions.items():
        if not _is_date(day):
            found.append(f"exceptions/{day}: a date such as 2027-05-09")
        found += _shift_problems(f"exceptions/{day}", shifts)
    return found


def is_zone(name: str) -> bool:
    """An IANA zone whose clock follows a place; offsets and Etc/GMT+3 are not."""
    if name.startswith("Etc/GMT") or name in ("EST", "MST", "HST"):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _shift_problems(where: str, shifts: Any) -> list[str]:
    if not isinstance(shifts, list | tuple):
        return [f"{where}: a list of pairs such as 09:00, 18:00"]
    found = []
    for shift in shifts:
        pair = shift if isinstance(shift, list | tuple) and len(shift) == 2 else (None, None)
        since, until = pair
        if not (isinstance(since, str) and _CLOCK.fullmatch(since)) or not (
            isinstance(until, str) and (_CLOCK.fullmatch(until) or until == "24:00")
        ):
            found.append(f"{where}: two times such as 09:00, 18:00")
        elif since == until:
            found.append(f"{where}: a shift that is empty; 00:00, 24:00 is a whole day")
    return found
