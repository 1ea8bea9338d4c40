"""The manual is complete, and the library stays where it belongs."""

import subprocess
import sys
from pathlib import Path

from bots.viber.settings import ViberSettings

ROOT = Path(__file__).parents[3]
HOUSE = ROOT / "bots" / "viber"


def test_every_setting_is_explained_in_the_manual() -> None:
    manual = (HOUSE / "README.md").read_text("utf-8")
    for field in set(ViberSettings.__struct_fields__) - {"name", "timeout"}:
        assert f"| `{field}` |" in manual


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    program = (
        "import sys\n"
        "import bots.web, bots.viber.ingress, bots.viber.render, bots.viber.health\n"
        "heavy = {'viberbot', 'requests', 'future', 'aiogram', 'vkbottle', 'pydantic'}\n"
        "found = heavy & set(sys.modules)\n"
        "sys.exit(repr(found) if found else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_one_file_imports_the_library() -> None:
    importers = [path.name for path in HOUSE.glob("*.py") if "from viberbot" in path.read_text()]
    importers += [path.name for path in HOUSE.glob("*.py") if "import viberbot" in path.read_text()]
    assert importers == ["codec.py"]


def test_nothing_of_the_library_but_messages_is_used() -> None:
    source = (HOUSE / "codec.py").read_text("utf-8")
    assert [
        line for line in source.splitlines() if line.startswith(("from viber", "import vi"))
    ] == ["from viberbot.api.messages import get_message"]
