"""Scenarios at the desk: entries for a return to the bot, drawings, what their tests prove."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bots import bundles
from bots.bundles import Proofs
from bots.console.capabilities import PLAIN
from core.policy import Policy
from core.scenario.model import Bundle
from scenarios.services import SERVICES
from tests.fakes.desk import Browser, DeskServer

ROOT = Path(__file__).resolve().parents[3]


def proofs(folder: Path) -> Proofs:
    """Tests of a folder."""
    return Proofs(folder, SERVICES, capabilities=PLAIN, policy=Policy())


def shipped() -> Bundle:
    """The scenarios that ship."""
    return bundles.build(bundles.read_sources(ROOT / "scenarios"), SERVICES, lang="en")


async def test_scenarios_name_their_entries_and_say_nothing_of_tests_unasked(
    anna: Browser,
) -> None:
    found = await anna.get("/scenarios")
    assert found
    assert {one["tests"] for one in found} == {None}
    assert all(one["version"] and one["title"] for one in found)


async def test_a_scenario_is_drawn_for_who_watches(
    desk: DeskServer, sonya: Browser, anna: Browser
) -> None:
    name = next(iter(desk.place.bundle.scenarios))
    answer = await sonya.ask("GET", f"/scenarios/{name}/graph")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    drawing = ElementTree.fromstring(answer.raw)  # noqa: S314  our own drawing
    assert drawing.tag.endswith("svg")
    assert "script" not in answer.raw.decode()
    assert (await sonya.ask("GET", "/scenarios/nothing/graph")).status == 404
    assert (await anna.ask("GET", f"/scenarios/{name}/graph")).status == 403


async def test_tests_of_the_running_scenarios_are_run_once_and_counted() -> None:
    bundle, tests = shipped(), proofs(ROOT / "scenarios")
    found = await tests(bundle)
    assert found is not None
    assert sum(one.passed for one in found.values()) >= 50
    assert [one.failed for one in found.values() if one.failed] == []
    assert await tests(bundle) is found


async def test_a_failing_test_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    sources = bundles.read_sources(ROOT / "scenarios")
    for name, text in sources.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        wrong = text.replace("{bot: 1 200 ₽}", "{bot: 7 777 ₽}").replace("1 200", "7 777")
        (folder / name).write_text(wrong if name.endswith("balance.yaml") else text, "utf-8")
    bundle = bundles.build(bundles.read_sources(folder), SERVICES, lang="en")
    found = await proofs(folder)(bundle)
    assert found is not None
    failed = {name: one.failed for name, one in found.items() if one.failed}
    assert set(failed) == {"balance"}, "another number was expected of the balance alone"
    assert all(failed["balance"])


async def test_nothing_is_said_of_scenarios_that_do_not_lie_in_the_folder(
    desk: DeskServer, tmp_path: Path
) -> None:
    assert await proofs(ROOT / "scenarios")(desk.place.bundle) is None
    assert await proofs(tmp_path / "none")(desk.place.bundle) is None


@pytest.mark.parametrize("value", ["true", "1"])
async def test_the_desk_shows_them_when_asked(desk: DeskServer, anna: Browser, value: str) -> None:
    # the tests' own scenarios come from no folder
    found = await anna.get(f"/scenarios?tests={value}")
    assert {one["tests"] for one in found} == {None}
