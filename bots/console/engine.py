"""What the terminal needs of the product behind it; bots/app.py plugs the real one in."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol

import msgspec

from core.content import Outgoing
from core.updates import Received


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message for the customer, already fitted to the console's capabilities.

    author: name of the operator who wrote it, empty for the bot.
    """

    content: Outgoing
    author: str = ""


class Escalated(msgspec.Struct, frozen=True, kw_only=True):
    """The dialog waits for a human."""

    reason: str
    queue: str


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """The customer gave a mark. scale: (lowest, highest)."""

    value: int
    scale: tuple[int, int]


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """The dialog entered the state `closed`."""

    result: str


class CallStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A service works; the customer sees dots until CallEnded or the next message."""

    service: str


class CallEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The service came back, one way or the other."""

    service: str


Event = Said | Escalated | Rated | Closed | CallStarted | CallEnded


class Engine(Protocol):
    """The product as one terminal sees it. The session asks for one thing at a time."""

    def submit(self, received: Received) -> AsyncIterator[Event]:
        """Takes an update in; yields what it causes, and ends when its turn, the calls of that
        turn and the turns of their answers are done."""

    def advance(self, by: timedelta) -> AsyncIterator[Event]:
        """Moves the virtual clock; yields what the timers due on the way cause, in their order."""

    def news(self) -> AsyncIterator[Event]:
        """What happens while the customer is silent, as an operator's text from another process.

        Read by the interactive mode only, while it waits for a line; cancelled without harm.
        An engine without such news ends at once."""
