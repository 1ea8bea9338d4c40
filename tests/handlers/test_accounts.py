"""Accounts, the first admin, signing in and what slows down guessing."""

import random
from datetime import timedelta
from typing import Any

import pytest

from core.access import Person
from core.desk_accounts import NewOperator, SignedIn
from core.errors import AccountRefused
from core.passwords import Passwords, new_password, weakness
from handlers import accounts
from handlers.sign_in import CEILING, FREE_PER_ADDRESS, FREE_PER_LOGIN, SESSION, Accounts
from tests.fakes.workplace import Workplace, new_id, second_factor

GOOD = "correct horse 77 battery"
ADMIN = Person(id="admin", name="Admin", roles=frozenset({"admin"}))
#: Argon2 at its cheapest; its strength is not what these tests are about.
CHEAP = Passwords(time=1, memory=64)


def doors(place: Workplace, passwords: Passwords = CHEAP) -> Accounts:
    return Accounts(
        place.desk,
        place.operators,
        passwords,
        place.bus,
        clock=place.clock,
        new_id=new_id,
        new_token=new_id,
        second=second_factor(place, passwords),
    )


def new(login: str = "anna", **fields: Any) -> NewOperator:
    return NewOperator(**{"login": login, "name": "Анна", "password": GOOD} | fields)


async def hired(place: Workplace, login: str = "anna", **fields: Any) -> None:
    await accounts.add_operator(
        place.desk, CHEAP, new(login, **fields), now=place.now, new_id=new_id
    )


async def refused(**fields: Any) -> tuple[str, str]:
    """(field, code) of why an account cannot be like that."""
    with pytest.raises(AccountRefused) as found:
        await accounts.add_operator(
            None,  # type: ignore[arg-type]  # refused before the database is asked
            CHEAP,
            new(**fields),
            now=None,  # type: ignore[arg-type]  # as above
            new_id=new_id,
        )
    return found.value.field, found.value.code


async def test_account_that_cannot_be_is_refused_by_its_field() -> None:
    assert await refused(login="Ан на") == ("login", "format")
    assert await refused(name=" ") == ("name", "format")
    assert await refused(name="a\u202eb") == ("name", "format")
    assert await refused(roles=("king",)) == ("roles", "unknown")
    assert await refused(limit=0) == ("limit", "range")
    assert await refused(password="eleven sign") == ("password", "too_short")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"),
        ("a" * 20, "too_simple"),
        ("password123456", "too_simple"),
        ("anna-anna-anna-1", "too_simple"),
        ("x" * 300, "too_long"),
        (GOOD, ""),
        ("надёжная фраза 12", ""),
    ],
)
def test_password_must_be_long_and_not_obvious(password: str, code: str) -> None:
    assert weakness(password, "anna") == code


def test_made_up_password_passes_its_own_rules() -> None:
    rng = random.Random(7)
    found = {new_password(rng) for _ in range(50)}
    assert len(found) == 50
    assert {weakness(one, "anna") for one in found} == {""}


async def test_login_is_unique_without_case(place: Workplace) -> None:
    await hired(place, "anna")
    with pytest.raises(AccountRefused) as found:
        await hired(place, "ANNA")
    assert (found.value.field, found.value.code) == ("login", "taken")


async def test_operator_without_queues_serves_the_default_one(place: Workplace) -> None:
    await hired(place)
    await hired(place, "boss", name="Босс", roles=("supervisor",))
    assert [one.queues for one in await place.desk.accounts()] == [("first_line",), ()]


async def test_right_password_opens_a_session_of_twelve_hours(place: Workplace) -> None:
    await hired(place)
    answer = await doors(place).sign_in("Anna", GOOD, ip="10.0.0.1", browser="Firefox")
    assert answer.token
    session = (await place.desk.sessions())[0]
    assert (session.ip, session.browser) == ("10.0.0.1", "Firefox")
    assert session.ends_at == place.now + SESSION
    assert answer.token not in session.id


async def test_unknown_login_wrong_password_and_disabled_account_look_alike(
    place: Workplace,
) -> None:
    await hired(place)
    await hired(place, "gone")
    await accounts.disable_operator(place.desk, place.store, "gone", now=place.now)
    answers = [
        await doors(place).sign_in(login, password)
        for login, password in (("anna", "wrong"), ("nobody", GOOD), ("gone", GOOD))
    ]
    assert answers == [SignedIn(failure="login_failed")] * 3


