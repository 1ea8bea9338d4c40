"""Accounts of the desk, their sessions and their keys, on both databases."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from core.desk_accounts import Account, Session
from tests.fakes.workplace import START, Workplace
from tests.storage.look import Look

DAY = timedelta(days=1)


async def test_login_is_taken_once_whatever_its_case(place: Workplace) -> None:
    account = Account(id="1", login="Anna", name="Анна")
    assert await place.desk.put_account(account, place.now)
    assert not await place.desk.put_account(replace(account, id="2", login="aNNa"), place.now)
    found = await place.desk.account_by_login("ANNA")
    assert found is not None
    assert found.id == "1"


async def test_account_changes_only_on_its_newest_version(place: Workplace) -> None:
    await place.hire("anna")
    changes = {"name": "Анна", "limit": 9, "queues": ("sales",), "roles": ("operator", "admin")}
    changed = await place.desk.change_account("anna", 1, changes, place.now)
    assert changed is not None
    assert (changed.name, changed.limit, changed.queues) == ("Анна", 9, ("sales",))
    assert (changed.roles, changed.version) == (("operator", "admin"), 2)
    assert await place.desk.change_account("anna", 1, {"limit": 1}, place.now) is None


async def test_day_of_an_operator_has_no_gap_and_no_overlap(place: Workplace, look: Look) -> None:
    await place.hire("anna")
    for status in ("break", "online", "online", "offline"):
        place.later(minutes=10)
        await place.desk.put_status("anna", status, "", "anna", place.now)
    stretches = await look(
        "SELECT status, since, until FROM operator_status WHERE operator = 'anna' ORDER BY since"
    )
    assert [row[0] for row in stretches] == ["online", "break", "online", "offline"]
    assert [row[2] for row in stretches] == [*(row[1] for row in stretches[1:]), None]


async def test_revoked_session_is_gone_at_once(place: Workplace) -> None:
    await place.hire("anna")
    for id_ in "abc":
        session = Session(
            id=id_, operator="anna", created_at=START, last_at=START, ends_at=START + DAY
        )
        await place.desk.open_session(session)
    assert await place.desk.revoke_sessions(place.now, id_="a") == ("a",)
    assert await place.desk.session("a") is None
    assert await place.desk.revoke_sessions(place.now, operator="anna", but="c") == ("b",)
    found = await place.desk.session("c")
    assert found is not None
    assert found[1].id == "anna"


async def test_exactly_one_of_many_uses_a_one_time_setting(place: Workplace) -> None:
    await place.desk.put_setting("setup_token", "hash", "", place.now)
    tries = await asyncio.gather(
        *(place.desk.take_setting("setup_token", "hash") for _ in range(5))
    )
    assert tries.count(True) == 1


async def test_parallel_tries_to_sign_in_see_each_other(place: Workplace) -> None:
    tries = await asyncio.gather(
        *(place.desk.try_login("login:x", place.now, DAY) for _ in range(6))
    )
    assert max(one.count for one in tries) == 5
    await place.desk.forget_tries(["login:x"])
    assert (await place.desk.try_login("login:x", place.now, DAY)).count == 0


async def test_idempotency_key_belongs_to_the_first(place: Workplace) -> None:
    desk, now = place.desk, place.now
    claims = await asyncio.gather(*(desk.claim_key("anna", "k", "sha", now, DAY) for _ in range(5)))
    assert [one is None for one in claims].count(True) == 1
    await desk.finish_key("anna", "k", 201, b"{}", now + DAY)
    kept = await desk.claim_key("anna", "k", "other", now, DAY)
    assert kept is not None
    assert (kept.request_sha256, kept.status, kept.body) == ("sha", 201, b"{}")
    assert await desk.claim_key("boris", "k", "sha", now, DAY) is None
    assert await desk.claim_key("anna", "k", "sha", now + DAY, DAY) is None
