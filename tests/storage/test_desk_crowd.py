"""Lists over thousands of dialogs, on both databases, and the indexes that serve them."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from core.access import Person
from core.desk_values import ListQuery
from core.storage.desk_base import table
from core.storage.desk_lists import in_tab
from tests.fakes.workplace import Workplace, workplace
from tests.storage.crowd import crowd
from tests.storage.look import look_at

CROWD = 2500
DIALOG = table("dialog")


async def test_pages_of_a_crowd_follow_each_other(place: Workplace) -> None:
    anna = await place.hire("anna")
    model = await place.asks_for_people()
    ids = [model, *await crowd(place, CROWD, model)]
    for tab, wanted in (("queue", ids), ("all", sorted(ids))):
        seen: list[str] = []
        after: tuple[Any, ...] = ()
        while not seen or after:
            page = await place.desk.page(anna, ListQuery(tab=tab, limit=1000, after=after))
            seen += [row.id for row in page.rows]
            after = page.next
        assert (seen if tab == "queue" else sorted(seen)) == wanted
    assert (await place.desk.counts(anna)).queue == CROWD + 1
    assert (await place.desk.queues_now())["first_line"].waiting == CROWD + 1


@pytest.mark.parametrize(
    ("tab", "index"), [("queue", "ix_dialog_queued"), ("mine", "ix_dialog_in_hand")]
)
async def test_open_dialogs_are_found_by_an_index_whatever_lies_in_the_archive(
    tmp_path: Any, tab: str, index: str
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}"
    async with workplace(url):
        anna = Person(id="anna", name="", roles=frozenset({"operator"}), queues=frozenset({"q"}))
        statement = select(DIALOG.c.id).where(in_tab(anna, tab))
        compiled = statement.compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
        )
        plan = str(await look_at(url)(f"EXPLAIN QUERY PLAN {compiled}"))
    assert index in plan
    assert "SCAN dialog" not in plan
