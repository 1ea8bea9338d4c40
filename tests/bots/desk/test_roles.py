"""Every endpoint against every role, and against dialogs of a foreign queue.

An endpoint without a line here fails the build.
"""

from typing import Any

import pytest

from bots.desk.app import ENDPOINTS
from bots.desk.endpoint import Endpoint
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import CHANNEL, new_id

S, A, ANY, PUBLIC = "supervisor", "admin", "operator supervisor admin", ""
BOTH = "operator supervisor"
AUDITORS = "supervisor admin"

EXPECTED: dict[str, str] = {
    "POST /login": PUBLIC,
    "POST /setup": PUBLIC,
    "POST /logout": ANY,
    "GET /session": ANY,
    "GET /sessions": ANY,
    "DELETE /sessions/{id}": ANY,
    "PUT /me/password": ANY,
    "PUT /me/settings": ANY,
    "POST /me/totp": ANY,
    "POST /me/totp/confirm": ANY,
    "DELETE /me/totp": ANY,
    "DELETE /operators/{id}/totp": A,
    "PUT /me/status": BOTH,
    "PUT /operators/{id}/status": S,
    "GET /operators": ANY,
    "GET /accounts": A,
    "POST /operators": A,
    "PATCH /operators/{id}": A,
    "DELETE /operators/{id}/sessions": A,
    "GET /dialogs": BOTH,
    "POST /dialogs": BOTH,
    "GET /dialogs/{id}": BOTH,
    "GET /dialogs/{id}/messages": BOTH,
    "PUT /dialogs/{id}/read": BOTH,
    "PUT /dialogs/{id}/draft": BOTH,
    "GET /dialogs/{id}/timeline": BOTH,
    "POST /dialogs/take-next": BOTH,
    "POST /dialogs/{id}/take": BOTH,
    "POST /dialogs/{id}/reply": BOTH,
    "POST /dialogs/{id}/note": BOTH,
    "POST /dialogs/{id}/messages/{mid}/resend": BOTH,
    "POST /dialogs/{id}/messages/{mid}/arrived": BOTH,
    "PATCH /dialogs/{id}/messages/{mid}": BOTH,
    "DELETE /dialogs/{id}/messages/{mid}": BOTH,
    "POST /dialogs/{id}/transfer": BOTH,
    "POST /dialogs/{id}/return-to-bot": BOTH,
    "POST /dialogs/{id}/close": BOTH,
    "POST /dialogs/{id}/undo": BOTH,
    "PATCH /dialogs/{id}": BOTH,
    "POST /attachments": BOTH,
    "GET /attachments/{id}": BOTH,
    "GET /attachments/{id}/link": BOTH,
    "GET /customers/{id}": BOTH,
    "PATCH /customers/{id}": BOTH,
    "POST /customers/{id}/reveal": BOTH,
    "GET /customers/{id}/dialogs": BOTH,
    "GET /search": BOTH,
    "GET /canned": BOTH,
    "GET /canned/variables": BOTH,
    "POST /canned": BOTH,
    "PATCH /canned/{id}": BOTH,
    "DELETE /canned/{id}": BOTH,
    "POST /canned/{id}/render": BOTH,
    "GET /queues": ANY,
    "POST /queues": A,
    "PATCH /queues/{id}": A,
    "GET /calendars": ANY,
    "PUT /calendars/{id}": A,
    "GET /scenarios": BOTH,
    "GET /scenarios/{id}/graph": S,
    "GET /settings": A,
    "PATCH /settings": A,
    "POST /client-errors": ANY,
    "GET /board": S,
    "GET /channels": ANY,
    "GET /audit": AUDITORS,
    "GET /audit/verify": AUDITORS,
}

#: Good bodies of everything that names a dialog in its path.
BODIES: dict[str, Any] = {
    "PUT /dialogs/{id}/read": {"n": 1},
    "PUT /dialogs/{id}/draft": {"mode": "reply", "text": "x", "attachment_ids": [], "rev": 0},
    "POST /dialogs/{id}/take": {"state_rev": 1},
    "POST /dialogs/{id}/reply": {"client_id": new_id(), "parts": [{"t": "text", "v": "x"}]},
    "POST /dialogs/{id}/note": {"client_id": new_id(), "text": "x"},
    "POST /dialogs/{id}/transfer": {"state_rev": 1, "to": {"queue_id": "first_line"}},
    "POST /dialogs/{id}/return-to-bot": {"state_rev": 1},
    "POST /dialogs/{id}/close": {"state_rev": 1, "seen_n": 9},
    "POST /dialogs/{id}/undo": {"undo_id": "none"},
    "PATCH /dialogs/{id}/messages/{mid}": {"text": "x"},
    "PATCH /dialogs/{id}": {"state_rev": 1, "topic": "x"},
}


