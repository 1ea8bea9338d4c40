"""Taking back what an operator did, on both databases."""

from datetime import timedelta

from core.access import Person
from core.content import Outgoing
from core.desk_values import Ending
from core.state import Refusal
from tests.fakes.workplace import QUEUE, Workplace, new_id
from tests.storage.look import look_at

LEASE = timedelta(seconds=30)


async def held(place: Workplace) -> tuple[Person, str]:
    """An operator with a dialog whose texts have all gone."""
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    assert await place.takes(anna, dialog) is None
    await gone(place)
    return anna, dialog


async def gone(place: Workplace) -> list[str]:
    """What may be sent now, as if it had been."""
    texts = []
    for claim in await place.store.claim_chats("w", place.now, 64, LEASE):
        texts += [row.content.text for row in claim.rows]
        await place.store.settle("w", claim, [], True, place.now)
    return texts


async def closed(place: Workplace, who: Person, dialog: str, say: str = "") -> str:
    """Closes it and asks for a rating; the id of the undo."""
    row, undo = await place.row(dialog), new_id()
    how = Ending(seen_n=row.last_n, say=say)
    refusal = await place.operators.close(
        who, dialog, state_rev=row.state_rev, key=new_id(), ending=how, undo=undo
    )
    assert refusal is None
    return undo


async def test_a_close_taken_back_leaves_no_record_but_an_undone_closing(
    place: Workplace, database_url: str
) -> None:
    anna, dialog = await held(place)
    undo = await closed(place, anna, dialog)
    assert (await place.row(dialog)).state == "rating"
    assert await place.operators.undo(anna, dialog, undo) is None
    row = await place.row(dialog)
    assert (row.state, row.operator, row.queue, row.closed_at) == (
        "with_operator",
        "anna",
        QUEUE,
        None,
    )
    look = look_at(database_url)
    assert await look("SELECT count(*) FROM rating") == [(0,)]
    assert await look("SELECT count(*) FROM closing WHERE undone_at IS NOT NULL") == [(1,)]
    assert await look("SELECT count(*) FROM holding WHERE ended_at IS NULL") == [(1,)]
    assert await look("SELECT count(*) FROM escalation WHERE ended_at IS NOT NULL") == [(0,)]
    assert await look("SELECT count(*) FROM timer WHERE kind = 'rating'") == [(0,)]


async def test_what_was_held_back_is_cancelled(
    place: Workplace,
) -> None:
    anna, dialog = await held(place)
    before = await gone(place)
    undo = await closed(place, anna, dialog, say="До свидания!")
    assert await gone(place) == before
    assert await place.operators.undo(anna, dialog, undo) is None
    place.later(seconds=60)
    assert "До свидания!" not in await gone(place)


async def test_a_closed_again_dialog_counts_once_more_from_where_it_was(
    place: Workplace, database_url: str
) -> None:
    anna, dialog = await held(place)
    first = await closed(place, anna, dialog)
    assert await place.operators.undo(anna, dialog, first) is None
    second = await closed(place, anna, dialog)
    look = look_at(database_url)
    assert await look("SELECT n FROM rating") == [(1,)]
    assert await look("SELECT n FROM closing WHERE undone_at IS NULL") == [(2,)]
    late = await place.operators.undo(anna, dialog, first)
    assert late is None, "a repeat of what was done"
    assert (await place.row(dialog)).state == "rating"
    place.later(seconds=6)
    assert await place.operators.undo(anna, dialog, second) == Refusal(code="undo_expired")


async def test_a_number_that_came_before_the_question_is_no_rating(
    place: Workplace, database_url: str
) -> None:
    anna, dialog = await held(place)
    question = Outgoing(text="Какой у вас этаж?")
    await place.operators.reply(anna, dialog, "c", question)
    before = await gone(place)
    undo = await closed(place, anna, dialog)
    place.later(seconds=2)
    await place.writes("5")
    row = await place.row(dialog)
    assert (row.state, row.operator) == ("with_operator", "anna"), "it answers the operator"
    look = look_at(database_url)
    assert await look("SELECT value FROM rating WHERE withdrawn_at IS NOT NULL") == [(None,)]
    place.later(seconds=60)
    assert await gone(place) == before, "the question stays unsent, and nobody is thanked"
    late = await place.operators.undo(anna, dialog, undo)
    assert late is not None, "the customer took it back already"


async def test_a_number_that_came_behind_the_question_is_the_rating(
    place: Workplace, database_url: str
) -> None:
    anna, dialog = await held(place)
    before = await gone(place)
    await closed(place, anna, dialog)
    place.later(seconds=7)
    assert len(await gone(place)) == len(before) + 1, "the question went out"
    await place.writes("5")
    assert (await place.row(dialog)).state == "closed"
    assert await look_at(database_url)("SELECT value FROM rating") == [(5,)]


async def test_the_offer_is_forgotten_by_the_sweep(place: Workplace) -> None:
    anna, dialog = await held(place)
    undo = await closed(place, anna, dialog)
    assert await place.desk.undo(undo) is not None
    place.later(hours=1)
    await place.store.sweep(place.now)
    assert await place.desk.undo(undo) is None
