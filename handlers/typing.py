"""Customers who are typing: told to the desks that look, and never stored."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

import msgspec

from core.bus.port import Bus
from core.bus.topics import PRESENCE
from core.updates import CustomerTyping, Received

log = logging.getLogger(__name__)


class Chats(Protocol):
    """Where dialogs are; the desk's store has it."""

    async def dialog_in(self, channel: str, chat: str) -> str:
        """The last dialog of a chat, empty for a stranger's."""


class Typists:
    """Called by every way in with what it took; never waits, never fails."""

    def __init__(self, chats: Chats, bus: Bus) -> None:
        self._chats = chats
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, name: str, received: Sequence[Received]) -> None:
        """Tells the desks who types among what came from the channel."""
        for item in received:
            if isinstance(item.update, CustomerTyping):
                task = asyncio.create_task(self._tell(name, item.chat, item.update))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Waits for what is under way; called when the process stops."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _tell(self, channel: str, chat: str, update: CustomerTyping) -> None:
        try:
            dialog = await self._chats.dialog_in(channel, chat)
        except Exception as error:  # an improvement only; whatever the database says
            log.info("typing could not be told: %s", type(error).__name__)
            return
        if dialog:
            said = {"t": "typing", "dialog": dialog, "who": {"kind": "customer"}}
            told = {**said, "draft": update.draft} if update.draft else said
            self._bus.publish(PRESENCE, msgspec.json.encode(told))
