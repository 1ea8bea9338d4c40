"""Finding dialogs by what was said in them, and customers by name; only what the reader may open.

There is no index of words: both databases look through the transcripts of the newest dialogs, a
bounded number per request, and say how far they came. Letter case is spelled out in the patterns,
because neither SQLite nor PostgreSQL under the C locale knows that of Cyrillic letters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from core.access import Person, view
from core.desk_values import (
    Line,
    Listed,
)
from core.search import Found, Match, Matches, SearchQuery
from core.storage.desk_base import among, has, rows, table
from core.storage.desk_lines import LINE_FIELDS, line_from
from core.storage.desk_lists import IS_OVER, ListQueries, in_tab, passing, tagged
from core.storage.desk_rows import read_rows

DIALOG = table("dialog")
MESSAGE = table("message")
CUSTOMER = table("customer")
IDENTITY = table("identity")
STAY = table("queue_stay")
HOLDING = table("holding")
RATING = table("rating")
GRANT = table("grant")

#: Dialogs passed by one statement; their transcripts are dearer than the dialogs themselves.
_STRIDE, _STRIDE_WITHOUT_WORDS = 250, 1000
#: Dialogs passed for each one whose transcript may be looked through.
_PASSED = 4
#: Lines shown of one dialog.
_LINES = 3
_TABS = ("queue", "mine", "all", "closed")
_D, _M = DIALOG.c, MESSAGE.c

Condition = ColumnElement[bool]


class SearchQueries(ListQueries):
    """The part of core.desk_store.Dialogs about finding."""

    async def search(self, reader: Person, query: SearchQuery) -> Matches:
        """As core.desk_store.Dialogs."""
        found: list[tuple[str, list[Line]]] = []
        after, seen, passed, is_done = query.after, 0, 0, False
        async with self._database.reading() as connection:
            while (
                len(found) < query.limit
                and seen < query.most
                and passed < query.most * _PASSED
                and not is_done
            ):
                part = await self._stride(connection, reader, query, after)
                fitting = [id_ for id_, _, fits in part if fits]
                hits = await self._hits(connection, fitting, query.words)
                is_done = len(part) < stride(query)
                for id_, opened_at, fits in part:
                    passed, seen, after = passed + 1, seen + fits, (opened_at, id_)
                    if fits and (not query.words or id_ in hits):
                        found.append((id_, hits.get(id_, [])))
                    if len(found) == query.limit:
                        is_done = is_done and id_ == part[-1][0]
                        break
            listed = await read_rows(connection, [id_ for id_, _ in found], reader)
        return Matches(
            items=tuple(
                Match(row=listed[id_], lines=tuple(lines))
                for id_, lines in found
                if _is_open(reader, listed.get(id_))
            ),
            next=() if is_done else after,
            partial=not is_done and len(found) < query.limit,
        )

    async def _stride(
        self,
        connection: AsyncConnection,
        reader: Person,
        query: SearchQuery,
        after: Sequence[Any],
    ) -> list[tuple[str, datetime, bool]]:
        """The next dialogs back in time, each with whether the reader and the filters let it in."""
        within = _period(query)
        if after:
            within.append(tuple_(_D.opened_at, _D.id) < tuple(after))
        fits = and_(readable(reader), *_filters(query))
        order = (_D.opened_at.desc(), _D.id.desc())
        found = await connection.execute(
            passing([_D.opened_at], within, fits, order, stride(query))
        )
        return [(row[0], row[1], bool(row[2])) for row in found.all()]

    async def _hits(
        self, connection: AsyncConnection, ids: Sequence[str], words: Sequence[str]
    ) -> dict[str, list[Line]]:
        """The newest lines with all words, by dialog."""
        if not words or not ids:
            return {}
        newest = func.row_number().over(partition_by=_M.dialog, order_by=_M.n.desc())
        inner = (
            select(*(_M[name] for name in LINE_FIELDS), newest.label("rank"))
            .where(
                _M.dialog.in_(list(ids)),
                _M.kind.in_(("text", "note")),
                _M.deleted_at.is_(None),
                *(self._holds(_M.text, word) for word in words),
            )
            .subquery()
        )
        statement = select(inner).where(inner.c.rank <= _LINES).order_by(inner.c.n)
        found: dict[str, list[Line]] = {}
        for row in await rows(connection, statement):
            found.setdefault(row["dialog"], []).append(line_from(row))
        return found

    async def search_customers(
        self, reader: Person, words: Sequence[str], limit: int
    ) -> tuple[Found, ...]:
        """As core.desk_store.Dialogs."""
        own = exists().where(_D.customer == CUSTOMER.c.id, readable(reader))
        account = IDENTITY.c
        statement = (
            select(CUSTOMER.c.id, CUSTOMER.c.name)
            .where(
                *(
                    or_(
                        self._holds(CUSTOMER.c.name, word),
                        exists().where(
                            account.customer == CUSTOMER.c.id,
                            or_(self._holds(account.name, word), self._holds(account.handle, word)),
                        ),
                    )
                    for word in words
                ),
                own,
            )
            .order_by(CUSTOMER.c.id.desc())
            .limit(limit)
        )
        async with self._database.reading() as connection:
            people = [(row[0], row[1]) for row in (await connection.execute(statement)).all()]
            levels = await _levels(connection, [id_ for id_, _ in people])
        return tuple(
            Found(id=id_, name=name, level=levels.get(id_, "anonymous")) for id_, name in people
        )

    def _holds(self, column: Any, word: str) -> Condition:
        if self._database.is_postgres:
            found: Condition = column.op("~")(as_regex(word))
        else:
            found = column.op("GLOB")(f"*{as_glob(word)}*")
        return found


def readable(reader: Person) -> Condition:
    """Dialogs whose texts the reader may open, the same rule as core.access.view."""
    inner = DIALOG.alias("in_hand")
    near = (
        select(inner.c.customer)
        .where(among(inner.c.state, "with_operator"), inner.c.operator == reader.id)
        .scalar_subquery()
    )
    tabs = [in_tab(reader, tab) for tab in _TABS]
    return or_(*tabs, and_(IS_OVER, _D.customer.in_(near)))


def stride(query: SearchQuery) -> int:
    """How many dialogs one statement passes."""
    return min(_STRIDE if query.words else _STRIDE_WITHOUT_WORDS, query.most)


def _is_open(reader: Person, row: Listed | None) -> bool:
    return row is not None and view(reader, row.whose) == "full"


def _period(query: SearchQuery) -> list[Condition]:
    found: list[Condition] = []
    if query.since:
        found.append(_D.opened_at >= query.since)
    if query.until:
        found.append(_D.opened_at < query.until)
    return found


def _filters(query: SearchQuery) -> list[Condition]:
    found: list[Condition] = []
    if query.channel:
        found.append(_D.channel == query.channel)
    if query.queue:
        found.append(has(STAY.c.dialog == _D.id, STAY.c.queue == query.queue))
    if query.operator:
        found.append(has(HOLDING.c.dialog == _D.id, HOLDING.c.operator == query.operator))
    if query.tag:
        found.append(tagged(query.tag))
    if query.rating is not None:
        found.append(has(RATING.c.dialog == _D.id, RATING.c.value == query.rating))
    return found


async def _levels(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, str]:
    statement = (
        select(IDENTITY.c.customer, func.max(GRANT.c.level))  # "verified" sorts behind "linked"
        .join(GRANT, GRANT.c.identity == IDENTITY.c.id)
        .where(IDENTITY.c.customer.in_(list(ids)))
        .group_by(IDENTITY.c.customer)
    )
    return {row[0]: row[1] for row in (await connection.execute(statement)).all()}


# -- patterns


def as_glob(word: str) -> str:
    """The word as a GLOB of SQLite, letter case aside."""
    return "".join(_class(sign) or (f"[{sign}]" if sign in "*?[" else sign) for sign in word)


def as_regex(word: str) -> str:
    """The word as a regular expression of PostgreSQL, letter case aside."""
    return "".join(
        _class(sign) or (sign if sign.isalnum() or sign == "_" else f"\\{sign}") for sign in word
    )


def _class(sign: str) -> str:
    """All spellings of a letter, empty for a sign that has one. Е and Ё are one letter."""
    letters = {"е", "ё", "Е", "Ё"} if sign in "еёЕЁ" else {sign, sign.lower(), sign.upper()}
    spellings = sorted(letter for letter in letters if len(letter) == 1)
    return f"[{''.join(spellings)}]" if len(spellings) > 1 else ""


__all__ = ["SearchQueries", "as_glob", "as_regex"]
