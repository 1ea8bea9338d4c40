"""Dialogs find their people by themselves, and lose nobody whose operator vanishes."""

import asyncio
from datetime import datetime, timedelta

import pytest

from core.access import Person
from core.desk_values import DeskQueue
from core.state import Refusal
from handlers.assignment import BATCH, SILENCE, Assignment
from tests.fakes.workplace import QUEUE, START, Workplace, new_id, workplace
from tests.handlers.hours import evenings_only


def assignment(place: Workplace, began: datetime = START) -> Assignment:
    return Assignment(place.store, place.desk, place.operators, place.bus, place.clock, began=began)


async def automatic(place: Workplace) -> None:
    """The first line gives its dialogs away by itself."""
    queue = DeskQueue(id=QUEUE, title="Первая линия", assign="auto")
    if not await place.desk.put_queue(queue, place.now):
        assert await place.desk.change_queue(QUEUE, 1, {"assign": "auto"}, place.now)


async def test_nothing_is_given_away_unless_the_queue_says_so(place: Workplace) -> None:
    await place.hire("anna")
    dialog = await place.asks_for_people()
    assert await assignment(place).give() == 0
    assert (await place.row(dialog)).state == "queued"


async def test_waiting_dialogs_go_to_the_least_loaded_in_the_order_of_waiting(
    place: Workplace,
) -> None:
    await automatic(place)
    first = await place.asks_for_people(chat="1")
    place.later(seconds=10)
    second = await place.asks_for_people(chat="2")
    place.later(seconds=10)
    third = await place.asks_for_people(chat="3")
    anna, boris = await place.hire("anna", limit=1), await place.hire("boris", limit=1)
    assert await assignment(place).give() == 2
    rows = [await place.row(dialog) for dialog in (first, second, third)]
    assert {rows[0].operator, rows[1].operator} == {anna.id, boris.id}
    assert rows[2].state == "queued"


async def test_two_processes_at_once_overload_nobody(database_url: str) -> None:
    async with workplace(database_url) as here, workplace(database_url, name="two") as there:
        await automatic(here)
        for number in range(6):
            await here.asks_for_people(chat=str(number))
        anna = await here.hire("anna", limit=4)
        await asyncio.gather(*(assignment(one).give() for one in (here, there) for _ in range(3)))
        assert len(await here.desk.in_hand(anna.id)) == 4


