"""What the manuals promise: their commands run, and everything that exists is told somewhere."""

import argparse
import asyncio
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bots.cli import arguments
from core import errors

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
SERVE = [line for line in LINES if "otklik serve" in line]
TESTS = [line for line in LINES if "pytest" in line]
COMMANDS = [line for line in LINES if line not in SERVE and line not in TESTS]
MANUALS = {
    path: (ROOT / path).read_text("utf-8")
    for path in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
}
LONGEST = 150
_START = 90.0

#: Runs the command line with every way out of the machine barred.
OFFLINE = """
import sys
def bar(event, arguments):
    if event == "socket.getaddrinfo" or (
        event == "socket.connect" and not isinstance(arguments[1], (str, bytes))
    ):
        raise RuntimeError(f"the network was asked: {event} {arguments[1:]}")
sys.addaudithook(bar)
from bots.cli import main
sys.exit(main(sys.argv[1:]))
"""


def local(line: str) -> str:
    """A line of the README as this environment runs it: without `uv run`."""
    return re.sub(r"\buv run (--\S+ )*", "", line)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a new user; one cache for all commands."""
    place = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_")}
    return {
        **kept,
        "HOME": str(place),
        "XDG_CACHE_HOME": str(place / "cache"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where commands run: a folder with the scenarios in it, as a checkout has them."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    return tmp_path


def ran(
    command: list[str], folder: Path, home: dict[str, str], said: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=home, input=said, capture_output=True, text=True, timeout=120
    )


def test_the_readme_shows_how_to_start_and_how_to_test() -> None:
    assert SERVE == ["uv run otklik serve --demo"]
    assert TESTS == ["uv run pytest"]
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_works(line: str, folder: Path, home: dict[str, str]) -> None:
    done = ran(["bash", "-euo", "pipefail", "-c", local(line)], folder, home)
    assert done.returncode == 0, done.stderr
    assert done.stdout or list(folder.glob("*.svg"))
    assert not done.stderr


@pytest.mark.parametrize("line", [line for line in COMMANDS if "otklik chat" in line])
def test_a_conversation_needs_no_network(line: str, folder: Path, home: dict[str, str]) -> None:
    words = local(line).rpartition("otklik ")[2].split("#")[0].split()
    done = ran([sys.executable, "-P", "-c", OFFLINE, *words], folder, home, "Спасибо\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_conversation_of_the_readme_ends_as_promised(
    folder: Path, home: dict[str, str]
) -> None:
    (line,) = [line for line in COMMANDS if "--plain" in line]
    done = ran(["bash", "-c", local(line)], folder, home)
    assert "# closed: solved" in done.stdout
    assert "# rating: 5/5" in done.stdout


def test_the_tests_of_the_readme_are_those_of_the_gate() -> None:
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in (
        "ruff format --check .",
        "ruff check .",
        "mypy",
        "lint-imports",
        "otklik check",
        "otklik test --min-coverage 90",
        TESTS[0].removeprefix("uv run "),
    ):
        assert re.search(rf"^uv run {re.escape(command)}(\s|$)", gate, re.MULTILINE), command
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


async def test_one_command_starts_everything(folder: Path, home: dict[str, str]) -> None:
    words = [*local(SERVE[0]).split(), "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env=home,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        told: list[str] = []
        async with asyncio.timeout(_START):
            while not any("channels" in line for line in told):
                line = (await process.stdout.readline()).decode()
                assert line, told
                told.append(line.strip())
        addresses = dict(re.findall(r"^(site|desk|API)\s+(\S+)$", "\n".join(told), re.MULTILINE))
        assert set(addresses) == {"site", "desk", "API"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(addresses["site"] + "healthz") as reply,
        ):
            assert reply.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        rest, complaints = await asyncio.wait_for(process.communicate(), _START)
    assert process.returncode == 0, complaints.decode()
    people = re.findall(r"^ +\w+ +\S{12,} +\(operator", rest.decode(), re.MULTILINE)
    assert people, "the demo prints its operators with their passwords"
    assert (folder / "otklik.db").exists()


def test_the_channel_of_the_readme_is_a_setting_that_is_understood(
    folder: Path, home: dict[str, str]
) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        (folder / "otklik.toml").write_text(block, encoding="utf-8")
        done = ran(["otklik", "channel", "list"], folder, home)
        assert done.returncode == 0, done.stderr
        assert "main  telegram  on" in done.stdout


def test_the_picture_of_the_readme_is_what_the_command_draws(
    folder: Path, home: dict[str, str]
) -> None:
    assert "](scenarios/balance.svg)" in README
    done = ran(["otklik", "graph", "balance", "--lang", "ru", "-o", "drawn.svg"], folder, home)
    assert done.returncode == 0, done.stderr
    kept = (ROOT / "scenarios" / "balance.svg").read_text("utf-8")
    assert (folder / "drawn.svg").read_text("utf-8") == kept, (
        "draw it anew: otklik graph balance --lang ru -o scenarios/balance.svg"
    )


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST


def commands(parser: argparse.ArgumentParser, before: str) -> Iterator[str]:
    """Every command with its actions, as people type them."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                words = f"{before} {name}"
                yield words
                yield from commands(below, words)


@pytest.mark.parametrize("words", sorted(commands(arguments(), "otklik")))
def test_every_command_is_told_in_a_readme(words: str) -> None:
    assert any(re.search(rf"\b{words}\b", text) for text in MANUALS.values())


def test_what_a_readme_calls_a_command_is_one() -> None:
    known = set(commands(arguments(), "otklik"))
    for path, text in MANUALS.items():
        for name in re.findall(r"`(?:uv run )?otklik ([a-z]+)", text):
            assert f"otklik {name}" in known, f"{path}: otklik {name}"


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, found in inspect.getmembers(errors, inspect.isclass)
        if found.__module__ == errors.__name__
    ),
)
def test_every_error_has_its_line_in_the_manual_of_core(name: str) -> None:
    assert f"`{name}`" in MANUALS["core/README.md"]


def test_every_endpoint_of_the_desk_has_its_line() -> None:
    manual = MANUALS.get("bots/desk/README.md", "")
    described = ROOT / "bots" / "desk" / "description" / "openapi.json"
    for path, methods in json.loads(described.read_text("utf-8"))["paths"].items():
        for method in methods:
            line = f"{method.upper()} {path.removeprefix('/api/v1')}"
            assert f"`{line}`" in manual, line


def test_links_between_manuals_lead_somewhere() -> None:
    for path, text in MANUALS.items():
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target:
                assert (ROOT / path).parent.joinpath(target).exists(), f"{path}: {target}"


def test_every_folder_of_the_house_has_a_manual() -> None:
    for name in ("bots", "handlers", "scenarios", "core", "config", "tests", "config/deploy"):
        assert f"{name}/README.md" in MANUALS, name
