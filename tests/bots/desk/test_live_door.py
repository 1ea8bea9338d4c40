"""The live socket: who gets in, and who is put out."""

from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError

from bots.desk.problems import STATUS
from handlers.accounts import disable_operator
from tests.bots.desk.live import said_nothing
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.tab import Tab
from tests.fakes.workplace import Workplace


@pytest.fixture
def beats() -> dict[str, float]:
    """Quick enough for tests."""
    return {"beat_s": 0.02, "check_s": 0.1, "touch_s": 0.05}


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


async def test_who_is_not_let_in_is_told_why(desk: DeskServer, anna: Browser) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for browser, headers, code in (
        (anna, upgrade, "origin_refused"),
        (desk.stranger(), {**upgrade, "Origin": desk.url}, "session_expired"),
        (anna, {"Origin": desk.url}, "malformed"),
    ):
        answer = await browser.ask("GET", "/live", headers=headers)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert (answer.status, answer.code) == (STATUS[code], code)
        assert answer.body["detail"]


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


# -- once inside


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
        await disable_operator(place.desk, place.store, "anna", now=place.now)
        assert await tab.closed() == 4401


async def test_a_session_that_ended_during_the_upgrade_is_told_nothing(
    place: Workplace, anna: Browser
) -> None:
    async with Tab(anna) as tab:
        await disable_operator(place.desk, place.store, "anna", now=place.now)
        await tab.say("hello", since=None, build="0", open=[])
        assert await tab.closed() == 4401
        assert tab.told == [], "not even a welcome"
