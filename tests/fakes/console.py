"""A scripted product behind the terminal, and a terminal that is a list."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from bots.console.engine import CallEnded, CallStarted, Closed, Escalated, Event, Rated, Said
from core.content import Option, Outgoing
from core.updates import ButtonPressed, CustomerMessage, CustomerStarted, Received


def said(text: str, *keys: str) -> Said:
    """A message with an option per key; labels and tokens are made of the keys."""
    options = tuple(Option(key=key, label=f"Label {key}", token=f"t-{key}") for key in keys)
    return Said(content=Outgoing(text=text, options=options))


class ScriptedEngine:
    """Answers by a few fixed words, remembers what it was given."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.advanced: list[timedelta] = []
        self.late: asyncio.Queue[Event] = asyncio.Queue()

    async def submit(self, received: Received) -> AsyncIterator[Event]:
        self.received.append(received)
        for event in self.answer(received):
            yield event
            await asyncio.sleep(0)  # a call takes a moment

    async def advance(self, by: timedelta) -> AsyncIterator[Event]:
        self.advanced.append(by)
        yield said(f"{by} went by")

    async def news(self) -> AsyncIterator[Event]:
        while True:
            yield await self.late.get()

    def answer(self, received: Received) -> Sequence[Event]:
        match received.update:
            case CustomerStarted(payload=payload):
                return [said(f"Hello {payload}".strip(), "reset", "balance")]
            case ButtonPressed(token=token):
                return [said(f"pressed {token}")]
            case CustomerMessage(text="operator"):
                return [said("Wait, please."), Escalated(reason="customer_request", queue="sales")]
            case CustomerMessage(text="rate"):
                return [Rated(value=5, scale=(1, 5)), Closed(result="solved"), said("Thanks!")]
            case CustomerMessage(text="menu"):
                return [said("First line\n\nThird line", "reset", "balance")]
            case CustomerMessage(text="call"):
                service = "billing.get_balance"
                return [CallStarted(service=service), CallEnded(service=service), said("It said.")]
            case CustomerMessage(text=text):
                return [said(f"you said {text}")]
        return []


class ListTerminal:
    """Lines typed in advance; everything shown is kept."""

    def __init__(self, *typed: str, is_live: bool = False) -> None:
        self.is_live = is_live
        self.typed = list(typed)
        self.shown: list[str] = []
        self.above: list[str] = []
        self.statuses: list[str] = []
        self.third_status = asyncio.Event()
        self.is_closed = False

    async def read(self, prompt: str) -> str | None:
        await asyncio.sleep(0)  # lets news in, as a person who thinks would
        await asyncio.sleep(0)
        return self.typed.pop(0) if self.typed else None

    def write(self, lines: Sequence[str]) -> None:
        self.shown += lines

    def write_above(self, lines: Sequence[str]) -> None:
        self.above += lines

    def status(self, text: str) -> None:
        self.statuses.append(text)
        if len(self.statuses) == 3:
            self.third_status.set()

    def close(self) -> None:
        self.is_closed = True
