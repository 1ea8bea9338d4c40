"""The table of the manual is the truth, and nothing is left out of it."""

import re
from pathlib import Path

import pytest

from tests.bots.contract.matrix import BEGIN, END, MANUAL, behaviours, promised, table, written
from tests.bots.contract.platforms import DOUBLES, INSIDE, KEYS, checklist, is_exempt

ROOT = Path(__file__).parents[3]


def test_the_manual_shows_what_each_platform_does() -> None:
    shown = MANUAL.read_text("utf-8")
    assert written(shown) == shown, "run `uv run python -m tests.bots.contract.matrix`"
    assert shown.count(BEGIN) == shown.count(END) == 1


def test_every_line_of_the_checklists_has_a_behaviour() -> None:
    keys = {key for group in KEYS.values() for key in group.split()}
    assert {behaviour.key for behaviour in behaviours()} == keys - INSIDE
    assert len(behaviours()) >= 40


@pytest.mark.parametrize("platform", DOUBLES)
def test_a_checklist_has_exactly_the_common_keys_and_their_proof(platform: str) -> None:
    lines = checklist(platform)
    assert set(lines) == {key for group in KEYS.values() for key in group.split()}
    for key, line in lines.items():
        assert line["status"] in ("done", "exempt"), key
        if is_exempt(platform, key):
            continue
        assert line.get("tests"), key
        for node in line["tests"]:
            path, _, name = node.partition("::")
            source = (ROOT / path).read_text("utf-8")
            assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), node


def test_a_platform_that_is_not_exempt_is_not_skipped() -> None:
    assert set(promised().split()) > {"✓", "–"}
    first = behaviours()[0]
    outcomes = {(first.test, platform): platform != "telegram" for platform in DOUBLES}
    head, row = table(outcomes).splitlines()
    assert head.split() == list(DOUBLES)
    assert row.startswith(first.title)
    assert "FAILED" in row
