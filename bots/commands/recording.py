"""A stored dialog as a scenario test, for `otklik test --record`."""

import os
from contextlib import AsyncExitStack
from typing import Literal

import msgspec

from bots import wiring
from core.content import Option
from core.desk_values import Line
from core.errors import OtklikError
from core.records import Author, Message
from core.scenario.tests_report import record
from core.storage.cipher import SivCipher

PAGE = 100


async def recorded(dialog: str) -> str:
    """YAML of a test that repeats what the customer did; texts are masked as they were stored."""
    from core.storage.desk import open_desk

    settings = wiring.load_settings(os.environ)
    async with AsyncExitStack() as stack:
        cipher = SivCipher(wiring.key_of(settings, settings.database_url))
        await wiring.open_database(stack, settings.database_url, settings, cipher)
        desk = await stack.enter_async_context(open_desk(settings.database_url))
        lines: list[Message] = []
        while True:
            page = await desk.lines(dialog, after=lines[-1].n if lines else 0, limit=PAGE)
            lines += [_message(line) for line in page.items]
            if not page.has_after:
                break
    if not lines:
        raise OtklikError(f"there is no dialog «{dialog}» with messages")
    return record(lines, name=f"Диалог {dialog}")


def _message(line: Line) -> Message:
    """The stored line as the runner of tests reads it."""
    return Message(
        n=line.n,
        at=line.at,
        author=Author(kind=line.author_kind),
        text=line.text,
        kind=msgspec.convert(line.kind, Literal["text", "note", "service", "rating"]),
        options=msgspec.convert(line.extra.get("options", ()), tuple[Option, ...]),
        code=line.code,
    )
