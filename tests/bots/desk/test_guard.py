"""Where requests may come from, and how long a session lives."""

from datetime import timedelta
from pathlib import Path

import pytest

from bots.desk.guard import origin_of
from bots.people import address_through
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import Workplace

ONLINE = {"status": "online"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": None, "Sec-Fetch-Site": "same-site"},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"X-Otklik": None},
        {"X-Otklik": "0"},
    ],
    ids=str,
)
async def test_a_command_from_elsewhere_is_refused(
    anna: Browser, headers: dict[str, str | None]
) -> None:
    answer = await anna.ask("PUT", "/me/status", ONLINE, headers=headers)
    assert (answer.status, answer.code) == (403, "origin_refused")


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_page_does_nothing_in_the_name_of_somebody_else(
    anna: Browser, boris: Browser, method: str
) -> None:
    path, body = ("/session", None) if method == "GET" else ("/me/status", ONLINE)
    for browser, status in ((anna, 200), (boris, 401)):
        answer = await browser.ask(method, path, body, headers={"X-Otklik-Operator": "anna"})
        assert answer.status == status
    assert answer.code == "session_expired"


async def test_the_host_header_does_not_make_an_origin_ours(anna: Browser) -> None:
    headers = {"Origin": "http://evil.example", "Host": "evil.example"}
    answer = await anna.ask("PUT", "/me/status", ONLINE, headers=headers)
    assert answer.code == "origin_refused"


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:9", "http://localhost:9", 401),
        ("127.0.0.1:9", "http://127.0.0.1:9", 401),
        ("[::1]:9", "http://[::1]:9", 401),
        ("127.0.0.1:9", "http://localhost:9", 403),
        ("localhost:9", "https://localhost:9", 403),
        ("localhost", "http://localhost", 403),
        ("evil.example:9", "http://evil.example:9", 403),
        ("evil.example:9", "http://localhost:9", 403),
        ("192.168.0.2:9", "http://192.168.0.2:9", 403),
    ],
)
async def test_a_machine_may_call_itself_as_it_likes_where_nobody_set_the_address(
    host: str, origin: str, status: int, place: Workplace, tmp_path: Path
) -> None:
    names = ("http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9")
    headers = {"Host": host, "Origin": origin}
    body = {"login": "a", "password": "b"}
    async with DeskServer(place, tmp_path).open(nearby=names) as desk:
        answer = await desk.stranger().ask("POST", "/login", body, headers=headers)
        assert answer.status == status
    async with DeskServer(place, tmp_path).open() as desk:
        answer = await desk.stranger().ask("POST", "/login", body, headers=headers)
        assert answer.status == 403, "the address was set"


async def test_a_browser_that_sends_no_origin_may_vouch_by_fetch_metadata(anna: Browser) -> None:
    headers = {"Origin": None, "Sec-Fetch-Site": "same-origin"}
    assert (await anna.ask("PUT", "/me/status", ONLINE, headers=headers)).status == 200


async def test_reading_needs_no_origin(anna: Browser) -> None:
    assert (await anna.ask("GET", "/session")).status == 200


