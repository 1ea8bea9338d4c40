"""Fifty dialogs, each taken by two operators at once: at one server, and at two on one database.

The same in the page, and with processes of their own, is in tests/browser/test_races.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.fakes.desk import Answer, Browser, DeskServer
from tests.fakes.workplace import workplace
from tests.storage.conftest import empty_database

ROUNDS = 50


@pytest.fixture(params=["one", pytest.param("two", marks=pytest.mark.postgres)])
async def desks(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[DeskServer, DeskServer]]:
    """Where Anna works and where Boris works. Two servers, both of this process, share a PostgreSQL
    and nothing else: no bus tells one of them what the other did."""
    async with AsyncExitStack() as stack:

        async def opened(name: str, url: str) -> DeskServer:
            place = await stack.enter_async_context(workplace(url, name=name))
            return await stack.enter_async_context(DeskServer(place, tmp_path / name).open())

        if request.param == "one":
            only = await opened("one", f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}")
            yield only, only
            return
        dsn = request.getfixturevalue("postgres_server")
        await empty_database(dsn)
        url = dsn.replace("postgresql://", "postgresql+asyncpg://")
        yield await opened("one", url), await opened("two", url)


async def test_each_dialog_has_one_owner_and_the_other_is_told_who(
    desks: tuple[DeskServer, DeskServer],
) -> None:
    place = desks[0].place
    people = {}
    for desk, login in zip(desks, ("anna", "boris"), strict=True):
        await place.hire(login, limit=ROUNDS)
        people[login.title()] = await desk.browser(login)
    won: list[str] = []
    for number in range(ROUNDS):
        dialog = await place.asks_for_people(str(number))
        answers = await _race(people, dialog, (await place.row(dialog)).state_rev)
        (winner,) = (name for name, answer in answers.items() if answer.status == 200)
        (lost,) = (answer for answer in answers.values() if answer.status != 200)
        assert (lost.status, lost.body["changed_by"]["name"]) == (409, winner)
        assert lost.code in ("taken", "stale")
        assert (await place.row(dialog)).operator_name == winner
        won.append(winner)
    for name, person in people.items():
        assert len((await person.get("/dialogs?tab=mine"))["rows"]) == won.count(name)


async def _race(people: dict[str, Browser], dialog: str, rev: int) -> dict[str, Answer]:
    """What each is answered who takes it on the same view of it."""
    takes = [one.post(f"/dialogs/{dialog}/take", {"state_rev": rev}) for one in people.values()]
    return dict(zip(people, await asyncio.gather(*takes), strict=True))
