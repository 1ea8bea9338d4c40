"""Two operators press Take in the same moment, again and again, at one server and at two.

Fifty rounds without the page are in tests/e2e/test_races.py.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.desk_page import Desk
from tests.browser.house import House, house
from tests.storage.conftest import empty_database

NewContext = Callable[..., BrowserContext]
ROUNDS = 15
_TAKE = "**/api/v1/dialogs/*/take"


@pytest.fixture(params=["one", pytest.param("two", marks=pytest.mark.postgres)])
def houses(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[House, House]]:
    """Where Anna works and where Boris works: one server, or two on one PostgreSQL that share
    nothing else."""
    with ExitStack() as stack:
        if request.param == "one":
            made = stack.enter_context(house(tmp_path))
            yield made, made
            return
        dsn = request.getfixturevalue("postgres_server")
        folders = [tmp_path / name for name in ("one", "two")]
        for folder in folders:
            folder.mkdir()
        database = dsn.replace("postgresql://", "postgresql+asyncpg://")
        with house(tmp_path) as before:
            before.run(empty_database(dsn))
        one, two = (stack.enter_context(house(at, database=database)) for at in folders)
        yield one, two


class Press:
    """A desk whose commands to take wait at the door until they are let go."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._held: list[Route] = []
        desk.page.route(_TAKE, lambda route: self._held.append(route))

    def open_and_press(self) -> None:
        """Opens the only dialog that waits, and presses Take."""
        self.desk.rows().first.click()
        self.desk.button("Take").click()

    @property
    def is_pressed(self) -> bool:
        """The command is at the door. Asks the page something, so that it may come."""
        self.desk.page.evaluate("0")
        return bool(self._held)

    def let_go(self) -> None:
        """The command goes on to the server."""
        self._held.pop().continue_()


def test_of_two_who_press_at_once_one_has_it_and_the_other_reads_who(
    houses: tuple[House, House], new_context: NewContext
) -> None:
    presses: dict[str, Press] = {}
    for made, login in zip(houses, ("anna", "boris"), strict=True):
        houses[0].hire(login, limit=ROUNDS)
        desk = Desk(new_context(locale="en", viewport={"width": 1440, "height": 900}), made.url)
        desk.slip_in(login)
        desk.go()
        expect(desk.role("status", "Connected")).to_be_visible()
        presses[login.title()] = Press(desk)
    won = [_round(houses[0], presses, number) for number in range(ROUNDS)]
    for name, press in presses.items():
        expect(press.desk.role("tab", f"Mine, {won.count(name)}")).to_be_visible()
        assert press.desk.sins() == []


def _round(made: House, presses: dict[str, Press], number: int) -> str:
    """Who got the dialog of this round."""
    dialog = made.asks(str(number))
    for press in presses.values():
        press.open_and_press()
    while not all(press.is_pressed for press in presses.values()):
        pass
    for press in list(presses.values())[:: 1 if number % 2 else -1]:
        press.let_go()
    for press in presses.values():
        expect(press.desk.button("Take")).to_be_hidden()
    winner = made.run(made.place.row(dialog)).operator_name
    (loser,) = set(presses) - {winner}
    expect(presses[winner].desk.reply).to_be_enabled()
    expect(presses[loser].desk.alert(f"Already with operator {winner}")).to_be_visible()
    expect(presses[loser].desk.reply).to_be_disabled()
    for press in presses.values():
        expect(press.desk.role("tab", "Queue, 0")).to_be_visible()
    return winner
