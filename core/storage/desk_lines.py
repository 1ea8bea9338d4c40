"""Transcripts, read marks, drafts, the live feed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channel import ID_BORDER
from core.desk_values import DeskDraft, Handoff, Line, Lines, Mark
from core.storage.desk_base import DESK_EVENT, Part, first, rows, say, table
from core.store_values import DeskEvent

MESSAGE = table("message")
ESCALATION = table("escalation")
RATING = table("rating")
READ = table("read_mark")
DRAFT = table("draft")
OUTBOX = table("outbox")

LINE_FIELDS = tuple(name for name in Line.__struct_fields__ if name != "reply_n")
_HANDOFF = tuple(name for name in Handoff.__struct_fields__)
_EVENT = tuple(name for name in DeskEvent.__struct_fields__)
_M, _O = MESSAGE.c, OUTBOX.c
#: Asked at every change, so it is built only once.
_EVENTS_AFTER = (
    select(*(DESK_EVENT.c[name] for name in _EVENT))
    .where(DESK_EVENT.c.id > bindparam("after"))
    .order_by(DESK_EVENT.c.id)
    .limit(bindparam("most"))
)


class LineQueries(Part):
    """The part of core.desk_store.Dialogs about one dialog, and about the feed."""

    async def lines(
        self, dialog: str, *, before: int = 0, after: int = -1, since: int = 0, limit: int = 50
    ) -> Lines:
        """As core.desk_store.Dialogs; since: from this number on, without a limit."""
        own = select(MESSAGE).where(_M.dialog == dialog)
        if since:
            statement = own.where(_M.n >= since).order_by(_M.n)
        elif after >= 0:
            statement = own.where(_M.n > after).order_by(_M.n).limit(limit)
        else:
            statement = own.order_by(_M.n.desc()).limit(limit)
            if before:
                statement = statement.where(_M.n < before)
        ends = select(func.min(_M.n), func.max(_M.n)).where(_M.dialog == dialog)
        async with self._database.reading() as connection:
            found = map(line_from, await rows(connection, statement))
            items = await _answering(connection, dialog, sorted(found, key=lambda one: one.n))
            lowest, highest = (await connection.execute(ends)).one()
        if not items:
            return Lines(items=())
        return Lines(
            items=tuple(items),
            has_before=items[0].n > lowest,
            has_after=items[-1].n < highest,
        )

    async def changed_lines(
        self, dialog: str, numbers: Sequence[int], since: int, edited_since: datetime | None
    ) -> tuple[Line, ...]:
        """As core.desk_store.Dialogs."""
        wanted: list[ColumnElement[bool]] = [_M.n.in_(list(numbers))]
        if since:
            wanted.append(_M.n >= since)
        if edited_since is not None:
            wanted += [_M.edited_at >= edited_since, _M.deleted_at >= edited_since]
        statement = select(MESSAGE).where(_M.dialog == dialog, or_(*wanted)).order_by(_M.n)
        async with self._database.reading() as connection:
            found = list(map(line_from, await rows(connection, statement)))
            return tuple(await _answering(connection, dialog, found))

    async def line(self, dialog: str, n: int) -> Line | None:
        """As core.desk_store.Dialogs."""
        return await self._one_line(_M.dialog == dialog, _M.n == n)

    async def line_of(self, dialog: str, client_id: str) -> Line | None:
        """As core.desk_store.Dialogs."""
        if not client_id:
            return None
        return await self._one_line(
            _M.dialog == dialog, _M.client_id == client_id, _M.client_id != ""
        )

    async def _one_line(self, *where: Any) -> Line | None:
        async with self._database.reading() as connection:
            row = await first(connection, select(MESSAGE).where(*where))
            if row is None:
                return None
            return (await _answering(connection, row["dialog"], [line_from(row)]))[0]

    async def handoff(self, dialog: str) -> Handoff | None:
        """As core.desk_store.Dialogs."""
        statement = (
            select(ESCALATION)
            .where(ESCALATION.c.dialog == dialog)
            .order_by(ESCALATION.c.n.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = await first(connection, statement)
        if row is None:
            return None
        fields = {name: row[name] for name in _HANDOFF}
        fields["slots"] = tuple((title, value) for title, value in row["slots"])
        return Handoff(**fields)

    async def mark(self, dialog: str) -> Mark | None:
        """As core.desk_store.Dialogs."""
        statement = (
            select(RATING)
            .where(RATING.c.dialog == dialog, RATING.c.not_asked == "")
            .order_by(RATING.c.n.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = await first(connection, statement)
        return None if row is None else mark_of(row)

    async def put_read(self, operator: str, dialog: str, n: int, now: datetime) -> bool:
        """As core.desk_store.Dialogs."""
        where = (READ.c.operator == operator, READ.c.dialog == dialog)
        async with self._database.writing() as connection:
            known = await first(connection, select(READ.c.n).where(*where))
            if known is not None and known["n"] >= n:
                return False
            await connection.execute(delete(READ).where(*where))
            row = {"operator": operator, "dialog": dialog, "n": n, "at": now}
            await connection.execute(insert(READ).values(**row))
            await say(connection, "read", now, dialog=dialog, by=operator, first_n=n)
        return True

    async def drafts(self, operator: str, dialog: str) -> tuple[DeskDraft, ...]:
        """As core.desk_store.Dialogs."""
        statement = (
            select(DRAFT)
            .where(DRAFT.c.operator == operator, DRAFT.c.dialog == dialog)
            .order_by(DRAFT.c.mode)
        )
        async with self._database.reading() as connection:
            found = await rows(connection, statement)
        return tuple(
            DeskDraft(
                mode=row["mode"],
                text=row["text"],
                attachments=tuple(row["attachments"]),
                missing=tuple(row["missing"] or ()),
                reply_n=row["reply_n"] or 0,
                rev=row["rev"],
            )
            for row in found
        )

    async def put_draft(
        self, operator: str, dialog: str, draft: DeskDraft, now: datetime
    ) -> int | None:
        """As core.desk_store.Dialogs."""
        where = (
            DRAFT.c.operator == operator,
            DRAFT.c.dialog == dialog,
            DRAFT.c.mode == draft.mode,
        )
        async with self._database.writing() as connection:
            known = await first(connection, select(DRAFT.c.rev).where(*where))
            if known is not None and known["rev"] != draft.rev:
                return None
            rev = draft.rev + 1
            await connection.execute(delete(DRAFT).where(*where))
            if draft.text or draft.attachments or draft.reply_n:
                row = {"operator": operator, "dialog": dialog, "mode": draft.mode, "rev": rev}
                found = {"attachments": list(draft.attachments), "missing": list(draft.missing)}
                said = {"text": draft.text, "reply_n": draft.reply_n, "at": now}
                await connection.execute(insert(DRAFT).values(**row, **found, **said))
            await say(
                connection, "draft", now, dialog=dialog, by=operator, kind=draft.mode, version=rev
            )
        return rev

    # -- the feed

    async def last_event(self) -> int:
        """As core.desk_store.Dialogs."""
        async with self._database.reading() as connection:
            found = (await connection.execute(select(func.max(DESK_EVENT.c.id)))).scalar()
        return int(found or 0)

    async def position_at(self, since: int, overlap: timedelta) -> int | None:
        """As core.desk_store.Dialogs."""
        e = DESK_EVENT.c
        known = select(e.at).where(e.id <= since).order_by(e.id.desc()).limit(1)
        async with self._database.reading() as connection:
            at = (await connection.execute(known)).scalar()
            last = (await connection.execute(select(func.max(e.id)))).scalar()
            if at is None or last is None or since > last:
                return None
            early = select(func.min(e.id)).where(e.at >= at - overlap)
            lowest = (await connection.execute(early)).scalar()
        return max(0, min(int(lowest or since), since) - 1)

    async def events(self, after: int, limit: int) -> tuple[DeskEvent, ...]:
        """As core.desk_store.Dialogs."""
        async with self._database.reading() as connection:
            found = await connection.execute(_EVENTS_AFTER, {"after": after, "most": limit})
        return tuple(DeskEvent(**dict(zip(_EVENT, row, strict=True))) for row in found)

    async def events_among(self, ids: Sequence[int]) -> tuple[DeskEvent, ...]:
        """As core.desk_store.Dialogs."""
        return await self._events(DESK_EVENT.c.id.in_(list(ids)), len(ids)) if ids else ()

    async def _events(self, where: Any, limit: int) -> tuple[DeskEvent, ...]:
        statement = select(DESK_EVENT).where(where).order_by(DESK_EVENT.c.id).limit(limit)
        async with self._database.reading() as connection:
            found = await rows(connection, statement)
        return tuple(DeskEvent(**{name: row[name] for name in _EVENT}) for row in found)

    async def tell(self, topic: str, now: datetime, **fields: Any) -> None:
        """As core.desk_store.Dialogs."""
        async with self._database.writing() as connection:
            await say(connection, topic, now, **fields)


async def _answering(connection: AsyncConnection, dialog: str, lines: list[Line]) -> list[Line]:
    """The lines with the numbers of those they answer."""
    wanted = {line.reply_to for line in lines if line.reply_to}
    if not wanted:
        return lines
    known = select(_M.platform_id, _M.n).where(_M.dialog == dialog, _M.platform_id.in_(wanted))
    numbers = {row[0]: row[1] for row in (await connection.execute(known)).all()}
    if wanted - numbers.keys():
        # a line keeps one id; it may have gone as several messages, and an album has several ids
        parts = select(_O.platform_id, _O.n).where(_O.dialog == dialog, _O.platform_id != "")
        for ids, n in (await connection.execute(parts)).all():
            numbers |= dict.fromkeys(ids.split(ID_BORDER), n)
    return [replace(line, reply_n=numbers.get(line.reply_to, 0)) for line in lines]


def line_from(row: Mapping[str, Any]) -> Line:
    """A line of the transcript."""
    return Line(**{name: row[name] for name in LINE_FIELDS} | {"extra": row["extra"] or {}})


def mark_of(row: Mapping[str, Any]) -> Mark:
    """A rating's row."""
    return Mark(
        dialog=row["dialog"],
        operator=row["operator"],
        metric=row["metric"],
        scale=(row["scale_low"], row["scale_high"]),
        value=row["value"],
        comment=row["comment"],
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
    )


__all__ = ["LINE_FIELDS", "LineQueries", "line_from", "mark_of"]
