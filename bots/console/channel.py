"""The terminal as a Channel: what delivery sends goes straight to whoever shows it."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path

from core.channel import Capabilities, Finding, Letter, Sent, Tried
from core.content import Media, Outgoing
from core.errors import MessageRejected


class ConsoleChannel:
    """A Channel that cannot fail. show: gets every message at the moment it is sent."""

    def __init__(
        self, name: str, capabilities: Capabilities, show: Callable[[Outgoing], None]
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self._show = show
        self._ids = count(1)

    async def send(self, letter: Letter) -> Sent:
        self._show(letter.content)
        return Sent(platform_id=f"bot{next(self._ids)}")

    async def find_sent(self, tried: Tried) -> None:
        """Nothing is ever unknown here."""

    async def acknowledge(self, callback_id: str) -> None:
        """A terminal shows no spinner."""

    async def retire_options(self, address: str, platform_id: str) -> None:
        """Printed lines stay."""

    async def typing(self, address: str) -> None:
        """The session draws its own dots."""

    async def download(self, media: Media) -> bytes:
        return await asyncio.to_thread(_bytes_of, media, self.capabilities.download_bytes)

    async def health(self) -> tuple[Finding, ...]:
        return (Finding(level="OK", text="console"),)

    async def close(self) -> None:
        """Nothing is open."""


def _bytes_of(media: Media, limit: int) -> bytes:
    path = Path(media.platform_file)
    try:
        size = path.stat().st_size
        if size > limit:
            raise MessageRejected("too_large", f"{size} bytes")
        return path.read_bytes()
    except OSError as error:
        raise MessageRejected("gone", type(error).__name__) from error
