"""An operator writes first."""

import asyncio
from typing import Any

from core.updates import CustomerGone
from tests.bots.desk.test_commands import closing
from tests.fakes.desk import Answer, Browser, DeskServer
from tests.fakes.workplace import CHANNEL, new_id


async def known(desk: DeskServer, who: Browser, *, ask: bool = False) -> tuple[str, str]:
    """A customer served before: their closed dialog and id."""
    dialog = await desk.place.asks_for_people()
    assert (await who.take(dialog)).status == 200
    assert (await closing(who, dialog, ask_rating=ask)).status == 200
    return dialog, (await desk.place.row(dialog)).customer


async def opens(who: Browser, customer: str, **changes: Any) -> Answer:
    """Writes first."""
    body = {
        "customer_id": customer,
        "channel_id": CHANNEL,
        "client_id": new_id(),
        "text": "Добрый день! Авария устранена.",
    }
    return await who.post("/dialogs", {**body, **changes})


async def test_a_new_dialog_begins_in_the_hands_of_who_wrote(
    desk: DeskServer, anna: Browser
) -> None:
    old, customer = await known(desk, anna)
    answer = await opens(anna, customer)
    assert answer.status == 201, answer
    made = answer.body
    assert made["id"] != old
    assert (made["state"], made["operator"]["id"], made["queue_id"]) == (
        "with_operator",
        "anna",
        "first_line",
    )
    assert made["customer"]["name"] == "Ольга"
    (message,) = made["messages"]
    assert message["parts"] == [{"t": "text", "v": "Добрый день! Авария устранена."}]
    assert message["delivery"]["state"] == "new"
    assert await desk.place.writes("спасибо, работает") == made["id"]
    now = await anna.get(f"/dialogs/{made['id']}")
    assert (now["unread"], now["operator"]["id"]) == (1, "anna")
    assert (await anna.get(f"/dialogs/{old}"))["state"] == "closed"


async def test_a_dialog_that_waits_for_its_rating_goes_on(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog, customer = await known(desk, anna, ask=True)
    answer = await opens(boris, customer)
    assert (answer.status, answer.body["id"]) == (201, dialog)
    assert (answer.body["state"], answer.body["operator"]["id"]) == ("with_operator", "boris")
    assert answer.body["reopened"] is True


async def test_nobody_writes_past_a_colleague_or_the_bot(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    _, customer = await known(desk, anna)
    assert (await opens(anna, customer)).status == 201
    answer = await opens(boris, customer)
    assert (answer.status, answer.code) == (409, "taken")
    assert answer.body["changed_by"]["name"] == "Anna"
    waiting = await desk.place.asks_for_people("8")
    row = await desk.place.row(waiting)
    answer = await opens(boris, row.customer)
    assert (answer.status, answer.code) == (409, "taken")
    assert answer.body["current"]["id"] == waiting


async def test_a_customer_who_talks_to_the_bot_is_not_written_past(
    desk: DeskServer, anna: Browser
) -> None:
    old, customer = await known(desk, anna)
    desk.place.later(hours=25)
    anna = await desk.browser("anna")
    made = await desk.place.writes("снова я")
    assert made != old
    answer = await opens(anna, customer)
    assert (answer.status, answer.code) == (409, "taken")
    assert "current" not in answer.body
    assert made not in answer.raw.decode()


async def test_of_two_who_write_at_once_one_wins(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    _, customer = await known(desk, anna)
    answers = await asyncio.gather(opens(anna, customer), opens(boris, customer))
    assert sorted(one.status for one in answers) == [201, 409]
    rows = (await anna.get("/dialogs?tab=all"))["rows"]
    assert len(rows) <= 1


async def test_the_same_word_twice_is_said_once(desk: DeskServer, anna: Browser) -> None:
    _, customer = await known(desk, anna)
    client_id = new_id()
    first = await opens(anna, customer, client_id=client_id)
    again = await opens(anna, customer, client_id=client_id)
    assert (first.body["id"], again.status) == (again.body["id"], 201)
    assert again.body["last_n"] == first.body["last_n"]


async def test_where_nobody_can_be_reached_nothing_begins(desk: DeskServer, anna: Browser) -> None:
    dialog, customer = await known(desk, anna)
    other = await opens(anna, customer, channel_id="elsewhere")
    assert (other.status, other.body["errors"][0]["pointer"]) == (422, "/channel_id")
    place = desk.place
    accepted = await place.store.append(dialog, CustomerGone(reason="blocked"), place.now, "gone")
    place.bus.wake("dialogs")
    while not (await place.store.outcome(accepted.dialog, accepted.seq))[0]:
        await place.batch.wait()
    answer = await opens(anna, customer)
    assert (answer.status, answer.code) == (422, "channel_refuses")


async def test_strangers_do_not_exist(desk: DeskServer, anna: Browser) -> None:
    _, customer = await known(desk, anna)
    eva = await desk.hired("eva", queues=("sales",))
    for who, whom in ((eva, customer), (anna, "nobody")):
        assert (await opens(who, whom)).status == 404


async def test_full_hands_write_to_nobody(desk: DeskServer, anna: Browser) -> None:
    _, customer = await known(desk, anna)
    oleg = await desk.hired("oleg", limit=1)
    other = await desk.place.asks_for_people("8")
    assert (await oleg.take(other)).status == 200
    assert (await opens(oleg, customer)).code == "limit_reached"
