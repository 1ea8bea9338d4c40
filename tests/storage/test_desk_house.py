"""Configuration, keys, sessions and the audit chain on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from core.access import Person
from core.desk_accounts import Account, AuditQuery, Session
from core.desk_values import Canned, ChannelPart, ChannelState, DeskCalendar, DeskQueue, Kept
from core.storage.desk import SqlDeskStore, open_desk
from core.store import Store
from tests.storage.build import NOW, later
from tests.storage.look import Look

LIFE = timedelta(minutes=1)


@pytest.fixture
async def desk(store: Store, database_url: str) -> AsyncIterator[SqlDeskStore]:
    """The desk's store beside the other one, which made the schema."""
    async with open_desk(database_url) as opened:
        yield opened


async def hire(desk: SqlDeskStore, id_: str, **fields: Any) -> Account:
    account = Account(**{"id": id_, "login": id_, "name": id_.title()} | fields)
    assert await desk.put_account(account, NOW)
    found = await desk.account(id_)
    assert found is not None
    return found


async def test_account_comes_back_as_it_was_made(desk: SqlDeskStore) -> None:
    made = await hire(desk, "anna", roles=("operator", "admin"), queues=("b", "a"), limit=3)
    assert (made.roles, made.queues, made.limit) == (("operator", "admin"), ("a", "b"), 3)
    assert (made.status, made.in_hand, made.version) == ("offline", 0, 1)
    assert await desk.account_by_login("ANNA") == made
    assert await desk.accounts("a") == (made,)
    assert await desk.accounts("c") == ()


async def test_login_is_taken_only_once(desk: SqlDeskStore) -> None:
    await hire(desk, "anna")
    assert not await desk.put_account(Account(id="2", login="anna", name="x"), NOW)
    assert await desk.account("2") is None


async def test_old_version_changes_nothing(desk: SqlDeskStore) -> None:
    await hire(desk, "anna", queues=("a",))
    changed = await desk.change_account("anna", 1, {"queues": ("b",), "limit": 2}, NOW)
    assert changed is not None
    assert (changed.queues, changed.limit, changed.version) == (("b",), 2, 2)
    assert await desk.change_account("anna", 1, {"queues": ("c",)}, NOW) is None
    again = await desk.account("anna")
    assert again == changed


async def test_status_is_written_as_stretches_without_holes(desk: SqlDeskStore, look: Look) -> None:
    await hire(desk, "anna")
    for seconds, status, reason in (
        (0, "online", ""),
        (10, "break", "lunch"),
        (10, "break", "phone"),
        (30, "online", ""),
    ):
        await desk.put_status("anna", status, reason, "anna", later(seconds))
    rows = await look("SELECT status, reason FROM operator_status ORDER BY since")
    assert [tuple(row) for row in rows] == [("online", ""), ("break", "phone"), ("online", "")]
    open_ = await look("SELECT count(*) FROM operator_status WHERE until IS NULL")
    assert open_[0][0] == 1


async def test_sign_of_life_never_goes_back(desk: SqlDeskStore) -> None:
    await hire(desk, "anna")
    for seconds in (10, 5):
        await desk.seen("anna", later(seconds))
    account = await desk.account("anna")
    assert account is not None
    assert account.last_seen_at == later(10)


async def test_used_session_is_a_sign_of_life(desk: SqlDeskStore) -> None:
    await hire(desk, "anna")
    session = Session(id="one", operator="anna", created_at=NOW, last_at=NOW, ends_at=later(60))
    await desk.open_session(session)
    for seconds in (30, 10):
        await desk.touch_session("one", later(seconds))
    account = await desk.account("anna")
    assert account is not None
    assert account.last_seen_at == later(30)
    assert [one.last_at for one in await desk.sessions()] == [later(30)]


async def test_revoked_session_is_gone_and_others_stay(desk: SqlDeskStore) -> None:
    await hire(desk, "anna")
    for id_ in ("one", "two", "three"):
        await desk.open_session(
            Session(id=id_, operator="anna", created_at=NOW, last_at=NOW, ends_at=later(60))
        )
    assert await desk.revoke_sessions(NOW, id_="one") == ("one",)
    assert await desk.session("one") is None
    assert sorted(await desk.revoke_sessions(NOW, operator="anna", but="two")) == ["three"]
    assert [one.id for one in await desk.sessions("anna")] == ["two"]
    found = await desk.session("two")
    assert found is not None
    assert found[1].login == "anna"


