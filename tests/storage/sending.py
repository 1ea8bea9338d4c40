"""Chats that have something to send."""

from typing import Any

from core.store import Store
from core.store_values import ChatClaim
from tests.storage.build import LEASE, done, later, only, text, turn


async def chat_of(store: Store, *, seconds: float = 0, worker: str = "d") -> ChatClaim:
    """The one chat that has something to send."""
    (chat,) = await store.claim_chats(worker, later(seconds), 9, LEASE)
    return chat


async def nothing_to_send(store: Store, seconds: float = 0) -> bool:
    return await store.claim_chats("d", later(seconds), 9, LEASE) == ()


async def speak(store: Store, words: str, *, seconds: float = 1, **how: Any) -> None:
    """One more turn of the same chat."""
    await store.accept("tg", [text(words)], later(seconds))
    claimed = await only(store, now=later(seconds))
    made = turn(claimed.dialog, heard=words, now=later(seconds), **how)
    await store.save("w", [done(claimed, made)], later(seconds))
