"""Opens the desk's store beside the hot path's one."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from sqlalchemy import and_, func, select

from core.state import Dialog
from core.storage.desk_base import Database, engine_of, first, table
from core.storage.desk_board import BoardQueries
from core.storage.desk_doors import DoorQueries
from core.storage.desk_house import HouseQueries
from core.storage.desk_lines import LineQueries
from core.storage.desk_lists import IS_OPEN
from core.storage.desk_people import PeopleQueries
from core.storage.desk_search import SearchQueries
from core.storage.desk_story import StoryQueries

DIALOG = table("dialog")
CHAT = table("chat_run")
_DIALOG: msgspec.json.Decoder[Dialog] = msgspec.json.Decoder(Dialog)


class SqlDeskStore(
    PeopleQueries,
    DoorQueries,
    SearchQueries,
    LineQueries,
    StoryQueries,
    HouseQueries,
    BoardQueries,
):
    """core.desk_store.DeskStore over SQLAlchemy."""

    async def chat_of(self, dialog: str) -> tuple[str, str] | None:
        """Channel and address of a dialog's chat, None when there is no such dialog."""
        async with self._database.reading() as connection:
            row = await first(
                connection,
                select(DIALOG.c.channel, CHAT.c.address)
                .join_from(
                    DIALOG,
                    CHAT,
                    and_(CHAT.c.channel == DIALOG.c.channel, CHAT.c.chat == DIALOG.c.chat),
                )
                .where(DIALOG.c.id == dialog),
            )
        return None if row is None else (row["channel"], row["address"])

    async def heard_at(self, identity: str) -> datetime | None:
        """As core.desk_store.Dialogs."""
        latest = select(func.max(DIALOG.c.last_customer_at)).where(DIALOG.c.identity == identity)
        async with self._database.reading() as connection:
            found: datetime | None = (await connection.execute(latest)).scalar_one()
        return found

    async def dialog_in(self, channel: str, chat: str) -> str:
        """The last dialog of a chat, empty for a stranger's."""
        async with self._database.reading() as connection:
            own = select(CHAT.c.dialog).where(CHAT.c.channel == channel, CHAT.c.chat == chat)
            row = await first(connection, own)
        return "" if row is None else str(row["dialog"])

    async def standing(self) -> Counter[tuple[str, str]]:
        """How many dialogs of the bot stand at each (scenario, step), callers included."""
        found: Counter[tuple[str, str]] = Counter()
        statement = select(DIALOG.c.blob).where(IS_OPEN, DIALOG.c.state == "bot")
        async with self._database.reading() as connection:
            for (blob,) in (await connection.execute(statement)).all():
                place = _DIALOG.decode(blob).place
                if place is not None:
                    found.update((frame.scenario, frame.step) for frame in place.stack)
        return found


@asynccontextmanager
async def open_desk(url: str) -> AsyncIterator[SqlDeskStore]:
    """The desk's store for as long as the block lasts; the schema must be there already
    (core.storage.open.open_store brings it up to date)."""
    store = SqlDeskStore(Database(engine_of(url)))
    try:
        yield store
    finally:
        await store.close()
