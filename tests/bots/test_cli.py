"""The command line: where it looks for scenarios, what it refuses and with which exit code."""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.cli import ONE_THREAD, arguments, main, understood

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, with no setting but those a test writes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTKLIK_SCENARIOS", raising=False)
    return tmp_path


@pytest.fixture
def elsewhere(home: Path) -> Path:
    """Scenarios that only otklik.toml tells of, and that nobody can read."""
    (home / "otklik.toml").write_text('scenarios = "mine"\n', "utf-8")
    (home / "mine" / "ru").mkdir(parents=True)
    (home / "mine" / "ru" / "bot.yaml").write_text("format: [\n", "utf-8")
    return home / "mine"


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    "words", ["check", "test", "graph menu", "understand баланс", "scenarios publish"]
)
def test_scenarios_are_looked_for_where_the_settings_say(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 1
    told = capsys.readouterr()
    assert "mine/ru/bot.yaml:" in told.out + told.err


def test_translations_are_completed_where_the_settings_say(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "scenarios", elsewhere, dirs_exist_ok=True)
    (elsewhere / "i18n" / "en" / "balance.yaml").unlink()
    assert main(["scenarios", "translate", "en"]) == 0
    written, todo, *_ = capsys.readouterr().out.splitlines()
    assert written == "mine/i18n/en/balance.yaml"
    assert todo.startswith("to do: mine/i18n/en/balance.yaml:6:3: W026 ")


def test_a_translation_of_an_earlier_text_is_fresh_only_when_a_person_says_so(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "scenarios", elsewhere, dirs_exist_ok=True)
    source = elsewhere / "ru" / "password_reset.yaml"
    source.write_text(source.read_text("utf-8").replace("30 минут", "5 минут"), "utf-8")
    translate = ["scenarios", "translate", "en"]
    for _ in range(2):
        assert main(translate) == 0
        (todo,) = capsys.readouterr().out.splitlines()
        assert todo.startswith("to do: mine/i18n/en/password_reset.yaml:")
    assert main([*translate, "--accept"]) == 0
    written, accepted, complete = capsys.readouterr().out.splitlines()
    assert written == "mine/i18n/en/password_reset.yaml"
    assert accepted.startswith("accepted: mine/i18n/en/password_reset.yaml:")
    assert complete == "every translation is complete"


def test_a_language_that_the_bot_does_not_list_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "scenarios", home / "scenarios")
    assert main(["scenarios", "translate", "xx"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "otklik: ru/bot.yaml does not list the language «xx»; it lists: en"
    assert not (home / "scenarios" / "i18n" / "xx").exists()


@pytest.mark.parametrize("port", ["65536", "99999", "-1", "http", "8080.5"])
def test_a_port_that_cannot_be_is_wrong_usage(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["serve", "--port", port])
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "a port is a number from 0 to 65535" in line


@pytest.mark.parametrize("port", ["0", "8080", "65535"])
def test_a_port_that_can_be_is_taken(port: str) -> None:
    assert arguments().parse_args(["serve", "--port", port]).port == int(port)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]", "http://localhost", "a b", "::g"])
def test_a_host_that_cannot_be_is_wrong_usage(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["serve", "--host", host])
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "a name or an address without a port" in line


@pytest.mark.parametrize("host", ["", "127.0.0.1", "::", "fe80::1%eth0", "office", "a.example"])
def test_a_host_that_can_be_is_taken(host: str) -> None:
    assert arguments().parse_args(["serve", "--host", host]).host == host


@pytest.mark.parametrize("option", ["--customers", "--rounds"])
@pytest.mark.parametrize("number", ["0", "-5", "1.5", "many"])
def test_nobody_is_measured_less_than_once(
    option: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["bench", "turns", option, number])
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}: a whole number from 1 on, not {number}" in line


@pytest.mark.usefixtures("home")
def test_a_file_that_cannot_be_written_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["graph", "balance", "-o", "nowhere/drawn.svg"]) == 1
    assert capsys.readouterr().err == "otklik: nowhere/drawn.svg: No such file or directory\n"


