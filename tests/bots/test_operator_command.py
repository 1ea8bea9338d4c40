"""`otklik operator`: what it says of people and queues."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bots.cli import main

ROOT = Path(__file__).resolve().parents[2]
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Runs the command in a folder of its own: exit code, what it wrote, what it complained of."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["operator", *words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def test_a_disabled_person_is_listed_as_such_and_gets_no_password(said: Said) -> None:
    assert said("add", "vera")[0] == 0
    assert said("list")[1] == "vera  operator  first_line  offline\n"
    assert said("reset-password", "vera")[0] == 0
    assert said("disable", "vera")[0] == 0
    assert said("list")[1] == "vera  operator  first_line  disabled\n"
    code, out, err = said("reset-password", "vera")
    assert (code, out) == (1, "")
    assert err.startswith("otklik: vera is disabled, and no password lets them in: first an admin")


def test_a_queue_that_nothing_names_is_kept_and_said(said: Said, tmp_path: Path) -> None:
    code, out, err = said("add", "anna", "--queue", "nope", "--queue", "sales")
    assert (code, err.count("\n")) == (0, 1)
    assert "queues: nope, sales" in out
    assert err.startswith("otklik: no scenario and no setting knows the queue nope so far; known: ")
    assert said("add", "boris", "--queue", "first_line")[2] == ""
    assert said("add", "vera", "--queue", "identification")[2] == ""


def test_broken_scenarios_keep_nobody_from_being_added(said: Said, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (tmp_path / "scenarios" / "ru" / "bot.yaml").write_text("format: [\n", "utf-8")
    code, out, err = said("add", "anna", "--queue", "sales")
    assert code == 0
    assert "password: " in out
    assert "no scenario and no setting knows the queue sales so far; known: first_line" in err
