"""The live socket: what rings, what stops ringing, and what else people are told at once."""

import pytest

from tests.bots.desk.live import ready, said_nothing
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.tab import Tab
from tests.fakes.workplace import QUEUE, new_id


@pytest.fixture
def beats() -> dict[str, float]:
    """Quick enough for tests."""
    return {"beat_s": 0.02, "deadline_s": 0.02}


async def promising(desk: DeskServer, within: int = 600, before: int = 60) -> None:
    """The first line promises an answer."""
    place = desk.place
    known = {queue.id: queue for queue in await place.desk.desk_queues()}[QUEUE]
    promise = {"answer_within_s": within, "warn_before_s": before}
    assert await place.desk.change_queue(QUEUE, known.version, promise, place.now)
    place.later(seconds=3)  # the desk reads queues at most each two seconds


async def test_a_promise_near_its_end_rings_and_stops_when_it_is_kept(
    desk: DeskServer, anna: Browser, boris: Browser, sonya: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await promising(desk)
    async with Tab(anna) as tab, Tab(boris) as other, Tab(sonya) as watching:
        for one in (tab, other, watching):
            await ready(one, desk.place)
        assert (await anna.take(dialog)).status == 200
        desk.place.later(seconds=545)
        soon = await tab.next("notice", kind="deadline_soon")
        assert (soon["dialog"], soon["scope"]) == (dialog, "mine")
        assert (await watching.next("notice", kind="deadline_soon"))["scope"] == "queue"
        desk.place.later(seconds=60)
        await tab.next("notice_stop", id=soon["id"])
        late = await tab.next("notice", kind="deadline_late")
        body = {"client_id": new_id(), "parts": [{"t": "text", "v": "я здесь"}]}
        assert (await anna.post(f"/dialogs/{dialog}/reply", body)).status == 202
        await tab.next("notice_stop", id=late["id"])
        await watching.next("notice_stop", id=late["id"])
        await said_nothing(other, desk.place, "notice")


async def test_who_waits_in_the_queue_rings_for_all_who_may_take_it(
    desk: DeskServer, anna: Browser
) -> None:
    eva = await desk.hired("eva", queues=("sales",))
    dialog = await desk.place.asks_for_people()
    await promising(desk)
    async with Tab(anna) as tab, Tab(eva) as elsewhere:
        for one in (tab, elsewhere):
            await ready(one, desk.place)
        desk.place.later(seconds=700)
        late = await tab.next("notice", kind="deadline_late")
        assert (late["dialog"], late["scope"]) == (dialog, "queue")
        await said_nothing(elsewhere, desk.place, "notice")


async def test_what_rang_before_a_cut_is_told_to_stop_behind_it(
    desk: DeskServer, anna: Browser, boris: Browser, sonya: Browser
) -> None:
    place = desk.place
    dialog, seen = await place.asks_for_people(), await place.desk.last_event()
    await anna.take(dialog)
    waiting = await place.asks_for_people("8")
    async with Tab(anna) as tab:
        await ready(tab, place)  # all of it is told, so it is no news for who comes back now
    for browser in (boris, sonya):
        async with Tab(browser) as tab:
            assert (await tab.hello(seen))["resumed"]
            await tab.next("notice_stop", id=f"queue:{dialog}")
            await said_nothing(tab, place, "notice")
            assert waiting in tab.rows


async def test_a_transfer_taken_back_leaves_every_desk(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    rev = (await anna.get(f"/dialogs/{dialog}"))["state_rev"]
    async with Tab(boris) as tab:
        await ready(tab, desk.place)
        body = {"state_rev": rev, "to": {"operator_id": "boris"}}
        offer = (await anna.post(f"/dialogs/{dialog}/transfer", body)).body["undo"]
        await tab.next("notice", kind="handed_over")
        assert dialog in tab.rows
        await anna.post(f"/dialogs/{dialog}/undo", {"undo_id": offer["id"]})
        assert (await tab.next("gone", dialog=dialog))["why"] == "undone"
        assert dialog not in tab.rows


async def test_a_card_and_settings_changed_elsewhere_are_told(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    customer = (await desk.place.row(dialog)).customer
    async with Tab(anna) as tab, Tab(boris) as other:
        for one in (tab, other):
            await ready(one, desk.place)
        change = {"version": 1, "note": "вежливый"}
        assert (await boris.ask("PATCH", f"/customers/{customer}", change)).status == 200
        assert (await tab.next("customer", id=customer))["version"] == 2
        settings = {"theme": "dark", "version": 1, "keys": {}, "sounds": {}}
        assert (await anna.ask("PUT", "/me/settings", settings)).status == 200
        await tab.next("settings")
        await said_nothing(other, desk.place, "settings")
