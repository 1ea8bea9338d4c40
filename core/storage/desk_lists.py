"""Lists of dialogs: what a reader may see, in which order, how many."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.access import Person
from core.desk_values import Counts, ListQuery, Page
from core.storage.desk_base import among, has, table
from core.storage.desk_rows import RowQueries, read_rows, unread_of

DIALOG = table("dialog")
STAY = table("queue_stay")
HOLDING = table("holding")

Condition = ColumnElement[bool]
_D = DIALOG.c
#: In the words of the indexes `ix_dialog_open` and `ix_dialog_ended`.
IS_OPEN: Condition = among(_D.state, "bot", "queued", "with_operator")
IS_OVER: Condition = among(_D.state, "rating", "closed")
_WAITED = func.coalesce(_D.waiting_since, _D.opened_at)
_ENDED = func.coalesce(_D.closed_at, _D.updated_at)
#: Columns, each with whether it descends.
Order = tuple[tuple[Any, bool], ...]
ORDERS: dict[str, Order] = {
    "wait": ((_D.priority, True), (_WAITED, False), (_D.id, False)),
    "activity": ((_D.updated_at, True), (_D.id, True)),
    "closed": ((_ENDED, True), (_D.id, True)),
}
_ORDER_OF = {"queue": "wait", "closed": "closed"}
#: Closed dialogs that one statement passes at most.
_STRIDE = 2_000


class ListQueries(RowQueries):
    """The part of core.desk_store.Dialogs about lists."""

    async def page(self, reader: Person, query: ListQuery) -> Page:
        """As core.desk_store.Dialogs."""
        order = ORDERS.get(query.sort) or ORDERS[_ORDER_OF.get(query.tab, "activity")]
        page = _page_of_archive if order is ORDERS["closed"] and query.tab == "closed" else _page
        async with self._database.reading() as connection:
            found, after = await page(connection, reader, query, order)
            listed = await read_rows(connection, found, reader)
        return Page(rows=tuple(listed[id_] for id_ in found if id_ in listed), next=after)

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
        statement = (
            select(_D.id)
            .where(among(_D.state, "queued"), _in_queues(queues))
            .order_by(*_in(ORDERS["wait"]))
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return tuple((await connection.execute(statement)).scalars().all())

    async def in_hand(self, operator: str) -> tuple[str, ...]:
        """As core.desk_store.Dialogs."""
        statement = (
            select(_D.id)
            .where(among(_D.state, "with_operator"), _D.operator == operator)
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


async def _page(
    connection: AsyncConnection, reader: Person, query: ListQuery, order: Order
) -> tuple[list[str], tuple[Any, ...]]:
    """Ids of a page, and the key to continue after."""
    statement = (
        select(_D.id, *_keys(order))
        .where(in_tab(reader, query.tab), *_filters(query))
        .order_by(*_in(order))
        .limit(query.limit + 1)
    )
    if query.after:
        statement = statement.where(_beyond(order, query.after))
    found = (await connection.execute(statement)).all()
    more = len(found) > query.limit
    last = tuple(found[query.limit - 1][1:]) if more else ()
    return [row[0] for row in found[: query.limit]], last


async def _page_of_archive(
    connection: AsyncConnection, reader: Person, query: ListQuery, order: Order
) -> tuple[list[str], tuple[Any, ...]]:
    """The same of closed dialogs, whose number only grows: after so many that do not fit the page
    ends early, and goes on from there."""
    fits = and_(in_tab(reader, query.tab), *_filters(query))
    found: list[tuple[str, tuple[Any, ...]]] = []
    after, passed, stride = tuple(query.after), 0, query.limit + 1
    is_done = False
    while len(found) <= query.limit and passed < query.most and not is_done:
        within = [IS_OVER, *([_beyond(order, after)] if after else [])]
        statement = passing(_keys(order), within, fits, _in(order), stride)
        part = (await connection.execute(statement)).all()
        found += [(row[0], tuple(row[1:-1])) for row in part if row[-1]]
        is_done, passed, stride = len(part) < stride, passed + stride, min(stride * 4, _STRIDE)
        after = tuple(part[-1][1:-1]) if part else after
    if len(found) > query.limit:
        after, is_done = found[query.limit - 1][1], False
    return [id_ for id_, _ in found[: query.limit]], () if is_done else after


def passing(
    keys: Sequence[Any],
    within: Sequence[Condition],
    fits: Condition,
    order: Sequence[Any],
    count: int,
) -> Select[Any]:
    """Id and keys of the next dialogs in an order, each with whether it fits.

    That is decided after so many were taken. Asked for so many that fit, both databases may gather
    all of the archive that fit and sort it, anew for every page."""
    taken = select(_D.id.label("taken")).where(*within).order_by(*order).limit(count).subquery()
    return (
        select(_D.id, *keys, case((fits, 1), else_=0))
        .join(taken, taken.c.taken == _D.id)
        .order_by(*order)
    )


def in_tab(reader: Person, tab: str) -> Condition:
    """Dialogs of a tab that the reader may open; the same rule as core.access.view."""
    if not reader.is_operator:
        return false()
    queues = None if reader.sees_all_queues else reader.queues
    waiting = and_(among(_D.state, "queued"), _in_queues(queues))
    mine = and_(among(_D.state, "with_operator"), _D.operator == reader.id)
    if tab == "queue":
        return waiting
    if tab == "mine":
        return mine
    if tab == "all":
        if not reader.is_supervisor:
            return or_(waiting, mine)
        return and_(IS_OPEN, or_(_watched(reader), mine))
    if reader.is_supervisor:
        return and_(IS_OVER, or_(_watched(reader), _held(reader)))
    return and_(IS_OVER, or_(_stood(queues), _held(reader)))


def _watched(reader: Person) -> Condition:
    """Dialogs of a supervisor's queues, and those that never stood in any."""
    if reader.sees_all_queues:
        return true()
    never = ~has(STAY.c.dialog == _D.id)
    return or_(
        and_(_D.queue != "", _D.queue.in_(reader.queues)),
        and_(_D.queue == "", or_(never, _stood(reader.queues))),
    )


def _stood(queues: frozenset[str] | None) -> Condition:
    if queues is None:
        return true()
    return has(STAY.c.dialog == _D.id, STAY.c.queue.in_(queues))


def _held(reader: Person) -> Condition:
    return has(HOLDING.c.dialog == _D.id, HOLDING.c.operator == reader.id)


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


def _keys(order: Order) -> list[Any]:
    return [column.label(f"key{number}") for number, (column, _) in enumerate(order)]


def _in(order: Order) -> list[Any]:
    return [column.desc() if down else column for column, down in order]


def _beyond(order: Order, after: Sequence[Any]) -> Condition:
    """Rows behind this key in the order: keyset paging, so that nothing is skipped or doubled."""
    if all(down for _, down in order):  # as one comparison, which an index can begin at
        return tuple_(*(column for column, _ in order)) < tuple(after)
    found: list[Condition] = []
    same: list[Condition] = []
    for (column, down), value in zip(order, after, strict=True):
        found.append(and_(*same, column < value if down else column > value))
        same.append(column == value)
    return or_(*found)


__all__ = ["IS_OPEN", "IS_OVER", "ListQueries", "in_tab", "passing", "tagged"]
