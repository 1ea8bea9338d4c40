"""Two operators press Take in the same moment, fifty times, at one process and at two.

The same commands without pages, and without a bus between the two, are in tests/e2e/test_races.py.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.desk_page import Desk
from tests.browser.street import Person, Street, street
from tests.bus.conftest import NatsServer
from tests.storage.conftest import empty_database

NewContext = Callable[..., BrowserContext]
ROUNDS = 50
#: Login and name.
OPERATORS = (("boris", "Борис"), ("vera", "Вера"))
#: Too narrow for the customer's card beside the dialog: a good third of all requests is about it.
_SIZE = {"width": 1100, "height": 800}
_TAKE = "**/api/v1/dialogs/*/take"


@pytest.fixture(params=["one", pytest.param("two", marks=[pytest.mark.postgres, pytest.mark.nats])])
def town(request: pytest.FixtureRequest, tmp_path: Path, cache: Path) -> Iterator[Street]:
    """One process of `otklik serve` on SQLite, or two on one PostgreSQL and one NATS."""
    if request.param == "one":
        with street(tmp_path, cache) as made:
            yield made
        return
    dsn: str = request.getfixturevalue("postgres_server")
    nats: NatsServer = request.getfixturevalue("nats_server")
    with ThreadPoolExecutor(1) as other:  # a browser that tests drive keeps a loop running here
        other.submit(asyncio.run, empty_database(dsn)).result()
    shared = {
        "DATABASE_URL": dsn.replace("postgresql://", "postgresql+asyncpg://"),
        "NATS_URL": nats.url,
        "SECRET_KEY": "k" * 40,
    }
    with street(tmp_path, cache, houses=2, settings=shared) as made:
        yield made


class Door:
    """Where two commands wait for each other: once both are there, both go on."""

    def __init__(self) -> None:
        self._held: list[Route] = []

    def hold(self, route: Route) -> None:
        """A command came to the door."""
        self._held.append(route)
        if len(self._held) == len(OPERATORS):
            held, self._held = self._held, []
            for one in held:
                one.continue_()


def test_of_two_who_press_at_once_one_has_it_and_the_other_reads_who(
    town: Street, new_context: NewContext
) -> None:
    door, desks = Door(), dict[str, Desk]()
    for (login, name), house in zip(OPERATORS, cycle(town.houses), strict=False):
        town.hire(login, name, limit=ROUNDS)
        desks[name] = town.at_desk(new_context(locale="en", viewport=_SIZE), login, house)
        desks[name].page.route(_TAKE, door.hold)
    customers = [town.customer(700100200 + n, f"Клиент {n}") for n in range(ROUNDS)]
    won: list[str] = []
    for customer in customers:
        town.says(customer, "позовите человека")
        won.append(_winner(desks, customer))
        desks = dict(reversed(desks.items()))  # the other is a little earlier next time
    for customer, name in zip(customers, won, strict=True):
        town.hears(customer, f"На связи {name}")
        assert sum("На связи" in heard.text for heard in customer.own()) == 1
    for name, desk in desks.items():
        expect(desk.role("tab", f"Mine, {won.count(name)}")).to_be_visible()
        expect(desk.role("tab", "Queue, 0")).to_be_visible()
        assert desk.sins() == []


def _winner(desks: Mapping[str, Desk], customer: Person) -> str:
    """Opens the customer's dialog at every desk and takes it at all of them; who has it."""
    for desk in desks.values():
        desk.role("option", re.compile(f"^{customer.name}, ")).click()
    with ExitStack() as answering:
        answers = {
            name: answering.enter_context(desk.page.expect_response(_TAKE))
            for name, desk in desks.items()
        }
        for desk in desks.values():
            desk.button("Take").click()
    statuses = {name: answer.value.status for name, answer in answers.items()}
    assert sorted(statuses.values()) == [200, 409], f"{customer.name}: {statuses}"
    winner, loser = sorted(statuses, key=statuses.__getitem__)
    expect(desks[winner].reply).to_be_enabled()
    expect(desks[loser].alert(f"Already with operator {winner}")).to_be_visible()
    expect(desks[loser].reply).to_be_disabled()
    for desk in desks.values():
        expect(desk.button("Take")).to_be_hidden()
    return winner
