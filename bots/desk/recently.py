"""Limits that one process keeps by itself."""

from collections import deque
from datetime import datetime, timedelta

#: People remembered; beyond it the oldest is forgotten.
_PEOPLE = 10_000


class Recently:
    """Who did something how often within a window, in this process."""

    def __init__(self, most: int, window: timedelta) -> None:
        self.most = most
        self.window = window
        self._times: dict[str, deque[datetime]] = {}

    def wait(self, who: str, now: datetime) -> int:
        """Takes one more down and returns 0, or the seconds until there is room again."""
        times = self._times.pop(who, deque())
        self._times[who] = times
        if len(self._times) > _PEOPLE:
            del self._times[next(iter(self._times))]
        while times and now - times[0] >= self.window:
            times.popleft()
        if len(times) >= self.most:
            return int(-((now - times[0] - self.window).total_seconds() // 1))
        times.append(now)
        return 0
