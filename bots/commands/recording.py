"""A stored dialog as a scenario test, for `otklik test --record`."""

import os
from contextlib import AsyncExitStack

from bots import wiring
from core.errors import OtklikError
from core.records import Author, Message
from core.scenario.tests_report import record
from core.storage.cipher import SivCipher


async def recorded(dialog: str) -> str:
    """YAML of a test that repeats what the customer did; texts are masked as they were stored."""
    from core.storage.desk import open_desk_store

    settings = wiring.load_settings(os.environ)
    async with AsyncExitStack() as stack:
        cipher = SivCipher(wiring.key_of(settings, settings.database_url))
        await wiring.open_database(stack, settings.database_url, settings, cipher)
        desk = await stack.enter_async_context(open_desk_store(settings.database_url))
        page = await desk.messages(dialog, after=0, limit=1000)
        if not page:
            raise OtklikError(f"there is no dialog «{dialog}»")
        lines = [
            Message(
                n=line.n,
                at=line.at,
                author=Author(kind=line.author_kind),
                kind=line.kind,
                text=line.text,
                options=line.options,
                code=line.code,
            )
            for line in page
        ]
        return record(lines, name=f"Диалог {dialog}")
