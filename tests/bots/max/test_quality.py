"""The manual of MAX is complete; its checklist is held to the truth by the contract suite."""

import subprocess
import sys
from pathlib import Path

from bots.max.settings import MaxSettings

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "max"


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
