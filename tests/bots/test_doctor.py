"""`otklik doctor` tells what it finds itself, and what the running processes know."""

from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bots import wiring
from bots.adapters import Ways, close_ways, open_ways
from bots.commands.channel import examined
from bots.commands.known import findings_of
from bots.way import Way
from config.settings import Settings
from core.channel import Finding
from core.desk_values import ChannelNow, ChannelPart, ChannelState
from core.storage.apsw_driver import Connection as SqliteConnection
from core.storage.desk import open_desk
from tests.fakes.fresh_store import fresh_store, url_of
from tests.fakes.telegram import FakeTelegram

TOKEN = "123456789:CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
NOW = wiring.now()


@pytest.fixture
async def ways() -> AsyncIterator[Ways]:
    """One healthy bot that is polled."""
    async with FakeTelegram(TOKEN) as fake:
        bot = {"platform": "telegram", "token": SecretStr(TOKEN), "mode": "polling"}
        settings = Settings.model_validate({"channels": {"main": {**bot, "api_url": fake.api_url}}})
        opened = open_ways(settings, "http://127.0.0.1:1", wiring.now)
        yield opened
        await close_ways(opened)


async def known(folder: Path, states: Mapping[ChannelPart, ChannelState]) -> str:
    """The database in which the processes said so."""
    url = url_of(folder)
    async with fresh_store(url), open_desk(url) as desk:
        for part, state in states.items():
            await desk.put_channel_state("main", "telegram", state, wiring.now(), part)
    return url


def files_in(folder: Path) -> list[str]:
    """Names of what is there."""
    return [path.name for path in folder.iterdir()]


async def test_what_no_process_complains_of_is_well(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await examined(ways, await known(tmp_path, {"account": ChannelState()})) == 0
    assert capsys.readouterr().out.startswith("OK main ")


@pytest.mark.parametrize("part", ["reading", "sending"])
async def test_what_another_process_cannot_do_is_a_failure(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: ChannelPart
) -> None:
    down = ChannelState("down", "nothing can be done: http 409. Stop the other one.")
    assert await examined(ways, await known(tmp_path, {part: down})) == 2
    shown = capsys.readouterr().out
    assert shown.startswith("FAIL main ")
    assert f"FAIL {part} by a running process, for 0 min: nothing can be done: http 409" in shown
    assert "Stop the other one." in shown


async def test_an_account_that_only_a_process_cannot_reach_is_a_warning(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = await known(tmp_path, {"account": ChannelState("down", "unreachable network")})
    assert await examined(ways, url) == 1
    assert "WARN examined by a running process" in capsys.readouterr().out


async def test_without_a_database_nobody_is_asked_and_none_is_made(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await examined(ways, url_of(tmp_path)) == 0
    assert files_in(tmp_path) == []


async def test_a_database_that_is_away_is_told_of(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "otklik.db").write_text("no database of ours", "utf-8")
    assert await examined(ways, url_of(tmp_path)) == 1
    told, well, *_ = capsys.readouterr().out.splitlines()[::2]
    assert told.startswith("WARN the running processes were not asked")
    assert well.startswith("OK main ")


@pytest.mark.parametrize("channels", [0, 1])
async def test_a_database_of_a_newer_program_is_a_failure(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str], channels: int
) -> None:
    url = await known(tmp_path, {"account": ChannelState()})
    with closing(SqliteConnection(str(tmp_path / "otklik.db"))) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    some = ways._replace(by_name=dict([*ways.by_name.items()][:channels]))
    assert await examined(some, url) == 2
    told, _, well = capsys.readouterr().out.splitlines()[:3]
    assert told.startswith("FAIL the database is at 9999, this program knows up to 0")
    assert well.startswith("OK main " if channels else "no channel is set up")


@pytest.mark.parametrize("fix", [False, True])
async def test_an_adapter_that_fails_keeps_nobody_from_examining_the_others(
    ways: Ways, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, fix: bool
) -> None:
    two = ways._replace(by_name={"broken": Broken().way(), **ways.by_name})
    assert await examined(two, url_of(tmp_path), fix=fix) == 2
    shown = capsys.readouterr()
    assert shown.out.startswith("FAIL broken could not be examined: AttributeError\n")
    assert "\nOK main " in shown.out
    assert "CANARY" not in shown.out + shown.err


class Broken:
    """An account whose adapter raises what it must not."""

    async def health(self) -> tuple[Finding, ...]:
        raise AttributeError(TOKEN)

    async def register(self) -> None:
        raise AttributeError(TOKEN)

    async def watch(self) -> bool:
        raise AttributeError(TOKEN)

    def way(self) -> Way:
        """As a platform's folder would give it."""
        channel: Any = self
        return Way(channel, None, None, self.register, self.watch)


def health(**parts: ChannelState) -> dict[str, Any]:
    """As core.desk_values.health_with leaves it."""
    named = {name: {"state": one.state, "problem": one.problem} for name, one in parts.items()}
    return {"state": "down", "problem": "x", "parts": named}


def test_the_worst_is_told_first_and_for_how_long_it_lasts() -> None:
    told = health(account=ChannelState("degraded", "slow"), reading=ChannelState("down", "deaf"))
    one = ChannelNow(id="main", health=told, health_at=NOW - timedelta(hours=5))
    assert findings_of(one, NOW) == (
        Finding(level="FAIL", text="reading by a running process, for 5 h: deaf"),
        Finding(level="WARN", text="examined by a running process, for 5 h: slow"),
    )
