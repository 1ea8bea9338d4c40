"""What the manual of an adapter owes its reader, and which libraries it may bring along."""

import subprocess
import sys
from pathlib import Path

import msgspec

from tests.bots.contract.platforms import folder_of

ROOT = Path(__file__).parents[2]
HEAVY = frozenset(
    {"aiogram", "vkbottle", "viberbot", "maxapi", "requests", "future", "pydantic", "sqlalchemy"}
)


def check_settings(platform: str, settings: type[msgspec.Struct]) -> None:
    """Every setting has its line."""
    manual = (folder_of(platform) / "README.md").read_text("utf-8")
    for field in set(settings.__struct_fields__) - {"name", "timeout"}:
        assert f"| `{field}` |" in manual, field


def check_files(platform: str, *but: str) -> None:
    """Every file is named; but: those that need no word."""
    manual = (folder_of(platform) / "README.md").read_text("utf-8")
    for path in folder_of(platform).iterdir():
        if path.name not in ("__init__.py", "__pycache__", "README.md", *but):
            assert f"`{path.name}`" in manual, path.name


def check_light(*modules: str) -> None:
    """These modules bring no heavy library along."""
    program = (
        "import sys\n"
        f"import {', '.join(modules)}\n"
        f"found = {sorted(HEAVY)!r}\n"
        "found = sorted(set(found) & set(sys.modules))\n"
        "sys.exit(repr(found) if found else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def importers(platform: str, library: str) -> set[str]:
    """Files of an adapter that import a library."""
    words = (f"from {library}", f"import {library}", f"{library} import")
    return {
        path.name
        for path in folder_of(platform).glob("*.py")
        if any(word in path.read_text("utf-8") for word in words)
    }
