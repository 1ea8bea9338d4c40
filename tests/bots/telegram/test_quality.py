"""The manual is complete, and the library stays where it belongs."""

import subprocess
import sys
from pathlib import Path

from bots.telegram.settings import TelegramSettings

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "telegram"


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for field in set(TelegramSettings.__struct_fields__) - {"name", "timeout"}:
        assert f"| `{field}` |" in manual


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    program = (
        "import sys\n"
        "import bots.web, bots.telegram.ingress, bots.telegram.render, bots.telegram.health\n"
        "heavy = {'aiogram', 'vkbottle', 'viberbot', 'pydantic', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_one_file_imports_the_library() -> None:
    importers = [path.name for path in HOUSE.glob("*.py") if "aiogram import" in path.read_text()]
    importers += [path.name for path in HOUSE.glob("*.py") if "from aiogram." in path.read_text()]
    assert set(importers) == {"client.py"}
