"""What the desk asks costs the same whatever lies in the archive.

Nothing is timed: on SQLite the steps of its machine are counted, on PostgreSQL the rows it
looked at.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import apsw
import asyncpg
from msgspec.structs import replace
from sqlalchemy import event, insert, select

from core.access import Person
from core.desk_values import ListQuery
from core.search import SearchQuery
from core.storage.address import address
from core.storage.apsw_driver import open_file
from core.storage.desk_base import table
from core.updates import OperatorTransferred
from tests.fakes.workplace import Workplace, new_id, workplace
from tests.storage.crowd import crowd
from tests.storage.look import look_at

#: More than the newest that some questions look at.
FEW, MANY = 1100, 3300
_LETTERS = 5
#: So few that an index is worth it on tables as small as these.
_ROWS = 20
_SUPERVISOR = frozenset({"operator", "supervisor"})
Asked = Callable[[Workplace, Person], Awaitable[Any]]


def _page(tab: str) -> Asked:
    return lambda place, who: place.desk.page(who, ListQuery(tab=tab, limit=_ROWS))


async def _second_page(place: Workplace, who: Person) -> None:
    first = await place.desk.page(who, ListQuery(tab="closed", limit=_ROWS))
    await place.desk.page(who, ListQuery(tab="closed", limit=_ROWS, after=first.next))


def _search(*words: str, **filters: Any) -> Asked:
    query = SearchQuery(words=words, most=20, **filters)
    return lambda place, who: place.desk.search(who, query)


ASKED: dict[str, Asked] = {
    **{f"tab {tab}": _page(tab) for tab in ("queue", "mine", "all", "closed")},
    "second page": _second_page,
    "closed of a channel": lambda place, who: place.desk.page(
        who, ListQuery(tab="closed", channel="site", limit=_ROWS)
    ),
    "counts": lambda place, who: place.desk.counts(who),
    "search": _search("никто", "этого", "не", "говорил"),
    "search by mark": _search(rating=1),
    "search by operator": _search(operator="nobody"),
    "queues": lambda place, _: place.desk.queues_now(),
    "waits": lambda place, _: place.desk.open_waits(["first_line"]),
    "channels": lambda place, _: place.desk.channels_now(place.now),
    "accounts": lambda place, _: place.desk.accounts(),
    "standing": lambda place, _: place.desk.standing(),
    "line": lambda place, _: place.desk.waiting(None, 10),
}
READERS: dict[str, Callable[[Person], Person]] = {
    "operator": lambda anna: anna,
    "supervisor": lambda anna: replace(anna, roles=_SUPERVISOR),
    "supervisor of all": lambda anna: replace(anna, roles=_SUPERVISOR, queues=frozenset()),
}


@asynccontextmanager
async def work(place: Workplace, url: str) -> AsyncIterator[list[int]]:
    """What the questions of the block cost the database, known once it is over."""
    found: list[int] = []
    seen: list[tuple[str, Any]] = []
    engine = place.desk._database._reads.sync_engine

    def note(_: Any, __: Any, sql: str, values: Any, *___: Any) -> None:
        if sql.startswith("SELECT"):
            seen.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
    found.append(_steps(url, seen) if url.startswith("sqlite") else await _rows(url, seen))


def _steps(url: str, asked: Sequence[tuple[str, Any]]) -> int:
    """Of SQLite's machine."""
    taken: list[int] = []
    connection = open_file(address(url).target, busy=5)
    try:
        connection.trace_v2(
            apsw.SQLITE_TRACE_PROFILE,
            lambda told: taken.append(told["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]),
        )
        for sql, values in asked:
            connection.execute(sql, values).fetchall()
    finally:
        connection.close()
    return sum(taken)


async def _rows(url: str, asked: Sequence[tuple[str, Any]]) -> int:
    """That PostgreSQL looked at, in tables and in indexes. Its figures are of disks that turn, by
    which tables as small as these are best read whole."""
    settings = {"random_page_cost": "1.1"}
    connection = await asyncpg.connect(address(url).target, server_settings=settings)
    try:
        plans = [
            await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
            for sql, values in asked
        ]
    finally:
        await connection.close()
    return round(sum(_looked_at(json.loads(plan)[0]["Plan"]) for plan in plans))


def _looked_at(node: dict[str, Any]) -> float:
    inner = sum(_looked_at(child) for child in node.get("Plans", ()))
    if "Scan" not in node["Node Type"]:
        return inner
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return inner + float((node["Actual Rows"] + dropped) * node["Actual Loops"])


async def _closed(place: Workplace, who: Person) -> str:
    """A dialog that they had and closed; beside it one waits, and one is in their hands."""
    for chat in "123":
        await place.asks_for_people(chat)
        place.later(seconds=1)
    _, held, model = await place.desk.waiting(None, 3)
    for dialog in (held, model):
        assert await place.takes(who, dialog) is None
    await place.closes(who, model)
    return model


async def _archive(place: Workplace, model: str, first: int, count: int) -> None:
    """So many more closed dialogs, each with what its talk left behind."""
    ids = await crowd(place, count, model, first)
    async with place.desk._database.writing() as connection:
        for name, times in (("outbox", _LETTERS), ("chat_run", 1)):
            found = table(name)
            asked = select(found).where(found.c.dialog == model)
            one = dict((await connection.execute(asked)).mappings().first() or {})
            if name == "outbox":
                del one["id"]
                one |= {"state": "sent"}
            for part in range(times):
                own = {"part": part} if name == "outbox" else {}
                rows = [one | own | {"dialog": id_, "chat": f"of {id_}"} for id_ in ids]
                await connection.execute(insert(found), rows)


async def test_the_desk_asks_for_the_present_and_not_for_the_archive(database_url: str) -> None:
    costs: list[dict[tuple[str, str], int]] = []
    async with workplace(database_url) as place:
        anna = await place.hire("anna")
        model = await _closed(place, anna)
        for first, count in ((0, FEW), (FEW, MANY - FEW)):
            await _archive(place, model, first, count)
            if database_url.startswith("postgresql"):
                await look_at(database_url)("ANALYZE")
            costs.append({})
            for who, made in READERS.items():
                for name, asked in ASKED.items():
                    async with work(place, database_url) as cost:
                        await asked(place, made(anna))
                    costs[-1][who, name] = cost[0]
    few, many = costs
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name] * 1.1 + 300}
    assert grown == {}


