"""The manual is complete, and the library stays in one file."""

import subprocess
import sys
from pathlib import Path

from bots.vk.settings import VkSettings

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "vk"


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for field in set(VkSettings.__struct_fields__) - {"name", "timeout"}:
        assert f"| `{field}` |" in manual


def test_every_file_is_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for path in HOUSE.glob("*.py"):
        assert path.name == "__init__.py" or f"`{path.name}`" in manual


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    program = (
        "import sys\n"
        "import bots.web, bots.vk.ingress, bots.vk.render, bots.vk.health\n"
        "heavy = {'aiogram', 'vkbottle', 'viberbot', 'pydantic', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_one_file_imports_the_library() -> None:
    importers = [path.name for path in HOUSE.glob("*.py") if "from vkbottle" in path.read_text()]
    assert importers == ["client.py"]
