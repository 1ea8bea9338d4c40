"""Lists of dialogs: what a reader may see, in which order, how many."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, func, or_, select, true

from core.access import Person
from core.desk_values import Counts, ListQuery, Page
from core.storage.desk_base import table
from core.storage.desk_rows import RowQueries, read_rows, unread_of

DIALOG = table("dialog")
STAY = table("queue_stay")
HOLDING = table("holding")
OPEN = ("bot", "queued", "with_operator")
OVER = ("rating", "closed")

Condition = ColumnElement[bool]
_D = DIALOG.c
_WAITED = func.coalesce(_D.waiting_since, _D.opened_at)
_ENDED = func.coalesce(_D.closed_at, _D.updated_at)
#: Name of an order -> its columns, each with whether it descends.
ORDERS: dict[str, tuple[tuple[Any, bool], ...]] = {
    "wait": ((_D.priority, True), (_WAITED, False), (_D.id, False)),
    "activity": ((_D.updated_at, True), (_D.id, True)),
    "closed": ((_ENDED, True), (_D.id, True)),
}
_ORDER_OF = {"queue": "wait", "closed": "closed"}


class ListQueries(RowQueries):
    """The part of core.desk_store.Dialogs about lists."""

    async def page(self, reader: Person, query: ListQuery) -> Page:
        """As core.desk_store.Dialogs."""
        order = ORDERS.get(query.sort) or ORDERS[_ORDER_OF.get(query.tab, "activity")]
        keys = [column.label(f"key{number}") for number, (column, _) in enumerate(order)]
        statement = (
            select(_D.id, *keys)
            .where(in_tab(reader, query.tab), *_filters(query))
            .order_by(*(column.desc() if down else column for column, down in order))
            .limit(query.limit + 1)
        )
        if query.after:
            statement = statement.where(_beyond(order, query.after))
        async with self._database.reading() as connection:
            found = (await connection.execute(statement)).all()
            ids = [row[0] for row in found[: query.limit]]
            listed = await read_rows(connection, ids, reader)
        more = len(found) > query.limit
        return Page(
            rows=tuple(listed[id_] for id_ in ids if id_ in listed),
            next=tuple(found[query.limit - 1][1:]) if more else (),
        )

    async def counts(self, reader: Person) -> Counts:
        """As core.desk_store.Dialogs."""
        count, _ = unread_of(reader)
        unread = select(func.coalesce(func.sum(count), 0)).where(in_tab(reader, "mine"))
        numbers = [
            select(func.count()).select_from(DIALOG).where(in_tab(reader, tab))
            for tab in ("queue", "mine", "all")
        ]
        statement = select(*(number.scalar_subquery() for number in (*numbers, unread)))
        async with self._database.reading() as connection:
            queue, own, all_, new = (await connection.execute(statement)).one()
        return Counts(queue=queue, mine=own, all=all_, unread=int(new))

    async def waiting(self, queues: frozenset[str] | None, limit: int) -> tuple[str, ...]:
        """As core.desk_store.Dialogs."""
        order = ORDERS["wait"]
        statement = (
            select(_D.id)
            .where(_D.state == "queued", _in_queues(queues))
            .order_by(*(column.desc() if down else column for column, down in order))
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return tuple((await connection.execute(statement)).scalars().all())

    async def in_hand(self, operator: str) -> tuple[str, ...]:
        """As core.desk_store.Dialogs."""
        statement = (
            select(_D.id)
            .where(_D.state == "with_operator", _D.operator == operator)
            .order_by(_D.id)
        )
        async with self._database.reading() as connection:
            return tuple((await connection.execute(statement)).scalars().all())

    async def dialogs_of(self, customer: str, limit: int = 100) -> tuple[str, ...]:
        """As core.desk_store.Dialogs."""
        statement = (
            select(_D.id)
            .where(_D.customer == customer)
            .order_by(_D.opened_at.desc(), _D.id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return tuple((await connection.execute(statement)).scalars().all())


def in_tab(reader: Person, tab: str) -> Condition:
    """Dialogs of a tab that the reader may open; the same rule as core.access.view."""
    if not reader.is_operator:
        return false()
    queues = None if reader.sees_all_queues else reader.queues
    waiting = and_(_D.state == "queued", _in_queues(queues))
    mine = and_(_D.state == "with_operator", _D.operator == reader.id)
    if tab == "queue":
        return waiting
    if tab == "mine":
        return mine
    if tab == "all":
        if not reader.is_supervisor:
            return or_(waiting, mine)
        return and_(_D.state.in_(OPEN), or_(_watched(reader), mine))
    if reader.is_supervisor:
        return and_(_D.state.in_(OVER), or_(_watched(reader), _held(reader)))
    return and_(_D.state.in_(OVER), or_(_stood(queues), _held(reader)))


def _watched(reader: Person) -> Condition:
    """Dialogs of a supervisor's queues, and those that never stood in any."""
    if reader.sees_all_queues:
        return true()
    never = ~exists().where(STAY.c.dialog == _D.id)
    return or_(
        and_(_D.queue != "", _D.queue.in_(reader.queues)),
        and_(_D.queue == "", or_(never, _stood(reader.queues))),
    )


def _stood(queues: frozenset[str] | None) -> Condition:
    if queues is None:
        return true()
    return exists().where(STAY.c.dialog == _D.id, STAY.c.queue.in_(queues))


def _held(reader: Person) -> Condition:
    return exists().where(HOLDING.c.dialog == _D.id, HOLDING.c.operator == reader.id)


def _in_queues(queues: frozenset[str] | None) -> Condition:
    return true() if queues is None else _D.queue.in_(queues)


def _filters(query: ListQuery) -> Sequence[Condition]:
    found: list[Condition] = []
    if query.queue:
        found.append(_D.queue == query.queue)
    if query.channel:
        found.append(_D.channel == query.channel)
    if query.topic:
        found.append(_D.topic == query.topic)
    if query.tag:
        found.append(tagged(query.tag))
    return found


def tagged(tag: str) -> Condition:
    """Tags are a JSON list of texts: a quoted word is an element of it."""
    word = tag.replace("\\", "").replace('"', "")
    return cast(_D.tags, String).contains(f'"{word}"', autoescape=True)


def _beyond(order: Sequence[tuple[Any, bool]], after: Sequence[Any]) -> Condition:
    """Rows behind this key in the order: keyset paging, so that nothing is skipped or doubled."""
    found: list[Condition] = []
    same: list[Condition] = []
    for (column, down), value in zip(order, after, strict=True):
        found.append(and_(*same, column < value if down else column > value))
        same.append(column == value)
    return or_(*found)


__all__ = ["ListQueries", "in_tab", "tagged"]
