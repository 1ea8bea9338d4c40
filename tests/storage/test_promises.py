"""Nothing is lost, doubled or reordered: under any order of events, and under many workers."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from core.store_values import ChatClaim, Claimed, Done
from core.updates import CustomerMessage, TimerFired
from tests.storage.build import HOUR, LEASE, NOW, done, later, sent, text, turn
from tests.storage.look import Look

NO_TIME = timedelta(0)


class World:
    """Customers, workers and senders over one store, with what they saw.

    heard: per chat the words turned, in order, by saves that counted. got: per chat what the
    platform was given, in order. held, served: claims whose owners are still busy or dead.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = later(0)
        self.wrote: dict[str, list[str]] = {}
        self.heard: dict[str, list[str]] = {}
        self.got: dict[str, list[str]] = {}
        self.doubted: set[str] = set()
        self.timers = 0
        self.held: list[tuple[str, Claimed]] = []
        self.served: list[tuple[str, ChatClaim]] = []
        self.turn_of_worker = 0

    async def write(self, chat: str, word: str) -> None:
        """The customer writes; the platform may tell it again."""
        (accepted,) = await self.store.accept("tg", [text(word, chat=chat)], self.now)
        assert accepted.repeat == (word in self.wrote.get(chat, []))
        if not accepted.repeat:
            self.wrote.setdefault(chat, []).append(word)

    async def claim(self, dies: bool) -> None:
        """A new worker takes what is ready; one that dies keeps no lease, but may come back."""
        self.turn_of_worker += 1
        worker = f"w{self.turn_of_worker}"
        lease = NO_TIME if dies else LEASE
        for claimed in await self.store.claim(worker, self.now, 2, lease):
            self.held.append((worker, claimed))

    async def save(self, number: int) -> None:
        """One of the workers, alive or a zombie, saves its turns."""
        if not self.held:
            return
        worker, claimed = self.held.pop(number % len(self.held))
        made = answered_all(claimed, self.now)
        lost = await self.store.save(worker, [made], self.now)
        if lost:
            return
        words = self.heard.setdefault(claimed.dialog.chat, [])
        for pending in claimed.updates:
            if isinstance(pending.update, CustomerMessage):
                words.append(pending.update.text)
            self.timers += isinstance(pending.update, TimerFired)

    async def serve(self, dies: bool) -> None:
        """A new sender takes chats."""
        self.turn_of_worker += 1
        worker = f"d{self.turn_of_worker}"
        lease = NO_TIME if dies else LEASE
        for chat in await self.store.claim_chats(worker, self.now, 2, lease):
            self.served.append((worker, chat))

    async def send(self, number: int, crash: bool) -> None:
        """One of the senders sends its first row, and tells of it unless it crashes."""
        if not self.served:
            return
        worker, chat = self.served.pop(number % len(self.served))
        row = chat.rows[0]
        ours = await self.store.settle(worker, chat, [], False, self.now)
        if not ours:  # delivery checks its epoch before each send
            return
        got = self.got.setdefault(chat.chat, [])
        if row.unsure:
            self.doubted.add(row.content.text)
        if not (row.unsure and row.content.text in got):
            got.append(row.content.text)
        if crash:
            return
        await self.store.settle(worker, chat, [sent(row, at=self.now)], True, self.now)

    async def tick(self, seconds: int) -> None:
        """Time passes; due timers fire."""
        self.now += timedelta(seconds=seconds)
        await self.store.fire_timers(self.now, 100)

    async def drain(self) -> None:
        """Everybody alive, until nothing is left to do."""
        for _ in range(1000):
            self.now += LEASE
            self.held.clear()
            self.served.clear()
            await self.store.fire_timers(self.now, 100)
            await self.claim(dies=False)
            await self.serve(dies=False)
            if not self.held and not self.served:
                return
            while self.held:
                await self.save(0)
            while self.served:
                await self.send(0, crash=False)
        raise AssertionError("it never came to rest")


def answered_all(claimed: Claimed, now: Any) -> Done:
    """Every word is answered by itself; the first one starts a timer."""
    dialog = claimed.dialog
    turns = []
    for pending in claimed.updates:
        if isinstance(pending.update, CustomerMessage):
            words = pending.update.text
            timer = now + timedelta(seconds=7) if not dialog.gens else None
            made = turn(dialog, heard=words, said=[f"о {words}"], timer=timer, now=now)
        else:
            made = turn(dialog, heard="", said=(), now=now)
        turns.append(made)
        dialog = made.dialog
    return done(claimed, *turns) if turns else done(claimed)


