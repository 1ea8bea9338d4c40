"""Commands on dialogs over HTTP: who wins, what is refused, what the loser is told."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.access import Person
from core.desk_store import DeskStore
from core.desk_values import Listed
from tests.fakes.desk import Answer, Browser, DeskServer
from tests.fakes.workplace import Workplace, new_id


def said(text: str) -> dict[str, Any]:
    """The body of a reply."""
    return {"client_id": new_id(), "parts": [{"t": "text", "v": text}]}


async def closing(browser: Browser, dialog: str, **changes: Any) -> Answer:
    """Closes on the newest view, without asking for a rating."""
    now = await browser.get(f"/dialogs/{dialog}")
    body = {"state_rev": now["state_rev"], "seen_n": now["last_n"], "ask_rating": False}
    return await browser.post(
        f"/dialogs/{dialog}/close", {**body, "skip_reason": "spam", **changes}
    )


async def test_of_two_who_take_at_once_exactly_one_wins(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    for number in range(8):
        dialog = await desk.place.asks_for_people(str(number))
        rev = (await desk.place.row(dialog)).state_rev
        path, body = f"/dialogs/{dialog}/take", {"state_rev": rev}
        answers = await asyncio.gather(anna.post(path, body), boris.post(path, body))
        assert sorted(one.status for one in answers) == [200, 409], answers
        won = next(one for one in answers if one.status == 200)
        lost = next(one for one in answers if one.status == 409)
        assert lost.code in ("taken", "stale")
        assert lost.body["changed_by"]["name"] == won.body["operator"]["name"]
        assert lost.body["current"]["operator"] == won.body["operator"]
        assert lost.body["changed_at"].endswith("Z")
        winner = anna if won.body["operator"]["id"] == "anna" else boris
        assert (await closing(winner, dialog)).status == 200


async def test_the_loser_of_a_dialog_sees_that_it_exists_and_not_its_texts(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    assert (await anna.take(dialog)).status == 200
    answer = await boris.post(f"/dialogs/{dialog}/take", {"state_rev": 1})
    assert answer.status == 409
    current = answer.body["current"]
    assert current["operator"] == {"id": "anna", "name": "Anna"}
    assert current["preview"]["text"] == ""
    assert current["customer"]["name"] == ""
    assert (await boris.ask("GET", f"/dialogs/{dialog}")).status == 404


async def test_a_message_of_the_customer_does_not_make_a_take_fail(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    rev = (await anna.get("/dialogs"))["rows"][0]["state_rev"]
    await desk.place.writes("вы тут?")
    assert (await anna.post(f"/dialogs/{dialog}/take", {"state_rev": rev})).status == 200


async def test_a_reply_needs_the_dialog(desk: DeskServer, anna: Browser, boris: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    early = await anna.post(f"/dialogs/{dialog}/reply", said("рано"))
    assert early.status == 409
    await anna.take(dialog)
    foreign = await boris.post(f"/dialogs/{dialog}/reply", said("чужое"))
    assert (foreign.status, foreign.code) == (409, "not_owner")
    assert [text for _, text in await desk.place.texts(dialog) if text in ("рано", "чужое")] == []


async def test_a_note_is_kept_and_marked_as_hidden(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    note = {"client_id": new_id(), "text": "клиент злой"}
    answer = await anna.post(f"/dialogs/{dialog}/note", note)
    assert (answer.status, answer.body["kind"]) == (201, "note")
    assert answer.body["delivery"] is None


async def test_nobody_takes_more_than_their_limit(desk: DeskServer) -> None:
    oleg = await desk.hired("oleg", limit=1)
    await desk.place.asks_for_people("1")
    desk.place.later(seconds=1)
    second = await desk.place.asks_for_people("2")
    assert (await oleg.post("/dialogs/take-next", {})).status == 200
    answer = await oleg.take(second)
    assert (answer.status, answer.code) == (409, "limit_reached")
    assert (await oleg.post("/dialogs/take-next", {})).code == "limit_reached"


async def test_nothing_to_take_is_no_error(anna: Browser) -> None:
    assert (await anna.post("/dialogs/take-next", {})).status == 204


async def test_closing_over_an_unseen_message_is_refused(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    seen = (await anna.get(f"/dialogs/{dialog}"))["last_n"]
    await desk.place.writes("и ещё вопрос")
    answer = await closing(anna, dialog, seen_n=seen)
    assert (answer.status, answer.code) == (409, "new_message")
    assert (await closing(anna, dialog)).body["dialog"]["state"] == "closed"


async def test_not_asking_for_a_rating_needs_a_reason(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    answer = await closing(anna, dialog, skip_reason=" ")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/skip_reason")


async def test_a_dialog_goes_over_to_a_colleague(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    body = {"state_rev": rev, "to": {"operator_id": "boris"}, "comment": "твой клиент"}
    answer = await anna.post(f"/dialogs/{dialog}/transfer", body)
    assert answer.status == 200, answer
    assert answer.body["dialog"]["operator"]["id"] == "boris"
    assert answer.body["dialog"]["messages"] == []
    shown = await boris.get(f"/dialogs/{dialog}")
    assert "твой клиент" in str(shown["messages"])
    old = {"state_rev": rev, "to": {"queue_id": "first_line"}}
    late = await anna.post(f"/dialogs/{dialog}/transfer", old)
    assert (late.status, late.code) == (409, "stale")
    assert late.body["changed_by"] == {"id": "boris", "name": "Boris", "kind": "operator"}


async def test_a_dialog_goes_back_to_a_queue_and_not_to_nowhere(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    path = f"/dialogs/{dialog}/transfer"
    for to in ({"queue_id": "nowhere"}, {"operator_id": "nobody"}):
        answer = await anna.post(path, {"state_rev": rev, "to": to})
        assert (answer.status, answer.code) == (422, "validation"), answer
    both = {"state_rev": rev, "to": {"queue_id": "first_line", "operator_id": "anna"}}
    assert (await anna.post(path, both)).status == 422
    body = {"state_rev": rev, "to": {"queue_id": "first_line"}}
    answer = await anna.post(path, body)
    assert answer.body["dialog"]["state"] == "queued"


async def test_a_colleague_who_is_away_gets_nothing(desk: DeskServer, anna: Browser) -> None:
    await desk.hired("igor", status="break")
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    body = {"state_rev": rev, "to": {"operator_id": "igor"}}
    answer = await anna.post(f"/dialogs/{dialog}/transfer", body)
    assert (answer.status, answer.code) == (409, "limit_reached")


async def test_the_bot_gets_a_dialog_back(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    path = f"/dialogs/{dialog}/return-to-bot"
    wrong = await anna.post(path, {"state_rev": rev, "scenario": "nothing"})
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/scenario")
    answer = await anna.post(path, {"state_rev": rev, "say": "Дальше поможет бот."})
    assert answer.status == 200, answer
    assert answer.body["state"] == "bot"
    assert ("operator", "Дальше поможет бот.") in await desk.place.texts(dialog)


async def test_only_a_supervisor_takes_by_force_and_the_log_says_so(
    desk: DeskServer, anna: Browser, boris: Browser, sonya: Browser, admin: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    rev = (await anna.take(dialog)).body["state_rev"]
    body = {"state_rev": rev, "force": True}
    path = f"/dialogs/{dialog}/take"
    assert (await boris.post(path, body)).status == 403
    answer = await sonya.post(path, body)
    assert answer.body["operator"]["id"] == "sonya"
    logged = await admin.get("/audit?action=dialog.force_take")
    assert [(one["actor"]["name"], one["object"]) for one in logged["items"]] == [("Sonya", dialog)]


async def test_reading_a_closed_dialog_leaves_a_trace(
    desk: DeskServer, anna: Browser, admin: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    await closing(anna, dialog)
    assert (await anna.get(f"/dialogs/{dialog}"))["state"] == "closed"
    assert len((await admin.get("/audit?action=dialog.read"))["items"]) == 1
    assert await admin.get("/audit/verify") == {"ok": True, "checked": 1, "broken_at": None}


async def test_only_a_message_of_open_fate_is_settled(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    n = (await anna.post(f"/dialogs/{dialog}/reply", said("привет"))).body["n"]
    for action in ("resend", "arrived"):
        answer = await anna.post(f"/dialogs/{dialog}/messages/{n}/{action}")
        assert (answer.status, answer.code) == (422, "validation")
        assert (await anna.post(f"/dialogs/{dialog}/messages/999/{action}")).status == 404
        assert (await anna.post(f"/dialogs/{dialog}/messages/x/{action}")).status == 404


async def test_nothing_changed_is_told_without_a_body(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    version = (await anna.get(f"/dialogs/{dialog}"))["version"]
    same = await anna.ask("GET", f"/dialogs/{dialog}?since={version}")
    assert (same.status, same.raw) == (204, b"")
    await desk.place.writes("ау")
    assert (await anna.ask("GET", f"/dialogs/{dialog}?since={version}")).status == 200


async def test_a_transcript_is_read_in_pages(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    for number in range(60):
        await desk.place.writes(f"{number}")
    shown = await anna.get(f"/dialogs/{dialog}")
    first = shown["messages"][0]["n"]
    assert (len(shown["messages"]), shown["has_before"]) == (50, True)
    older = await anna.get(f"/dialogs/{dialog}/messages?before={first}&limit=5")
    assert [one["n"] for one in older["items"]] == list(range(first - 5, first))
    assert older["has_after"]
    newer = await anna.get(f"/dialogs/{dialog}/messages?after={shown['last_n'] - 1}")
    assert [one["n"] for one in newer["items"]] == [shown["last_n"]]
    nothing = await anna.get(f"/dialogs/{dialog}/messages?after={shown['last_n']}")
    assert nothing["items"] == []


async def test_the_read_mark_moves_forward_only(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await desk.place.writes("раз")
    last = (await anna.get(f"/dialogs/{dialog}"))["last_n"]
    for n, unread in ((10_000, 0), (1, 0)):
        assert (await anna.ask("PUT", f"/dialogs/{dialog}/read", {"n": n})).status == 204
        shown = await anna.get(f"/dialogs/{dialog}")
        assert (shown["unread"], shown["read_n"]) == (unread, last)
    await desk.place.writes("два")
    assert (await anna.get(f"/dialogs/{dialog}"))["unread"] == 1


async def test_a_draft_is_kept_per_mode_and_an_old_one_does_not_win(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    path = f"/dialogs/{dialog}/draft"
    draft = {"mode": "reply", "text": "почти готово", "attachment_ids": [], "rev": 0}
    rev = (await anna.ask("PUT", path, draft)).body["rev"]
    assert (await anna.ask("PUT", path, {**draft, "text": "старое"})).code == "stale"
    assert (await anna.ask("PUT", path, {**draft, "mode": "note"})).status == 200
    shown = await anna.get(f"/dialogs/{dialog}")
    kept = {one["mode"]: one["text"] for one in shown["drafts"]}
    assert kept == {"reply": "почти готово", "note": "почти готово"}
    assert (await boris.get(f"/dialogs/{dialog}"))["drafts"] == []
    assert (await anna.ask("PUT", path, {**draft, "text": "", "rev": rev})).status == 200
    left = (await anna.get(f"/dialogs/{dialog}"))["drafts"]
    assert [one["mode"] for one in left] == ["note"]


async def test_a_draft_remembers_what_it_lacks(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    text = "Ваш договор {contract}, проверьте."
    draft = {"mode": "reply", "text": text, "missing": ["contract"], "rev": 0}
    assert (await anna.ask("PUT", f"/dialogs/{dialog}/draft", draft)).status == 200
    (kept,) = (await anna.get(f"/dialogs/{dialog}"))["drafts"]
    assert (kept["text"], kept["missing"]) == (text, ["contract"])


async def test_pages_of_a_list_go_on_where_the_last_one_ended(
    desk: DeskServer, anna: Browser
) -> None:
    wanted = []
    for number in range(7):
        desk.place.later(seconds=1)
        wanted.append(await desk.place.asks_for_people(str(number)))
    found, cursor, seqs = [], "", set()
    while True:
        page = await anna.get(f"/dialogs?tab=queue&limit=3&cursor={cursor}")
        found += [row["id"] for row in page["rows"]]
        seqs.add(page["seq"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await desk.place.writes("ещё", chat="0")
    assert found == wanted
    assert len(seqs) == 1


async def test_a_cursor_belongs_to_its_filters(desk: DeskServer, anna: Browser) -> None:
    for number in range(2):
        await desk.place.asks_for_people(str(number))
    cursor = (await anna.get("/dialogs?limit=1"))["next_cursor"]
    assert (await anna.ask("GET", f"/dialogs?tab=all&cursor={cursor}")).code == "malformed"


async def test_the_timeline_tells_the_dialogs_life(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    kinds = [one["kind"] for one in await anna.get(f"/dialogs/{dialog}/timeline")]
    assert kinds
    assert any("escal" in kind for kind in kinds)


async def test_a_customer_who_left_the_desk_closed_is_answered_without_a_person(
    desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    await closing(anna, dialog)
    answer = await anna.post(f"/dialogs/{dialog}/reply", said("ещё слово"))
    assert answer.status == 409


class Behind:
    """A store that reads rows as they were, as happens between two readings."""

    def __init__(self, store: DeskStore) -> None:
        self._store = store
        self.rows_then: Mapping[str, Listed] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def rows(self, ids: Sequence[str], reader: Person) -> Mapping[str, Listed]:
        """Those kept, else those of now."""
        return self.rows_then or await self._store.rows(ids, reader)


async def test_a_message_that_came_between_two_readings_counts_as_seen(
    place: Workplace, tmp_path: Path
) -> None:
    store = Behind(place.desk)
    async with DeskServer(place, tmp_path).open(store=store) as desk:
        anna = await desk.hired("anna")
        dialog = await place.asks_for_people()
        await anna.take(dialog)
        reader = (await place.desk.account("anna")).person()  # type: ignore[union-attr]  # hired above
        store.rows_then = await place.desk.rows([dialog], reader)
        await place.writes("вы тут?")
        shown = await anna.get(f"/dialogs/{dialog}")
        assert shown["last_n"] == shown["messages"][-1]["n"]
