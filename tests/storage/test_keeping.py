"""Who keeps to one chat takes up the work of no other, however long overdue."""

import pytest

from core.effects import Call
from core.store import Store
from tests.storage.build import HOUR, LEASE, NOW, done, text, turn
from tests.storage.conftest import OpenStore
from tests.storage.look import Look

CHATS = (("tg", "7"), ("console", "7"), ("console", "8"))


@pytest.fixture
async def keeper(store: Store, open_another: OpenStore) -> Store:
    """Keeps to one of three chats that each have an unread update."""
    for channel, chat in CHATS:
        await store.accept(channel, [text("вопрос", chat=chat)], NOW)
    made = await open_another()
    made.keep_to("console", "8")
    return made


async def turned(store: Store) -> None:
    """Every chat has a message to be sent, a call to be made and a timer."""
    claims = await store.claim("w", NOW, 9, LEASE)
    assert len(claims) == len(CHATS)
    for claimed in claims:
        call = Call(
            key=f"{claimed.dialog.id}:1:1", service="billing.balance", arguments={}, timeout=4.5
        )
        made = turn(claimed.dialog, timer=NOW, effects=[call])
        assert await store.save("w", [done(claimed, made)], NOW) == ()


async def test_dialogs_of_other_chats_are_left_to_others(store: Store, keeper: Store) -> None:
    (claimed,) = await keeper.claim("chat", NOW + HOUR, 9, LEASE)
    assert (claimed.dialog.channel, claimed.dialog.chat) == ("console", "8")
    assert await keeper.claim("chat", NOW + HOUR, 9, LEASE) == (), "it is leased"
    assert len(await store.claim("w", NOW, 9, LEASE)) == 2


async def test_messages_of_other_chats_are_left_to_others(store: Store, keeper: Store) -> None:
    await turned(store)
    (chat,) = await keeper.claim_chats("chat", NOW + HOUR, 9, LEASE)
    assert (chat.channel, chat.chat, len(chat.rows)) == ("console", "8", 1)
    assert await keeper.claim_chats("chat", NOW + HOUR, 9, LEASE) == (), "it is leased"
    assert len(await store.claim_chats("d", NOW, 9, LEASE)) == 2


async def test_calls_of_other_chats_are_left_to_others(store: Store, keeper: Store) -> None:
    await turned(store)
    (job,) = await keeper.claim_calls("chat", NOW + HOUR, 9, LEASE)
    assert (job.channel, job.chat, job.tries) == ("console", "8", 0)
    assert await keeper.claim_calls("chat", NOW + HOUR, 9, LEASE) == (), "it is leased"
    assert len(await store.claim_calls("c", NOW, 9, LEASE)) == 2


async def test_timers_of_other_chats_are_left_to_others(
    store: Store, keeper: Store, look: Look
) -> None:
    await turned(store)
    assert await keeper.fire_timers(NOW + HOUR, 9) == 1
    assert await keeper.fire_timers(NOW + HOUR, 9) == 0
    assert len(await look("SELECT dialog FROM timer")) == 2
    assert await store.fire_timers(NOW, 9) == 2


async def test_a_claim_left_by_an_earlier_run_is_found_when_its_lease_is_over(
    keeper: Store, open_another: OpenStore
) -> None:
    dead = await open_another()
    dead.keep_to("console", "8")
    (lost,) = await dead.claim("dead", NOW, 9, LEASE * 0)
    (again,) = await keeper.claim("chat", NOW + HOUR, 9, LEASE)
    assert again.epoch == lost.epoch + 1
