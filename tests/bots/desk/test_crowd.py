"""Five thousand open dialogs: how many requests a fresh desk needs, and what it may cost."""

import time

from tests.fakes.desk import Browser, DeskServer
from tests.storage.crowd import crowd

CROWD = 5000
#: Of processor time; several times what it takes: a query that lost its index is far beyond.
SECONDS = 6.0


async def test_a_snapshot_of_five_thousand_dialogs_takes_six_requests(
    desk: DeskServer, anna: Browser, sonya: Browser
) -> None:
    model = await desk.place.asks_for_people()
    ids = [model, *await crowd(desk.place, CROWD - 1, model)]
    for who in (anna, sonya):
        rows, cursor, requests, began = [], "", 0, time.process_time()
        while requests == 0 or cursor:
            page = await who.get(f"/dialogs?tab=queue&limit=1000&cursor={cursor or ''}")
            rows += page["rows"]
            cursor, requests = page["next_cursor"], requests + 1
            assert page["counts"]["queue"] == CROWD
        assert requests <= 6
        assert [row["id"] for row in rows] == ids, "in the order of their waits, none twice"
        assert time.process_time() - began < SECONDS


async def test_the_board_and_a_search_bear_a_crowd(desk: DeskServer, sonya: Browser) -> None:
    model = await desk.place.asks_for_people()
    await crowd(desk.place, CROWD - 100, model)
    began = time.process_time()
    (queue,) = [one for one in (await sonya.get("/board"))["queues"] if one["waiting"]]
    assert queue["waiting"] == CROWD - 99
    found = await sonya.get("/search?q=оператор")
    assert len(found["items"]) == 20
    nothing = await sonya.get("/search?q=этогонигденет")
    assert (nothing["items"], nothing["partial"]) == ([], False)
    taken = await sonya.post("/dialogs/take-next", {})
    assert taken.body["id"] == model
    assert time.process_time() - began < SECONDS
