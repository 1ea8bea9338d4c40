"""The way of one dialog over HTTP: in, taken, answered, closed."""

from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import new_id


async def test_a_waiting_dialog_is_taken_answered_and_closed(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()

    listed = await anna.get("/dialogs?tab=queue")
    assert [row["id"] for row in listed["rows"]] == [dialog]
    assert listed["counts"]["queue"] == 1
    assert listed["rows"][0]["turn"] == "operator"

    taken = await anna.take(dialog)
    assert taken.status == 200, taken
    assert taken.body["state"] == "with_operator"
    assert taken.body["operator"] == {"id": "anna", "name": "Anna"}

    client_id = new_id()
    body = {"client_id": client_id, "parts": [{"t": "text", "v": "Добрый день!"}]}
    sent = await anna.post(f"/dialogs/{dialog}/reply", body)
    assert sent.status == 202, sent
    assert sent.body["parts"] == [{"t": "text", "v": "Добрый день!"}]
    again = await anna.post(f"/dialogs/{dialog}/reply", body)
    assert again.body["n"] == sent.body["n"]

    opened = await anna.get(f"/dialogs/{dialog}")
    assert opened["messages"][-1]["client_id"] == sent.body["client_id"]
    assert opened["handoff"]["queue_id"] == "first_line"

    closed = await anna.post(
        f"/dialogs/{dialog}/close",
        {
            "state_rev": opened["state_rev"],
            "seen_n": opened["last_n"],
            "result": "solved",
            "ask_rating": False,
            "skip_reason": "test",
        },
    )
    assert closed.status == 200, closed
    assert closed.body["dialog"]["state"] == "closed"
    assert (await anna.get("/dialogs?tab=mine"))["rows"] == []


async def test_signing_in_gives_a_cookie_that_scripts_cannot_read(desk: DeskServer) -> None:
    admin = await desk.hired("admin", "admin", queues=())
    body = {
        "login": "olga",
        "name": "Ольга",
        "password": "correct horse battery",
        "roles": ["operator"],
    }
    made = await admin.post("/operators", body)
    assert made.status == 201, made

    browser = desk.stranger()
    answer = await browser.post("/login", {"login": "Olga", "password": "correct horse battery"})
    assert answer.status == 200, answer
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-otklik=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    browser.cookie = cookie.split(";")[0].partition("=")[2]
    session = await browser.get("/session")
    assert session["operator"]["name"] == "Ольга"
    assert session["roles"] == ["operator"]
