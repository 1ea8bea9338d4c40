"""The lists of the desk on both databases, over rows that real turns wrote."""

from datetime import timedelta
from typing import Any

import pytest

from core.access import view
from core.content import Outgoing
from core.desk_values import DeskQueue, Listed, ListQuery
from core.storage.desk_lists import ORDERS
from tests.fakes.workplace import QUEUE, Workplace, new_id

DAY = timedelta(days=1)


async def test_tabs_hold_what_they_say(place: Workplace) -> None:
    anna, boris = await place.hire("anna"), await place.hire("boris")
    with_bot = await place.writes("привет", chat="0")
    waits = await place.asks_for_people(chat="1")
    mine = await place.asks_for_people(chat="2")
    his = await place.asks_for_people(chat="3")
    over = await place.asks_for_people(chat="4")
    for who, dialog in ((anna, mine), (boris, his), (anna, over)):
        assert await place.takes(who, dialog) is None
    await place.closes(anna, over)
    vera = await place.hire("vera", "supervisor", queues=())
    assert await place.listed(anna, tab="queue") == [waits]
    assert await place.listed(anna, tab="mine") == [mine]
    assert set(await place.listed(anna, tab="all")) == {waits, mine}
    assert set(await place.listed(vera, tab="all")) == {with_bot, waits, mine, his}
    assert await place.listed(anna, tab="closed") == [over]
    counts = await place.desk.counts(anna)
    assert (counts.queue, counts.mine, counts.all) == (1, 1, 2)


async def test_lists_agree_with_the_rule_of_who_may_open_what(place: Workplace) -> None:
    anna, sam = await place.hire("anna"), await place.hire("sam", queues=["sales"])
    people = [
        anna,
        sam,
        await place.hire("vera", "supervisor"),
        await place.hire("olga", "supervisor", queues=["sales"]),
        await place.hire("head", "supervisor", queues=()),
        await place.hire("root", "admin", queues=()),
    ]
    await place.desk.put_queue(DeskQueue(id="sales", title="Продажи"), place.now)
    dialogs = [await place.writes("привет", chat="0")]
    dialogs += [await place.asks_for_people(chat=str(number)) for number in range(1, 6)]
    for dialog in dialogs[2:5]:
        await place.takes(anna, dialog)
    await place.closes(anna, dialogs[3])
    row = await place.row(dialogs[4])
    await place.operators.transfer(
        anna, dialogs[4], state_rev=row.state_rev, key=new_id(), to_queue="sales"
    )
    for person in people:
        shown = {
            id_ for tab in ("queue", "mine", "all", "closed")
            for id_ in await place.listed(person, tab=tab)
        }  # fmt: skip
        rows = await place.desk.rows(dialogs, person)
        may = {id_ for id_, one in rows.items() if view(person, one.whose) == "full"}
        near = {id_ for id_ in may if rows[id_].whose.near}
        assert shown <= may, person.id
        assert may - near <= shown, person.id


@pytest.mark.parametrize("sort", sorted(ORDERS))
async def test_pages_hold_every_row_once_in_the_order_of_one_page(
    place: Workplace, sort: str
) -> None:
    head = await place.hire("head", "supervisor", queues=())
    for number in range(7):
        await place.asks_for_people(chat=str(number))
        if number % 2:
            place.later(seconds=1)
    whole = await place.listed(head, tab="all", sort=sort)
    assert len(whole) == 7
    found: list[str] = []
    after: tuple[Any, ...] = ()
    while True:
        page = await place.desk.page(head, ListQuery(tab="all", sort=sort, limit=3, after=after))
        found += [row.id for row in page.rows]
        after = page.next
        if not after:
            break
    assert found == whole


async def test_longest_wait_comes_first_and_filters_narrow(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialogs = []
    for number in range(3):
        dialogs.append(await place.asks_for_people(chat=str(number)))
        place.later(seconds=1)
    assert await place.listed(anna, tab="queue") == dialogs
    assert await place.desk.waiting(anna.queues, 2) == tuple(dialogs[:2])
    assert await place.listed(anna, tab="queue", queue="sales") == []
    assert await place.listed(anna, tab="queue", channel="site") == dialogs
    assert await place.listed(anna, tab="queue", tag="vip%") == []


async def test_unread_counts_customers_words_above_the_mark(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    row = await place.row(dialog, anna)
    assert row.unread == 1
    assert await place.desk.put_read("anna", dialog, row.last_n, place.now)
    await place.writes("ау")
    await place.operators.reply(anna, dialog, "c", Outgoing(text="тут"))
    assert (await place.row(dialog, anna)).unread == 1
    assert (await place.desk.counts(anna)).unread == 1
    assert not await place.desk.put_read("anna", dialog, 1, place.now)
    assert (await place.row(dialog, anna)).read_n == row.last_n


async def test_row_tells_who_waits_since_when(place: Workplace) -> None:
    asked = place.now
    dialog = await place.asks_for_people()
    place.later(minutes=1)
    row = await place.row(dialog)
    assert isinstance(row, Listed)
    assert (row.waiting_since, row.escalated_at, row.missed) == (asked, asked, False)
    assert row.whose.stays == {QUEUE}