CHATS = st.sampled_from(["1", "2", "3"])
STEPS = st.one_of(
    st.tuples(st.just("write"), CHATS, st.sampled_from("абвгдежз")),
    st.tuples(st.just("claim"), st.booleans()),
    st.tuples(st.just("save"), st.integers(0, 5)),
    st.tuples(st.just("serve"), st.booleans()),
    st.tuples(st.just("send"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("tick"), st.sampled_from([1, 10, 31])),
)


async def live(steps: Sequence[tuple[Any, ...]]) -> None:
    numbers = iter(range(10_000))
    async with open_store(
        "sqlite+aiosqlite:///:memory:",
        cipher=SivCipher("x" * 32),
        new_id=lambda: f"id{next(numbers)}",
        reopen_window=24 * HOUR,
    ) as store:
        world = World(store)
        for name, *arguments in steps:
            await getattr(world, name)(*arguments)
        await world.drain()
        assert world.heard == world.wrote
        assert world.timers == len(world.wrote)
        assert world.got == {
            chat: [f"о {word}" for word in words] for chat, words in world.wrote.items()
        }
        assert len(await store.events(0, 10_000)) >= 2 * sum(map(len, world.wrote.values()))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=40))
def test_under_any_order_of_events_each_word_is_turned_and_answered_once_in_order(
    steps: list[tuple[Any, ...]],
) -> None:
    asyncio.run(live(steps))


CHAT_COUNT, WORDS = 12, 15


class Crowd:
    """Customers, workers and senders of several processes at once, each over a store of its own."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = {}
        self.got: dict[str, list[str]] = {}

    def is_done(self, seen: dict[str, list[str]]) -> bool:
        return sum(map(len, seen.values())) >= CHAT_COUNT * WORDS

    async def customer(self, chat: str, stores: Sequence[Store]) -> None:
        for word in range(WORDS):
            await stores[word % len(stores)].accept("tg", [text(f"{word}", chat=chat)], NOW)

    async def worker(self, name: str, store: Store) -> None:
        while not self.is_done(self.heard):
            claimed = await store.claim(name, NOW, 3, LEASE)
            lost = await store.save(name, [answered_all(item, NOW) for item in claimed], NOW)
            assert lost == ()
            for item in claimed:
                words = self.heard.setdefault(item.dialog.chat, [])
                words += [p.update.text for p in item.updates]  # type: ignore[union-attr, misc]  # only texts were written

    async def sender(self, name: str, store: Store) -> None:
        while not self.is_done(self.got):
            for chat in await store.claim_chats(name, NOW, 3, LEASE):
                for row in chat.rows:
                    assert not row.unsure
                    self.got.setdefault(chat.chat, []).append(row.content.text)
                    is_last = row is chat.rows[-1]
                    assert await store.settle(name, chat, [sent(row)], is_last, NOW)


async def test_under_many_processes_no_wake_up_is_lost(
    store: Store, open_another: Callable[..., Any], look: Look
) -> None:
    stores = (store, await open_another(), await open_another())
    crowd = Crowd()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for chat in range(CHAT_COUNT):
            tasks.create_task(crowd.customer(str(chat), stores))
        for number, own in enumerate(stores):
            tasks.create_task(crowd.worker(f"w{number}", own))
            tasks.create_task(crowd.sender(f"d{number}", own))
    words = [str(word) for word in range(WORDS)]
    assert crowd.heard == {str(chat): words for chat in range(CHAT_COUNT)}
    answers = [f"о {word}" for word in words]
    assert crowd.got == {str(chat): answers for chat in range(CHAT_COUNT)}
    lines = await look("SELECT dialog, count(*), max(n) FROM message GROUP BY dialog")
    assert [(count, last) for _, count, last in lines] == [(2 * WORDS, 2 * WORDS)] * CHAT_COUNT
    for table in ("dialog_run", "chat_run"):
        busy = f"SELECT 1 FROM {table} WHERE due_at IS NOT NULL OR owner IS NOT NULL"  # noqa: S608  # two names
        assert await look(busy) == []
