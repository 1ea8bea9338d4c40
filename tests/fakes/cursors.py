"""How far one polling channel has read, in memory."""

from datetime import datetime


class MemoryCursors:
    """Cursors of one channel."""

    def __init__(self, value: str = "") -> None:
        self.value = value

    async def cursor(self, channel: str) -> str:
        return self.value

    async def put_cursor(self, channel: str, value: str, now: datetime) -> None:
        self.value = value