async def test_nothing_is_given_to_who_left_since_it_was_decided(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    rev = (await place.row(dialog)).state_rev
    assert await place.desk.put_status(anna.id, "break", "", anna.id, place.now)
    refusal = await place.operators.give(dialog, rev, anna.id, anna.name)
    assert refusal is not None
    assert (await place.row(dialog)).state == "queued"


async def test_nothing_is_given_beyond_what_was_taken_since_it_was_decided(
    place: Workplace,
) -> None:
    anna = await place.hire("anna", limit=1)
    own, other = [await place.asks_for_people(chat) for chat in "12"]
    rev = (await place.row(other)).state_rev
    assert await place.takes(anna, own) is None
    assert await place.operators.give(other, rev, anna.id, anna.name) is not None
    assert await place.desk.in_hand(anna.id) == (own,)


async def test_who_goes_home_is_asked_about_what_was_given_at_this_moment(
    place: Workplace,
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    before = await place.desk.account(anna.id)
    assert before is not None
    rev = (await place.row(dialog)).state_rev
    given, left = await asyncio.gather(
        place.operators.give(dialog, rev, anna.id, anna.name),
        place.operators.set_status(before, "offline", by=anna),
    )
    now = await place.desk.account(anna.id)
    assert now is not None
    assert (given is None) == isinstance(left, Refusal)
    assert (now.status, now.in_hand) in (("online", 1), ("offline", 0))


async def test_operator_nobody_hears_of_is_lost_and_the_wait_counts_on(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    asked = place.now
    await place.takes(anna, dialog)
    place.later(seconds=SILENCE.total_seconds() + 1)
    assert await assignment(place).miss() == 1
    await until_queued(place, dialog)
    row = await place.row(dialog)
    assert (row.queue, row.operator, row.waiting_since) == (QUEUE, "", asked)
    account = await place.desk.account(anna.id)
    assert account is not None
    assert (account.status, account.status_reason) == ("offline", "lost")


@pytest.mark.parametrize("silence", [80, 100])
async def test_a_dialog_taken_while_offline_is_not_lost_with_its_operator(
    place: Workplace, silence: int
) -> None:
    anna = await place.hire("anna")
    kept, taken = [await place.asks_for_people(chat=chat) for chat in "12"]
    asked = place.now
    await place.takes(anna, kept)
    place.later(seconds=1)
    assert await place.desk.put_status(anna.id, "offline", "", anna.id, place.now)
    place.later(seconds=1)
    assert await place.takes(anna, taken) is None
    place.later(seconds=silence)
    looks = assignment(place)
    for _ in range(2):
        assert await looks.miss() == 0
    for chat in "12":
        await place.writes("вы здесь?", chat=chat)  # turned behind it
    rows = [await place.row(dialog) for dialog in (kept, taken)]
    assert rows[0].operator == anna.id, "that is what she wanted"
    expected = ("with_operator", anna.id) if silence < 90 else ("queued", "")
    assert (rows[1].state, rows[1].operator) == expected
    assert rows[1].waiting_since == asked


async def test_operator_heard_of_stays(place: Workplace) -> None:
    anna = await place.hire("anna")
    place.later(seconds=80)
    await place.desk.seen(anna.id, place.now)
    place.later(seconds=80)
    assert await assignment(place).miss() == 0


async def test_nobody_is_lost_because_the_process_was_away(place: Workplace) -> None:
    anna, boris = await place.hire("anna"), await place.hire("boris")
    held = [await place.asks_for_people(chat=str(number)) for number in (1, 2)]
    for who, dialog in zip((anna, boris), held, strict=True):
        await place.takes(who, dialog)
    place.later(minutes=10)
    again = assignment(place, began=place.now)
    assert await again.miss() == 0, "no page had anywhere to be heard"
    place.later(seconds=15)
    await place.desk.seen(anna.id, place.now)
    for _ in range(5):
        assert await again.miss() == 0
        place.later(seconds=15)
    assert await again.miss() == 1
    await until_queued(place, held[1])
    assert (await place.row(held[0])).operator == anna.id


async def test_nothing_is_given_to_whom_nobody_has_heard_of_since_the_process_was_away(
    place: Workplace,
) -> None:
    await automatic(place)
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    place.later(minutes=10)
    again = assignment(place, began=place.now)
    assert await again.miss() == 0
    assert await again.give() == 0, "nobody knows yet whether she is there"
    await place.desk.seen(anna.id, place.now)
    assert await again.give() == 1
    assert (await place.row(dialog)).operator == anna.id


async def test_nobody_is_lost_because_the_process_stood_still(place: Workplace) -> None:
    anna = await place.hire("anna")
    own = assignment(place)
    place.later(seconds=80)
    await place.desk.seen(anna.id, place.now)
    place.later(seconds=30)
    assert await own.miss() == 0
    place.later(minutes=5)  # the machine sleeps, or nothing can be read or written
    for _ in range(9):
        assert await own.miss() == 0, "pages could not be heard"
        place.later(seconds=10)
    assert await own.miss() == 1


async def test_every_desk_is_told_of_a_lost_operator(place: Workplace) -> None:
    anna = await place.hire("anna")
    before = await place.desk.last_event()
    place.later(seconds=100)
    await assignment(place).miss()
    told = [(one.topic, one.kind, one.by) for one in await place.desk.events(before, 10)]
    assert ("operator", "offline", anna.id) in told


async def test_dialog_of_a_lost_operator_goes_to_the_next_one(place: Workplace) -> None:
    await automatic(place)
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await assignment(place).give()
    assert (await place.row(dialog)).operator == anna.id
    place.later(seconds=SILENCE.total_seconds() + 1)
    boris = await place.hire("boris")
    await assignment(place).miss()
    await until_queued(place, dialog)
    assert await assignment(place).give() == 1
    assert (await place.row(dialog)).operator == boris.id


async def test_nothing_is_given_away_while_the_queue_is_closed(place: Workplace) -> None:
    await evenings_only(place, assign="auto")
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    assert await assignment(place).give() == 0, "the customer was told when people are back"
    assert (await place.row(dialog)).state == "queued"
    place.later(hours=8)  # 21:00 in Moscow
    await place.desk.seen(anna.id, place.now)
    assert await assignment(place).give() == 1


async def test_a_crowd_that_nobody_can_take_holds_up_no_other_queue(place: Workplace) -> None:
    await automatic(place)
    assert await place.desk.put_queue(
        DeskQueue(id="sales", title="Продажи", assign="auto"), place.now
    )
    vera = await place.hire("vera", "supervisor", status="break")
    for number in range(BATCH):
        await place.asks_for_people(chat=str(number))
    place.later(seconds=1)
    late = await place.asks_for_people(chat="late")
    rev = (await place.row(late)).state_rev
    to_sales = place.operators.transfer(vera, late, state_rev=rev, key=new_id(), to_queue="sales")
    assert await to_sales is None
    boris = await place.hire("boris", queues=["sales"])
    assert await assignment(place).give() == 1
    assert (await place.row(late)).operator == boris.id


async def test_given_to_longest_ago_gets_the_next_one(place: Workplace) -> None:
    await automatic(place)
    people: dict[str, Person] = {name: await place.hire(name) for name in ("anna", "boris")}
    got = []
    for number in range(4):
        dialog = await place.asks_for_people(chat=str(number))
        await assignment(place).give()
        got.append((await place.row(dialog)).operator)
        place.later(seconds=1)
    assert got == ["anna", "boris", "anna", "boris"]
    assert set(got) == set(people)


async def until_queued(place: Workplace, dialog: str) -> None:
    """Turns go on beside the test; it looks until this one was made."""
    for _ in range(10_000):
        if (await place.row(dialog)).state == "queued":
            return
    raise AssertionError("the dialog never came back to its queue")


def test_silence_is_ninety_seconds() -> None:
    assert timedelta(seconds=90) == SILENCE


async def test_a_transfer_that_may_be_taken_back_is_nobodys_yet(place: Workplace) -> None:
    await automatic(place)
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    assert await place.takes(anna, dialog) is None
    await place.hire("boris")
    row, undo = await place.row(dialog), new_id()
    refusal = await place.operators.transfer(
        anna, dialog, state_rev=row.state_rev, key=new_id(), to_queue=QUEUE, undo=undo
    )
    assert refusal is None
    assert await assignment(place).give() == 0
    place.later(seconds=6)
    assert await assignment(place).give() == 1
    assert (await place.row(dialog)).state == "with_operator"
