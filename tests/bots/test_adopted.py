"""Which scenarios `otklik serve` starts with."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.app import adopted
from core.store import Store
from tests.fakes.fresh_store import fresh_store, url_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_BOT = """format: 1
languages: [ru]
timezone: Europe/Moscow
start: hello
more: {ask: Ещё?, yes: Да, no: Нет, bye: Пока}
"""
_HELLO = """format: 1
scenario: hello
title: Привет
examples: [привет, здравствуйте, добрый день, доброе утро, добрый вечер, приветик, хай, салют]
steps:
  - choose: %s
    id: menu
    buttons:
      - {key: ok, label: Понятно, do: [{done: {result: solved}}]}
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(url_of(tmp_path)) as opened:
        yield opened


class Folder:
    """Scenarios that say one thing."""

    def __init__(self, path: Path, store: Store) -> None:
        self.path = path
        self._store = store
        self._starts = 0

    async def start(self, text: str) -> str:
        """`serve` starts with scenarios that say this; the hash of those that run."""
        language = self.path / "ru"
        language.mkdir(parents=True, exist_ok=True)
        (language / "bot.yaml").write_text(_BOT, "utf-8")
        (language / "hello.yaml").write_text(_HELLO % text, "utf-8")
        self._starts += 1
        shelf = await adopted(self._store, self.path, NOW + timedelta(hours=self._starts), "ru")
        return shelf.active.hash


@pytest.fixture
def folder(tmp_path: Path, store: Store) -> Folder:
    return Folder(tmp_path / "own", store)


async def test_a_folder_that_was_changed_back_is_taken_up_again(folder: Folder) -> None:
    good = await folder.start("Здравствуйте!")
    assert await folder.start("Ой!") != good
    assert await folder.start("Здравствуйте!") == good


@pytest.mark.parametrize("by", ["rollback", "publish"])
async def test_what_a_person_chose_outlives_a_restart_and_the_log_says_so(
    by: str, folder: Folder, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    first = await folder.start("Здравствуйте!")
    second = await folder.start("Ой!")
    await store.activate_bundle(first, by, NOW + timedelta(days=1))
    with caplog.at_level(logging.WARNING):
        assert await folder.start("Ой!") == first
    assert second[:12] in caplog.text
    assert f"«{by}»" in caplog.text


async def test_scenarios_that_were_never_active_are_new(folder: Folder, store: Store) -> None:
    first = await folder.start("Здравствуйте!")
    await store.activate_bundle(first, "publish", NOW + timedelta(days=1))
    await store.put_bundle("f" * 64, b"", NOW)
    assert await folder.start("Ой!") != first
