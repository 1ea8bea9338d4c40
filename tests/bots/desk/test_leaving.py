"""Somebody leaves while at work: what becomes of their tabs and dialogs."""

from tests.fakes.desk import Browser, DeskServer
from tests.fakes.tab import Tab


async def test_an_operator_archived_while_signed_in_loses_the_desk_and_nobody_loses_a_dialog(
    desk: DeskServer, anna: Browser, boris: Browser, admin: Browser
) -> None:
    dialogs = [await desk.place.asks_for_people(chat) for chat in "12"]
    for dialog in dialogs:
        assert (await anna.take(dialog)).status == 200
    waits = {dialog: (await desk.place.row(dialog)).waiting_since for dialog in dialogs}
    account = next(one for one in await admin.get("/accounts") if one["id"] == "anna")
    async with Tab(anna) as tab, Tab(boris) as other:
        await tab.hello()
        await other.hello()
        body = {"version": account["version"], "archived": True}
        answer = await admin.ask("PATCH", "/operators/anna", body)
        assert (answer.status, answer.body["archived"], answer.body["in_hand"]) == (200, True, 0)
        assert await tab.closed() == 4401
        await other.settled(await desk.place.desk.last_event())
        assert {other.rows[dialog]["state"] for dialog in dialogs} == {"queued"}
    assert (await anna.ask("GET", "/session")).code == "session_expired"
    for dialog in dialogs:
        row = await desk.place.row(dialog)
        assert (row.state, row.operator) == ("queued", "")
        assert row.waiting_since == waits[dialog], "the customer's wait counts on"
    assert {row["id"] for row in (await boris.get("/dialogs"))["rows"]} == set(dialogs)
    assert "anna" not in {one["id"] for one in await boris.get("/operators")}
    transfer = {"state_rev": 0, "to": {"operator_id": "anna"}}
    taken = (await boris.take(dialogs[0])).body
    transfer["state_rev"] = taken["state_rev"]
    refused = await boris.post(f"/dialogs/{dialogs[0]}/transfer", transfer)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/to/operator_id")


async def test_a_session_that_ends_under_typing_keeps_the_draft(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    draft = {"mode": "reply", "text": "Сейчас посмо", "attachment_ids": [], "rev": 0}
    assert (await anna.ask("PUT", f"/dialogs/{dialog}/draft", draft)).body == {"rev": 1}
    desk.place.later(hours=9)
    late = {**draft, "text": "Сейчас посмотрю", "rev": 1}
    refused = await anna.ask("PUT", f"/dialogs/{dialog}/draft", late)
    assert (refused.status, refused.code) == (401, "session_expired")
    again = await desk.browser("anna")
    (kept,) = (await again.get(f"/dialogs/{dialog}"))["drafts"]
    assert (kept["text"], kept["rev"]) == ("Сейчас посмо", 1)
    assert (await again.ask("PUT", f"/dialogs/{dialog}/draft", late)).body == {"rev": 2}