@pytest.mark.parametrize(
    "words",
    [
        "check --lang en DIR",
        "test --only город DIR",
        "graph balance -o balance.svg DIR",
        "graph balance DIR -o balance.svg",
        "understand баланс DIR",
        "scenarios publish DIR",
        "scenarios translate en --accept DIR",
    ],
)
def test_a_folder_is_the_last_word_of_a_command(words: str) -> None:
    assert understood(arguments(), words.split()).dir == "DIR"


@pytest.mark.parametrize("words", ["check DIR other", "graph balance DIR -o x DIR", "migrate DIR"])
def test_words_that_mean_nothing_are_wrong_usage(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        understood(arguments(), words.split())
    assert ended.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["schema", "check --explain E001"])
def test_an_output_without_room_is_told_in_one_line(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bots", *words.split()],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "otklik: No space left on device\n"


@pytest.mark.parametrize("words", ["chat --plain", "chat", "channel list", "check /nowhere"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_nothing(words: str, closed: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -m bots {words} {closed}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "OTKLIK_SCENARIOS": str(ROOT / "scenarios")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == (1 if words.startswith("check") else 0), done.stderr
    assert "Traceback" not in done.stderr


def test_letters_that_the_output_cannot_show_end_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "s\udcff"  # one byte that is no UTF-8
    shutil.copytree(ROOT / "scenarios", folder)
    with (folder / "ru" / "balance.yaml").open("a") as file:
        file.write("more: 1\n")
    for encoding in ("ascii", "utf-8"):
        ended = subprocess.run(
            [sys.executable, "-m", "bots", "check", folder],
            cwd=ROOT,
            env={**os.environ, "OTKLIK_LANG": "ru", "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (1, b"")
        assert b"?/ru/balance.yaml:" in ended.stdout


def test_settings_that_are_no_text_are_told_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "otklik.toml").write_bytes(b'lang = "ru"\n\xff\xfe')
    assert main(["channel", "list"]) == 1
    told = "otklik: otklik.toml is no UTF-8 from byte 13 on: save it as UTF-8\n"
    assert capsys.readouterr().err == told


def test_settings_that_are_a_folder_are_told_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "otklik.toml").mkdir()
    assert main(["channel", "list"]) == 1
    assert capsys.readouterr().err == "otklik: otklik.toml cannot be read: Is a directory\n"


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Every command and every action of one."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield below
                yield from parsers(below)


@pytest.mark.parametrize("parser", list(parsers(arguments())), ids=lambda parser: parser.prog)
def test_every_command_and_action_explains_itself_by_an_example(
    parser: argparse.ArgumentParser,
) -> None:
    assert parser.description
    start, example = (parser.epilog or "").split(" ", 1)
    assert start == "example:"
    assert example.startswith(parser.prog)
    name, *words = shlex.split(example)
    assert name == "otklik"
    assert arguments().parse_args(words).command == words[0]


@pytest.mark.parametrize(
    "words", ["report", "report 2026-11", "customer export 42", "customer erase 42"]
)
def test_what_comes_later_says_so(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 1
    (line,) = capsys.readouterr().err.splitlines()
    name = "report" if words.startswith("report") else " ".join(words.split()[:2])
    assert line == f"otklik: this version has no `otklik {name}` yet; a later one will"


@pytest.mark.parametrize("share", ["101", "-1", "nan", "inf", "much"])
def test_a_coverage_that_cannot_be_is_wrong_usage(
    share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["test", "--min-coverage", share])
    assert ended.value.code == 2
    assert "per cent: a number from 0 to 100" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("share", ["0", "87.5", "100"])
def test_a_coverage_that_can_be_is_taken(share: str) -> None:
    words = arguments().parse_args(["test", "--min-coverage", share])
    assert words.min_coverage == float(share)


_COUNTED = """
import os, sys
from bots.cli import main
main(sys.argv[1:])
import numpy
numpy.ones((400, 400)) @ numpy.ones((400, 400))
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted by /proc")
def test_numbers_are_counted_by_one_thread_so_that_a_busy_machine_is_no_slower() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _COUNTED, "understand", "привет"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k != ONE_THREAD[0]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines()[-1] == "1", ended.stdout
