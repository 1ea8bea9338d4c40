"""Time that tests move."""

import asyncio
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

    async def sleep(self, seconds: float) -> None:
        """In the place of asyncio.sleep: time goes by, and others have their turn first."""
        await asyncio.sleep(0)
        self.pass_by(seconds=seconds)
