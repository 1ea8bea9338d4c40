"""Runs each behaviour on every platform that can have it, and prints the table at the end."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest

from tests.bots.contract import house as houses
from tests.bots.contract.house import Door, House
from tests.bots.contract.matrix import table
from tests.bots.contract.platforms import DOUBLES, double_of, is_exempt

#: (test, platform) -> whether it passed.
_OUTCOMES: pytest.StashKey[dict[tuple[str, str], bool]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Declares the mark by which a test says what line of quality.yaml it is about."""
    config.addinivalue_line("markers", "behaviour(key): holds on every platform")
    config.stash[_OUTCOMES] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per platform; platforms that gave a reason are left out."""
    mark = metafunc.definition.get_closest_marker("behaviour")
    if mark is None:
        return
    platforms = [name for name in DOUBLES if not is_exempt(name, mark.args[0])]
    metafunc.parametrize("platform", platforms, scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes how a behaviour went on a platform."""
    report = yield
    if isinstance(item, pytest.Function) and item.get_closest_marker("behaviour"):
        place = item.originalname, str(item.callspec.params["platform"])
        outcomes = item.config.stash[_OUTCOMES]
        outcomes[place] = outcomes.get(place, True) and report.passed
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Behaviour x platform, as it went just now."""
    outcomes = config.stash[_OUTCOMES]
    if outcomes:
        terminalreporter.section("behaviour × platform")
        terminalreporter.write_line(table(outcomes))


@pytest.fixture
async def door(platform: str) -> AsyncIterator[Door]:
    async with houses.door(double_of(platform)) as opened:
        yield opened


@pytest.fixture
async def house(platform: str, tmp_path: Path) -> AsyncIterator[House]:
    async with houses.house(double_of(platform), tmp_path) as opened:
        yield opened
