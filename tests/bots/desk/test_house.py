"""Queues, hours, people, ready texts, customers, the board and the log over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from bots.desk.customers import masked
from tests.fakes.desk import Browser, DeskServer

HOURS = {
    "zone": "Europe/Moscow",
    "weekly": {"1": [["09:00", "18:00"]]},
    "exceptions": {"2027-03-08": []},
    "effective_from": "2027-01-01",
    "version": 0,
}


# -- queues and hours


async def test_a_queue_with_hours_says_when_it_opens(desk: DeskServer, admin: Browser) -> None:
    made = await admin.ask("PUT", "/calendars/office", HOURS)
    assert (made.status, made.body["version"]) == (200, 1), made
    queue = {"id": "sales", "name": "Продажи", "calendar_id": "office", "answer_within_s": 600}
    added = await admin.post("/queues", queue)
    assert added.status == 201, added
    assert added.body["open_now"] is True

    desk.place.now += timedelta(hours=7)
    shown = {one["id"]: one for one in await admin.get("/queues")}["sales"]
    assert (shown["open_now"], shown["opens_at"]) == (False, "2027-03-15T06:00:00.000Z")


async def test_hours_are_added_as_versions(admin: Browser) -> None:
    assert (await admin.ask("PUT", "/calendars/office", HOURS)).status == 200
    assert (await admin.ask("PUT", "/calendars/office", HOURS)).code == "stale"
    later = {**HOURS, "version": 1, "effective_from": "2027-04-01", "always": True}
    assert (await admin.ask("PUT", "/calendars/office", later)).body["version"] == 2
    assert [one["version"] for one in await admin.get("/calendars")] == [1, 2]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"zone": "Etc/GMT+3"}, "/zone"),
        ({"zone": "Mars/Base"}, "/zone"),
        ({"weekly": {"8": []}}, "/weekly/8"),
        ({"weekly": {"1": [["9:00", "18:00"]]}}, "/weekly/1"),
        ({"weekly": {"1": [["09:00"]]}}, "/weekly/1/0/1"),
        ({"exceptions": {"8 марта": []}}, "/exceptions/8 марта"),
        ({"effective_from": "soon"}, "/effective_from"),
    ],
    ids=str,
)
async def test_wrong_hours_are_named(admin: Browser, change: Any, pointer: str) -> None:
    answer = await admin.ask("PUT", "/calendars/office", {**HOURS, **change})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


async def test_a_queue_is_changed_on_its_newest_version(admin: Browser) -> None:
    await admin.post("/queues", {"id": "sales", "name": "Продажи"})
    assert (await admin.post("/queues", {"id": "sales", "name": "x"})).status == 422
    change = {"version": 1, "answer_within_s": 300}
    assert (await admin.ask("PATCH", "/queues/sales", change)).body["version"] == 2
    assert (await admin.ask("PATCH", "/queues/sales", change)).code == "stale"
    wrong = {"version": 2, "calendar_id": "nothing"}
    assert (await admin.ask("PATCH", "/queues/sales", wrong)).status == 422
    assert (await admin.ask("PATCH", "/queues/nothing", change)).status == 404
    assert (await admin.ask("PATCH", "/queues/sales", {"version": 2})).status == 422


async def test_a_promise_of_the_queue_is_shown_on_its_dialogs(
    desk: DeskServer, admin: Browser, anna: Browser, sonya: Browser
) -> None:
    await desk.place.asks_for_people()
    desk.place.later(seconds=3)
    queues = {one["id"]: one for one in await admin.get("/queues")}
    change = {
        "version": queues["first_line"]["version"],
        "answer_within_s": 600,
        "warn_before_s": 60,
    }
    assert (await admin.ask("PATCH", "/queues/first_line", change)).status == 200

    async def state() -> str:
        return str((await anna.get("/dialogs"))["rows"][0]["deadline"]["state"])

    assert await state() == "ok"
    desk.place.now += timedelta(seconds=542)
    assert await state() == "soon"
    desk.place.now += timedelta(seconds=60)
    assert await state() == "late"
    board = await sonya.get("/board")
    line = next(one for one in board["queues"] if one["id"] == "first_line")
    assert (line["waiting"], line["late"], line["oldest_s"], line["online"]) == (1, 1, 605, 1)
    assert board["today"]["escalated"] == 1


# -- people


async def test_an_account_is_made_changed_and_archived(desk: DeskServer, admin: Browser) -> None:
    body = {"login": "olga", "name": "Ольга", "password": "correct horse battery"}
    made = (await admin.post("/operators", body)).body
    assert (made["roles"], made["limit"]) == (["operator"], 5)
    assert (await admin.post("/operators", body)).body["errors"][0]["pointer"] == "/login"
    weak = await admin.post("/operators", {**body, "login": "other", "password": "short"})
    assert (weak.status, weak.body["errors"][0]["code"]) == (422, "too_short")
    change = {"version": made["version"], "archived": True}
    gone = await admin.ask("PATCH", f"/operators/{made['id']}", change)
    assert gone.body["archived"] is True
    signs_in = {"login": "olga", "password": "correct horse battery"}
    assert (await desk.stranger().post("/login", signs_in)).code == "login_failed"
    actions = [one["action"] for one in (await admin.get("/audit"))["items"]]
    assert actions == ["operator.change", "operator.add"]


async def test_a_password_is_changed_by_who_knows_the_old_one(
    desk: DeskServer, admin: Browser
) -> None:
    old, new = "correct horse battery", "wrong donkey charger"
    await admin.post("/operators", {"login": "olga", "name": "Ольга", "password": old})

    async def signed_in(password: str) -> Browser:
        browser = desk.stranger()
        answer = await browser.post("/login", {"login": "olga", "password": password})
        assert answer.status == 200
        browser.cookie = answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]
        return browser

    here, elsewhere = await signed_in(old), await signed_in(old)
    wrong = await here.ask("PUT", "/me/password", {"old": "no idea", "new": new})
    assert wrong.status == 422
    assert (await here.ask("PUT", "/me/password", {"old": old, "new": new})).status == 204
    assert (await here.ask("GET", "/session")).status == 200
    assert (await elsewhere.ask("GET", "/session")).status == 401
    await signed_in(new)


async def test_the_first_admin_comes_by_the_printed_link_once(desk: DeskServer) -> None:
    from handlers.accounts import offer_setup

    await offer_setup(desk.place.desk, "printed", desk.place.now)
    browser = desk.stranger()
    body = {"login": "root", "name": "Root", "password": "correct horse battery"}
    assert (await browser.post("/setup", {"token": "guessed", **body})).status == 410
    made = await browser.post("/setup", {"token": "printed", **body})
    assert made.body["roles"] == ["admin"]
    assert "__Host-otklik=" in made.headers["Set-Cookie"]
    again = {"token": "printed", **body, "login": "second"}
    assert (await browser.post("/setup", again)).code == "gone"


# -- ready texts


async def test_a_ready_text_is_filled_in_from_the_dialog(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    text = "{customer}, это {operator}. Ваш тариф {tariff_that_nobody_knows}."
    made = await anna.post("/canned", {"name": "Привет", "body": text})
    assert made.status == 201, made
    path = f"/canned/{made.body['id']}"
    rendered = await anna.post(f"{path}/render", {"dialog_id": dialog})
    assert rendered.body == {
        "text": "Ольга, это Anna. Ваш тариф {tariff_that_nobody_knows}.",
        "missing": ["tariff_that_nobody_knows"],
    }
    change = {"version": 1, "body": "{customer}!"}
    assert (await anna.ask("PATCH", path, change)).body["version"] == 2
    assert (await anna.ask("PATCH", path, change)).code == "stale"
    filled = (await anna.post(f"{path}/render", {"dialog_id": dialog})).body
    assert filled == {"text": "Ольга!", "missing": []}
    assert [one["used"] for one in await anna.get("/canned")] == [1]
    assert (await anna.ask("DELETE", path)).status == 204
    assert await anna.get("/canned") == []
    assert (await anna.ask("DELETE", path)).status == 404


async def _knows_the_account(desk: DeskServer, anna: Browser) -> str:
    """A dialog in the queue again, after the bot asked for an account that somebody filled in."""
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    to = {"scenario": "balance", "step": "ask_account", "slots": {"account": "77001234"}}
    answer = await anna.post(f"/dialogs/{dialog}/return-to-bot", {"state_rev": rev, **to})
    assert answer.status == 200, answer
    await desk.place.writes("оператор")
    return dialog


async def test_what_the_bot_collected_is_named_as_in_scenarios_or_as_people_call_it(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await _knows_the_account(desk, anna)
    handoff = (await anna.get(f"/dialogs/{dialog}"))["handoff"]
    assert handoff["slots"] == [{"title": "номер счёта", "value": "77001234"}]
    text = "{account}, {номер счёта}, { Номер счёта }"
    made = (await anna.post("/canned", {"name": "счёт", "body": text})).body
    rendered = await anna.post(f"/canned/{made['id']}/render", {"dialog_id": dialog})
    assert rendered.body == {"text": "77001234, 77001234, 77001234", "missing": []}
    names = {one["name"]: one["title"] for one in await anna.get("/canned/variables")}
    assert (names["customer"], names["account"]) == ("", "номер счёта")
    assert "code" not in names, "secrets are told to nobody"


async def test_the_bots_place_is_called_as_people_call_it(desk: DeskServer, anna: Browser) -> None:
    dialog = await _knows_the_account(desk, anna)
    handoff = (await anna.get(f"/dialogs/{dialog}"))["handoff"]
    assert (handoff["scenario"], handoff["scenario_title"]) == ("confirm", "Confirm")
    assert (handoff["intent"], handoff["intent_title"]) == ("", "")


async def test_whatever_stays_in_braces_is_missing(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    text = "Счёт { номер счёта }, {account}, {1}, {}"
    made = (await anna.post("/canned", {"name": "счёт", "body": text})).body
    rendered = await anna.post(f"/canned/{made['id']}/render", {"dialog_id": dialog})
    assert rendered.body == {
        "text": "Счёт {номер счёта}, {account}, {1}, {}",
        "missing": ["номер счёта", "account", "1"],
    }


async def test_a_personal_text_is_nobody_elses(anna: Browser, boris: Browser) -> None:
    made = (await anna.post("/canned", {"name": "моё", "body": "x"})).body
    path = f"/canned/{made['id']}"
    assert await boris.get("/canned") == []
    assert (await boris.ask("PATCH", path, {"version": 1, "name": "x"})).status == 404
    assert (await boris.ask("DELETE", path)).status == 404


async def test_only_a_supervisor_shares_texts(anna: Browser, sonya: Browser) -> None:
    shared = {"name": "общее", "body": "x", "scope": "all"}
    assert (await anna.post("/canned", shared)).code == "forbidden"
    made = (await sonya.post("/canned", shared)).body
    assert [one["id"] for one in await anna.get("/canned")] == [made["id"]]
    path = f"/canned/{made['id']}"
    assert (await anna.ask("DELETE", path)).code == "forbidden"
    mine = (await anna.post("/canned", {"name": "моё", "body": "x"})).body
    raised = await anna.ask("PATCH", f"/canned/{mine['id']}", {"version": 1, "scope": "all"})
    assert raised.code == "forbidden"
    lost = {**shared, "scope": "queue"}
    (error,) = (await sonya.post("/canned", lost)).body["errors"]
    assert (error["pointer"], error["code"]) == ("/queue_id", "empty")


async def test_a_text_of_a_queue_is_for_those_who_serve_it(
    desk: DeskServer, anna: Browser, sonya: Browser
) -> None:
    eva = await desk.hired("eva", queues=("sales",))
    body = {"name": "n", "body": "x", "scope": "queue", "queue_id": "sales"}
    assert (await sonya.post("/canned", body)).status == 201
    assert len(await eva.get("/canned")) == 1
    assert await anna.get("/canned") == []


# -- customers


async def test_a_customers_card_shows_whom_one_talks_to(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    customer = (await anna.get(f"/dialogs/{dialog}"))["customer"]["id"]
    card = await anna.get(f"/customers/{customer}")
    assert (card["name"], card["level"], card["dialogs_total"]) == ("Ольга", "anonymous", 1)
    assert [one["channel"] for one in card["accounts"]] == ["site"]
    rows = await anna.get(f"/customers/{customer}/dialogs")
    assert [row["id"] for row in rows] == [dialog]
    assert (await anna.ask("GET", "/customers/nobody")).status == 404


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("77001234", "••••••34"),
        ("+7 921 000-12-34", "+• ••• •••-••-34"),
        ("anna.petrova@example.com", "a•••••••••••@example.com"),
        ("Анна", "Анна"),
        ("дом 12", "дом 12"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


# -- scenarios and the log


async def test_scenarios_tell_where_the_bot_may_go_on(desk: DeskServer, anna: Browser) -> None:
    found = await anna.get("/scenarios")
    assert found
    for one in found:
        steps = desk.place.bundle.scenarios[one["id"]].steps
        assert [entry["step"] for entry in one["entries"]] == [
            id_ for id_, step in steps.items() if step.entry
        ]


async def test_the_log_is_read_in_pages_and_by_filters(desk: DeskServer, admin: Browser) -> None:
    for number in range(5):
        await admin.post("/queues", {"id": f"q{number}", "name": "x"})
    first = await admin.get("/audit?limit=3")
    rest = await admin.get(f"/audit?limit=3&cursor={first['next_cursor']}")
    found = [one["object"] for one in (*first["items"], *rest["items"])]
    assert found == ["q4", "q3", "q2", "q1", "q0"]
    assert rest["next_cursor"] is None
    assert len((await admin.get("/audit?object=q2"))["items"]) == 1
    assert (await admin.get("/audit?from=2027-03-02T00:00:00Z"))["items"] == []
    assert (await admin.ask("GET", "/audit?from=yesterday")).status == 422
    assert (await admin.get("/audit/verify"))["checked"] == 5


async def test_a_supervisor_reads_the_log_of_queues_and_not_of_accounts(
    desk: DeskServer, anna: Browser, sonya: Browser, admin: Browser
) -> None:
    body = {"login": "olga", "name": "Ольга", "password": "correct horse battery"}
    assert (await admin.post("/operators", body)).status == 201
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    take = {"state_rev": rev, "force": True}
    assert (await sonya.post(f"/dialogs/{dialog}/take", take)).status == 200
    seen = [one["action"] for one in (await sonya.get("/audit"))["items"]]
    assert seen == ["dialog.force_take"]


async def test_colleagues_are_listed_by_queue(desk: DeskServer, anna: Browser) -> None:
    await desk.hired("eva", queues=("sales",))
    assert [one["name"] for one in await anna.get("/operators")] == ["Anna", "Eva"]
    assert [one["name"] for one in await anna.get("/operators?queue=sales")] == ["Eva"]
    assert "login" not in (await anna.get("/operators"))[0]
