"""The manual of the scenarios: its example works, and everything has its line."""

import re
from pathlib import Path

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.bundle import build
from core.scenario.findings import codes
from core.scenario.schema import VERBS
from core.scenario.tests_report import lines
from core.scenario.tests_runner import run
from core.understanding.reader import reader_of
from scenarios.services import SERVICES
from tests.stories import shipped

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
MANUAL = (FOLDER / "README.md").read_text("utf-8")
FIRST_STEPS = (FOLDER / "README.ru.md").read_text("utf-8")
CHANNEL = Capabilities(platform="test", inline_row=8, inline_rows=10, inline_total=80)


def test_the_first_scenario_of_the_manual_has_no_finding_and_passes_its_tests() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", FIRST_STEPS, re.DOTALL)
    built = build({**shipped.files(), "ru/offices.yaml": example}, shipped.texts(), SERVICES)
    assert built.findings == ()
    assert built.bundle is not None
    report = run(
        built.bundle,
        built.tests["offices"],
        capabilities=CHANNEL,
        policy=Policy(),
        meaning=reader_of(built.bundle).meaning,
    )
    assert not report.failed, "\n".join(lines(report))


def test_every_code_verb_and_scenario_has_its_line() -> None:
    for code in codes():
        assert f"| {code} |" in MANUAL
    for verb in VERBS:
        assert f"| `{verb}: " in MANUAL
    for name in shipped.bundle().scenarios:
        assert f"| `{name}` |" in MANUAL
