"""Opens the desk's store beside the hot path's one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.storage.desk_base import Database, engine_of
from core.storage.desk_board import BoardQueries
from core.storage.desk_doors import DoorQueries
from core.storage.desk_house import HouseQueries
from core.storage.desk_lines import LineQueries
from core.storage.desk_lists import ListQueries
from core.storage.desk_people import PeopleQueries
from core.storage.desk_story import StoryQueries


class SqlDeskStore(
    PeopleQueries,
    DoorQueries,
    ListQueries,
    LineQueries,
    StoryQueries,
    HouseQueries,
    BoardQueries,
):
    """core.desk_store.DeskStore over SQLAlchemy."""


@asynccontextmanager
async def open_desk(url: str) -> AsyncIterator[SqlDeskStore]:
    """The desk's store for as long as the block lasts; the schema must be there already
    (core.storage.open.open_store brings it up to date)."""
    store = SqlDeskStore(Database(engine_of(url)))
    try:
        yield store
    finally:
        await store.close()
