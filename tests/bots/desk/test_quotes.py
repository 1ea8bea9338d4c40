"""A message that answers another one, both ways."""

import pytest

from tests.bots.desk.test_commands import said
from tests.bots.desk.test_rewriting import sent_out, shown
from tests.bots.desk.test_undo import LEASE
from tests.fakes.desk import Browser, DeskServer
from tests.storage.build import sent


async def test_an_answer_names_the_message_it_answers(desk: DeskServer, anna: Browser) -> None:
    place = desk.place
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    await place.writes("какой тариф?", platform_id="m-17")
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
    await place.writes("именно этот", platform_id="m-18", reply_to=f"p{own}.0")
    last = (await anna.get(f"/dialogs/{dialog}"))["messages"][-1]
    assert (last["author"]["kind"], last["reply_to"]) == ("customer", own)
    assert (await shown(anna, dialog, own))["reply_to"] == question["id"]


@pytest.mark.parametrize("answered", ["p{}.0", "p{}.1"])
async def test_every_part_of_a_long_message_is_known_when_it_is_answered(
    desk: DeskServer, anna: Browser, answered: str
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    written = await anna.post(f"/dialogs/{dialog}/reply", said("слово " * 1000))
    await sent_out(desk.place)
    own = written.body["id"]
    await desk.place.writes("вот это", platform_id="m-18", reply_to=answered.format(own))
    last = (await anna.get(f"/dialogs/{dialog}"))["messages"][-1]
    assert last["reply_to"] == own


@pytest.mark.parametrize("answered", ["101", "102"])
async def test_every_picture_of_an_album_is_known_when_it_is_answered(
    desk: DeskServer, anna: Browser, answered: str
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    await sent_out(desk.place)
    written = await anna.post(f"/dialogs/{dialog}/reply", said("Две схемы"))
    (claim,) = await desk.place.store.claim_chats("w", desk.place.now, 64, LEASE)
    took = sent(claim.rows[0], at=desk.place.now, platform_id="101,102")
    await desk.place.store.settle("w", claim, [took], True, desk.place.now)
    await desk.place.writes("вот это", platform_id="m-18", reply_to=answered)
    last = (await anna.get(f"/dialogs/{dialog}"))["messages"][-1]
    assert last["reply_to"] == written.body["id"]


async def test_an_answer_to_what_we_do_not_have_names_nothing(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await desk.place.writes("а это?", platform_id="m-19", reply_to="long-ago")
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


async def test_a_draft_remembers_what_it_answers(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    draft = {"mode": "reply", "text": "", "reply_to": "1", "rev": 0}
    path = f"/dialogs/{dialog}/draft"
    rev = (await anna.ask("PUT", path, draft)).body["rev"]
    (kept,) = (await anna.get(f"/dialogs/{dialog}"))["drafts"]
    assert (kept["text"], kept["reply_to"]) == ("", "1")
    assert (await anna.ask("PUT", path, {**draft, "reply_to": None, "rev": rev})).status == 200
    assert (await anna.get(f"/dialogs/{dialog}"))["drafts"] == []


async def test_a_channel_says_whether_it_shows_quotes(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    assert (await anna.get(f"/dialogs/{dialog}"))["caps"]["quotes"] is True
