"""Taking back a close or a transfer: for five seconds it had never been."""

from datetime import timedelta
from typing import Any

from tests.bots.desk.test_commands import closing, said
from tests.fakes.desk import Answer, Browser, DeskServer
from tests.fakes.workplace import CHANNEL

LEASE = timedelta(seconds=30)


async def undone(browser: Browser, dialog: str, offer: dict[str, Any]) -> Answer:
    """Takes back what the offer stands for."""
    return await browser.post(f"/dialogs/{dialog}/undo", {"undo_id": offer["id"]})


async def transferred(browser: Browser, dialog: str, **to: str) -> dict[str, Any]:
    """Hands it over; the offer to take that back."""
    rev = (await browser.get(f"/dialogs/{dialog}"))["state_rev"]
    answer = await browser.post(f"/dialogs/{dialog}/transfer", {"state_rev": rev, "to": to})
    assert answer.status == 200, answer
    offer: dict[str, Any] = answer.body["undo"]
    return offer


async def letters(desk: DeskServer) -> list[str]:
    """Texts that may go to the platform now, which are then said to have gone."""
    store, now = desk.place.store, desk.place.now
    found: list[str] = []
    for claim in await store.claim_chats("w", now, 64, LEASE):
        assert claim.channel == CHANNEL
        found += [row.content.text for row in claim.rows]
        await store.settle("w", claim, [], True, now)
    return found


async def test_a_close_taken_back_leaves_the_dialog_in_the_same_hands(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    before = (await anna.take(dialog)).body
    answer = await closing(anna, dialog, ask_rating=True)
    assert answer.body["dialog"]["state"] == "rating"
    assert answer.body["undo"]["until"] > answer.body["dialog"]["updated_at"]
    taken_back = await undone(anna, dialog, answer.body["undo"])
    assert taken_back.status == 200, taken_back
    now = taken_back.body
    for name in ("state", "queue_id", "operator", "result", "reopened", "facts", "allowed"):
        assert now[name] == before[name], name
    assert (await anna.post(f"/dialogs/{dialog}/reply", said("всё ещё я"))).status == 202
    again = await undone(anna, dialog, answer.body["undo"])
    assert again.status == 200  # a repeat of the same command, not a second undo


async def test_what_the_customer_was_to_be_told_waits_and_is_never_sent(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    store, now = desk.place.store, desk.place.now
    for claim in await store.claim_chats("w", now, 64, LEASE):
        await store.settle("w", claim, [], True, now)
    sooner = await letters(desk)
    answer = await closing(anna, dialog, ask_rating=True, say="До свидания!")
    assert await letters(desk) == sooner
    await undone(anna, dialog, answer.body["undo"])
    desk.place.later(seconds=30)
    assert "До свидания!" not in str(await letters(desk))
    shown = (await anna.get(f"/dialogs/{dialog}"))["messages"]
    (words,) = [one for one in shown if "До свидания!" in str(one["parts"])]
    assert words["delivery"]["state"] == "cancelled"


async def test_without_an_undo_the_texts_go_when_its_time_is_over(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    answer = await closing(anna, dialog, ask_rating=True, say="До свидания!")
    desk.place.later(seconds=5.5)
    assert "До свидания!" not in str(await letters(desk))
    late = await undone(anna, dialog, answer.body["undo"])
    assert (late.status, late.code) == (410, "undo_expired")
    desk.place.later(seconds=1)
    assert "До свидания!" in str(await letters(desk))


async def test_a_transfer_taken_back_comes_home(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    for to in ({"queue_id": "first_line"}, {"operator_id": "boris"}):
        offer = await transferred(anna, dialog, **to)
        assert (await undone(anna, dialog, offer)).body["operator"]["id"] == "anna"
    assert (await boris.ask("GET", f"/dialogs/{dialog}")).status == 404
    kinds = [one["kind"] for one in await anna.get(f"/dialogs/{dialog}/timeline")]
    assert kinds.count("taken") == 1
    assert kinds.count("queue_entered") == 1
    assert "let_go" not in kinds


async def test_who_was_faster_is_named(desk: DeskServer, anna: Browser, boris: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    offer = await transferred(anna, dialog, queue_id="first_line")
    assert (await boris.take(dialog)).status == 200
    answer = await undone(anna, dialog, offer)
    assert (answer.status, answer.code) == (409, "stale")
    assert answer.body["changed_by"]["name"] == "Boris"


async def test_a_colleague_who_has_answered_keeps_the_dialog(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    offer = await transferred(anna, dialog, operator_id="boris")
    assert (await boris.post(f"/dialogs/{dialog}/reply", said("это я"))).status == 202
    assert (await undone(anna, dialog, offer)).code == "stale"


async def test_nobody_takes_back_what_another_did(
    desk: DeskServer, anna: Browser, boris: Browser, sonya: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    offer = await transferred(anna, dialog, queue_id="first_line")
    for other in (boris, sonya):
        assert (await undone(other, dialog, offer)).status == 403
    assert (await undone(anna, dialog, {"id": "none"})).status == 410
    second = await desk.place.asks_for_people("8")
    assert (await undone(anna, second, offer)).status == 410


async def test_a_customer_who_goes_on_is_not_asked_for_a_rating_and_hears_the_goodbye(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    await letters(desk)
    answer = await closing(anna, dialog, ask_rating=True, say="До свидания!")
    await desk.place.writes("ещё вопрос")
    assert (await undone(anna, dialog, answer.body["undo"])).code == "stale"
    desk.place.later(seconds=10)
    sent = await letters(desk)
    assert "До свидания!" in str(sent)
    asked = [text for kind, text in await desk.place.texts(dialog) if "rating" in text]
    assert asked
    assert not set(asked) & set(sent)


async def test_figures_know_nothing_of_it(desk: DeskServer, anna: Browser, sonya: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    answer = await closing(anna, dialog, ask_rating=True)
    await undone(anna, dialog, answer.body["undo"])
    today = (await sonya.get("/board"))["today"]
    assert (today["closed"], today["missed"]) == (0, 0)
    row = await desk.place.row(dialog)
    assert (row.closed_at, row.missed, row.reopened) == (None, False, False)