async def test_unknown_login_is_hashed_too(place: Workplace) -> None:
    class Counting(Passwords):
        hashed_for: list[str] = []  # noqa: RUF012  one instance, one test

        async def fits(self, stored: str, password: str) -> bool:
            self.hashed_for.append(stored)
            return await super().fits(stored, password)

    await hired(place)
    door = doors(place, Counting(time=1, memory=64))
    await door.sign_in("nobody", GOOD)
    await door.sign_in("anna", "wrong")
    assert [bool(stored) for stored in Counting.hashed_for] == [False, True]


async def test_guessing_one_login_gets_slower_and_slower(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    waits = []
    for number in range(FREE_PER_LOGIN + 12):
        answer = await door.sign_in("anna", "wrong", ip=str(number))
        if answer.failure == "rate_limited":
            waits.append(answer.retry_after)
            place.later(seconds=answer.retry_after)
            assert (await door.sign_in("anna", "wrong")).failure == "login_failed"
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == CEILING.total_seconds()


async def test_slowed_login_refuses_the_right_password_too_and_forgets_after_success(
    place: Workplace,
) -> None:
    await hired(place)
    door = doors(place)
    for _ in range(FREE_PER_LOGIN):
        await door.sign_in("anna", "wrong")
    assert (await door.sign_in("anna", GOOD)).failure == "rate_limited"
    place.later(seconds=5)
    assert (await door.sign_in("anna", GOOD)).token
    assert (await door.sign_in("anna", "wrong")).failure == "login_failed"


async def test_try_that_had_to_wait_does_not_count(place: Workplace) -> None:
    door = doors(place)
    for _ in range(FREE_PER_LOGIN):
        await door.sign_in("anna", "wrong")
    answers = [await door.sign_in("anna", "wrong") for _ in range(10)]
    assert {one.retry_after for one in answers} == {2}


async def test_one_address_with_many_logins_is_slowed_too(place: Workplace) -> None:
    door = doors(place)
    for number in range(FREE_PER_ADDRESS):
        answer = await door.sign_in(f"login{number}", "wrong", ip="10.0.0.9")
        assert answer.failure == "login_failed"
    assert (await door.sign_in("fresh", "x", ip="10.0.0.9")).failure == "rate_limited"
    assert (await door.sign_in("fresh", "x", ip="10.0.0.8")).failure == "login_failed"


async def test_office_behind_one_address_signs_in_as_often_as_it_likes(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    for _ in range(FREE_PER_ADDRESS + 5):
        assert (await door.sign_in("anna", GOOD, ip="10.0.0.9")).token
    assert (await door.sign_in("anna", "wrong", ip="10.0.0.9")).failure == "login_failed"


async def test_own_account_does_not_wash_an_address_clean_of_guesses(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    for number in range(FREE_PER_ADDRESS):
        await door.sign_in(f"login{number}", "wrong", ip="10.0.0.9")
        if number == FREE_PER_ADDRESS - 1:
            assert (await door.sign_in("x", "x", ip="10.0.0.9")).failure == "rate_limited"
        else:
            assert (await door.sign_in("anna", GOOD, ip="10.0.0.9")).token


async def test_first_admin_comes_by_the_token_and_only_once(place: Workplace) -> None:
    assert await accounts.offer_setup(place.desk, "printed", place.now)
    door = doors(place)
    assert (await door.set_up("guessed", new("root"))).failure == "gone"
    assert (await door.set_up("printed", new("root"))).token
    assert (await door.set_up("printed", new("root2"))).failure == "gone"
    assert [one.roles for one in await place.desk.accounts()] == [("admin",)]
    assert not await accounts.offer_setup(place.desk, "later", place.now)


async def test_bad_password_does_not_use_up_the_setup_token(place: Workplace) -> None:
    await accounts.offer_setup(place.desk, "printed", place.now)
    door = doors(place)
    with pytest.raises(AccountRefused):
        await door.set_up("printed", new("root", password="short"))
    assert (await door.set_up("printed", new("root"))).token


async def test_new_password_ends_other_sessions_and_keeps_this_one(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    await door.sign_in("anna", GOOD)
    mine = (await place.desk.sessions())[0].id
    await door.sign_in("anna", GOOD)
    account = await place.desk.account_by_login("anna")
    assert account is not None
    await door.set_password(account, GOOD, GOOD + "!", session=mine)
    assert [one.id for one in await place.desk.sessions()] == [mine]
    assert (await door.sign_in("anna", GOOD)).failure == "login_failed"
    assert (await door.sign_in("anna", GOOD + "!")).token


async def test_new_password_needs_the_old_one(place: Workplace) -> None:
    await hired(place)
    account = await place.desk.account_by_login("anna")
    assert account is not None
    with pytest.raises(AccountRefused, match="another one"):
        await doors(place).set_password(account, "wrong", GOOD + "!", session="")


async def test_change_of_roles_ends_the_sessions_and_is_audited(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    await door.sign_in("anna", GOOD)
    account = await place.desk.account_by_login("anna")
    assert account is not None
    changed = await door.change(account.id, 1, {"roles": ["supervisor"]}, ADMIN)
    assert changed is not None
    assert changed.roles == ("supervisor",)
    assert await place.desk.sessions() == ()
    assert await door.change(account.id, 1, {"limit": 3}, ADMIN) is None
    verified = await place.desk.verify_audit()
    assert (verified.checked, verified.broken_at) == (1, None)


async def test_archived_operator_hands_everything_back(place: Workplace) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    changed = await doors(place).change(anna.id, 1, {"archived": True}, ADMIN)
    assert changed is not None
    assert (changed.status, changed.in_hand) == ("offline", 0)
    assert (await place.row(dialog)).state == "queued"


@pytest.mark.parametrize("status", ["online", "offline"])
async def test_who_is_no_operator_any_more_hands_everything_back(
    place: Workplace, status: str
) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    since = (await place.row(dialog)).waiting_since
    await place.takes(anna, dialog)
    if status == "offline":  # and kept what she had
        assert await place.desk.put_status("anna", "offline", "", "anna", place.now)
    changed = await doors(place).change(anna.id, 1, {"roles": ["admin"]}, ADMIN)
    assert changed is not None
    assert (changed.status, changed.in_hand, changed.roles) == ("offline", 0, ("admin",))
    row = await place.row(dialog)
    assert (row.state, row.operator, row.waiting_since) == ("queued", "", since)


@pytest.mark.parametrize("status", ["online", "offline"])
async def test_disabled_operator_hands_everything_back(place: Workplace, status: str) -> None:
    anna = await place.hire("anna")
    dialog = await place.asks_for_people()
    await place.takes(anna, dialog)
    if status == "offline":  # nobody misses who went home, and kept what she had
        assert await place.desk.put_status("anna", "offline", "", "anna", place.now)
    await accounts.disable_operator(place.desk, place.store, "anna", now=place.now)
    account = await place.desk.account("anna")
    assert account is not None
    assert account.status == "offline"
    await place.writes("Вы ещё здесь?")  # turned behind it
    assert (await place.row(dialog)).state == "queued"


async def test_reset_password_ends_every_session(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    await door.sign_in("anna", GOOD)
    await accounts.reset_password(place.desk, CHEAP, "anna", GOOD + "2", now=place.now)
    assert await place.desk.sessions() == ()
    assert (await door.sign_in("anna", GOOD + "2")).token


async def test_disabled_account_gets_no_password(place: Workplace) -> None:
    await hired(place)
    await accounts.disable_operator(place.desk, place.store, "anna", now=place.now)
    with pytest.raises(AccountRefused, match="restores the account") as caught:
        await accounts.reset_password(place.desk, CHEAP, "anna", GOOD + "2", now=place.now)
    assert (caught.value.field, caught.value.code) == ("login", "archived")
    await accounts.enable_operator(place.desk, "anna", now=place.now)
    assert (await doors(place).sign_in("anna", GOOD)).token


async def test_failures_older_than_an_hour_are_forgotten(place: Workplace) -> None:
    await hired(place)
    door = doors(place)
    for _ in range(FREE_PER_LOGIN):
        await door.sign_in("anna", "wrong")
    place.now += timedelta(hours=1, seconds=1)
    assert (await door.sign_in("anna", "wrong")).failure == "login_failed"
