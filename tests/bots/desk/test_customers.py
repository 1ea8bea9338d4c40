"""The card of a customer: what people write on it, what it hides, and who looked."""

from datetime import timedelta
from typing import Any

import pytest

from bots.desk.customers import REVEALS
from core.updates import CustomerGone
from tests.bots.desk.test_commands import closing
from tests.fakes.desk import Answer, Browser, DeskServer


async def met(desk: DeskServer, chat: str = "7") -> str:
    """A customer who waits."""
    return (await desk.place.row(await desk.place.asks_for_people(chat))).customer


async def changed(browser: Browser, customer: str, **changes: Any) -> Answer:
    """Writes on the newest card."""
    version = (await browser.get(f"/customers/{customer}"))["version"]
    return await browser.ask("PATCH", f"/customers/{customer}", {"version": version, **changes})


async def test_people_write_on_the_card(desk: DeskServer, anna: Browser, boris: Browser) -> None:
    customer = await met(desk)
    first = await changed(
        anna,
        customer,
        note="просит звонить после шести",
        tags=["vip"],
        fields={"phone": "+79211234567", "flat": "12"},
    )
    assert first.status == 200, first
    card = await boris.get(f"/customers/{customer}")
    assert (card["note"], card["tags"]) == ("просит звонить после шести", ["vip"])
    fields = {one["key"]: one for one in card["fields"]}
    assert fields["flat"] == {
        "key": "flat", "title": "flat", "value": "12", "masked": False, "own": True,
    }  # fmt: skip
    assert fields["phone"]["value"] == "+•••••••••67"
    second = await changed(boris, customer, fields={"flat": None}, name="Ольга Петровна")
    assert [one["key"] for one in second.body["fields"]] == ["phone"]
    assert (second.body["name"], second.body["note"]) == ("Ольга Петровна", card["note"])
    late = await anna.ask("PATCH", f"/customers/{customer}", {"version": 1, "note": "x"})
    assert (late.status, late.code) == (409, "stale")


async def test_secrets_are_masked_before_they_are_kept(desk: DeskServer, anna: Browser) -> None:
    customer = await met(desk)
    card = "4111 1111 1111 1111"
    answer = await changed(anna, customer, note=f"карта {card}", fields={"pay": card})
    assert "4111 1111" not in str(answer.body)
    stored = await desk.place.desk.card(customer, desk.place.now)
    assert stored is not None
    assert "1111 1111" not in stored.note
    assert "1111 1111" not in str(stored.fields["pay"])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": ""},
        {"lang": "russian"},
        {"note": "x" * 4001},
        {"tags": ['a"b']},
        {"fields": {"Phone": "1"}},
        {"fields": {"a": "x" * 501}},
        {"fields": {f"k{n}": "1" for n in range(51)}},
        {"id": "x"},
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_wrong_change_is_refused(
    desk: DeskServer, anna: Browser, wrong: dict[str, Any]
) -> None:
    assert (await changed(anna, await met(desk), **wrong)).status == 422


async def test_a_card_has_room_for_so_many_fields(desk: DeskServer, anna: Browser) -> None:
    customer = await met(desk)
    for start in (0, 25):
        fields = {f"k{n}": "1" for n in range(start, start + 25)}
        assert (await changed(anna, customer, fields=fields)).status == 200
    assert (await changed(anna, customer, fields={"k50": "1"})).status == 422
    assert (await changed(anna, customer, fields={"k49": "2"})).status == 200


async def test_a_masked_value_is_shown_for_a_reason_that_is_written_down(
    desk: DeskServer, anna: Browser, admin: Browser
) -> None:
    customer = await met(desk)
    await changed(anna, customer, fields={"phone": "+79211234567"})
    body = {"field": "phone", "reason": "перезвонить клиенту"}
    answer = await anna.post(f"/customers/{customer}/reveal", body)
    assert (answer.status, answer.body["value"]) == (200, "+79211234567")
    hide_at = (desk.place.now + timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert answer.body["hide_at"] == hide_at
    (row,) = (await admin.get("/audit?action=customer.reveal"))["items"]
    assert (row["actor"]["id"], row["object"], row["queue"]) == ("anna", customer, "first_line")
    assert row["detail"] == {"field": "phone", "reason": "перезвонить клиенту"}
    assert "+79211234567" not in str(await admin.get("/audit"))
    for wrong in ({"field": "none", "reason": "why"}, {"field": "phone", "reason": " "}):
        assert (await anna.post(f"/customers/{customer}/reveal", wrong)).status == 422


async def test_nobody_reads_out_the_whole_file(desk: DeskServer, anna: Browser) -> None:
    customer = await met(desk)
    await changed(anna, customer, fields={"phone": "+79211234567"})
    body = {"field": "phone", "reason": "перезвонить"}
    for _ in range(REVEALS):
        assert (await anna.post(f"/customers/{customer}/reveal", body)).status == 200
    answer = await anna.post(f"/customers/{customer}/reveal", body)
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    desk.place.later(hours=2)
    assert (await anna.post(f"/customers/{customer}/reveal", body)).status == 200


async def test_a_customer_who_blocked_us_is_shown_as_such(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    place = desk.place
    accepted = await place.store.append(dialog, CustomerGone(reason="blocked"), place.now, "gone:1")
    place.bus.wake("dialogs")
    while not (await place.store.outcome(accepted.dialog, accepted.seq))[0]:
        await place.batch.wait()
    customer = (await place.row(dialog)).customer
    (account,) = (await anna.get(f"/customers/{customer}"))["accounts"]
    assert (account["reachable"], account["unreachable"]) == (False, "blocked")
    assert (await anna.get(f"/dialogs/{dialog}"))["gone"] == "blocked"


async def test_ratings_of_all_dialogs_are_on_the_card(desk: DeskServer, anna: Browser) -> None:
    given = []
    for value in (5, 2):
        dialog = await desk.place.asks_for_people()
        await anna.take(dialog)
        assert (await closing(anna, dialog, ask_rating=True)).status == 200
        desk.place.later(seconds=10)  # the question has gone out by then
        await desk.place.writes(str(value))
        given.append((dialog, value))
        desk.place.later(hours=30)
        anna = await desk.browser("anna")
    customer = (await desk.place.row(given[0][0])).customer
    ratings = (await anna.get(f"/customers/{customer}"))["ratings"]
    assert [(one["dialog"], one["value"]) for one in ratings] == given[::-1]
    assert {one["operator_id"] for one in ratings} == {"anna"}
