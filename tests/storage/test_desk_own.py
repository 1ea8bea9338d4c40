"""What belongs to one person at the desk, on both databases."""

import asyncio

from tests.fakes.workplace import Workplace


async def test_settings_are_replaced_by_who_saw_the_last_ones(place: Workplace) -> None:
    await place.hire("anna")
    desk = place.desk
    assert await desk.put_settings("anna", {"theme": "dark"}, 1, place.now) == 2
    assert await desk.put_settings("anna", {"theme": "light"}, 1, place.now) is None
    account = await desk.account("anna")
    assert account is not None
    assert (account.settings, account.settings_version) == ({"theme": "dark"}, 2)


async def test_of_many_who_use_one_code_exactly_one_gets_in(place: Workplace) -> None:
    await place.hire("anna")
    await place.desk.put_totp("anna", secret="s", step=10, recovery=["a", "b"])
    tries = [place.desk.use_recovery("anna", "a") for _ in range(8)]
    assert sorted(await asyncio.gather(*tries)) == [False] * 7 + [True]
    assert await place.desk.use_recovery("anna", "b")
    steps = [place.desk.use_totp("anna", 11) for _ in range(8)]
    assert sorted(await asyncio.gather(*steps)) == [False] * 7 + [True]
    assert not await place.desk.use_totp("anna", 10)


async def test_a_new_secret_leaves_the_old_one_in_force_until_it_is_confirmed(
    place: Workplace,
) -> None:
    await place.hire("anna")
    await place.desk.put_totp("anna", secret="old", step=1, recovery=["a"])
    await place.desk.put_totp("anna", pending="new")
    account = await place.desk.account("anna")
    assert account is not None
    assert (account.totp_secret, account.totp_pending) == ("old", "new")
    await place.desk.put_totp("anna", secret="new", step=2)
    account = await place.desk.account("anna")
    assert account is not None
    assert (account.totp_secret, account.totp_pending) == ("new", "")
    assert not await place.desk.use_recovery("anna", "a")


async def test_a_setting_is_replaced_by_who_saw_the_last_one(place: Workplace) -> None:
    desk = place.desk
    assert await desk.versioned_setting("rating") == (None, 0)
    first = [desk.change_setting("rating", {"n": n}, 0, "admin", place.now) for n in range(6)]
    assert sorted(map(str, await asyncio.gather(*first))) == ["1"] + ["None"] * 5
    assert await desk.change_setting("rating", {"n": 9}, 1, "admin", place.now) == 2
    assert await desk.change_setting("rating", {"n": 8}, 1, "admin", place.now) is None
    assert await desk.versioned_setting("rating") == ({"n": 9}, 2)
