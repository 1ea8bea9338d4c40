"""Dialogs as lists show them: a handful of statements for any number of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.access import Person, Whose
from core.desk_values import Listed, ReaderFacts
from core.storage.desk_base import Part, among, chunks, rows, table

DIALOG = table("dialog")
STAY = table("queue_stay")
HOLDING = table("holding")
MESSAGE = table("message")
READ = table("read_mark")
DRAFT = table("draft")
GRANT = table("grant")
ESCALATION = table("escalation")
RATING = table("rating")
CLOSING = table("closing")

_D = DIALOG.c
_COLUMNS = (
    *(_D.id, _D.channel, _D.customer, _D.identity, _D.customer_name, _D.lang, _D.state),
    *(_D.queue, _D.operator, _D.operator_name, _D.version, _D.state_rev, _D.last_n),
    *(_D.last_customer_n, _D.topic, _D.result, _D.tags, _D.priority, _D.preview_author),
    *(_D.preview_text, _D.preview_files, _D.preview_at, _D.waiting_since, _D.opened_at),
    *(_D.updated_at, _D.closed_at, _D.last_customer_at, _D.gone),
)

Facts = Mapping[str, Any]


class RowQueries(Part):
    """The part of core.desk_store.Dialogs about rows by id."""

    async def rows(self, ids: Sequence[str], reader: Person) -> Mapping[str, Listed]:
        """As core.desk_store.Dialogs."""
        async with self._database.reading() as connection:
            return await read_rows(connection, ids, reader)

    async def reader_facts(
        self, ids: Sequence[str], readers: Sequence[str]
    ) -> Mapping[str, Mapping[str, ReaderFacts]]:
        """As core.desk_store.Dialogs."""
        heard = select(MESSAGE.c.dialog, MESSAGE.c.n).where(
            MESSAGE.c.dialog.in_(ids), MESSAGE.c.direction == "in"
        )
        read = select(READ.c.dialog, READ.c.operator, READ.c.n).where(
            READ.c.dialog.in_(ids), READ.c.operator.in_(readers)
        )
        drafted = select(DRAFT.c.dialog, DRAFT.c.operator).where(
            DRAFT.c.dialog.in_(ids), DRAFT.c.operator.in_(readers)
        )
        numbers: dict[str, list[int]] = {id_: [] for id_ in ids}
        async with self._database.reading() as connection:
            for dialog, n in (await connection.execute(heard)).all():
                numbers[dialog].append(n)
            marks = {(row[0], row[1]): row[2] for row in (await connection.execute(read)).all()}
            drafts = {(row[0], row[1]) for row in (await connection.execute(drafted)).all()}
        return {
            id_: {
                reader: ReaderFacts(
                    read_n=marks.get((id_, reader), 0),
                    unread=sum(n > marks.get((id_, reader), 0) for n in numbers[id_]),
                    has_draft=(id_, reader) in drafts,
                )
                for reader in readers
            }
            for id_ in ids
        }


async def read_rows(
    connection: AsyncConnection, ids: Sequence[str], reader: Person
) -> dict[str, Listed]:
    """Rows by id, with everything that lists and core.access want to know."""
    near = await _customers_in_hand(connection, reader)
    found: dict[str, Listed] = {}
    for part in chunks(list(dict.fromkeys(ids))):
        base = await rows(connection, select(*_COLUMNS).where(_D.id.in_(part)))
        facts = await _facts(connection, part, reader)
        for row in base:
            found[row["id"]] = _listed(row, facts, near)
    return found


async def _customers_in_hand(connection: AsyncConnection, reader: Person) -> frozenset[str]:
    statement = select(_D.customer).where(
        among(_D.state, "with_operator"), _D.operator == reader.id
    )
    return frozenset((await connection.execute(statement)).scalars().all())


async def _facts(
    connection: AsyncConnection, ids: Sequence[str], reader: Person
) -> dict[str, Facts]:
    """Name of a fact -> dialog (or identity) -> its value."""

    async def pairs(statement: Any) -> dict[str, Any]:
        return {row[0]: row[1] for row in (await connection.execute(statement)).all()}

    async def sets(statement: Any) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, value in (await connection.execute(statement)).all():
            found.setdefault(key, set()).add(value)
        return found

    count, read = unread_of(reader)
    unread = select(_D.id, count).where(_D.id.in_(ids), _D.last_customer_n > read)
    unanswered = and_(ESCALATION.c.first_n == 0, ESCALATION.c.dialog.in_(ids))
    levels = (
        select(GRANT.c.identity, GRANT.c.level)
        .join(DIALOG, _D.identity == GRANT.c.identity)
        .where(_D.id.in_(ids))
    )
    return {
        "unread": await pairs(unread),
        "read": await pairs(
            select(READ.c.dialog, READ.c.n).where(
                READ.c.operator == reader.id, READ.c.dialog.in_(ids)
            )
        ),
        "draft": await pairs(
            select(DRAFT.c.dialog, func.count())
            .where(DRAFT.c.operator == reader.id, DRAFT.c.dialog.in_(ids))
            .group_by(DRAFT.c.dialog)
        ),
        "levels": await sets(levels),
        "stays": await sets(_both(STAY.c.dialog, STAY.c.queue, ids)),
        "held": await sets(_both(HOLDING.c.dialog, HOLDING.c.operator, ids)),
        "escalated": await pairs(
            select(ESCALATION.c.dialog, func.max(ESCALATION.c.escalated_at))
            .where(unanswered, ESCALATION.c.ended_at.is_(None))
            .group_by(ESCALATION.c.dialog)
        ),
        "missed": await pairs(
            select(ESCALATION.c.dialog, func.count())
            .where(unanswered, ESCALATION.c.ended_at.is_not(None))
            .group_by(ESCALATION.c.dialog)
        ),
        "rated": await pairs(
            select(RATING.c.dialog, func.count())
            .where(RATING.c.dialog.in_(ids), RATING.c.value.is_not(None))
            .group_by(RATING.c.dialog)
        ),
        "reopened": await pairs(
            select(CLOSING.c.dialog, func.count())
            .where(CLOSING.c.dialog.in_(ids), CLOSING.c.reopened_at.is_not(None))
            .group_by(CLOSING.c.dialog)
        ),
    }


def unread_of(reader: Person) -> tuple[Any, Any]:
    """For a query over dialogs: how many customers' lines the reader has not read, and how far they
    have read. Counted dialog by dialog along the key of lines: a join would leave PostgreSQL free
    to walk through all lines once per dialog while it knows nothing of a fresh table."""
    mark = select(READ.c.n).where(READ.c.operator == reader.id, READ.c.dialog == _D.id)
    read = func.coalesce(mark.correlate(DIALOG).scalar_subquery(), 0)
    lines = select(func.count()).where(
        MESSAGE.c.dialog == _D.id, MESSAGE.c.direction == "in", MESSAGE.c.n > read
    )
    return lines.correlate(DIALOG).scalar_subquery(), read


def _both(key: Any, value: Any, ids: Sequence[str]) -> Any:
    return select(key, value).where(key.in_(ids)).distinct()


def _listed(row: Mapping[str, Any], facts: dict[str, Facts], near: frozenset[str]) -> Listed:
    id_ = row["id"]

    def fact(name: str) -> Any:
        return facts[name].get(id_)

    fields: dict[str, Any] = {column.name: row[column.name] for column in _COLUMNS}
    fields["tags"] = tuple(row["tags"] or ())
    return Listed(
        **fields,
        level=_best(facts["levels"].get(row["identity"], set())),
        unread=fact("unread") or 0,
        read_n=fact("read") or 0,
        reopened=bool(fact("reopened")),
        missed=bool(fact("missed")),
        rated=bool(fact("rated")),
        has_draft=bool(fact("draft")),
        escalated_at=fact("escalated"),
        whose=Whose(
            state=row["state"],
            queue=row["queue"],
            operator=row["operator"],
            stays=frozenset(fact("stays") or ()),
            held_by=frozenset(fact("held") or ()),
            near=row["customer"] in near,
        ),
    )


_best_first: Sequence[str] = ("verified", "linked")


def _best(levels: set[str]) -> str:
    return next((level for level in _best_first if level in levels), "anonymous")


__all__ = ["RowQueries", "read_rows", "unread_of"]
