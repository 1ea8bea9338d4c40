"""A message that answers another one, both ways."""

import pytest

from core.updates import CustomerMessage, Received, Sender
from tests.bots.desk.test_commands import said
from tests.bots.desk.test_rewriting import sent_out, shown
from tests.bots.desk.test_undo import LEASE
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import CHANNEL, Workplace, new_id


async def heard(place: Workplace, text: str, platform_id: str, reply_to: str = "") -> None:
    """The customer writes, perhaps answering a message."""
    received = Received(
        chat="7",
        sender=Sender(user="u7", name="Ольга", lang="ru"),
        update=CustomerMessage(text=text, platform_id=platform_id, reply_to=reply_to),
        dedup_key=new_id(),
    )
    (filed,) = await place.store.accept(CHANNEL, [received], place.now)
    place.bus.wake("dialogs")
    while not (await place.store.outcome(filed.dialog, filed.seq))[0]:
        await place.batch.wait()


async def test_an_answer_names_the_message_it_answers(desk: DeskServer, anna: Browser) -> None:
    place = desk.place
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    await heard(place, "какой тариф?", "m-17")
    await sent_out(place)
    question = (await anna.get(f"/dialogs/{dialog}"))["messages"][-1]
    answer = await anna.post(
        f"/dialogs/{dialog}/reply", {**said("Самый быстрый"), "reply_to": question["id"]}
    )
    assert (answer.status, answer.body["reply_to"]) == (202, question["id"])
    (claim,) = await place.store.claim_chats("w", place.now, 64, LEASE)
    assert [row.content.reply_to for row in claim.rows] == ["m-17"]
    await place.store.settle("w", claim, [], True, place.now)
    await sent_out(place)
    own = answer.body["id"]
    await heard(place, "именно этот", "m-18", reply_to=f"p{own}.0")
    last = (await anna.get(f"/dialogs/{dialog}"))["messages"][-1]
    assert (last["author"]["kind"], last["reply_to"]) == ("customer", own)
    assert (await shown(anna, dialog, own))["reply_to"] == question["id"]


async def test_an_answer_to_what_we_do_not_have_names_nothing(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await heard(desk.place, "а это?", "m-19", reply_to="long-ago")
    last = (await anna.get(f"/dialogs/{dialog}"))["messages"][-1]
    assert last["reply_to"] is None


@pytest.mark.parametrize("message", ["999", "0", "x", "-1", "1e3"])
async def test_what_is_not_there_cannot_be_answered(
    desk: DeskServer, anna: Browser, message: str
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    answer = await anna.post(f"/dialogs/{dialog}/reply", {**said("x"), "reply_to": message})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/reply_to")
