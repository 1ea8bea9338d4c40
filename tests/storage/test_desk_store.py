"""The desk's queries on both databases, over rows that real turns wrote."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.access import Person, view
from core.content import Outgoing
from core.desk_store import DeskStore
from core.desk_values import (
    Account,
    AuditQuery,
    Canned,
    ChannelState,
    DeskCalendar,
    DeskDraft,
    DeskQueue,
    Ending,
    Listed,
    ListQuery,
    Session,
)
from core.storage.desk import SqlDeskStore
from core.storage.desk_lists import ORDERS
from tests.fakes.workplace import CHANNEL, QUEUE, START, Workplace, new_id, workplace
from tests.storage.build import sent
from tests.storage.look import Look

DAY = timedelta(days=1)


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Workplace]:
    """A workplace on the test's database."""
    async with workplace(database_url) as made:
        yield made


def port(desk: SqlDeskStore) -> DeskStore:
    """mypy proves here that the queries fill the port."""
    return desk


async def listed(place: Workplace, reader: Person, **query: Any) -> list[str]:
    """Ids of a tab's first page."""
    page = await place.desk.page(reader, ListQuery(**query))
    return [row.id for row in page.rows]


async def closed(place: Workplace, who: Person, dialog: str) -> None:
    """The dialog ends without a question."""
    row = await place.row(dialog)
    answer = await place.operators.close(
        who,
        dialog,
        state_rev=row.state_rev,
        key=new_id(),
        ending=Ending(seen_n=row.last_n, ask_rating=False, skip_reason="spam"),
    )
    assert answer is None


# -- lists


