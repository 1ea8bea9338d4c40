"""Topic, tags and priority of a dialog: who may say what it is about, and where that shows."""

from typing import Any

import pytest

from tests.fakes.desk import Answer, Browser, DeskServer


async def sorted_(browser: Browser, dialog: str, **changes: Any) -> Answer:
    """Changes it on the newest view."""
    rows = (await browser.get("/dialogs?tab=all"))["rows"]
    rev = next(row["state_rev"] for row in rows if row["id"] == dialog)
    return await browser.ask("PATCH", f"/dialogs/{dialog}", {"state_rev": rev, **changes})


async def test_who_has_the_dialog_says_what_it_is_about(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    first = await sorted_(anna, dialog, topic="outage", tags_add=["vip", "спешит"])
    assert (first.status, first.body["topic"], first.body["tags"]) == (
        200,
        "outage",
        ["vip", "спешит"],
    )
    second = await sorted_(anna, dialog, tags_remove=["vip"], tags_add=["спешит", "долг"])
    assert (second.body["topic"], second.body["tags"]) == ("outage", ["спешит", "долг"])
    assert second.body["version"] == first.body["version"] + 1
    assert second.body["state_rev"] == first.body["state_rev"]
    found = await anna.get("/dialogs?tab=mine&tag=долг&topic=outage")
    assert [row["id"] for row in found["rows"]] == [dialog]
    assert (await anna.get("/dialogs?tab=mine&tag=vip"))["rows"] == []


async def test_a_colleague_does_not(desk: DeskServer, anna: Browser, boris: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    body = {"state_rev": rev, "topic": "x"}
    answer = await boris.ask("PATCH", f"/dialogs/{dialog}", body)
    assert (answer.status, answer.code) == (409, "not_owner")
    old = await anna.ask("PATCH", f"/dialogs/{dialog}", {**body, "state_rev": rev - 1})
    assert (old.status, old.code) == (409, "stale")


async def test_priority_is_the_supervisors(desk: DeskServer, anna: Browser, sonya: Browser) -> None:
    first = await desk.place.asks_for_people("1")
    desk.place.later(seconds=1)
    second = await desk.place.asks_for_people("2")
    assert (await sorted_(sonya, second, priority=3)).body["priority"] == 3
    rows = (await anna.get("/dialogs?tab=queue"))["rows"]
    assert [row["id"] for row in rows] == [second, first]
    taken = await anna.post("/dialogs/take-next", {})
    assert taken.body["id"] == second
    answer = await sorted_(anna, second, priority=1)
    assert (answer.status, answer.code) == (403, "forbidden")


@pytest.mark.parametrize("tag", ["", " x", 'a"b', "a\\b", "\x00", "x" * 41, "a\nb"])
async def test_a_tag_that_could_be_taken_for_something_else_is_refused(
    desk: DeskServer, anna: Browser, tag: str
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    assert (await sorted_(anna, dialog, tags_add=[tag])).status == 422


async def test_tags_have_an_end(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    for start in (0, 15):
        tags = [f"t{number}" for number in range(start, start + 15)]
        assert (await sorted_(anna, dialog, tags_add=tags)).status == 200
    answer = await sorted_(anna, dialog, tags_add=["one more"])
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/tags_add")
    swapped = await sorted_(anna, dialog, tags_add=["one more"], tags_remove=["t0"])
    assert len(swapped.body["tags"]) == 30
