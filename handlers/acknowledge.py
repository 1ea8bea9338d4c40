"""Tells platforms that a press arrived, so that the button stops spinning on the phone."""

import asyncio
from collections.abc import Mapping, Sequence

from core.channel import Channel
from core.updates import ButtonPressed, Received


class Acknowledger:
    """Called by every way in after its updates are durable; never waits, never fails.

    channels: by name. seconds: given to one acknowledgement.
    """

    def __init__(self, channels: Mapping[str, Channel], seconds: float = 5.0) -> None:
        self._channels = channels
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, name: str, received: Sequence[Received]) -> None:
        """Acknowledges the presses among what was taken in from the channel."""
        channel = self._channels.get(name)
        if channel is None:
            return
        for item in received:
            if isinstance(item.update, ButtonPressed) and item.update.callback_id:
                task = asyncio.create_task(self._tell(channel, item.chat, item.update))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Waits for what is under way; called when the process stops."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _tell(self, channel: Channel, address: str, press: ButtonPressed) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await channel.acknowledge(press.callback_id)
                # a menu that was answered is history: its buttons go, its text stays
                await channel.retire_options(address, press.platform_id)
        except Exception:  # noqa: S110  a spinning button is all that is lost
            pass
