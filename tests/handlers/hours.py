"""A first line that works in the evenings."""

from datetime import date

from core.desk_values import DeskCalendar, DeskQueue
from tests.fakes.workplace import QUEUE, Workplace


async def evenings_only(place: Workplace, *, assign: str = "manual") -> None:
    """From 20 to 23 o'clock in Moscow, every Monday; the workplace's own time is a Monday's."""
    evenings = DeskCalendar(
        id="evenings",
        version=1,
        zone="Europe/Moscow",
        weekly={"1": [["20:00", "23:00"]]},
        effective_from=date(2027, 1, 1),
    )
    assert await place.desk.put_calendar(evenings, 0, "admin", place.now)
    queue = DeskQueue(id=QUEUE, title="Первая линия", assign=assign, calendar="evenings")
    assert await place.desk.put_queue(queue, place.now)
