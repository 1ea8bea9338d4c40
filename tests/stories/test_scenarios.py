"""Every conversation written into a scenario file, by its Russian name; and their coverage."""

import re
from datetime import UTC, datetime

import pytest

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.rehearsal import Rehearsal
from core.scenario.stories import ScenarioTest
from core.scenario.tests_report import lines, summary
from core.scenario.tests_runner import Report, run
from tests.stories import shipped

CHANNELS = {
    "with buttons": Capabilities(
        platform="test", text=4096, label=40, inline_row=3, inline_rows=20, inline_total=60
    ),
    "with numbers": Capabilities(platform="plain", text=4096),
}


def told(tests: list[ScenarioTest], channel: str) -> Report:
    return run(
        shipped.bundle(),
        tests,
        capabilities=CHANNELS[channel],
        policy=Policy(),
        meaning=shipped.meaning(),
    )


@pytest.mark.parametrize("test", shipped.tests(), ids=lambda test: f"{test.scenario}: {test.name}")
def test_story(test: ScenarioTest) -> None:
    report = told([test], "with buttons")
    assert not report.failed, "\n".join(lines(report))


def test_stories_hold_where_options_are_typed_as_numbers() -> None:
    report = told(shipped.tests(), "with numbers")
    assert not report.failed, "\n".join(lines(report))


def test_stories_go_through_every_step_and_every_branch() -> None:
    report = told(shipped.tests(), "with buttons")
    assert report.coverage.missed == (), summary(report)
    assert re.fullmatch(r"\d+ тест\w*, шагов (\d+)/\1, ветвей (\d+)/\2", summary(report))


def test_shipped_scenarios_have_no_finding() -> None:
    assert shipped.built().findings == ()


def test_cities_are_named_in_the_language_of_the_customer() -> None:
    offer = {"city_name": "Санкт-Петербург", "max_speed": 1000, "url": "https://isp.example"}
    talk = Rehearsal(
        shipped.bundle(),
        capabilities=CHANNELS["with buttons"],
        policy=Policy(),
        meaning=shipped.meaning(),
        services={"catalog.tariffs": [{**offer, "items": []}]},
        now=datetime(2026, 11, 20, 9, tzinfo=UTC),
        lang="en",
    )
    talk.write("what is the maximum speed in Saint Petersburg?")
    assert talk.said[0].text.startswith("Saint Petersburg: maximum speed up to 1 Gbit/s.")
