"""However a scenario file is spoilt: findings at places that exist, never an exception."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ScenarioError
from core.scenario.bundle import build, signatures_of
from core.scenario.checker import Inputs, check
from core.scenario.findings import format_findings
from core.scenario.graph import mermaid
from core.scenario.graph_svg import svg
from core.scenario.translate import translate
from core.scenario.yaml_tree import read
from scenarios.services import SERVICES
from tests.stories import shipped

SHIPPED = {
    name: text for name, text in shipped.files().items() if name.startswith(("ru/", "i18n/"))
}
NAMES = sorted(SHIPPED)
SIGNATURES = signatures_of(SERVICES)
TEXTS = shipped.texts()
_SIGNS = ["", " ", "\t", "\n", ":", ": ", "- ", "{", "}", "[", "]", '"', "'", "|", "#", "&a ", "*a"]
_PIECES = st.sampled_from(
    [*_SIGNS, "!x", "go: ", "run: balance", "null", "\u0000", "\u2028", "ё", "{b.x}", "{{", "🙂"]
)
_WORDS = ["say", "ask", "balance", "account", "next", "{b.amount|money}", "b.amount <", "", "9d"]
_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(_WORDS), st.text(max_size=5)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3)
    ),
    max_leaves=5,
)


def survives(name: str, text: str) -> None:
    """The bot with this file in place of its own is built, or told to be broken."""
    files = {"ru/bot.yaml": SHIPPED["ru/bot.yaml"], "ru/balance.yaml": SHIPPED["ru/balance.yaml"]}
    files[name] = text
    built = build(files, TEXTS, SERVICES)
    assert built.bundle is not None or any(finding.is_error for finding in built.findings)
    for finding in built.findings:
        lines = files[finding.file].count("\n") + 1
        assert 1 <= finding.line <= lines + 1
        assert finding.column >= 1
    for lang in ("ru", "en"):
        format_findings(built.findings, files, lang)
    check(Inputs(files, TEXTS, SIGNATURES, {}), {})
    with suppress(ScenarioError):  # without bot.yaml no language is known
        translate(files, "en")
    if built.bundle is not None:
        for scenario in built.bundle.scenarios.values():
            mermaid(scenario, built.bundle)
            svg(scenario, built.bundle)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.data())
def test_spoilt_text_is_a_finding(name: str, data: st.DataObject) -> None:
    text = SHIPPED[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 2, 8, 60]))
        text = text[:start] + data.draw(_PIECES) + text[start + length :]
    survives(name, text)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False), _JSON, st.booleans())
def test_a_spoilt_value_is_a_finding(name: str, rng: Any, value: Any, remove: bool) -> None:
    tree = read(SHIPPED[name]).plain()
    places = list(_places(tree))
    holder, key = rng.choice(places)
    if remove:
        del holder[key]
    else:
        holder[key] = value
    survives(name, json.dumps(tree, ensure_ascii=False))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_swapped_values_are_a_finding(name: str, rng: Any) -> None:
    tree = read(SHIPPED[name]).plain()
    places = list(_places(tree))
    (one, here), (two, there) = rng.choice(places), rng.choice(places)
    first, second = json.dumps(one[here]), json.dumps(two[there])
    one[here] = json.loads(second)
    two[there] = json.loads(first)
    survives(name, json.dumps(tree, ensure_ascii=False))


def _places(value: Any) -> Any:
    """(container, key) of every value below."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in list(items):
        yield value, key
        if isinstance(below, dict | list):
            yield from _places(below)
