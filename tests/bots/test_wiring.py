"""The settings that a command starts with, and how fast its process may write."""

from pathlib import Path

import pytest

from bots import wiring
from core.bus.local import LocalBus
from tests.fakes.fresh_store import fresh_store, url_of


@pytest.mark.parametrize(
    ("file", "environ", "driver"),
    [
        ("", {}, "demo"),
        ("[backoffice]\n", {wiring.DRIVER: ""}, "demo"),
        ('[backoffice]\ndriver = "none"\n', {}, "none"),
        ('[backoffice]\ndriver = "none"\n', {wiring.DRIVER: "demo"}, "demo"),
        ("", {wiring.DRIVER: "none"}, "none"),
    ],
)
def test_the_demo_back_office_stands_in_only_where_none_is_named(
    file: str,
    environ: dict[str, str],
    driver: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "otklik.toml").write_text(file, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert wiring.load_settings(environ, demo=True).backoffice.driver == driver


@pytest.mark.parametrize(
    ("url", "is_shared"),
    [("sqlite+aiosqlite:///otklik.db", False), ("postgresql+asyncpg://otklik@db/otklik", True)],
)
async def test_only_processes_that_may_have_others_beside_them_ask_the_database_for_tokens(
    url: str, is_shared: bool, tmp_path: Path
) -> None:
    async with fresh_store(url_of(tmp_path)) as store:
        assert wiring.paces_of(store, url, LocalBus(), {}).is_shared == is_shared
