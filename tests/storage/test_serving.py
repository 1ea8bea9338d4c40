"""The one `serve` of a SQLite file knows that whoever served it before is dead."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from core.storage.open import open_store
from core.store import Store
from tests.storage.build import HOUR, LEASE, NOW, done, later, text, turn
from tests.storage.conftest import rules_for
from tests.storage.test_faults import ids, url_of


def serving(path: Path, *, exclusive: bool = True) -> AbstractAsyncContextManager[Store]:
    rules = rules_for(ids())
    return open_store(
        url_of(path),
        cipher=rules.cipher,
        new_id=rules.new_id,
        reopen_window=24 * HOUR,
        exclusive=exclusive,
    )


@pytest.mark.parametrize("exclusive", [True, False])
async def test_what_a_dead_process_held_is_ready_at_once_and_only_when_serving(
    tmp_path: Path, exclusive: bool
) -> None:
    path = tmp_path / "a.db"
    async with serving(path) as store:
        await store.accept("tg", [text("один", chat="1"), text("два", chat="2")], NOW)
        first, _ = await store.claim("dead", NOW, 2, LEASE)
        await store.save("dead", [done(first, turn(first.dialog))], NOW)
        assert len(await store.claim_chats("dead", NOW, 9, LEASE)) == 1
    async with serving(path, exclusive=exclusive) as store:
        assert len(await store.claim("new", later(1), 9, LEASE)) == exclusive
        chats = await store.claim_chats("new", later(1), 9, LEASE)
        assert [row.unsure for chat in chats for row in chat.rows] == [True] * exclusive


async def test_one_who_lives_after_all_saves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with serving(path, exclusive=False) as other:
        await other.accept("tg", [text("один")], NOW)
        (claimed,) = await other.claim("chat", NOW, 1, LEASE)
        async with serving(path) as store:
            assert len(await store.claim("serve", later(1), 1, LEASE)) == 1
            lost = await other.save("chat", [done(claimed, turn(claimed.dialog))], later(1))
            assert lost == (claimed.dialog.id,)