async def test_tabs_hold_what_they_say(place: Workplace) -> None:
    anna, boris = await place.hire("anna"), await place.hire("boris")
    with_bot = await place.writes("привет", chat="0")
    waits = await place.asks_for_people(chat="1")
    mine = await place.asks_for_people(chat="2")
    his = await place.asks_for_people(chat="3")
    over = await place.asks_for_people(chat="4")
    for who, dialog in ((anna, mine), (boris, his), (anna, over)):
        assert await place.takes(who, dialog) is None
    await closed(place, anna, over)
    vera = await place.hire("vera", "supervisor", queues=())
    assert await listed(place, anna, tab="queue") == [waits]
    assert await listed(place, anna, tab="mine") == [mine]
    assert set(await listed(place, anna, tab="all")) == {waits, mine}
    assert set(await listed(place, vera, tab="all")) == {with_bot, waits, mine, his}
    assert await listed(place, anna, tab="closed") == [over]
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
    await closed(place, anna, dialogs[3])
    row = await place.row(dialogs[4])
    await place.operators.transfer(
        anna, dialogs[4], state_rev=row.state_rev, key=new_id(), to_queue="sales"
    )
    for person in people:
        shown = {
            id_ for tab in ("queue", "mine", "all", "closed")
            for id_ in await listed(place, person, tab=tab)
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
    whole = await listed(place, head, tab="all", sort=sort)
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
    assert await listed(place, anna, tab="queue") == dialogs
    assert await place.desk.waiting(anna.queues, 2) == tuple(dialogs[:2])
    assert await listed(place, anna, tab="queue", queue="sales") == []
    assert await listed(place, anna, tab="queue", channel="site") == dialogs
    assert await listed(place, anna, tab="queue", tag="vip%") == []


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


# -- one dialog


async def test_transcript_pages_both_ways(place: Workplace) -> None:
    dialog = await place.asks_for_people()
    for number in range(4):
        await place.writes(f"слово {number}")
    last = (await place.row(dialog)).last_n
    tail = await place.desk.lines(dialog, limit=2)
    assert [line.n for line in tail.items] == [last - 1, last]
    assert (tail.has_before, tail.has_after) == (True, False)
    head = await place.desk.lines(dialog, after=0, limit=2)
    assert [line.n for line in head.items] == [1, 2]
    assert (head.has_before, head.has_after) == (False, True)
    middle = await place.desk.lines(dialog, before=last - 1, limit=1)
    assert [line.n for line in middle.items] == [last - 2]


async def test_timeline_tells_every_decision_in_order(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    place.later(seconds=30)
    await place.takes(anna, dialog)
    place.later(seconds=30)
    await place.operators.reply(anna, dialog, "c", Outgoing(text="готово"))
    place.later(seconds=30)
    await closed(place, anna, dialog)
    story = await place.desk.timeline(dialog)
    assert [event.at for event in story] == sorted(event.at for event in story)
    kinds = [event.kind for event in story]
    wanted = ["escalated", "queue_entered", "taken", "first_text", "answered", "closed"]
    assert set(wanted) <= set(kinds)
    at = {event.kind: event.at for event in story}
    assert at["taken"] - at["escalated"] == timedelta(seconds=30)
    assert at["first_text"] - at["taken"] == timedelta(seconds=30)


async def test_draft_of_two_tabs_is_not_overwritten_and_empty_one_goes(place: Workplace) -> None:
    await place.hire("anna")
    dialog = await place.asks_for_people()
    draft = DeskDraft(mode="reply", text="почти", rev=0)
    rev = await place.desk.put_draft("anna", dialog, draft, place.now)
    assert rev == 1
    assert await place.desk.put_draft("anna", dialog, draft, place.now) is None
    note = DeskDraft(mode="note", text="себе", rev=0)
    await place.desk.put_draft("anna", dialog, note, place.now)
    assert [one.text for one in await place.desk.drafts("anna", dialog)] == ["себе", "почти"]
    assert await place.desk.drafts("boris", dialog) == ()
    empty = replace(draft, text="", rev=1)
    assert await place.desk.put_draft("anna", dialog, empty, place.now) is not None
    assert [one.mode for one in await place.desk.drafts("anna", dialog)] == ["note"]


async def test_card_holds_a_person_over_channels(place: Workplace) -> None:
    dialog = await place.asks_for_people()
    row = await place.row(dialog)
    card = await place.desk.card(row.customer, place.now)
    assert card is not None
    assert (card.name, card.dialogs_total) == ("Ольга", 1)
    assert [(one.channel, one.level) for one in card.contacts] == [("site", "anonymous")]
    assert await place.desk.dialogs_of(row.customer) == (dialog,)
    assert await place.desk.card("nobody", place.now) is None


# -- people and doors


async def test_login_is_taken_once_whatever_its_case(place: Workplace) -> None:
    account = Account(id="1", login="Anna", name="Анна")
    assert await place.desk.put_account(account, place.now)
    assert not await place.desk.put_account(replace(account, id="2", login="aNNa"), place.now)
    found = await place.desk.account_by_login("ANNA")
    assert found is not None
    assert found.id == "1"


async def test_account_changes_only_on_its_newest_version(place: Workplace) -> None:
    await place.hire("anna")
    changes = {"name": "Анна", "limit": 9, "queues": ("sales",), "roles": ("operator", "admin")}
    changed = await place.desk.change_account("anna", 1, changes, place.now)
    assert changed is not None
    assert (changed.name, changed.limit, changed.queues) == ("Анна", 9, ("sales",))
    assert (changed.roles, changed.version) == (("operator", "admin"), 2)
    assert await place.desk.change_account("anna", 1, {"limit": 1}, place.now) is None


async def test_day_of_an_operator_has_no_gap_and_no_overlap(place: Workplace, look: Look) -> None:
    await place.hire("anna")
    for status in ("break", "online", "online", "offline"):
        place.later(minutes=10)
        await place.desk.put_status("anna", status, "", "anna", place.now)
    stretches = await look(
        "SELECT status, since, until FROM operator_status WHERE operator = 'anna' ORDER BY since"
    )
    assert [row[0] for row in stretches] == ["online", "break", "online", "offline"]
    assert [row[2] for row in stretches] == [*(row[1] for row in stretches[1:]), None]


async def test_revoked_session_is_gone_at_once(place: Workplace) -> None:
    await place.hire("anna")
    for id_ in "abc":
        session = Session(
            id=id_, operator="anna", created_at=START, last_at=START, ends_at=START + DAY
        )
        await place.desk.open_session(session)
    assert await place.desk.revoke_sessions(place.now, id_="a") == ("a",)
    assert await place.desk.session("a") is None
    assert await place.desk.revoke_sessions(place.now, operator="anna", but="c") == ("b",)
    found = await place.desk.session("c")
    assert found is not None
    assert found[1].id == "anna"


async def test_exactly_one_of_many_uses_a_one_time_setting(place: Workplace) -> None:
    await place.desk.put_setting("setup_token", "hash", "", place.now)
    tries = await asyncio.gather(
        *(place.desk.take_setting("setup_token", "hash") for _ in range(5))
    )
    assert tries.count(True) == 1


async def test_parallel_tries_to_sign_in_see_each_other(place: Workplace) -> None:
    tries = await asyncio.gather(
        *(place.desk.try_login("login:x", place.now, DAY) for _ in range(6))
    )
    assert max(one.count for one in tries) == 5
    await place.desk.forget_tries(["login:x"])
    assert (await place.desk.try_login("login:x", place.now, DAY)).count == 0


async def test_idempotency_key_belongs_to_the_first(place: Workplace) -> None:
    desk, now = place.desk, place.now
    claims = await asyncio.gather(*(desk.claim_key("anna", "k", "sha", now, DAY) for _ in range(5)))
    assert [one is None for one in claims].count(True) == 1
    await desk.finish_key("anna", "k", 201, b"{}", now + DAY)
    kept = await desk.claim_key("anna", "k", "other", now, DAY)
    assert kept is not None
    assert (kept.request_sha256, kept.status, kept.body) == ("sha", 201, b"{}")
    assert await desk.claim_key("boris", "k", "sha", now, DAY) is None
    assert await desk.claim_key("anna", "k", "sha", now + DAY, DAY) is None


# -- house


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


# -- audit


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