async def _pages(place: Workplace, who: Person, **about: Any) -> list[list[str]]:
    """Ids of closed dialogs, page by page to the end."""
    found: list[list[str]] = []
    after: tuple[Any, ...] = ()
    while not found or after:
        query = ListQuery(tab="closed", after=after, **about)
        page = await place.desk.page(who, query)
        found.append([row.id for row in page.rows])
        after = page.next
    return found


async def test_pages_that_end_early_skip_and_double_nothing(database_url: str) -> None:
    async with workplace(database_url) as place:
        anna, boris = await place.hire("anna"), await place.hire("boris", queues=("sales",))
        held = await place.asks_for_people("old")
        assert await place.takes(anna, held) is None
        handed = OperatorTransferred(operator="anna", name="Anna", to_queue="sales")
        assert await place.operators._command(held, handed, new_id()) is None
        assert await place.takes(boris, held) is None
        await place.closes(boris, held)
        place.later(seconds=1)
        model = await _closed(place, anna)
        ids = await crowd(place, 300, model)
        everything = [*reversed(ids), model, held]
        for about in ({"limit": 7}, {"limit": 7, "most": 3}, {"limit": 50, "most": 100}):
            pages = await _pages(place, anna, **about)
            assert [id_ for page in pages for id_ in page] == everything
            assert max(map(len, pages)) <= about["limit"]
        pages = await _pages(place, boris, most=50)
        assert [page for page in pages if page] == [[held]]
        assert len(pages) > 1
