"""The checklist of MAX tells the truth, and its manual is complete."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bots.max.settings import MaxSettings
from tests.bots.telegram.test_quality import KEYS

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "max"


def checklist() -> dict[str, dict[str, dict[str, Any]]]:
    with (HOUSE / "quality.yaml").open(encoding="utf-8") as file:
        loaded: dict[str, dict[str, dict[str, Any]]] = YAML(typ="safe").load(file)
    return loaded


def test_the_checklist_has_exactly_the_common_keys() -> None:
    found = {group: " ".join(keys) for group, keys in checklist().items()}
    assert found == KEYS


@pytest.mark.parametrize("group", KEYS)
def test_every_line_has_its_tests_or_its_reason(group: str) -> None:
    for key, line in checklist()[group].items():
        if line["status"] == "exempt":
            assert line["reason"], key
            continue
        assert line["status"] == "done", key
        assert line["tests"], key
        for node in line["tests"]:
            path, _, name = node.partition("::")
            source = (ROOT / path).read_text("utf-8")
            assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), node


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for field in set(MaxSettings.__struct_fields__) - {"name", "timeout"}:
        assert f"| `{field}` |" in manual


def test_every_file_is_named_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for path in HOUSE.iterdir():
        if path.name not in ("__init__.py", "__pycache__", "README.md", "way.py"):
            assert f"`{path.name}`" in manual, path.name


def test_max_brings_no_library_of_its_own() -> None:
    program = (
        "import sys\n"
        "import bots.max.way\n"
        "heavy = {'aiogram', 'vkbottle', 'viberbot', 'maxapi', 'pydantic', 'sqlalchemy'}\n"
        "found = heavy & set(sys.modules)\n"
        "sys.exit(repr(found) if found else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
