"""The manuals of the scenarios: their examples work, and everything has its line."""

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from bots.commands.check import platforms
from core.channel import Capabilities
from core.policy import Policy
from core.scenario import schema, schema_files, schema_tests
from core.scenario.bundle import Built, build, signatures_of
from core.scenario.checker import Inputs, check
from core.scenario.filters import FILTERS
from core.scenario.findings import codes
from core.scenario.model import Slot
from core.scenario.tests_report import lines
from core.scenario.tests_runner import run
from core.understanding.reader import reader_of
from scenarios.services import SERVICES
from tests.stories import shipped

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
MANUAL = (FOLDER / "README.md").read_text("utf-8")
README = (FOLDER.parent / "README.md").read_text("utf-8")
FIRST_STEPS = (FOLDER / "README.ru.md").read_text("utf-8")
#: Path inside scenarios/ -> text, for each YAML block; the first line of a block names its file.
EXAMPLES = {
    block.partition("\n")[0].removeprefix("# "): block
    for block in re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
}
CHANNEL = Capabilities(platform="test", inline_row=8, inline_rows=10, inline_total=80)
#: Fields whose models are told in the tables of the manual.
TOLD: tuple[type[BaseModel], ...] = (
    schema.ScenarioModel,
    schema.SlotModel,
    schema.SilenceModel,
    schema.ButtonModel,
    schema.OptionModel,
    schema.OptionsFromModel,
    schema.ListModel,
    *get_args(schema.AnyStepModel),
    schema.EscalationModel,
    schema.EndModel,
    schema_tests.ScenarioTestModel,
    schema_tests.IdentityModel,
    schema_tests.LineModel,
    schema_tests.ExpectModel,
    schema_files.BotModel,
    schema_files.MoreModel,
    schema_files.UnderstandModel,
    schema_files.AccessModel,
    schema_files.RatingModel,
    schema_files.WordsModel,
    schema_files.CommonModel,
    schema_files.CityModel,
    schema_files.TranslationModel,
    schema_files.TranslatedModel,
)


OFFICES = re.findall(r"```yaml\n(.*?)```", FIRST_STEPS, re.DOTALL)


SHORT = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
#: The manuals teach much the same topic, so each set stands beside the shipped scenarios alone.
SETS = {
    "manual": EXAMPLES,
    "first steps": {"ru/offices.yaml": OFFICES[0]},
    "README": {"ru/opening_hours.yaml": SHORT[0]},
}
#: The README's scenario is short of examples, and says so.
ADMITTED: dict[str, set[str]] = {"manual": set(), "first steps": set(), "README": {"W024"}}


@cache
def built(name: str) -> Built:
    """The shipped scenarios with the examples of a manual."""
    return build({**shipped.files(), **SETS[name]}, shipped.texts(), SERVICES)


@pytest.mark.parametrize("name", SETS)
def test_the_examples_have_no_finding(name: str) -> None:
    assert {finding.code for finding in built(name).findings} == ADMITTED[name]
    inputs = Inputs(
        {**shipped.files(), **SETS[name]}, shipped.texts(), signatures_of(SERVICES), media=None
    )
    assert {finding.code for finding in check(inputs, platforms())} == ADMITTED[name]


def test_no_example_is_overlooked() -> None:
    assert len(EXAMPLES) == MANUAL.count("```yaml")
    assert len(OFFICES) == len(SHORT) == 1


@pytest.mark.parametrize("name", SETS)
def test_the_examples_pass_their_tests(name: str) -> None:
    bundle = built(name).bundle
    assert bundle is not None
    tests = [
        test
        for path in SETS[name]
        if path.startswith("ru/")
        for test in built(name).tests.get(Path(path).stem, ())
    ]
    assert tests
    report = run(
        bundle,
        tests,
        capabilities=CHANNEL,
        policy=Policy(),
        meaning=reader_of(bundle).meaning,
    )
    assert not report.failed, "\n".join(lines(report))


def test_the_first_example_stands_alone() -> None:
    name = next(iter(EXAMPLES))
    alone = build({**shipped.files(), name: EXAMPLES[name]}, shipped.texts(), SERVICES)
    assert alone.findings == ()


@pytest.mark.parametrize("model", TOLD, ids=lambda model: model.__name__)
def test_every_key_of_the_language_is_in_the_manual(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf"\b{field.alias or name}\b", MANUAL), name


@pytest.mark.parametrize("code", codes())
def test_every_code_of_the_checker_has_its_line(code: str) -> None:
    assert f"| {code} |" in MANUAL


def test_every_verb_scenario_slot_type_and_filter_has_its_line() -> None:
    for verb in schema.VERBS:
        assert f"| `{verb}: " in MANUAL
    bundle = shipped.built().bundle
    assert bundle is not None
    for name in bundle.scenarios:
        assert f"| `{name}` |" in MANUAL
    for kind in get_args(Slot.__annotations__["type"]):
        assert re.search(rf"^\| `{kind}`( ✓)? \|", MANUAL, re.MULTILINE), kind
    for name in FILTERS:
        assert re.search(rf"`{name}[:`]", MANUAL), name


def test_every_service_has_its_line_with_its_errors() -> None:
    for service in SERVICES:
        found = re.search(rf"^\| `{re.escape(service.name)}`.*$", MANUAL, re.MULTILINE)
        assert found, service.name
        assert all(f"`{error}`" in found[0] for error in service.errors)
        assert ("`!`" in found[0] or " ! |" in found[0]) == (service.kind == "change")
