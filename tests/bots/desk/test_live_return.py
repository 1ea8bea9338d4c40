"""The live socket: what a tab finds after it was away."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bots.desk.live_present import Merged
from core.desk_accounts import Session
from core.errors import StoreUnavailable
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.tab import Tab
from tests.fakes.workplace import Workplace, new_id


@pytest.fixture
def beats() -> dict[str, float]:
    """Quick enough for tests."""
    return {"beat_s": 0.02, "check_s": 0.1, "touch_s": 0.05}


async def test_after_a_cut_the_list_equals_a_fresh_load(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    """The socket is cut while many things happen; after resuming nothing differs."""
    dialogs = [await place.asks_for_people(chat=str(number)) for number in range(6)]
    async with Tab(anna) as tab:
        await tab.hello()
        listing = await anna.get("/dialogs?tab=all")
    away = {row["id"]: row for row in listing["rows"]}
    for number, dialog in enumerate(dialogs):
        who = (anna, boris)[number % 2]
        assert (await who.take(dialog)).status == 200
        for words in range(8):
            await place.writes(f"слова {words}", chat=str(number))
    fresh_ones = [await place.asks_for_people(chat=f"new{number}") for number in range(3)]
    async with Tab(boris) as other, Tab(anna) as tab:
        await other.hello()
        await other.settled(await place.desk.last_event())
        tab.rows = away
        welcome = await tab.hello(listing["seq"], dialogs[0])
        assert welcome["resumed"] is True
        await tab.settled(await place.desk.last_event())
        await tab.next("dialog", dialog=fresh_ones[-1])
        now = {row["id"]: row for row in (await anna.get("/dialogs?tab=all"))["rows"]}
        assert tab.rows == now
        assert set(now) == {*dialogs[::2], *fresh_ones}
        texts = [frame["message"]["parts"][0]["v"] for frame in tab.told if frame["t"] == "message"]
        assert [text for text in texts if text.startswith("слова")] == [
            f"слова {words}" for words in range(8)
        ]
        assert "notice" not in tab.kinds(), "old events must not ring"


async def test_after_a_cut_what_concerns_no_row_is_told_as_well(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    dialog = await place.asks_for_people()
    assert (await anna.take(dialog)).status == 200
    customer = (await place.row(dialog)).customer
    async with Tab(anna) as tab:
        await tab.hello()
        await tab.settled(await place.desk.last_event())
        since = tab.seq
    draft = {"mode": "reply", "text": "Добрый", "attachment_ids": [], "rev": 0}
    settings = {"locale": "en", "version": (await anna.get("/session"))["settings"]["version"]}
    canned = {"name": "Привет", "body": "Здравствуйте!"}
    note = {"version": (await anna.get(f"/customers/{customer}"))["version"], "note": "давний"}
    for who, method, path, body in (
        (anna, "PUT", f"/dialogs/{dialog}/read", {"n": 1}),
        (anna, "PUT", f"/dialogs/{dialog}/draft", draft),
        (anna, "PUT", "/me/settings", settings),
        (anna, "POST", "/canned", canned),
        (anna, "PATCH", f"/customers/{customer}", note),
        (boris, "PUT", "/me/status", {"status": "break"}),
    ):
        assert (await who.ask(method, path, body)).status < 300, path
    async with Tab(boris) as other:  # so that nothing is left to be told to all
        await other.hello(since)
        while (await other.next("operator"))["operator"]["status"] != "break":
            continue
    async with Tab(anna) as tab:
        assert (await tab.hello(since, dialog))["resumed"] is True
        for kind in ("read", "draft", "settings", "canned", "customer"):
            await tab.next(kind)
            tab._read = 0
        while (await tab.next("operator"))["operator"]["id"] != "boris":
            continue
    async with Tab(boris) as other:
        await other.hello(since)
        await other.settled(await place.desk.last_event())
        assert not {"read", "draft", "settings"} & set(other.kinds()), "these are Anna's own"


async def test_after_a_cut_no_old_read_mark_covers_a_newer_message(
    place: Workplace, anna: Browser, boris: Browser
) -> None:
    """A mark means all of a row that is not open; the row says what came after it."""
    dialog = await place.asks_for_people()
    assert (await anna.take(dialog)).status == 200
    since = await place.desk.last_event()
    read = {"n": (await place.row(dialog)).last_n}
    assert (await anna.ask("PUT", f"/dialogs/{dialog}/read", read)).status < 300
    await place.writes("и ещё вопрос")
    async with Tab(boris) as other, Tab(anna) as tab:
        await other.hello()  # so that nothing is left to be told to all
        await other.settled(await place.desk.last_event())
        await tab.hello(since)
        await tab.settled(await place.desk.last_event())
        marks = [frame for frame in tab.told if frame["t"] in ("read", "dialog")]
        assert {frame["t"] for frame in marks} == {"read", "dialog"}
        assert (marks[-1]["t"], marks[-1]["row"]["unread"]) == ("dialog", 1)


async def test_a_mention_missed_in_a_cut_is_told_once(
    place: Workplace, anna: Browser, sonya: Browser
) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    since = await place.desk.last_event()
    note = {"client_id": new_id(), "text": "Посмотри, пожалуйста", "mentions": ["sonya"]}
    assert (await anna.post(f"/dialogs/{dialog}/note", note)).status == 201
    async with Tab(sonya) as tab:
        await tab.hello(since)
        assert (await tab.next("notice", kind="mention"))["dialog"] == dialog
        await tab.settled(await place.desk.last_event())
        since = tab.seq
    async with Tab(sonya) as tab:
        await tab.hello(since)
        await tab.settled(since)
        assert "notice" not in tab.kinds()


async def test_queues_changed_in_a_cut_need_a_fresh_load(
    place: Workplace, anna: Browser, admin: Browser
) -> None:
    since = await place.desk.last_event()
    (account,) = [one for one in await admin.get("/accounts") if one["id"] == "anna"]
    change = {"version": account["version"], "queues": ["sales"]}
    assert (await admin.ask("PATCH", "/operators/anna", change)).status == 200
    async with Tab(anna) as tab:
        assert (await tab.hello(since))["resumed"] is False


async def test_counters_that_could_not_be_read_are_told_when_they_can(
    place: Workplace, tmp_path: Path
) -> None:
    class Shaky:
        """A store of the desk that may be away."""

        is_away = False

        def __getattr__(self, name: str) -> Any:
            return getattr(place.desk, name)

        async def accounts(self) -> Any:
            if self.is_away:
                raise StoreUnavailable("away")
            return await place.desk.accounts()

    store = Shaky()
    merged = Merged(DeskServer(place, tmp_path).context(store=store))
    await merged.frames(0)
    await place.asks_for_people()
    merged.mark(await place.desk.events(0, 100))
    store.is_away = True
    with pytest.raises(StoreUnavailable):
        await merged.frames(1)
    store.is_away = False
    assert [
        frame["queue"]["waiting"] for frame, _ in await merged.frames(2) if "queue" in frame
    ] == [1]
    assert await merged.frames(3) == []


async def test_position_that_is_no_longer_kept_needs_a_fresh_load(
    place: Workplace, anna: Browser
) -> None:
    since = await place.desk.last_event()
    await place.asks_for_people()
    place.later(hours=49)
    while await place.store.sweep(place.now):
        continue
    await place.asks_for_people(chat="8")
    async with Tab(await relogin(place, anna)) as tab:
        assert (await tab.hello(since))["resumed"] is False


async def relogin(place: Workplace, browser: Browser) -> Browser:
    """A session of now; the old one ended long ago."""
    token = new_id()
    await place.desk.open_session(
        Session(
            id=sha256(token.encode()).hexdigest(),
            operator="anna",
            created_at=place.now,
            last_at=place.now,
            ends_at=place.now.replace(year=place.now.year + 1),
        )
    )
    browser.cookie = token
    return browser


async def test_position_of_another_database_needs_a_fresh_load(anna: Browser) -> None:
    async with Tab(anna) as tab:
        assert (await tab.hello(10**9))["resumed"] is False


async def test_check_counts_what_a_fresh_load_counts(place: Workplace, anna: Browser) -> None:
    await place.asks_for_people()
    async with Tab(anna) as tab:
        await tab.hello()
        counts = (await tab.next("check"))["counts"]
        assert counts == (await anna.get("/dialogs"))["counts"]
        assert counts["queue"] == 1


async def test_stale_tab_learns_of_its_open_dialog_at_once(place: Workplace, anna: Browser) -> None:
    dialog = await place.asks_for_people()
    await anna.take(dialog)
    async with Tab(anna) as tab:
        await tab.hello(None, dialog)
        row = await place.row(dialog)
        assert (await tab.next("dialog", dialog=dialog))["version"] == row.version


async def test_end_of_the_process_says_goodbye(place: Workplace, tmp_path: Path) -> None:
    async with ClientSession() as session:
        async with DeskServer(place, tmp_path).open() as desk:
            hired = await desk.hired("anna")
            tab = Tab(Browser(session, desk.url, hired.cookie))
            await tab.__aenter__()
            await tab.hello()
            ending = asyncio.create_task(goodbye(tab))
        assert await ending == ("bye", 1001)


async def goodbye(tab: Tab) -> tuple[str, int]:
    frame = await tab.next("bye")
    assert frame["retry_ms"] > 0
    return frame["t"], await tab.closed()


async def test_garbage_from_a_tab_harms_nobody(place: Workplace, anna: Browser) -> None:
    async with Tab(anna) as tab:
        await tab.hello()
        for text in ("", "[]", "{", '{"t":1}', '{"t":"sub","dialog":{}}', "[" * 5000):
            await tab.socket.send_str(text)
        dialog = await place.asks_for_people()
        await tab.next("dialog", dialog=dialog)
