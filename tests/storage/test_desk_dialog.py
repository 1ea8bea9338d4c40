"""What the desk reads of one dialog, and keeps for it."""

from datetime import timedelta

from msgspec.structs import replace

from core.content import Outgoing
from core.desk_values import DeskDraft
from tests.fakes.workplace import Workplace

DAY = timedelta(days=1)


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
    await place.closes(anna, dialog)
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
