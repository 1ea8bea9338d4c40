"""METRICS section 6 and the golden data 9 and 12 of its section 11."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import calendar
from core.queue import deadline
from core.store_values import Hours


def hours(zone: str, weekly: dict[str, Any] | None = None, **fields: Any) -> Hours:
    return Hours(
        **{
            "version": 1,
            "zone": zone,
            "weekly": weekly or {},
            "effective_from": date(2020, 1, 1),
            **fields,
        }
    )


def local(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def seconds(found: timedelta) -> float:
    return found.total_seconds()


MOSCOW = "Europe/Moscow"
BERLIN = "Europe/Berlin"
OFFICE = [hours(MOSCOW, {day: [["09:00", "18:00"]] for day in "12345"})]
NIGHTS = [hours(BERLIN, {day: [["20:00", "08:00"]] for day in "1234567"})]


def test_weekend_does_not_count() -> None:
    friday, monday = local(MOSCOW, "2027-03-05T17:50"), local(MOSCOW, "2027-03-08T09:07")
    assert seconds(calendar.business(OFFICE, friday, monday)) == 1020
    assert seconds(monday - friday) == 227_820


def test_night_shift_over_the_spring_change_has_no_hour_too_many() -> None:
    start, end = local(BERLIN, "2027-03-27T19:00"), local(BERLIN, "2027-03-28T03:10")
    assert seconds(calendar.business(NIGHTS, start, end)) == 22_200
    assert seconds(end - start) == 25_800


def test_repeated_hour_is_forty_minutes_and_not_minus_twenty() -> None:
    start = local(BERLIN, "2027-10-31T02:30", fold=0)
    end = local(BERLIN, "2027-10-31T02:10", fold=1)
    assert seconds(calendar.business([hours(BERLIN, always=True)], start, end)) == 2400


def test_day_of_25_hours_counts_25() -> None:
    zone = "Europe/Volgograd"
    start, end = local(zone, "2020-12-26T12:00"), local(zone, "2020-12-29T12:00")
    assert seconds(calendar.business([hours(zone, always=True)], start, end)) == 262_800


def test_deadline_counts_only_open_time() -> None:
    for escalated, expected in (
        ("2027-03-05T17:55", "2027-03-08T09:05"),
        ("2027-03-06T12:00", "2027-03-08T09:10"),
    ):
        at = local(MOSCOW, escalated)
        due = calendar.due(OFFICE, at, timedelta(seconds=600))
        assert due == local(MOSCOW, expected)


@pytest.mark.parametrize(
    ("now", "state"), [("09:04", "soon"), ("09:05", "soon"), ("09:06", "late")]
)
def test_answer_after_the_due_moment_is_late(now: str, state: str) -> None:
    escalated = local(MOSCOW, "2027-03-05T17:55")
    found = deadline(OFFICE, escalated, 600, 120, local(MOSCOW, f"2027-03-08T{now}"))
    assert found is not None
    assert found.state == state


def test_queue_that_promises_nothing_has_no_deadline() -> None:
    at = local(MOSCOW, "2027-03-05T17:55")
    assert deadline(OFFICE, at, 0, 0, at) is None


def test_next_opening_is_told_in_utc() -> None:
    saturday = local(MOSCOW, "2027-03-06T12:00")
    assert not calendar.is_open(OFFICE, saturday)
    assert calendar.opens_at(OFFICE, saturday) == local(MOSCOW, "2027-03-08T09:00")


def test_closing_moment_is_closed_and_opening_moment_is_open() -> None:
    assert calendar.is_open(OFFICE, local(MOSCOW, "2027-03-05T09:00"))
    assert not calendar.is_open(OFFICE, local(MOSCOW, "2027-03-05T18:00"))


def test_no_hours_are_always_open() -> None:
    now = local(MOSCOW, "2027-03-06T03:00")
    assert calendar.is_open([], now)
    assert calendar.opens_at([], now) == now


def test_hours_without_a_single_shift_never_open() -> None:
    assert calendar.opens_at([hours(MOSCOW)], local(MOSCOW, "2027-03-06T03:00")) is None
    assert calendar.due([hours(MOSCOW)], local(MOSCOW, "2027-03-06T03:00"), timedelta(1)) is None


def test_exception_replaces_its_day() -> None:
    kept = [
        hours(
            MOSCOW,
            {"1": [["09:00", "18:00"]]},
            exceptions={"2027-03-08": [], "2027-03-09": [["10:00", "12:00"]]},
        )
    ]
    assert not calendar.is_open(kept, local(MOSCOW, "2027-03-08T12:00"))
    assert calendar.opens_at(kept, local(MOSCOW, "2027-03-08T00:00")) == local(
        MOSCOW, "2027-03-09T10:00"
    )


def test_shift_over_midnight_belongs_to_the_day_it_begins() -> None:
    kept = [hours(BERLIN, {"5": [["22:00", "06:00"]]})]
    assert calendar.is_open(kept, local(BERLIN, "2027-03-06T05:59"))
    assert not calendar.is_open(kept, local(BERLIN, "2027-03-07T05:59"))


def test_shift_may_end_at_midnight() -> None:
    kept = [hours(BERLIN, {"5": [["09:00", "24:00"]]})]
    assert calendar.is_open(kept, local(BERLIN, "2027-03-05T23:59"))
    assert not calendar.is_open(kept, local(BERLIN, "2027-03-06T00:00"))


def test_newer_version_holds_from_its_date() -> None:
    kept = [
        hours(MOSCOW, {"1": [["09:00", "18:00"]]}),
        hours(MOSCOW, {"1": [["12:00", "13:00"]]}, version=2, effective_from=date(2027, 3, 8)),
    ]
    assert calendar.is_open(kept, local(MOSCOW, "2027-03-01T10:00"))
    assert not calendar.is_open(kept, local(MOSCOW, "2027-03-08T10:00"))


def test_opening_in_a_skipped_hour_is_the_first_instant_after_it() -> None:
    kept = [hours(BERLIN, {"7": [["02:30", "05:00"]]})]
    opening = calendar.opens_at(kept, local(BERLIN, "2027-03-27T12:00"))
    assert opening == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_repeated_hour_opens_at_its_first_and_closes_at_its_second_occurrence() -> None:
    kept = [hours(BERLIN, {"7": [["02:15", "02:45"]]})]
    start, end = local(BERLIN, "2027-10-30T12:00"), local(BERLIN, "2027-10-31T12:00")
    assert seconds(calendar.business(kept, start, end)) == 90 * 60


@pytest.mark.parametrize("zone", ["+03:00", "Etc/GMT+3", "UTC+3", "", "Mars/Base"])
def test_offset_is_no_zone(zone: str) -> None:
    assert not calendar.is_zone(zone)


def test_every_problem_of_hours_is_told() -> None:
    found = calendar.problems(
        "+03:00",
        {"8": [["09:00", "18:00"]], "1": [["9", "18:00"]], "2": [["09:00", "09:00"]], "3": "x"},
        {"9 мая": []},
    )
    assert [line.partition(":")[0] for line in found] == [
        "zone",
        "weekly/8",
        "weekly/1",
        "weekly/2",
        "weekly/3",
        "exceptions/9 мая",
    ]


def test_usual_hours_have_no_problem() -> None:
    assert calendar.problems(MOSCOW, {"1": [["09:00", "24:00"]]}, {"2027-05-09": []}) == []


_MOMENTS = st.integers(0, 730 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)


@given(_MOMENTS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_business_time_of_two_halves_adds_up(at: datetime, first: int, second: int) -> None:
    middle = at + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)
    whole = calendar.business(NIGHTS, at, end)
    assert whole == calendar.business(NIGHTS, at, middle) + calendar.business(NIGHTS, middle, end)
    assert timedelta() <= whole <= end - at


@given(_MOMENTS, st.integers(1, 10**6))
def test_due_moment_is_reached_after_exactly_so_much_business_time(at: datetime, s: int) -> None:
    due = calendar.due(OFFICE, at, timedelta(seconds=s))
    assert due is not None
    assert calendar.business(OFFICE, at, due) == timedelta(seconds=s)
