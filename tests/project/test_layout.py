"""The house keeps its shape: names that are ours alone, folders that are agreed."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bots.cli import NAMES, rival

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", NAMES)
def test_top_level_name_is_ours_alone(name: str) -> None:
    assert set(packages_distributions().get(name, ())) <= {"otklik"}
    assert Path(import_module(name).__path__[0]).parent == ROOT


def test_top_level_folders_are_the_agreed_ones() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {Path(name).parts[0] for name in listed if len(Path(name).parts) > 1}
    assert folders - {".ci"} == {*NAMES, "tests"}


def test_stranger_with_one_of_our_names_is_named(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("")
    code = "from bots.cli import rival, ROOT; import sys; print(rival(ROOT))"
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
            f"sys.path.insert(1, {str(ROOT)!r}); {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    assert "core" in shown
    assert str(tmp_path) in shown


def test_no_rival_here() -> None:
    assert rival(ROOT) == ""


def test_every_folder_of_python_files_is_a_package() -> None:
    for path in ROOT.rglob("*.py"):
        inside = path.relative_to(ROOT)
        if inside.parts[0] in {*NAMES, "tests"}:
            assert (path.parent / "__init__.py").exists(), inside
