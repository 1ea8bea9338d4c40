"""What a close asks, changed while the product runs."""

from typing import Any

import pytest

from core.policy import Policy
from handlers.rating_choice import RatingChoices
from tests.bots.desk.test_commands import closing
from tests.fakes.desk import Answer, Browser, DeskServer


def choices(desk: DeskServer) -> RatingChoices:
    """As a process wires it."""
    world = desk.place.dispatcher.world

    def put(policy: Policy) -> None:
        world.policy = policy

    return RatingChoices(desk.place.desk, lambda: world.policy, put)


async def asked(desk: DeskServer, anna: Browser, chat: str) -> list[str]:
    """Options of the question after a close."""
    dialog = await desk.place.asks_for_people(chat)
    await anna.take(dialog)
    assert (await closing(anna, dialog, ask_rating=True)).status == 200
    shown = (await anna.get(f"/dialogs/{dialog}"))["messages"]
    return [
        part["label"]
        for one in shown
        if one["kind"] == "rating"
        for part in one["parts"]
        if part["t"] == "button"
    ]


async def changed(admin: Browser, version: int, **changes: Any) -> Answer:
    return await admin.ask("PATCH", "/settings", {"version": version, **changes})


async def test_what_was_configured_holds_until_somebody_chooses(
    desk: DeskServer, admin: Browser
) -> None:
    assert await admin.get("/settings") == {
        "rating_question": "csi", "csi_scale": 5, "nps_scale": "0-10", "version": 0,
    }  # fmt: skip


async def test_new_closes_ask_what_was_chosen(
    desk: DeskServer, admin: Browser, anna: Browser
) -> None:
    step = choices(desk).step
    await step()
    assert await asked(desk, anna, "1") == ["1", "2", "3", "4", "5"]
    answer = await changed(admin, 0, rating_question="nps", nps_scale="1-10")
    assert (answer.status, answer.body["version"]) == (200, 1)
    await step()
    assert await asked(desk, anna, "2") == [str(n) for n in range(1, 11)]
    answer = await changed(admin, 1, rating_question="csi", csi_scale=10)
    assert answer.body == {
        "rating_question": "csi", "csi_scale": 10, "nps_scale": "1-10", "version": 2,
    }  # fmt: skip
    await step()
    assert len(await asked(desk, anna, "3")) == 10
    await changed(admin, 2, rating_question="off")
    await step()
    assert await asked(desk, anna, "4") == []
    rows = (await admin.get("/audit?action=settings.change"))["items"]
    assert [row["detail"]["question"] for row in rows] == ["off", "csi", "nps"]


async def test_an_answer_under_way_keeps_its_scale(
    desk: DeskServer, admin: Browser, anna: Browser
) -> None:
    step = choices(desk).step
    await step()
    await asked(desk, anna, "1")
    await changed(admin, 0, rating_question="nps")
    await step()
    desk.place.later(seconds=10)  # the question has gone out by then
    dialog = await desk.place.writes("5", chat="1")
    mark = await desk.place.desk.mark(dialog)
    assert mark is not None
    assert (mark.metric, mark.scale, mark.value) == ("csi", (1, 5), 5)


async def test_of_two_admins_the_second_is_told(admin: Browser) -> None:
    assert (await changed(admin, 0, rating_question="nps")).status == 200
    for version in (0, 7):
        late = await changed(admin, version, rating_question="off")
        assert (late.status, late.code) == (409, "stale")


@pytest.mark.parametrize(
    "wrong", [{"csi_scale": 7}, {"nps_scale": "0-100"}, {"rating_question": "mood"}, {"x": 1}]
)
async def test_a_scale_nobody_can_compute_with_is_refused(
    admin: Browser, wrong: dict[str, Any]
) -> None:
    assert (await changed(admin, 0, **wrong)).status == 422