async def test_key_is_claimed_once_kept_and_given_back(desk: SqlDeskStore) -> None:
    assert await desk.claim_key("anna", "k", "sha", NOW, LIFE) is None
    assert await desk.claim_key("anna", "k", "sha", NOW, LIFE) == Kept(request_sha256="sha")
    await desk.finish_key("anna", "k", 200, b"{}", later(3600))
    kept = await desk.claim_key("anna", "k", "sha", later(600), LIFE)
    assert kept == Kept(request_sha256="sha", status=200, body=b"{}")
    assert await desk.claim_key("boris", "k", "sha", NOW, LIFE) is None
    assert await desk.claim_key("anna", "k", "sha", later(3601), LIFE) is None
    await desk.finish_key("anna", "k", 0, b"", NOW)
    assert await desk.claim_key("anna", "k", "other", NOW, LIFE) is None


async def test_key_of_a_process_that_died_may_be_claimed_again(desk: SqlDeskStore) -> None:
    assert await desk.claim_key("anna", "k", "sha", NOW, LIFE) is None
    assert await desk.claim_key("anna", "k", "sha", later(61), LIFE) is None


async def test_of_many_claimers_at_once_one_gets_the_key(desk: SqlDeskStore) -> None:
    found = await asyncio.gather(
        *(desk.claim_key("anna", "k", str(n), NOW, LIFE) for n in range(8))
    )
    assert found.count(None) == 1


async def test_parallel_tries_see_each_other(desk: SqlDeskStore) -> None:
    tries = await asyncio.gather(
        *(desk.try_login("login:x", NOW, timedelta(hours=1)) for _ in range(6))
    )
    assert sorted(one.count for one in tries) == list(range(6))
    await desk.forget_try(tries[0])
    assert (await desk.try_login("login:x", NOW, timedelta(hours=1))).count == 5
    await desk.forget_tries(["login:x"])
    assert (await desk.try_login("login:x", NOW, timedelta(hours=1))).count == 0


async def test_setting_is_taken_by_one_of_many(desk: SqlDeskStore) -> None:
    await desk.put_setting("token", "abc", "", NOW)
    assert await desk.setting("token") == "abc"
    assert not await desk.take_setting("token", "other")
    found = await asyncio.gather(*(desk.take_setting("token", "abc") for _ in range(5)))
    assert sorted(found) == [False] * 4 + [True]
    assert await desk.setting("token") is None


async def test_queue_is_changed_by_its_newest_version_only(desk: SqlDeskStore) -> None:
    queue = DeskQueue(id="sales", title="Продажи", answer_within_s=600)
    assert await desk.put_queue(queue, NOW)
    assert not await desk.put_queue(queue, NOW)
    changed = await desk.change_queue("sales", 1, {"title": "Отдел продаж", "archived": True}, NOW)
    assert changed is not None
    assert (changed.title, changed.version) == ("Отдел продаж", 2)
    assert await desk.change_queue("sales", 1, {"title": "x"}, NOW) is None
    assert await desk.desk_queues() == ()
    assert await desk.desk_queues(archived=True) == (changed,)


async def test_hours_get_a_new_version_each_time(desk: SqlDeskStore) -> None:
    hours = DeskCalendar(
        id="office",
        version=0,
        zone="Europe/Moscow",
        weekly={"1": [["09:00", "18:00"]]},
        effective_from=date(2027, 3, 1),
    )
    first = await desk.put_calendar(hours, 0, "admin", NOW)
    assert first is not None
    assert first.version == 1
    assert await desk.put_calendar(hours, 0, "admin", NOW) is None
    found = await asyncio.gather(*(desk.put_calendar(hours, 1, "admin", NOW) for _ in range(3)))
    assert [one is None for one in found].count(False) == 1
    assert [one.version for one in await desk.calendars()] == [1, 2]
    assert (await desk.calendars())[0] == first


async def test_ready_texts_reach_those_they_are_for(desk: SqlDeskStore) -> None:
    made: dict[str, dict[str, Any]] = {
        "own": {"scope": "me", "operator": "anna"},
        "foreign": {"scope": "me", "operator": "boris"},
        "sales": {"scope": "queue", "queue": "sales"},
        "tech": {"scope": "queue", "queue": "tech"},
        "all": {"scope": "all"},
    }
    for id_, fields in made.items():
        canned = Canned(id=id_, name=id_, body="Здравствуйте", tags=("привет",), **fields)
        await desk.put_canned(canned, NOW)
    anna = Person(
        id="anna", name="Anna", roles=frozenset({"operator"}), queues=frozenset({"sales"})
    )
    assert [one.id for one in await desk.canned(anna)] == ["all", "own", "sales"]
    changed = await desk.change_canned("own", 1, {"body": "Добрый день", "tags": ("a",)}, NOW)
    assert changed is not None
    assert (changed.body, changed.tags, changed.version) == ("Добрый день", ("a",), 2)
    assert await desk.change_canned("own", 1, {"body": "x"}, NOW) is None
    assert await desk.change_canned("own", 2, {"archived": True}, NOW) is not None
    assert await desk.canned_one("own") is None
    await desk.used_canned("all")
    all_ = await desk.canned_one("all")
    assert all_ is not None
    assert all_.used == 1


