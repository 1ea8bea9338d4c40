"""One's own account at the desk: settings of the page, and codes beside the password."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from core.desk_accounts import NewOperator
from core.errors import AccountRefused
from handlers import accounts
from handlers.sign_in import FREE_PER_LOGIN
from tests.fakes.desk import CHEAP, Answer, Browser, DeskServer
from tests.fakes.workplace import new_id

PASSWORD = "correct horse 77 battery"


@pytest.fixture
async def vera(desk: DeskServer) -> Browser:
    """An operator with a password."""
    new = NewOperator(login="vera", name="Вера", password=PASSWORD)
    account = await accounts.add_operator(
        desk.place.desk, CHEAP, new, now=desk.place.now, new_id=new_id
    )
    return await desk.browser(account.id)


def chosen(**changes: Any) -> dict[str, Any]:
    """Settings as the page sends them."""
    base = {"locale": "ru", "theme": "dark", "keys": {}, "sounds": {}, "enter_sends": False}
    return base | {"version": 1} | changes


async def test_settings_come_with_the_session_and_are_complete_from_the_start(
    anna: Browser,
) -> None:
    settings = (await anna.get("/session"))["settings"]
    assert (settings["locale"], settings["theme"], settings["enter_sends"]) == (None, "auto", True)
    assert set(settings["sounds"]) == {"queue", "message", "mention", "deadline", "handed_over"}


async def test_settings_survive_another_browser(desk: DeskServer, anna: Browser) -> None:
    sound = {"scope": "off", "sound": False, "notice": True, "title": False, "volume": 5}
    body = chosen(keys={"next_dialog": "Alt+KeyJ", "take": ""}, sounds={"queue": sound})
    answer = await anna.ask("PUT", "/me/settings", body)
    assert (answer.status, answer.body["version"]) == (200, 2)
    other = await (await desk.browser("anna")).get("/session")
    assert other["settings"] == answer.body
    assert other["settings"]["keys"] == {"next_dialog": "Alt+KeyJ", "take": ""}
    assert other["settings"]["sounds"]["queue"] == sound
    assert other["settings"]["sounds"]["message"]["scope"] == "mine"


async def test_of_two_tabs_the_second_is_told(anna: Browser) -> None:
    assert (await anna.ask("PUT", "/me/settings", chosen())).status == 200
    late = await anna.ask("PUT", "/me/settings", chosen(theme="light"))
    assert (late.status, late.code) == (409, "stale")


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "pink"},
        {"locale": "de"},
        {"keys": {"x y": "KeyJ"}},
        {"keys": {"take": "<script>"}},
        {"sounds": {"doorbell": {"scope": "all"}}},
        {"sounds": {"queue": {"scope": "all", "volume": 101}}},
        {"enter_sends": "yes"},
        {"more": 1},
    ],
    ids=str,
)
async def test_settings_nobody_knows_are_refused(anna: Browser, wrong: dict[str, Any]) -> None:
    assert (await anna.ask("PUT", "/me/settings", chosen(**wrong))).status == 422


# -- codes


async def enrolled(desk: DeskServer, browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Turns codes on; the app, and the codes on paper."""
    begun = await browser.post("/me/totp", {"password": PASSWORD})
    assert begun.status == 200, begun
    app = pyotp.parse_uri(begun.body["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == begun.body["secret"]
    done = await browser.post("/me/totp/confirm", {"code": app.at(desk.place.now)})
    assert done.status == 200, done
    return app, done.body["recovery"]


async def signed_in(desk: DeskServer, code: str | None = None) -> Answer:
    """Tries the door."""
    body = {"login": "vera", "password": PASSWORD} | ({"code": code} if code else {})
    return await desk.stranger().post("/login", body)


async def test_a_code_is_asked_for_once_the_app_is_known(desk: DeskServer, vera: Browser) -> None:
    assert (await signed_in(desk)).body["totp"] is False
    app, _ = await enrolled(desk, vera)
    assert (await vera.get("/session"))["totp"] is True
    half = await signed_in(desk)
    assert (half.status, half.code) == (401, "code_required")
    desk.place.later(seconds=30)
    assert (await signed_in(desk, app.at(desk.place.now))).status == 200


async def test_a_secret_that_was_not_confirmed_locks_nobody_out(
    desk: DeskServer, vera: Browser
) -> None:
    await vera.post("/me/totp", {"password": PASSWORD})
    assert (await signed_in(desk)).status == 200
    wrong = await vera.post("/me/totp/confirm", {"code": "000000"})
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/code")


async def test_the_password_is_asked_for_before_anything_changes(
    desk: DeskServer, vera: Browser
) -> None:
    for method, path in (("POST", "/me/totp"), ("DELETE", "/me/totp")):
        answer = await vera.ask(method, path, {"password": "wrong"})
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/password")
    assert (await vera.post("/me/totp/confirm", {"code": "123456"})).status == 422


async def test_a_wrong_password_is_named_by_the_field_it_was_typed_in(
    desk: DeskServer, vera: Browser
) -> None:
    for old, new, pointer, code in (
        ("wrong", PASSWORD + "!", "/old", "wrong"),
        (PASSWORD, "short", "/new", "too_short"),
        (PASSWORD, "a" * 300, "/new", "too_long"),
    ):
        answer = await vera.ask("PUT", "/me/password", {"old": old, "new": new})
        (error,) = answer.body["errors"]
        assert (answer.status, error["pointer"], error["code"]) == (422, pointer, code)
        assert "assword" in error["message"]


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/me/password"), ("POST", "/me/totp"), ("DELETE", "/me/totp")]
)
async def test_a_page_left_open_is_no_place_to_guess_the_password(
    desk: DeskServer, vera: Browser, method: str, path: str
) -> None:
    def body(password: str) -> dict[str, str]:
        if path == "/me/password":
            return {"old": password, "new": PASSWORD + "!"}
        return {"password": password}

    for _ in range(FREE_PER_LOGIN):
        assert (await vera.ask(method, path, body("wrong"))).status == 422
    early = await vera.ask(method, path, body(PASSWORD))
    assert (early.status, early.code) == (429, "rate_limited")
    assert (await signed_in(desk)).code == "rate_limited"
    desk.place.later(seconds=float(early.headers["Retry-After"]))
    assert (await vera.ask(method, path, body(PASSWORD))).status in (200, 204)


async def test_a_code_is_good_once(desk: DeskServer, vera: Browser) -> None:
    app, _ = await enrolled(desk, vera)
    used = await signed_in(desk, app.at(desk.place.now))
    assert (used.status, used.code) == (401, "login_failed")
    desk.place.later(seconds=30)
    code = app.at(desk.place.now)
    assert (await signed_in(desk, code)).status == 200
    assert (await signed_in(desk, code)).code == "login_failed"


async def test_a_recovery_code_opens_once_whatever_its_case(
    desk: DeskServer, vera: Browser
) -> None:
    _, recovery = await enrolled(desk, vera)
    assert len(set(recovery)) == 10
    assert (await signed_in(desk, recovery[0].lower().replace("-", ""))).status == 200
    assert (await signed_in(desk, recovery[0])).code == "login_failed"
    assert (await signed_in(desk, recovery[1])).status == 200


async def test_codes_cannot_be_tried_for_ever(desk: DeskServer, vera: Browser) -> None:
    await enrolled(desk, vera)
    for _ in range(8):
        answer = await signed_in(desk, "000000")
        await signed_in(desk)  # asking for the code does not give the tries back
    assert (answer.status, answer.code) == (429, "rate_limited")


async def test_turning_codes_on_ends_other_sessions(desk: DeskServer, vera: Browser) -> None:
    me = (await vera.get("/session"))["operator"]["id"]
    other = await desk.browser(me)
    await enrolled(desk, vera)
    assert (await other.ask("GET", "/session")).status == 401
    assert (await vera.ask("GET", "/session")).status == 200


async def test_codes_can_be_turned_off(desk: DeskServer, vera: Browser) -> None:
    await enrolled(desk, vera)
    assert (await vera.ask("DELETE", "/me/totp", {"password": PASSWORD})).status == 204
    assert (await signed_in(desk)).status == 200


async def test_an_admin_helps_who_lost_the_phone(
    desk: DeskServer, vera: Browser, admin: Browser
) -> None:
    await enrolled(desk, vera)
    me = (await vera.get("/session"))["operator"]["id"]
    assert (await admin.ask("DELETE", f"/operators/{me}/totp")).status == 204
    assert (await vera.ask("GET", "/session")).status == 401
    assert (await signed_in(desk)).status == 200
    assert (await admin.ask("DELETE", "/operators/nobody/totp")).status == 404
    (row,) = (await admin.get("/audit?action=operator.totp_reset"))["items"]
    assert (row["actor"]["id"], row["object"]) == ("admin", me)


async def test_the_only_admin_is_let_in_again_by_who_has_the_machine(
    desk: DeskServer, vera: Browser
) -> None:
    await enrolled(desk, vera)
    account = await accounts.drop_codes(desk.place.desk, "VERA", now=desk.place.now)
    assert account.login == "vera"
    assert (await vera.ask("GET", "/session")).status == 401
    assert (await signed_in(desk)).status == 200
    with pytest.raises(AccountRefused):
        await accounts.drop_codes(desk.place.desk, "nobody", now=desk.place.now)


async def test_the_secret_is_sealed_where_it_is_kept(desk: DeskServer, vera: Browser) -> None:
    app, recovery = await enrolled(desk, vera)
    account = await desk.place.desk.account_by_login("vera")
    assert account is not None
    assert account.totp_secret == f"{account.id}:{app.secret}"  # the tests' seal, one can see it
    assert recovery[0] not in str(account)
    desk.place.later(minutes=1)
    late = app.at(desk.place.now - timedelta(seconds=90))
    assert (await signed_in(desk, late)).code == "login_failed"
