"""Why the bot asked for people, in the words that operators read."""

import re

import pytest

from core.scenario.model import EscalateStep
from tests.stories import shipped

_TITLE = re.compile(r'^  "reason\.(\w+)": "(.+)",$', re.MULTILINE)
_GIVEN = re.compile(r'escalate\(\s*"(\w+)"')


def of_the_engine() -> set[str]:
    """Reasons that stand in its code."""
    files = (shipped.ROOT / "core").rglob("*.py")
    return {reason for path in files for reason in _GIVEN.findall(path.read_text("utf-8"))}


def of_the_scenarios() -> set[str]:
    """Reasons of those that ship."""
    made = shipped.bundle().scenarios.values()
    steps = [step for scenario in made for step in scenario.steps.values()]
    return {step.reason for step in steps if isinstance(step, EscalateStep)}


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_reason_that_ships_has_words(lang: str) -> None:
    source = shipped.ROOT / "bots" / "desk" / "static" / "desk" / "i18n" / f"{lang}.js"
    titles = dict(_TITLE.findall(source.read_text("utf-8")))
    engine, scenarios = of_the_engine(), of_the_scenarios()
    assert "not_understood" in engine
    assert "repair" in scenarios
    assert sorted((engine | scenarios) - titles.keys()) == []
