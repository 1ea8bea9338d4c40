"""The engine's sentences: the same keys and placeholders in every language, none missing."""

import re
from pathlib import Path
from string import Formatter

import pytest

from tests.stories.shipped import texts

ROOT = Path(__file__).resolve().parents[2]
TEXTS = texts()
#: Calls that name a sentence: `draft.text("key"…)`, also over two lines.
_USED = re.compile(r"\bdraft\.text\(\s*\"(\w+)\"(?: if \w+ else \"(\w+)\")?")
#: Keys that code chooses among by a value.
_CHOSEN = re.compile(r"(?<!def )tell_place\([^)\"]*\"(\w+)\"(?: if \w+ else \"(\w+)\")?")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert TEXTS["ru"].keys() == TEXTS["en"].keys()


@pytest.mark.parametrize("key", sorted(TEXTS["ru"]))
def test_a_sentence_has_the_same_values_in_both_languages(key: str) -> None:
    assert placeholders(TEXTS["ru"][key]) == placeholders(TEXTS["en"][key])
    assert TEXTS["ru"][key].strip()
    assert TEXTS["en"][key].strip()


def test_every_sentence_the_engine_says_exists_and_every_one_is_said() -> None:
    used: set[str] = set()
    for path in (ROOT / "core").rglob("*.py"):
        source = path.read_text("utf-8")
        for pattern in (_USED, _CHOSEN):
            for groups in pattern.findall(source):
                used |= {groups} if isinstance(groups, str) else set(groups)
    assert used - {""} == set(TEXTS["ru"])
