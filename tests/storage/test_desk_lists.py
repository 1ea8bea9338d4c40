"""What lists show is exactly what core.access lets people see; pages neither skip nor double."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from core.access import Person, view
from core.desk_values import DeskDraft, ListQuery, Return
from core.updates import OperatorTransferred
from tests.fakes.workplace import QUEUE, Workplace, new_id

OPEN = ("bot", "queued", "with_operator")


async def every_kind(place: Workplace) -> dict[str, str]:
    """Dialogs in every state and queue; name -> id."""
    anna = await place.hire("anna", limit=50)
    seller = await place.hire("seller", queues=("sales",), limit=50)
    found = {"bot": await place.writes("привет", chat="bot")}
    for name in ("queued", "held", "moved", "returned", "closed", "sold", "sales"):
        found[name] = await place.asks_for_people(chat=name)
        place.later(seconds=1)
    for name in ("held", "moved", "returned", "closed", "sold", "sales"):
        assert await place.takes(anna, found[name]) is None
    for name in ("moved", "sold", "sales"):
        await hand_over(place, anna, found[name], "sales")
    for name in ("moved", "sold"):
        assert await place.takes(seller, found[name]) is None
    await back_to_bot(place, anna, found["returned"])
    await place.closes(anna, found["closed"])
    await place.closes(seller, found["sold"])
    return found


async def hand_over(place: Workplace, who: Person, dialog: str, queue: str) -> None:
    update = OperatorTransferred(operator=who.id, name=who.name, to_queue=queue)
    assert await place.operators._command(dialog, update, new_id()) is None


async def back_to_bot(place: Workplace, who: Person, dialog: str) -> None:
    rev = (await place.row(dialog)).state_rev
    refusal = await place.operators.return_to_bot(
        who, dialog, state_rev=rev, key=new_id(), to=Return()
    )
    assert refusal is None


READERS = (
    Person(id="anna", name="Anna", roles=frozenset({"operator"}), queues=frozenset({QUEUE})),
    Person(id="seller", name="S", roles=frozenset({"operator"}), queues=frozenset({"sales"})),
    Person(id="idle", name="I", roles=frozenset({"operator"})),
    Person(id="lead", name="L", roles=frozenset({"supervisor"}), queues=frozenset({"sales"})),
    Person(id="head", name="H", roles=frozenset({"supervisor"})),
    Person(id="both", name="B", roles=frozenset({"operator", "admin"}), queues=frozenset({QUEUE})),
    Person(id="admin", name="A", roles=frozenset({"admin"})),
)


async def test_lists_agree_with_the_rule_of_who_sees_what(place: Workplace) -> None:
    found = await every_kind(place)
    names = {id_: name for name, id_ in found.items()}
    for reader in READERS:
        rows = await place.desk.rows(list(names), reader)
        full = {id_ for id_, row in rows.items() if view(reader, row.whose) == "full"}
        shown = {tab: set(await place.listed(reader, tab)) for tab in ("all", "closed")}
        wanted = {
            "all": {id_ for id_ in full if rows[id_].state in OPEN},
            "closed": {id_ for id_ in full if rows[id_].state not in OPEN},
        }
        told = {tab: sorted(names[id_] for id_ in ids) for tab, ids in shown.items()}
        expected = {tab: sorted(names[id_] for id_ in ids) for tab, ids in wanted.items()}
        assert told == expected, reader.id


async def test_counts_are_the_lengths_of_the_lists(place: Workplace) -> None:
    await every_kind(place)
    for reader in READERS:
        counts = await place.desk.counts(reader)
        for tab in ("queue", "mine", "all"):
            assert getattr(counts, tab) == len(await place.listed(reader, tab)), reader.id


@pytest.mark.parametrize("sort", ["wait", "activity", "closed"])
async def test_pages_of_every_size_make_the_whole_list(place: Workplace, sort: str) -> None:
    head = Person(id="head", name="H", roles=frozenset({"supervisor"}))
    for number in range(7):
        await place.asks_for_people(chat=str(number))
        # Some wait since the same moment: the order must still be total.
        place.later(seconds=number % 2)
    whole = await place.listed(head, "all", sort=sort)
    assert len(set(whole)) == 7
    for size in (1, 2, 3, 7):
        found: list[str] = []
        after: tuple[Any, ...] = ()
        for _ in itertools.count():
            page = await place.desk.page(
                head, ListQuery(tab="all", sort=sort, limit=size, after=after)
            )
            found += [row.id for row in page.rows]
            after = page.next
            if not after:
                break
        assert found == whole


async def test_who_waits_longest_comes_first(place: Workplace) -> None:
    anna = await place.hire("anna")
    first = await place.asks_for_people(chat="1")
    place.later(minutes=1)
    second = await place.asks_for_people(chat="2")
    assert await place.listed(anna, "queue") == [first, second]
    assert await place.desk.waiting(frozenset({QUEUE}), 10) == (first, second)
    assert await place.desk.waiting(frozenset({"sales"}), 10) == ()
    assert await place.desk.waiting(None, 1) == (first,)


async def test_filters_narrow_the_list(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    for query in ({"queue": QUEUE}, {"channel": "site"}):
        assert await place.listed(anna, "queue", **query) == [dialog]
    for query in ({"queue": "x"}, {"channel": "x"}, {"topic": "x"}, {"tag": "x"}, {"tag": "%"}):
        assert await place.listed(anna, "queue", **query) == []


async def test_unread_counts_customers_messages_above_the_mark(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    await place.writes("Алло")
    await place.writes("Есть кто?")
    row = await place.row(dialog, anna)
    assert (row.unread, row.read_n) == (3, 0)
    assert (await place.desk.counts(anna)).unread == 3
    second = (await place.desk.lines(dialog)).items[-2].n
    assert await place.desk.put_read("anna", dialog, second, place.now)
    assert (await place.row(dialog, anna)).unread == 1
    assert (await place.desk.counts(anna)).unread == 1
    assert not await place.desk.put_read("anna", dialog, 1, place.now)
    assert (await place.row(dialog, anna)).read_n == second


async def test_facts_of_many_readers_equal_each_ones_row(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    await place.writes("Алло")
    await place.desk.put_read("anna", dialog, 1, place.now)
    await place.desk.put_draft("boris", dialog, DeskDraft(mode="note", text="x", rev=0), place.now)
    facts = await place.desk.reader_facts([dialog], ["anna", "boris"])
    for reader in ("anna", "boris"):
        own = Person(id=reader, name=reader, roles=frozenset({"operator"}))
        row = await place.row(dialog, own)
        one = facts[dialog][reader]
        assert (one.unread, one.read_n, one.has_draft) == (row.unread, row.read_n, row.has_draft)


async def test_row_tells_of_missed_and_reopened(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    assert (await place.row(dialog)).escalated_at == place.now
    await place.takes(anna, dialog)
    await place.closes(anna, dialog)
    row = await place.row(dialog)
    assert (row.missed, row.reopened, row.escalated_at) == (True, False, None)


async def test_drafts_are_of_one_person_and_mode_and_the_newest_wins(place: Workplace) -> None:
    dialog = await place.asks_for_people()

    async def put(mode: str, text: str, rev: int, who: str = "anna") -> int | None:
        draft = DeskDraft(mode=mode, text=text, attachments=("a",) if text else (), rev=rev)
        return await place.desk.put_draft(who, dialog, draft, place.now)

    assert await put("reply", "раз", 0) == 1
    assert await put("note", "заметка", 0) == 1
    assert await put("reply", "два", 1) == 2
    assert await put("reply", "поздно", 1) is None
    assert [(one.mode, one.text) for one in await place.desk.drafts("anna", dialog)] == [
        ("note", "заметка"),
        ("reply", "два"),
    ]
    assert await place.desk.drafts("boris", dialog) == ()
    assert await put("reply", "", 2) == 3
    assert [one.mode for one in await place.desk.drafts("anna", dialog)] == ["note"]


async def test_transcript_is_read_in_stretches(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    for number in range(7):
        await place.writes(str(number))
    last = (await place.row(dialog)).last_n
    newest = await place.desk.lines(dialog, limit=4)
    assert [line.n for line in newest.items] == list(range(last - 3, last + 1))
    assert (newest.has_before, newest.has_after) == (True, False)
    older = await place.desk.lines(dialog, before=newest.items[0].n, limit=4)
    assert [line.n for line in older.items] == list(range(last - 7, last - 3))
    newer = await place.desk.lines(dialog, after=older.items[-1].n, limit=2)
    assert [line.n for line in newer.items] == [last - 3, last - 2]
    assert (newer.has_before, newer.has_after) == (True, True)


async def test_timeline_tells_every_step_in_order(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    for act in (place.takes(anna, dialog), place.closes(anna, dialog)):
        place.later(seconds=10)
        await act
    events = await place.desk.timeline(dialog)
    assert [event.at for event in events] == sorted(event.at for event in events)
    kinds = [event.kind for event in events]
    for kind in ("escalated", "queue_entered", "taken", "let_go", "escalation_ended", "closed"):
        assert kind in kinds
    ended = next(event for event in events if event.kind == "escalation_ended")
    assert (ended.facts["ended_by"], ended.facts["first_n"]) == ("operator", 0)
    assert "оператор" not in str(events), "a timeline tells of texts by their number only"


async def test_card_gathers_what_is_known_of_a_person(place: Workplace) -> None:
    dialog = await place.asks_for_people()
    row = await place.row(dialog)
    card = await place.desk.card(row.customer, place.now)
    assert card is not None
    assert (card.name, card.dialogs_total) == ("Ольга", 1)
    assert [(one.channel, one.level) for one in card.contacts] == [("site", "anonymous")]
    assert await place.desk.dialogs_of(row.customer) == (dialog,)
    assert await place.desk.card("nobody", place.now) is None


async def test_position_to_resume_from_overlaps_by_time(place: Workplace) -> None:
    await place.asks_for_people(chat="1")
    early = await place.desk.last_event()
    place.later(seconds=100)
    await place.asks_for_people(chat="2")
    late = await place.desk.last_event()
    assert await place.desk.position_at(late, timedelta(seconds=30)) == early
    assert await place.desk.position_at(late + 1, timedelta(seconds=30)) is None
