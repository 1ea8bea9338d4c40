"""`otklik bench`: that it measures what it says, never how fast this machine is."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bots.bench import peers, turns
from bots.bench.conversation import SCRIPT, SERVED, TURNS
from bots.bench.figures import Figures, as_json, as_table, fresh_file, quantile
from bots.bench.messenger import Person
from bots.bench.peer_aiogram import aiogram_peer
from bots.bench.peer_vkbottle import vkbottle_peer
from bots.commands import bench
from config.settings import load
from core.errors import ConfigError
from core.storage.address import address

ROOT = Path(__file__).resolve().parents[2]
ENVIRON: Mapping[str, str] = {"OTKLIK_BACKOFFICE__DRIVER": "demo"}


def figures(**changed: object) -> Figures:
    given = {
        "name": "turns sqlite",
        "turns": 80,
        "conversations": 10,
        "wall": 2.0,
        "cpu": 1.0,
        "p50_ms": 3.0,
        "p99_ms": 9.0,
        "peak_mb": 50.0,
    }
    return Figures(**{**given, **changed})  # type: ignore[arg-type]  # the fields above, some replaced


# -- figures


def test_quantile_of_nothing_is_zero() -> None:
    assert quantile([], 0.99) == 0.0


def test_quantile_of_one_value_is_that_value() -> None:
    assert quantile([4.0], 0.5) == 4.0


@pytest.mark.parametrize(("part", "value"), [(0.0, 1.0), (0.5, 2.5), (1.0, 4.0)])
def test_quantile_lies_between_neighbours(part: float, value: float) -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], part) == pytest.approx(value)


def test_ratio_compares_conversations_because_turns_differ_between_frameworks() -> None:
    ours, peer = figures(), figures(name="peer", turns=50, conversations=10, cpu=0.5)

    assert peer.ratio(ours) == pytest.approx(2.0)
    assert ours.ratio(ours) == 1.0


def test_half_a_conversation_has_no_ratio() -> None:
    part = figures(is_whole=False)

    assert part.ratio(figures()) is None
    assert as_table([figures(), part]).splitlines()[2].split()[-1] == "50"


def test_json_holds_the_derived_figures() -> None:
    (row,) = json.loads(as_json([figures()]))

    assert row["turns_per_second"] == 40
    assert row["turns_per_cpu_second"] == 80
    assert row["cpu_us_per_turn"] == 12500
    assert row["ratio"] == 1


# -- the measurements themselves


async def test_small_run_turns_every_update_of_every_conversation(tmp_path: Path) -> None:
    settings = load(ENVIRON, lambda path: None)

    found = await turns.measure(
        settings, fresh_file(tmp_path, "bench.db"), "turns sqlite", customers=2, rounds=2
    )

    assert found.conversations == 4
    assert found.turns == 4 * TURNS
    assert found.cpu > 0
    assert 0 < found.p50_ms <= found.p99_ms <= found.wall * 1000


@pytest.mark.parametrize("made", [aiogram_peer, vkbottle_peer])
async def test_peer_says_every_message_of_the_conversation(made: peers.Made) -> None:
    peer = made(peers.said())

    await peer.walk(0)
    await peer.walk(1)

    assert peer.sent() == 2 * peers.MESSAGES


def test_person_presses_the_button_that_means_the_same_on_telegram() -> None:
    person = Person(10_000_007, len(SCRIPT))
    person.step = SCRIPT.index("[ok]") - 1

    assert not person.expects([])
    assert person.expects(["solved", "again", "human"])
    person.step += 1
    assert person.raw(1)["callback_query"]["data"] == "solved"


def test_everybody_names_an_account_of_their_own() -> None:
    texts = set()
    for number in (10_000_007, 10_000_008):
        person = Person(number, len(SCRIPT))
        person.step = 1
        texts.add(person.raw(1)["message"]["text"])

    assert texts == {"10000007", "10000008"}
    assert 1 in SERVED


def test_asked_databases_are_measured_and_no_others(tmp_path: Path) -> None:
    urls = ["sqlite+aiosqlite:///one.db"]

    with bench.databases(urls, tmp_path) as found:
        assert found == urls
    assert address(found[0]).kind == "sqlite"


def test_command_prints_the_run_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTKLIK_BACKOFFICE__DRIVER", "demo")
    url = fresh_file(tmp_path, "bench.db")

    code = bench.run(
        argparse.Namespace(what="turns", json=True, customers=2, rounds=1, database=[url])
    )

    (row,) = json.loads(capsys.readouterr().out)
    assert code == 0
    assert row["name"] == "turns sqlite"
    assert row["turns"] == 2 * TURNS


def test_what_is_wrong_is_told_before_anything_is_begun(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = argparse.Namespace(what="turns", json=True, customers=2, rounds=1, database=["mysql:"])
    monkeypatch.setenv("OTKLIK_LAMG", "ru")
    with pytest.raises(ConfigError, match="OTKLIK_LAMG"):
        bench.run(words)
    monkeypatch.delenv("OTKLIK_LAMG")
    with pytest.raises(ConfigError, match="must look like"):
        bench.run(words)

    assert capsys.readouterr() == ("", "")


@pytest.mark.postgres
@pytest.mark.parametrize("begun", [False, True])
def test_ended_by_a_signal_it_leaves_nothing_running(tmp_path: Path, *, begun: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bots", "bench", "turns", "--rounds", "9999"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    awaited = "measuring turns on sqlite" if begun else "starting PostgreSQL"
    assert any(awaited in line for line in process.stderr)
    process.terminate()

    told = process.communicate(timeout=240)[1]

    assert process.returncode == 130, told
    assert not any(tmp_path.glob("otklik-bench-*"))
    assert not running(tmp_path)


def running(folder: Path) -> list[bytes]:
    """Processes told of a folder; where there is no /proc, none."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found.append(line.read_bytes())
    return [words for words in found if str(folder).encode() in words]
