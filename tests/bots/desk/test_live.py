"""The live socket: who is told what, and when."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.store_values import Delivered
from core.updates import CustomerEdited, CustomerMessage, Received, Sender
from tests.bots.desk.live import in_hand, ready, said_nothing
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.tab import Tab
from tests.fakes.workplace import CHANNEL, QUEUE, Workplace, new_id


@pytest.fixture
def beats() -> dict[str, float]:
    """Quick enough for tests."""
    return {"beat_s": 0.02, "check_s": 0.1, "touch_s": 0.05}


async def test_waiting_dialog_reaches_its_queue_and_rings(place: Workplace, anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        dialog = await place.asks_for_people()
        frame = await tab.next("dialog", dialog=dialog)
        assert (frame["row"]["state"], frame["row"]["queue_id"]) == ("queued", QUEUE)
        rung = await tab.next("notice")
        assert (rung["kind"], rung["dialog"], rung["scope"]) == ("queue", dialog, "queue")


async def test_other_queues_and_admins_hear_nothing(
    place: Workplace, desk: DeskServer, admin: Browser
) -> None:
    seller = await desk.hired("seller", queues=("sales",))
    async with Tab(seller) as one, Tab(admin) as two:
        await one.hello()
        await two.hello()
        await place.asks_for_people()
        for tab in (one, two):
            await said_nothing(tab, place, "dialog")
            assert not {"notice", "gone", "message"} & set(tab.kinds())


async def test_taken_dialog_leaves_the_others_and_stops_their_sound(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    dialog = await place.asks_for_people()
    async with Tab(anna) as winner, Tab(boris) as loser:
        await ready(winner, place)
        await ready(loser, place)
        assert (await anna.take(dialog)).status == 200
        assert (await winner.next("dialog", dialog=dialog))["row"]["state"] == "with_operator"
        gone = await loser.next("gone", dialog=dialog)
        assert (gone["why"], gone["by"]) == ("taken", "Anna")
        stop = await loser.next("notice_stop")
        assert stop["id"] == f"queue:{dialog}"


async def test_who_gave_a_dialog_away_is_not_told_who_has_it_as_if_it_were_lost(
    place: Workplace, desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    rev = (await anna.get(f"/dialogs/{dialog}"))["state_rev"]
    async with Tab(anna) as tab:
        await ready(tab, place, dialog)
        body = {"state_rev": rev, "to": {"operator_id": "boris"}}
        assert (await anna.post(f"/dialogs/{dialog}/transfer", body)).status == 200
        gone = await tab.next("gone", dialog=dialog)
        assert (gone["why"], "by" in gone) == ("transferred", False)


async def test_only_a_subscribed_tab_gets_texts(place: Workplace, anna: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as reading, Tab(anna) as listing:
        await ready(reading, place, dialog)
        await ready(listing, place)
        await place.writes("Интернет не работает")
        frame = await reading.next("message", dialog=dialog)
        assert frame["message"]["parts"] == [{"t": "text", "v": "Интернет не работает"}]
        row = await listing.next("dialog", dialog=dialog)
        assert row["row"]["preview"]["text"] == "Интернет не работает"
        assert row["row"]["unread"] == 2
        await said_nothing(listing, place, "message")


async def test_new_message_of_the_own_customer_rings_for_its_owner_only(
    place: Workplace, anna: Browser, sonya: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as owner, Tab(sonya) as other:
        await ready(owner, place)
        await ready(other, place)
        await place.writes("Алло?")
        assert (await owner.next("notice"))["kind"] == "message"
        await said_nothing(other, place, "notice")


async def test_own_reply_reaches_the_other_tab_and_does_not_ring(
    place: Workplace, anna: Browser
) -> None:
    async with in_hand(place, anna) as (dialog, tab):
        body = {"client_id": new_id(), "parts": [{"t": "text", "v": "Здравствуйте"}]}
        assert (await anna.post(f"/dialogs/{dialog}/reply", body)).status == 202
        frame = await tab.next("message", dialog=dialog)
        assert frame["message"]["author"] == {"kind": "operator", "id": "anna", "name": "Anna"}
        await said_nothing(tab, place, "notice")


async def test_each_message_carries_the_version_of_its_own_turn(
    place: Workplace, anna: Browser
) -> None:
    async with in_hand(place, anna) as (dialog, tab):
        for number in range(3):
            await place.writes(f"строка {number}")
            frame = await tab.next("message", dialog=dialog)
            row = await place.row(dialog)
            assert (frame["version"], frame["message"]["n"]) == (row.version, row.last_n)


async def test_delivery_of_a_message_moves_on_the_screen(place: Workplace, anna: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    body = {"client_id": new_id(), "parts": [{"t": "text", "v": "Здравствуйте"}]}
    n = (await anna.post(f"/dialogs/{dialog}/reply", body)).body["n"]
    async with Tab(anna) as tab:
        await ready(tab, place, dialog)
        await deliver(place)
        frame = await tab.next("message_state", id=str(n))
        assert frame["delivery"]["state"] == "sent"


async def deliver(place: Workplace) -> None:
    """Everything in the outbox is sent."""
    for claim in await place.store.claim_chats("d", place.now, 10, timedelta(seconds=30)):
        sent = [
            Delivered(row=row.id, state="sent", at=place.now, tries=1, platform_id=f"p{row.id}")
            for row in claim.rows
        ]
        assert await place.store.settle("d", claim, sent, True, place.now)


async def test_edited_message_is_shown_anew(place: Workplace, anna: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    await comes(place, CustomerMessage(text="опечтка", platform_id="p1"))
    async with Tab(anna) as tab:
        await ready(tab, place, dialog)
        await comes(place, CustomerEdited(platform_id="p1", text="опечатка"))
        frame = await tab.next("message_edit", dialog=dialog)
        assert frame["message"]["parts"] == [{"t": "text", "v": "опечатка"}]


async def comes(place: Workplace, update: Any) -> None:
    """Something of the usual customer, turned."""
    received = Received(chat="7", sender=Sender(user="u7"), update=update, dedup_key=new_id())
    (accepted,) = await place.store.accept(CHANNEL, [received], place.now)
    place.bus.wake("dialogs")
    while not (await place.store.outcome(accepted.dialog, accepted.seq))[0]:
        continue


async def test_mentioned_colleague_is_told(place: Workplace, anna: Browser, sonya: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(sonya) as tab:
        await ready(tab, place)
        body = {"client_id": new_id(), "text": "Посмотри, пожалуйста", "mentions": ["sonya"]}
        assert (await anna.post(f"/dialogs/{dialog}/note", body)).status == 201
        assert (await tab.next("notice", kind="mention"))["dialog"] == dialog


async def test_handed_over_dialog_rings_for_its_new_owner(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    dialog = await place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    async with Tab(boris) as tab:
        await ready(tab, place)
        body = {"state_rev": rev, "to": {"operator_id": "boris"}}
        assert (await anna.post(f"/dialogs/{dialog}/transfer", body)).status == 200
        assert (await tab.next("notice", kind="handed_over"))["dialog"] == dialog


async def test_read_marks_and_drafts_follow_their_owner_and_nobody_else(
    place: Workplace, anna: Browser, sonya: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as own, Tab(sonya) as other:
        await ready(own, place)
        await ready(other, place)
        assert (await anna.ask("PUT", f"/dialogs/{dialog}/read", {"n": 1})).status == 204
        draft = {"mode": "reply", "text": "Добрый", "attachment_ids": [], "rev": 0}
        assert (await anna.ask("PUT", f"/dialogs/{dialog}/draft", draft)).body["rev"] == 1
        assert (await own.next("read"))["n"] == 1
        assert (await own.next("draft"))["rev"] == 1
        await said_nothing(other, place, "read")
        assert "draft" not in other.kinds()


async def test_counters_and_colleagues_follow(place: Workplace, anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        await place.asks_for_people()
        while (await tab.next("queue"))["queue"]["waiting"] != 1:
            continue
        assert (await anna.ask("PUT", "/me/status", {"status": "break"})).status == 200
        while (await tab.next("operator"))["operator"]["status"] != "break":
            continue


# -- things that are never stored


async def test_typing_reaches_other_readers_and_the_customer_of_the_owner(
    place: Workplace, desk: DeskServer, anna: Browser, sonya: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as writer, Tab(sonya) as reader:
        await ready(writer, place, dialog)
        await ready(reader, place, dialog)
        await writer.say("typing", dialog=dialog)
        frame = await reader.next("typing", dialog=dialog)
        assert frame["who"] == {"kind": "operator", "id": "anna", "name": "Anna"}
        await reader.say("typing", dialog=dialog)
        assert (await writer.next("typing"))["who"]["id"] == "sonya"
        while not desk.typed:  # the customer is told beside the colleagues, perhaps later
            await reader.next("check")
        assert [frame["who"]["id"] for frame in writer.told if frame["t"] == "typing"] == ["sonya"]
        assert desk.typed == [dialog]


async def test_viewers_come_and_go(place: Workplace, anna: Browser, sonya: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as tab:
        await ready(tab, place, dialog)
        async with Tab(sonya) as other:
            await ready(other, place, dialog)
            await other.say("viewing", dialog=dialog)
            assert await names(tab) == ["Sonya"]
            assert (await anna.get(f"/dialogs/{dialog}"))["viewers"] == [
                {"id": "sonya", "name": "Sonya"}
            ]
        assert await names(tab) == []


async def names(tab: Tab) -> list[str]:
    return [person["name"] for person in (await tab.next("viewers"))["operators"]]


async def test_open_socket_is_a_sign_of_life(place: Workplace, anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        place.later(seconds=80)
        async with asyncio.timeout(5):
            while (await seen_at(place)) != place.now:
                await tab.next("check")


async def seen_at(place: Workplace) -> object:
    account = await place.desk.account("anna")
    return account and account.last_seen_at
