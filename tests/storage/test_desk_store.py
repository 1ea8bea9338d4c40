"""The house of the desk and its log, on both databases."""

import asyncio
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from core.desk_accounts import AuditQuery
from core.desk_store import DeskStore
from core.desk_values import Canned, ChannelState, DeskCalendar
from core.storage.desk import SqlDeskStore
from tests.fakes.workplace import CHANNEL, QUEUE, START, Workplace
from tests.storage.build import sent
from tests.storage.look import Look

DAY = timedelta(days=1)


def port(desk: SqlDeskStore) -> DeskStore:
    """mypy proves here that the queries fill the port."""
    return desk


async def test_hours_keep_their_old_versions(place: Workplace) -> None:
    hours = DeskCalendar(
        id="office",
        version=1,
        zone="Europe/Moscow",
        weekly={"1": [["09:00", "18:00"]]},
        effective_from=date(2027, 1, 1),
    )
    assert await place.desk.put_calendar(hours, 0, "root", place.now)
    assert await place.desk.put_calendar(hours, 0, "root", place.now) is None
    later = replace(hours, effective_from=date(2027, 6, 1), always=True)
    changed = await place.desk.put_calendar(later, 1, "root", place.now)
    assert changed is not None
    assert changed.version == 2
    assert [one.version for one in await place.desk.calendars()] == [1, 2]


async def test_canned_replies_are_shown_to_whom_they_belong(place: Workplace) -> None:
    anna = await place.hire("anna")
    belongings: dict[str, dict[str, Any]] = {
        "own": {"operator": "anna"},
        "his": {"operator": "boris"},
        "line": {"scope": "queue", "queue": QUEUE},
        "sales": {"scope": "queue", "queue": "sales"},
        "all": {"scope": "all"},
    }
    for id_, fields in belongings.items():
        canned = Canned(id=id_, name=id_, body="{customer.name}", **fields)
        await place.desk.put_canned(canned, place.now)
    assert {one.id for one in await place.desk.canned(anna)} == {"own", "line", "all"}
    assert await place.desk.change_canned("own", 1, {"archived": True}, place.now) is not None
    assert await place.desk.canned_one("own") is None
    assert await place.desk.change_canned("all", 7, {"body": "?"}, place.now) is None


async def test_board_counts_who_waits_and_the_places_left(place: Workplace) -> None:
    anna = await place.hire("anna", limit=1)
    await place.hire("boris")
    await place.hire("away", status="break")
    taken = await place.asks_for_people(chat="1")
    await place.takes(anna, taken)
    place.later(seconds=5)
    await place.asks_for_people(chat="2")
    now = (await place.desk.queues_now())[QUEUE]
    assert (now.waiting, now.in_hand, now.online, now.free) == (1, 1, 2, 5)
    assert now.oldest_at == place.now
    assert len(now.waits) == 2
    await place.hire("overfull", limit=0)
    assert (await place.desk.queues_now())[QUEUE].free == 5
    today = await place.desk.today(START - timedelta(hours=1), None)
    assert (today.opened, today.escalated, today.answered, today.closed) == (2, 2, 0, 0)
    assert (await place.desk.today(START, frozenset({"sales"}))).opened == 0


async def test_chain_of_parallel_writers_is_whole_and_shows_every_change(
    place: Workplace, look: Look
) -> None:
    await asyncio.gather(
        *(
            place.desk.audit("anna", "reveal", f"customer:{number}", place.now, queue=QUEUE)
            for number in range(6)
        )
    )
    await place.desk.audit("vera", "take", "dialog:1", place.now, detail={"force": True})
    assert (await place.desk.verify_audit()).broken_at is None
    rows = await place.desk.audit_rows(AuditQuery(actor="vera"))
    assert [(row.action, row.detail) for row in rows] == [("take", {"force": True})]
    assert len(await place.desk.audit_rows(AuditQuery(queues=frozenset({QUEUE})))) == 6
    victim = (await place.desk.audit_rows(AuditQuery(object="customer:3")))[0]
    await look("UPDATE audit SET actor = 'nobody' WHERE object = 'customer:3'")
    assert (await place.desk.verify_audit()).broken_at == victim.id


async def test_removed_row_of_the_chain_is_missed(place: Workplace, look: Look) -> None:
    for number in range(3):
        await place.desk.audit("anna", "reveal", f"customer:{number}", place.now)
    await look("DELETE FROM audit WHERE object = 'customer:1'")
    assert (await place.desk.verify_audit()).broken_at is not None


async def test_a_channel_tells_when_it_last_brought_and_took_something(
    place: Workplace, look: Look
) -> None:
    await place.asks_for_people()
    heard = place.now
    place.later(minutes=3)
    (chat,) = await place.store.claim_chats("d", place.now, 9, timedelta(minutes=1))
    for row in chat.rows:
        took = sent(row, at=place.now)
        assert await place.store.settle("d", chat, [took], row is chat.rows[-1], place.now)
    now = (await place.desk.channels_now(place.now))[CHANNEL]
    assert (now.last_in_at, now.last_out_at) == (heard, place.now)

    # the look at the account writes it down, and nobody is told of that
    assert await place.desk.put_channel_state(CHANNEL, "site", ChannelState(), place.now)
    place.later(minutes=5)
    await place.writes("вы здесь?")
    assert not await place.desk.put_channel_state(CHANNEL, "site", ChannelState(), place.now)
    told = await look("SELECT count(*) FROM desk_event WHERE topic = 'channel'")
    assert told == [(1,)]
    stored = await look("SELECT last_in_at, last_out_at FROM channel")
    assert all(stored[0])
    await look("DELETE FROM dialog")
    await look("DELETE FROM outbox")
    now = (await place.desk.channels_now(place.now))[CHANNEL]
    assert (now.last_in_at, now.last_out_at) == (place.now, place.now - timedelta(minutes=5))
