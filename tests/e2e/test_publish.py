"""`otklik scenarios …` over a real database: published, compared, rolled back."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Shell:
    """An installation in a folder of its own, with its own copy of the scenarios."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        # without the Python files: a folder of scenarios alone is no rival of our package
        ignore = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(ROOT / "scenarios", folder / "scenarios", ignore=ignore)
        self._environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(cache),
            "OTKLIK_LANG": "ru",
        }

    def run(self, *words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        """One command; `text` is its stdin."""
        return subprocess.run(
            [sys.executable, "-m", "bots", *words],
            cwd=self.folder,
            env=self._environ,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def published(self) -> str:
        """Publishes what is in the folder; the short name of the bundle."""
        done = self.run("scenarios", "publish")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[0]

    def change(self, name: str, old: str, new: str) -> None:
        """Edits a scenario file."""
        path = self.folder / "scenarios" / "ru" / name
        source = path.read_text("utf-8")
        assert old in source
        path.write_text(source.replace(old, new), "utf-8")


@pytest.fixture
def shell(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A fresh installation; what was compiled is shared by the tests of this file."""
    return Shell(tmp_path, tmp_path_factory.getbasetemp() / "publish-cache")


def test_publishing_is_listed_compared_and_rolled_back(shell: Shell) -> None:
    first = shell.published()
    asked = shell.run("chat", "--plain", "--user", "7", text="какой у меня баланс\n")
    assert "лицевого счёта" in asked.stdout
    shell.change("balance.yaml", "id: ask_account", "id: which_account")
    second = shell.published()
    told = shell.run("scenarios", "diff", first, second).stdout
    assert "balance: changed" in told
    assert "+ which_account" in told
    assert "- ask_account (open dialogs here: 1)" in told
    listed = shell.run("scenarios", "list").stdout.splitlines()
    assert [line[:14] for line in listed] == [f"* {second}", f"  {first}"]
    assert shell.run("scenarios", "rollback").stdout.startswith(first)
    assert shell.run("scenarios", "list").stdout.startswith(f"* {first}")


def test_a_conversation_in_the_terminal_stays_with_the_scenarios_it_began_with(
    shell: Shell,
) -> None:
    asked = shell.run("chat", "--plain", "--user", "7", text="какой у меня баланс\n")
    assert "лицевого счёта" in asked.stdout
    shell.change("balance.yaml", "id: ask_account", "id: which_account")
    went_on = shell.run("chat", "--plain", "--user", "7", text="77001234\n")
    assert "код" in went_on.stdout
    assert "обновили" not in went_on.stdout
    assert "never active" in shell.run("scenarios", "list").stdout


def test_broken_or_failing_scenarios_are_not_published(shell: Shell) -> None:
    first = shell.published()
    shell.change("how_to_pay.yaml", "- bot: Хорошего дня", "- bot: Плохого дня")
    failing = shell.run("scenarios", "publish")
    assert failing.returncode == 1
    assert "Плохого дня" in failing.stderr
    shell.change("how_to_pay.yaml", "- return: {}", "- return {}")
    broken = shell.run("scenarios", "publish")
    assert broken.returncode == 1
    assert "how_to_pay.yaml:" in broken.stderr
    assert shell.run("scenarios", "list").stdout.startswith(f"* {first}")


def test_unknown_bundle_is_named_in_one_line(shell: Shell) -> None:
    shell.published()
    unknown = shell.run("scenarios", "rollback", "feedbeef")
    assert unknown.returncode == 1
    assert unknown.stderr.count("\n") == 1
    assert "feedbeef" in unknown.stderr
