"""Time that tests move."""

from datetime import datetime, timedelta


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Lets a `timedelta(**span)` go by."""
        self.now += timedelta(**span)
