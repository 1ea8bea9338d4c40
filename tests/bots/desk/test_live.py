"""The live socket: who is told what, when, and what a tab finds after it was away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from core.desk_values import Session
from core.store import Delivered
from core.updates import CustomerEdited, CustomerMessage, Received, Sender
from handlers.accounts import disable_operator
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.tab import Tab
from tests.fakes.workplace import CHANNEL, QUEUE, Workplace, new_id


@pytest.fixture
async def desk(place: Workplace, tmp_path: Path) -> AsyncIterator[DeskServer]:
    """As everywhere, with beats quick enough for tests."""
    server = DeskServer(place, tmp_path / "files")
    async with server.open(beat_s=0.02, check_s=0.1, touch_s=0.05) as opened:
        yield opened


async def said_nothing(tab: Tab, place: Workplace, kind: str) -> None:
    """Everything up to now was told, and no frame of this kind was among it."""
    await tab.settled(await place.desk.last_event())
    assert kind not in tab.kinds()


async def ready(tab: Tab, place: Workplace, *dialogs: str) -> None:
    """The tab knows everything that happened until now, and forgot that it was told."""
    await tab.hello(None, *dialogs)
    await tab.caught_up(await place.desk.last_event())


# -- the door


async def test_foreign_origin_and_missing_cookie_are_refused_before_the_upgrade(
    desk: DeskServer, anna: Browser
) -> None:
    for browser, headers, status in (
        (anna, {"Origin": "https://evil.example"}, 403),
        (desk.stranger(), {}, 401),
    ):
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.live(**headers)
        assert refused.value.status == status


async def test_socket_without_hello_is_closed(place: Workplace, tmp_path: Path) -> None:
    server = DeskServer(place, tmp_path)
    async with server.open(hello_s=0.05) as desk, Tab(await desk.hired("anna")) as tab:
        assert await tab.closed() == 4408


async def test_first_frame_must_be_the_hello(anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.say("sub", dialog="d")
        assert await tab.closed() == 4408


async def test_old_protocol_is_told_so(desk: DeskServer, anna: Browser) -> None:
    headers = {"Cookie": f"__Host-otklik={anna.cookie}", "Origin": anna.url}
    assert anna._session is not None
    socket = await anna._session.ws_connect(
        f"{anna.url}/api/v1/live", headers=headers, protocols=("otklik.v0",)
    )
    await socket.receive()
    assert socket.close_code == 4409


async def test_eleventh_socket_of_one_operator_is_closed(anna: Browser) -> None:
    tabs = [Tab(anna) for _ in range(10)]
    for tab in tabs:
        await tab.__aenter__()
        await tab.hello()
    async with Tab(anna) as eleventh:
        assert await eleventh.closed() == 4429
    for tab in tabs:
        await tab.socket.close()


async def test_welcome_tells_the_position_and_the_period_of_beats(
    place: Workplace, anna: Browser
) -> None:
    async with Tab(anna) as tab:
        welcome = await tab.hello()
        assert (welcome["resumed"], welcome["beat_s"]) == (False, 0.02)
        assert welcome["seq"] <= await place.desk.last_event()
        await tab.settled(await place.desk.last_event())


# -- who is told what


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
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as tab:
        await ready(tab, place, dialog)
        body = {"client_id": new_id(), "parts": [{"t": "text", "v": "Здравствуйте"}]}
        assert (await anna.post(f"/dialogs/{dialog}/reply", body)).status == 202
        frame = await tab.next("message", dialog=dialog)
        assert frame["message"]["author"] == {"kind": "operator", "id": "anna", "name": "Anna"}
        await said_nothing(tab, place, "notice")


async def test_each_message_carries_the_version_of_its_own_turn(
    place: Workplace, anna: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as tab:
        await ready(tab, place, dialog)
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


# -- scope


async def test_dialog_of_others_cannot_be_subscribed(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(boris) as tab:
        await tab.hello()
        await tab.say("sub", dialog=dialog, version=0)
        gone = await tab.next("gone")
        assert (gone["dialog"], gone["by"]) == (dialog, "Anna")
        await place.writes("секрет")
        await said_nothing(tab, place, "message")


async def test_changed_queues_make_the_tab_load_anew(
    place: Workplace, desk: DeskServer, anna: Browser, admin: Browser
) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        body = {"version": 1, "queues": ["sales"]}
        assert (await admin.ask("PATCH", "/operators/anna", body)).status == 200
        assert (await tab.next("resync"))["why"] == "scope_changed"
        await place.asks_for_people()
        await said_nothing(tab, place, "dialog")


async def test_signed_out_session_loses_its_socket_and_no_other(
    desk: DeskServer, anna: Browser
) -> None:
    elsewhere = await desk.browser("anna")
    async with Tab(anna) as tab, Tab(elsewhere) as other:
        await tab.hello()
        await other.hello()
        assert (await anna.post("/logout")).status == 204
        assert await tab.closed() == 4401
        await other.next("check")


async def test_session_at_its_end_loses_its_socket(
    place: Workplace, desk: DeskServer, anna: Browser
) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        place.later(hours=12)
        assert await tab.closed() == 4401


async def test_disabled_person_loses_the_socket(place: Workplace, anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        await disable_operator(place.desk, "anna", now=place.now)
        assert await tab.closed() == 4401


async def test_a_session_that_ended_during_the_upgrade_is_told_nothing(
    place: Workplace, anna: Browser
) -> None:
    async with Tab(anna) as tab:
        await disable_operator(place.desk, "anna", now=place.now)
        await tab.say("hello", since=None, build="0", open=[])
        assert await tab.closed() == 4401
        assert tab.told == [], "not even a welcome"


# -- away and back


async def test_after_a_cut_the_list_equals_a_fresh_load(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    """The socket is cut while many things happen; after resuming nothing differs."""
    dialogs = [await place.asks_for_people(chat=str(number)) for number in range(6)]
    async with Tab(anna) as tab:
        await tab.hello()
        listing = await anna.get("/dialogs?tab=all")
    away = {row["id"]: row for row in listing["rows"]}
    for number, dialog in enumerate(dialogs):
        who = (anna, boris)[number % 2]
        assert (await who.take(dialog)).status == 200
        for words in range(8):
            await place.writes(f"слова {words}", chat=str(number))
    fresh_ones = [await place.asks_for_people(chat=f"new{number}") for number in range(3)]
    async with Tab(boris) as other, Tab(anna) as tab:
        await other.hello()
        await other.settled(await place.desk.last_event())
        tab.rows = away
        welcome = await tab.hello(listing["seq"], dialogs[0])
        assert welcome["resumed"] is True
        await tab.settled(await place.desk.last_event())
        await tab.next("dialog", dialog=fresh_ones[-1])
        now = {row["id"]: row for row in (await anna.get("/dialogs?tab=all"))["rows"]}
        assert tab.rows == now
        assert set(now) == {*dialogs[::2], *fresh_ones}
        texts = [frame["message"]["parts"][0]["v"] for frame in tab.told if frame["t"] == "message"]
        assert [text for text in texts if text.startswith("слова")] == [
            f"слова {words}" for words in range(8)
        ]
        assert "notice" not in tab.kinds(), "old events must not ring"


async def test_position_that_is_no_longer_kept_needs_a_fresh_load(
    place: Workplace, anna: Browser
) -> None:
    since = await place.desk.last_event()
    await place.asks_for_people()
    place.later(hours=49)
    while await place.store.sweep(place.now):
        continue
    await place.asks_for_people(chat="8")
    async with Tab(await relogin(place, anna)) as tab:
        assert (await tab.hello(since))["resumed"] is False


async def relogin(place: Workplace, browser: Browser) -> Browser:
    """A session of now; the old one ended long ago."""
    token = new_id()
    await place.desk.open_session(
        Session(
            id=sha256(token.encode()).hexdigest(),
            operator="anna",
            created_at=place.now,
            last_at=place.now,
            ends_at=place.now.replace(year=place.now.year + 1),
        )
    )
    browser.cookie = token
    return browser


async def test_position_of_another_database_needs_a_fresh_load(anna: Browser) -> None:
    async with Tab(anna) as tab:
        assert (await tab.hello(10**9))["resumed"] is False


async def test_check_counts_what_a_fresh_load_counts(place: Workplace, anna: Browser) -> None:
    await place.asks_for_people()
    async with Tab(anna) as tab:
        await tab.hello()
        counts = (await tab.next("check"))["counts"]
        assert counts == (await anna.get("/dialogs"))["counts"]
        assert counts["queue"] == 1


async def test_stale_tab_learns_of_its_open_dialog_at_once(place: Workplace, anna: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as tab:
        await tab.hello(None, dialog)
        row = await place.row(dialog)
        assert (await tab.next("dialog", dialog=dialog))["version"] == row.version


async def test_end_of_the_process_says_goodbye(place: Workplace, tmp_path: Path) -> None:
    async with ClientSession() as session:
        async with DeskServer(place, tmp_path).open() as desk:
            hired = await desk.hired("anna")
            tab = Tab(Browser(session, desk.url, hired.cookie))
            await tab.__aenter__()
            await tab.hello()
            ending = asyncio.create_task(goodbye(tab))
        assert await ending == ("bye", 1001)


async def goodbye(tab: Tab) -> tuple[str, int]:
    frame = await tab.next("bye")
    assert frame["retry_ms"] > 0
    return frame["t"], await tab.closed()


async def test_garbage_from_a_tab_harms_nobody(place: Workplace, anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        for text in ("", "[]", "{", '{"t":1}', '{"t":"sub","dialog":{}}', "[" * 5000):
            await tab.socket.send_str(text)
        dialog = await place.asks_for_people()
        await tab.next("dialog", dialog=dialog)
