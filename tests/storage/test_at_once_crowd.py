"""Many people, few senders, some turns later: whatever comes together, nobody is lost."""

import asyncio
from random import Random

import pytest

from core.store import Store
from core.store_values import Claimed, Done
from core.updates import Received
from tests.storage.at_once import Works, answer
from tests.storage.build import LEASE, NOW, sent, text
from tests.storage.look import Look


@pytest.mark.parametrize("seed", range(4))
async def test_a_crowd_with_few_senders_loses_nothing(store: Store, look: Look, seed: int) -> None:
    works = Works()
    works.follow(store)
    rng = Random(seed)
    said: dict[str, list[str]] = {}

    def some(step: int) -> list[Received]:
        chats = [str(rng.randint(1, 12)) for _ in range(rng.randint(1, 5))]
        found = []
        for number, chat in enumerate(chats):
            words = f"{step}.{number}"
            said.setdefault(chat, []).append(words)
            found.append(text(words, chat=chat))
        return found

    def sometimes(claimed: Claimed) -> Done | None:
        return None if rng.random() < 0.2 else answer(claimed)

    works.make = sometimes
    for step in range(30):
        works.places = rng.choice([0, 1, 2, 99])
        lots = [some(step)] if rng.random() < 0.5 else [some(step), some(step + 100)]
        await asyncio.gather(*(store.accept("tg", lot, NOW) for lot in lots))
        if rng.random() < 0.5:
            await _send(store, works)
        if rng.random() < 0.5:
            await _turn_what_is_left(store, works)
    works.places = 99
    await _turn_what_is_left(store, works)
    await _send(store, works)
    heard = await look(
        "SELECT d.chat, m.text FROM message m JOIN dialog d ON d.id = m.dialog"
        " WHERE m.direction = 'in' ORDER BY d.chat, m.n"
    )
    for chat, words in said.items():
        assert sorted(row[1] for row in heard if row[0] == chat) == sorted(words)
    total = sum(len(words) for words in said.values())
    assert await look("SELECT count(*) FROM dialog") == [(len(said),)], "one dialog for each"
    assert await look("SELECT count(*) FROM outbox WHERE state = 'sent'") == [(total,)]
    assert await look("SELECT count(*) FROM chat_run WHERE due_at IS NOT NULL") == [(0,)]


async def _send(store: Store, works: Works) -> None:
    """What was handed over, then what waits."""
    while True:
        claims, works.chats[:] = [*works.chats], []
        claims += await store.claim_chats("w", NOW, 99, LEASE)
        if not claims:
            return
        for claim in claims:
            for row in claim.rows:
                is_last = row is claim.rows[-1]
                assert await store.settle("w", claim, [sent(row)], is_last, NOW)


async def _turn_what_is_left(store: Store, works: Works) -> None:
    while True:
        claims, works.later[:] = [*works.later], []
        claims += await store.claim("w", NOW, 99, LEASE)
        if not claims:
            return
        assert await store.save("w", [answer(claim) for claim in claims], NOW) == ()
