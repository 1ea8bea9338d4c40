"""Queues, hours, canned replies: what admins and supervisors configure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from core.access import Person
from core.desk_values import Canned, DeskCalendar, DeskQueue
from core.storage.desk_base import Part, first, rows, say, table

QUEUE = table("queue")
CALENDAR = table("calendar")
CANNED = table("canned_reply")
ATTACHMENT = table("attachment")


class HouseQueries(Part):
    """The part of core.desk_store.House about configuration."""

    async def desk_queues(self, *, archived: bool = False) -> tuple[DeskQueue, ...]:
        """As core.desk_store.House."""
        statement = select(QUEUE).order_by(QUEUE.c.title, QUEUE.c.id)
        if not archived:
            statement = statement.where(~QUEUE.c.archived)
        async with self._database.reading() as connection:
            return tuple(map(_queue, await rows(connection, statement)))

    async def put_queue(self, queue: DeskQueue, now: datetime) -> bool:
        """As core.desk_store.House."""
        values = {name: getattr(queue, name) for name in queue.__struct_fields__}
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(QUEUE).values(**values, created_at=now))
                await say(connection, "queue", now, kind=queue.id)
        except IntegrityError:
            return False
        return True

    async def change_queue(
        self, id_: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> DeskQueue | None:
        """As core.desk_store.House."""
        statement = (
            update(QUEUE)
            .where(QUEUE.c.id == id_, QUEUE.c.version == version)
            .values(version=version + 1, **changes)
        )
        async with self._database.writing() as connection:
            if not (await connection.execute(statement)).rowcount:
                return None
            await say(connection, "queue", now, kind=id_)
            row = await first(connection, select(QUEUE).where(QUEUE.c.id == id_))
        return None if row is None else _queue(row)

    async def calendars(self) -> tuple[DeskCalendar, ...]:
        """As core.desk_store.House."""
        statement = select(CALENDAR).order_by(CALENDAR.c.id, CALENDAR.c.version)
        async with self._database.reading() as connection:
            return tuple(map(_calendar, await rows(connection, statement)))

    async def put_calendar(
        self, calendar: DeskCalendar, version: int, by: str, now: datetime
    ) -> DeskCalendar | None:
        """As core.desk_store.House."""
        newest = select(func.max(CALENDAR.c.version)).where(CALENDAR.c.id == calendar.id)
        values = {name: getattr(calendar, name) for name in calendar.__struct_fields__}
        values |= {
            "version": version + 1,
            "weekly": dict(calendar.weekly),
            "exceptions": dict(calendar.exceptions),
        }
        try:
            async with self._database.writing() as connection:
                if ((await connection.execute(newest)).scalar() or 0) != version:
                    return None
                await connection.execute(insert(CALENDAR).values(**values, by=by, at=now))
                await say(connection, "queue", now, kind="")
        except IntegrityError:  # somebody else added the same version
            return None
        return DeskCalendar(**values)

    async def canned(self, reader: Person) -> tuple[Canned, ...]:
        """As core.desk_store.House."""
        c = CANNED.c
        served = true() if reader.sees_all_queues else c.queue.in_(reader.queues)
        mine = or_(
            c.scope == "all",
            and_(c.scope == "me", c.operator == reader.id),
            and_(c.scope == "queue", served),
        )
        statement = select(CANNED).where(mine, c.archived_at.is_(None)).order_by(c.name, c.id)
        async with self._database.reading() as connection:
            return tuple(map(_canned, await rows(connection, statement)))

    async def canned_one(self, id_: str) -> Canned | None:
        """As core.desk_store.House."""
        statement = select(CANNED).where(CANNED.c.id == id_, CANNED.c.archived_at.is_(None))
        async with self._database.reading() as connection:
            row = await first(connection, statement)
        return None if row is None else _canned(row)

    async def put_canned(self, canned: Canned, now: datetime) -> None:
        """As core.desk_store.House."""
        values = {name: getattr(canned, name) for name in canned.__struct_fields__}
        values["tags"] = list(canned.tags)
        async with self._database.writing() as connection:
            await connection.execute(insert(CANNED).values(**values, created_at=now))
            await say(connection, "canned", now, kind=canned.id, version=canned.version)

    async def change_canned(
        self, id_: str, version: int, changes: Mapping[str, Any], now: datetime
    ) -> Canned | None:
        """As core.desk_store.House."""
        fields = {key: value for key, value in changes.items() if key != "archived"}
        if "tags" in fields:
            fields["tags"] = list(fields["tags"])
        if changes.get("archived"):
            fields["archived_at"] = now
        statement = (
            update(CANNED)
            .where(CANNED.c.id == id_, CANNED.c.version == version, CANNED.c.archived_at.is_(None))
            .values(version=version + 1, **fields)
        )
        async with self._database.writing() as connection:
            if not (await connection.execute(statement)).rowcount:
                return None
            await say(connection, "canned", now, kind=id_, version=version + 1)
            row = await first(connection, select(CANNED).where(CANNED.c.id == id_))
        return None if row is None else _canned(row)

    async def used_canned(self, id_: str) -> None:
        """As core.desk_store.House."""
        statement = update(CANNED).where(CANNED.c.id == id_).values(used=CANNED.c.used + 1)
        async with self._database.writing() as connection:
            await connection.execute(statement)

    async def attachment_of(self, dialog: str, client_id: str) -> str:
        """As core.desk_store.House."""
        statement = select(ATTACHMENT.c.id).where(
            ATTACHMENT.c.dialog == dialog,
            ATTACHMENT.c.client_id == client_id,
            ATTACHMENT.c.client_id != "",
        )
        async with self._database.reading() as connection:
            return str((await connection.execute(statement)).scalar() or "")


def _queue(row: Mapping[str, Any]) -> DeskQueue:
    return DeskQueue(**{name: row[name] for name in DeskQueue.__struct_fields__})


def _calendar(row: Mapping[str, Any]) -> DeskCalendar:
    return DeskCalendar(**{name: row[name] for name in DeskCalendar.__struct_fields__})


def _canned(row: Mapping[str, Any]) -> Canned:
    fields = {name: row[name] for name in Canned.__struct_fields__}
    return Canned(**fields | {"tags": tuple(row["tags"] or ())})