async def test_signing_in_needs_our_origin_too(desk: DeskServer) -> None:
    body = {"login": "a", "password": "b"}
    headers = {"Origin": "https://evil.example"}
    answer = await desk.stranger().ask("POST", "/login", body, headers=headers)
    assert answer.code == "origin_refused"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://desk.example.com/", "https://desk.example.com"),
        ("https://desk.example.com:443", "https://desk.example.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://DESK.example.com", "https://desk.example.com"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("cookie", ["", "unknown", "é" * 10])
async def test_a_cookie_nobody_gave_out_opens_nothing(desk: DeskServer, cookie: str) -> None:
    browser = desk.stranger()
    browser.cookie = cookie
    answer = await browser.ask("GET", "/session")
    assert (answer.status, answer.code) == (401, "session_expired")


async def test_a_session_ends_when_it_is_not_used(desk: DeskServer, anna: Browser) -> None:
    desk.place.now += timedelta(hours=7, minutes=59)
    assert (await anna.ask("GET", "/session")).status == 200
    desk.place.now += timedelta(hours=8)
    assert (await anna.ask("GET", "/session")).code == "session_expired"


async def test_a_session_ends_in_any_case(desk: DeskServer, anna: Browser) -> None:
    for _ in range(3):
        desk.place.now += timedelta(hours=3, minutes=50)
        assert (await anna.ask("GET", "/session")).status == 200
    desk.place.now += timedelta(minutes=31)
    assert (await anna.ask("GET", "/session")).code == "session_expired"


async def test_signing_out_ends_the_session(anna: Browser) -> None:
    answer = await anna.post("/logout")
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (await anna.ask("GET", "/session")).status == 401


async def test_one_ends_own_sessions_only(desk: DeskServer, anna: Browser, boris: Browser) -> None:
    other = await desk.browser("anna")
    mine = await anna.get("/sessions")
    assert len(mine) == 2
    assert sorted(one["current"] for one in mine) == [False, True]
    foreign = (await boris.get("/sessions"))[0]["id"]
    assert (await anna.ask("DELETE", f"/sessions/{foreign}")).status == 404
    second = next(one["id"] for one in mine if not one["current"])
    assert (await anna.ask("DELETE", f"/sessions/{second}")).status == 204
    assert (await other.ask("GET", "/session")).status == 401
    assert (await anna.ask("GET", "/session")).status == 200


async def test_an_admin_ends_any_session(admin: Browser, anna: Browser) -> None:
    theirs = next(one for one in await admin.get("/sessions") if one["operator"]["id"] == "anna")
    assert (await admin.ask("DELETE", f"/sessions/{theirs['id']}")).status == 204
    assert (await anna.ask("GET", "/session")).status == 401


async def test_changed_roles_mean_signing_in_anew(admin: Browser, anna: Browser) -> None:
    account = next(one for one in await admin.get("/accounts") if one["id"] == "anna")
    body = {"version": account["version"], "roles": ["operator", "supervisor"]}
    changed = await admin.ask("PATCH", "/operators/anna", body)
    assert changed.body["roles"] == ["operator", "supervisor"]
    assert (await anna.ask("GET", "/session")).status == 401
    assert (await admin.ask("PATCH", "/operators/anna", body)).code == "stale"


async def test_an_admin_cannot_lock_themselves_out(admin: Browser) -> None:
    for change in ({"roles": ["operator"]}, {"archived": True}):
        answer = await admin.ask("PATCH", "/operators/admin", {"version": 1, **change})
        assert (answer.status, answer.code) == (422, "validation")


async def test_wrong_passwords_are_slowed_down_and_tell_nothing(desk: DeskServer) -> None:
    await desk.place.hire("anna")
    browser = desk.stranger()
    known = await browser.post("/login", {"login": "anna", "password": "wrong"})
    unknown = await browser.post("/login", {"login": "nobody", "password": "wrong"})
    assert known.code == unknown.code == "login_failed"
    for _ in range(8):
        answer = await browser.post("/login", {"login": "anna", "password": "wrong"})
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_status_set_by_a_supervisor_shows_who_set_it(sonya: Browser, anna: Browser) -> None:
    answer = await sonya.ask("PUT", "/operators/anna/status", {"status": "break", "reason": "обед"})
    assert answer.status == 200
    assert (answer.body["status"], answer.body["status_by"]) == ("break", "sonya")


async def test_going_offline_with_dialogs_in_hand_must_say_what_becomes_of_them(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    assert (await anna.take(dialog)).status == 200
    answer = await anna.ask("PUT", "/me/status", {"status": "offline"})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/hand_back")
    answer = await anna.ask("PUT", "/me/status", {"status": "offline", "hand_back": True})
    assert answer.body["in_hand"] == 0
    assert (await desk.place.row(dialog)).state == "queued"


async def test_behind_a_declared_proxy_each_address_has_its_own_tries(
    place: Workplace, tmp_path: Path
) -> None:
    server = DeskServer(place, tmp_path)
    async with server.open(address=address_through(["127.0.0.1"])) as desk:
        browser = desk.stranger()

        async def tried(login: str, address: str) -> int:
            body = {"login": login, "password": "wrong"}
            headers = {"X-Forwarded-For": address}
            return (await browser.ask("POST", "/login", body, headers=headers)).status

        for number in range(20):
            assert await tried(f"guess{number}", "203.0.113.9") == 401
        assert await tried("another", "203.0.113.9") == 429
        assert await tried("another", "1.2.3.4, 203.0.113.9") == 429, "invented by the sender"
        assert await tried("another", "203.0.113.10") == 401


async def test_without_a_declared_proxy_the_header_says_nothing(desk: DeskServer) -> None:
    browser = desk.stranger()
    for number in range(21):
        body = {"login": f"guess{number}", "password": "wrong"}
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        answer = await browser.ask("POST", "/login", body, headers=headers)
    assert answer.status == 429