def test_every_endpoint_has_its_expectation() -> None:
    assert {one.name for one in ENDPOINTS} == set(EXPECTED)


def test_every_command_on_a_dialog_has_a_body_for_the_foreign_queue() -> None:
    named = {one.name for one in ENDPOINTS if one.path.startswith("/dialogs/{id}") and one.body}
    assert named == set(BODIES)


def path_of(one: Endpoint, **parts: str) -> str:
    """The path with its parts; unknown ones name nothing that exists."""
    path = one.path
    for name in ("id", "mid"):
        path = path.replace(f"{{{name}}}", parts.get(name, "1"))
    return path


async def refused(browser: Browser, one: Endpoint) -> int:
    """Status of a request whose role is right or wrong and whose body is nonsense."""
    body = {"nonsense": 1} if one.body is not None else None
    return (await browser.ask(one.method, path_of(one), body)).status


@pytest.mark.parametrize("role", ["stranger", "operator", S, A])
async def test_roles_see_what_they_may_and_nothing_else(desk: DeskServer, role: str) -> None:
    if role != "stranger":
        await desk.place.hire("somebody", role, queues=())
    wrong = []
    for one in ENDPOINTS:
        # a browser each, since some of these endpoints sign it out
        browser = desk.stranger() if role == "stranger" else await desk.browser("somebody")
        status = await refused(browser, one)
        who = EXPECTED[one.name]
        if who == PUBLIC:
            is_right = status == 422
        elif role == "stranger":
            is_right = status == 401
        elif role in who.split():
            is_right = status not in (401, 403, 405, 500)
        else:
            is_right = status == 403
        if not is_right:
            wrong.append((one.name, status))
    assert wrong == []


async def test_a_dialog_of_a_foreign_queue_does_not_exist(desk: DeskServer) -> None:
    dialog = await desk.place.asks_for_people()
    eva = await desk.hired("eva", queues=("sales",))
    row = await desk.place.row(dialog)
    wrong = []
    for one in ENDPOINTS:
        if not one.path.startswith("/dialogs/{id}"):
            continue
        answer = await eva.ask(one.method, path_of(one, id=dialog), BODIES.get(one.name))
        if answer.status != 404 or answer.code != "not_found":
            wrong.append((one.name, answer.status))
    assert wrong == []
    assert (await eva.ask("GET", f"/customers/{row.customer}")).status == 404
    assert (await eva.ask("GET", f"/customers/{row.customer}/dialogs")).status == 404
    note = {"version": 1, "note": "x"}
    assert (await eva.ask("PATCH", f"/customers/{row.customer}", note)).status == 404
    why = {"field": "contract", "reason": "любопытство"}
    assert (await eva.post(f"/customers/{row.customer}/reveal", why)).status == 404
    assert (await eva.get("/dialogs?tab=all"))["rows"] == []
    assert (await eva.post("/dialogs/take-next", {})).status == 204
    assert (await desk.place.row(dialog)).state == "queued"


async def test_a_foreign_dialog_looks_like_one_that_never_was(desk: DeskServer) -> None:
    dialog = await desk.place.asks_for_people()
    eva = await desk.hired("eva", queues=("sales",))
    foreign = await eva.ask("GET", f"/dialogs/{dialog}")
    never = await eva.ask("GET", "/dialogs/nothing")
    for answer in (foreign, never):
        for name in ("instance", "request_id"):
            answer.body.pop(name)
    assert foreign.body == never.body


async def test_a_supervisor_of_other_queues_sees_nothing_of_it(desk: DeskServer) -> None:
    dialog = await desk.place.asks_for_people()
    lena = await desk.hired("lena", "supervisor", queues=("sales",))
    assert (await lena.ask("GET", f"/dialogs/{dialog}")).status == 404
    board = await lena.get("/board")
    assert [queue["id"] for queue in board["queues"]] in ([], ["sales"])


async def test_channels_are_known_to_anybody_signed_in(admin: Browser) -> None:
    assert [one["id"] for one in await admin.get("/channels")] == [CHANNEL]