async def test_audit_chain_holds_under_many_writers(desk: SqlDeskStore, database_url: str) -> None:
    async with open_desk(database_url) as other:
        await asyncio.gather(
            *(
                one.audit("anna", "dialog.read", f"d{n}", later(n), detail={"n": n, "ё": "я"})
                for n in range(20)
                for one in (desk, other)
            )
        )
    verified = await desk.verify_audit()
    assert (verified.checked, verified.broken_at) == (40, None)


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit SET actor = 'boris' WHERE id = {id}",
        "UPDATE audit SET detail = '{{\"n\": 9}}' WHERE id = {id}",
        "UPDATE audit SET hash = 'x' WHERE id = {id}",
        "DELETE FROM audit WHERE id = {id}",
    ],
)
async def test_tampered_row_of_the_audit_is_named(
    desk: SqlDeskStore, look: Look, tamper: str
) -> None:
    for number in range(5):
        await desk.audit("anna", "dialog.read", f"d{number}", NOW, detail={"n": number})
    ids = sorted(row.id for row in await desk.audit_rows(AuditQuery()))
    await look(tamper.format(id=ids[2]))
    verified = await desk.verify_audit()
    broken = ids[3] if tamper.startswith("DELETE") else ids[2]
    assert verified.broken_at == broken


async def test_audit_is_filtered_and_paged(desk: SqlDeskStore) -> None:
    for number in range(6):
        queue = "sales" if number % 2 else ""
        await desk.audit(f"who{number % 3}", "act", f"d{number}", later(number), queue=queue)

    async def objects(**query: Any) -> list[str]:
        return [row.object for row in await desk.audit_rows(AuditQuery(**query))]

    assert await objects() == ["d5", "d4", "d3", "d2", "d1", "d0"]
    assert await objects(actor="who0") == ["d3", "d0"]
    assert await objects(object="d2", action="act") == ["d2"]
    assert await objects(queues=frozenset({"sales"})) == ["d5", "d3", "d1"]
    assert await objects(since=later(2), until=later(4)) == ["d3", "d2"]
    first = await desk.audit_rows(AuditQuery(limit=2))
    assert await objects(before=first[-1].id, limit=2) == ["d3", "d2"]


async def test_how_a_channel_fares_is_told_to_desks_when_it_changes(
    desk: SqlDeskStore, look: Look
) -> None:
    down = ChannelState("down", "token refused. Copy it again.")
    steps = [ChannelState(), ChannelState(), down, down, ChannelState("down", "unreachable")]
    news = [
        await desk.put_channel_state("main", "telegram", found, later(number))
        for number, found in enumerate(steps)
    ]
    assert news == [True, False, True, False, True]
    now = (await desk.channels_now(later(9)))["main"]
    assert (now.platform, now.health) == ("telegram", {"state": "down", "problem": "unreachable"})
    assert now.health_at == later(2), "since it is down, whatever the reason is called now"
    events = await look("SELECT kind, at FROM desk_event WHERE topic = 'channel' ORDER BY id")
    assert [row[0] for row in events] == ["main"] * 3


async def test_a_channel_fares_as_the_worst_of_what_is_known_of_it(desk: SqlDeskStore) -> None:
    mute = ChannelState("down", "nothing can be sent")
    deaf = ChannelState("down", "nothing can be read")
    slow = ChannelState("degraded", "9 updates wait")
    steps: list[tuple[ChannelPart, ChannelState, bool, ChannelState | None]] = [
        ("sending", ChannelState(), False, None),
        ("sending", mute, True, mute),
        ("account", ChannelState(), False, mute),
        ("account", slow, True, mute),
        ("reading", deaf, True, deaf),
        ("reading", ChannelState(), True, mute),
        ("sending", ChannelState(), True, slow),
        ("account", ChannelState(), True, ChannelState()),
    ]
    for number, (part, found, is_news, fares) in enumerate(steps):
        told = await desk.put_channel_state("main", "telegram", found, later(number), part)
        assert told == is_news, number
        now = (await desk.channels_now(later(9))).get("main")
        shown = now and ChannelState(now.health["state"], now.health["problem"])
        assert shown == fares, number
        assert now is None or now.platform == "telegram"
    (last,) = (await desk.channels_now(later(9))).values()
    assert last.health == {"state": "ok", "problem": ""}
