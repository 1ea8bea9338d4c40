"""The drawing of a scenario, for Mermaid and as SVG."""

from xml.etree import ElementTree as ET

import pytest

from core.scenario.bundle import build
from core.scenario.graph import cut, mermaid
from core.scenario.graph_svg import Counts, svg
from core.scenario.json_schema import json_schema
from core.scenario.model import Bundle
from tests.core.scenario.small_bot import FILES, SERVICES
from tests.fakes.bundles import small_bundle

TEXTS = {"ru": {"welcome": "Пожалуйста!"}, "en": {"welcome": "Welcome!"}}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    made = build(FILES, TEXTS, SERVICES).bundle
    assert made is not None
    return made


def test_mermaid_draws_every_step_with_its_own_shape(bundle: Bundle) -> None:
    lines = mermaid(bundle.scenarios["debt"], bundle).splitlines()
    assert lines[0] == "flowchart TD"
    assert '  s_ask_account{{"Номер?"}}' in lines
    assert '  s_look[["⚙ 🔒 billing.balance"]]' in lines
    assert '  s__0_on_fail_0[/"👤 not_identified → first_line"/]' in lines
    assert '  s_told(["solved: Долг {b.amount/abs/money}"])' in lines
    assert '  s_look -->|"🔒"| access_confirm' in lines
    assert '  access_confirm["Код"]' in lines
    assert '  s_ask_account -->|"не получилось"| s__0_on_fail_0' in lines
    assert '  s_look -->|"closed"| s__1_errors_closed_0' in lines


def test_go_is_no_box_but_an_arrow(bundle: Bundle) -> None:
    text = mermaid(bundle.scenarios["confirm"], bundle, "en")
    assert 's_check -->|"any"| s_ask_code' in text
    assert '|"did not work"|' in text
    assert "goto" not in text


def test_labels_are_cut_and_break_no_syntax() -> None:
    assert cut('Скажите "да" | «нет»') == "Скажите 'да' / «нет»"
    assert len(cut("ы" * 60)) == 48


def test_svg_is_well_formed_and_holds_every_step_within_its_borders(bundle: Bundle) -> None:
    for scenario in bundle.scenarios.values():
        root = ET.fromstring(svg(scenario, bundle))  # noqa: S314  # our own text
        space = "{http://www.w3.org/2000/svg}"
        drawn = {group.get("data-step") for group in root.iter(f"{space}g")}
        steps = {step.id for step in scenario.steps.values() if type(step).__name__ != "Go"}
        assert steps <= drawn
        width = float(root.get("width") or 0)
        assert all(0 <= float(text.get("x") or 0) <= width for text in root.iter(f"{space}text"))


def test_a_later_step_is_drawn_below_an_earlier_one(bundle: Bundle) -> None:
    root = ET.fromstring(svg(bundle.scenarios["debt"], bundle))  # noqa: S314  # our own text
    space = "{http://www.w3.org/2000/svg}"
    tops = {
        group.get("data-step"): min(
            float(text.get("y") or 0) for text in group.iter(f"{space}text")
        )
        for group in root.iter(f"{space}g")
    }
    assert tops["ask_account"] < tops["look"] < tops["told"]


def test_labels_of_arrows_with_the_same_ends_stand_apart() -> None:
    made = small_bundle()
    space = "{http://www.w3.org/2000/svg}"
    for scenario in made.scenarios.values():
        root = ET.fromstring(svg(scenario, made))  # noqa: S314  # our own text
        labels = [(text.get("x"), text.get("y")) for text in root.findall(f"{space}text")]
        assert len(labels) == len(set(labels)), scenario.id


def test_counts_colour_the_drawing(bundle: Bundle) -> None:
    scenario = bundle.scenarios["debt"]
    counts = {"ask_account": Counts(reached=10, left=8), "look": Counts(reached=2)}
    drawing = svg(scenario, bundle, "ru", counts)
    assert "дошли: 10, ушли: 8, к оператору: 0" in drawing
    assert drawing != svg(scenario, bundle)


def test_the_schema_for_editors_knows_verbs_and_services() -> None:
    schema = json_schema(SERVICES)
    assert set(schema["required"]) == {"format", "scenario", "title", "steps"}
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["CallModel"]["properties"]["call"]["enum"] == [
        "auth.check",
        "billing.balance",
        "billing.pay",
    ]
    assert "if" in schema["$defs"]["IfModel"]["properties"]


def test_the_schema_for_editors_is_as_strict_as_the_checker() -> None:
    schema = json_schema(SERVICES)
    models = schema["$defs"]
    assert models["ButtonModel"]["oneOf"] == [
        {"required": [action]} for action in ("go", "run", "do", "url")
    ]
    line = models["LineModel"]
    assert (line["minProperties"], line["maxProperties"]) == (1, 1)
    assert line["properties"]["user"]["type"] == "string"
    assert models["SayModel"]["properties"]["say"]["pattern"] == r"\S"
    assert models["SayModel"]["dependentRequired"] == {"entry": ["id"]}
    for holder, name in (
        (schema, "data"),
        (models["CallModel"], "errors"),
        (models["CallModel"], "with"),
        (models["ExpectModel"], "data"),
        (models["ExpectModel"], "calls"),
        (models["ScenarioTestModel"], "services"),
    ):
        assert holder["properties"][name]["additionalProperties"] is False
        (pattern,) = holder["properties"][name]["patternProperties"]
        assert pattern.startswith("^[a-z]")
