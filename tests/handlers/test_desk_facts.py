"""What turns know of the desk, and what they make of it."""

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.desk_values import Sorting
from core.state import Dialog
from handlers.desk_facts import DeskFactsSource
from handlers.world import DeskFacts
from tests.fakes.workplace import QUEUE, START, Workplace
from tests.handlers.hours import evenings_only


async def test_facts_are_read_once_for_all_who_ask_within_a_second(place: Workplace) -> None:
    source = DeskFactsSource(place.store, place.clock, people=place.desk)
    before = await source()
    await place.hire("anna")
    assert await source() is before
    place.later(seconds=1)
    assert (await source()).available == {"anna"}


async def test_only_operators_on_the_line_with_room_are_available(place: Workplace) -> None:
    await place.hire("anna")
    await place.hire("away", status="break")
    await place.hire("admin", "admin", queues=())
    full = await place.hire("full", limit=1)
    dialog = await place.asks_for_people()
    await place.takes(full, dialog)
    assert (await place.facts()).available == {"anna"}


async def test_nobody_is_available_where_nobody_is_asked(place: Workplace) -> None:
    await place.hire("anna")
    assert (await DeskFactsSource(place.store, place.clock)()).available == frozenset()


async def test_customer_out_of_hours_is_told_so_and_the_wait_is_marked(place: Workplace) -> None:
    await evenings_only(place)
    dialog = await place.asks_for_people()
    assert (await place.texts(dialog))[-1][1] == "<to_operator>\n\n<away>"
    assert START.isoweekday() == 1
    assert not (await place.facts()).queues[QUEUE].open_now
    place.later(hours=8)  # 21:00 in Moscow
    assert (await place.facts()).queues[QUEUE].open_now


@pytest.mark.parametrize(("status", "owner"), [("online", "boris"), ("break", "")])
async def test_dialog_that_lives_again_returns_to_its_operator_only_while_on_the_line(
    place: Workplace, status: str, owner: str
) -> None:
    boris = await place.hire("boris")
    await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(boris, dialog)
    await place.operators.reply(boris, dialog, "c", Outgoing(text="сделано"))
    await place.closes(boris, dialog)
    await place.desk.put_status("boris", status, "", "boris", place.now)
    assert await place.writes("опять не работает") == dialog
    row = await place.row(dialog)
    assert (row.operator, row.reopened) == (owner, True)


async def test_customers_who_come_back_at_once_overload_nobody(place: Workplace) -> None:
    boris = await place.hire("boris", limit=2)
    dialogs = [await place.asks_for_people(chat) for chat in "123"]
    for dialog in dialogs:
        await place.takes(boris, dialog)
        await place.operators.reply(boris, dialog, "c", Outgoing(text="сделано"))
        await place.closes(boris, dialog)
    assert await place.write("опять не работает", chats="123") == dialogs
    rows = [await place.row(dialog) for dialog in dialogs]
    assert sorted(row.operator for row in rows) == ["", "boris", "boris"]
    assert sorted(row.state for row in rows) == ["queued", "with_operator", "with_operator"]


def test_facts_keep_up_with_the_hands_that_turns_fill_and_empty() -> None:
    facts = DeskFacts({}, {"anna": 1, "boris": 0})
    assert facts.available == {"anna"}
    free = Dialog(id="d", channel="site", chat="7", identity="i", lang="ru", opened_at=START)
    annas = replace(free, state="with_operator", operator="anna")
    boris = replace(annas, operator="boris")
    facts.moved(free, annas)
    assert facts.available == frozenset()
    facts.moved(annas, annas)
    facts.moved(annas, boris)
    assert facts.available == {"anna"}
    facts.moved(boris, free)
    facts.moved(replace(annas, operator="away"), free)
    assert facts.available == {"anna"}, "of who is not on the line no hand is free"


async def test_place_in_the_queue_is_that_in_the_order_of_service(place: Workplace) -> None:
    words = {**place.bundle.texts["ru"], "still_waiting": "{place}"}
    place.bundle = replace(place.bundle, texts={"ru": words})
    vera = await place.hire("vera", "supervisor")
    first = await place.asks_for_people(chat="1")
    place.later(seconds=1)
    urgent = await place.asks_for_people(chat="2")
    rev = (await place.row(urgent)).state_rev
    sorting = Sorting(priority=1)
    assert await place.operators.sort(vera, urgent, state_rev=rev, sorting=sorting) is None
    assert await place.listed(vera, tab="queue") == [urgent, first]
    place.later(minutes=6)
    told = []
    for chat in ("1", "2"):
        dialog = await place.writes("вы тут?", chat=chat)
        told.append((await place.texts(dialog))[-1][1])
    assert told == ["2", "1"]
