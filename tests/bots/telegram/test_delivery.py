"""From the outbox to a platform that misbehaves: order kept, repeats only where allowed."""

import itertools
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bots.telegram.channel import TelegramChannel
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from handlers.delivery import Delivery
from tests.bots.telegram.conftest import NOW, MakeChannel
from tests.fakes import faults
from tests.fakes import telegram as double
from tests.fakes.telegram import FakeTelegram
from tests.storage.build import LEASE, done, text, turn

KINDS = {1: "answer", 2: "operator", 3: "notice", 4: "answer", 5: "secret"}
WORDS = range(6)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    numbers = itertools.count(1)
    async with open_store(
        f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}",
        cipher=SivCipher("a secret key of the tests, 32 characters or more"),
        new_id=lambda: f"{next(numbers):032x}",
        reopen_window=timedelta(hours=24),
    ) as opened:
        yield opened


async def fill(store: Store) -> None:
    """Puts messages of every class into the outbox, one class per chat."""
    await store.accept("tg", [text("?", chat=str(chat)) for chat in KINDS], NOW)
    turns = []
    for claimed in await store.claim("w", NOW, 64, LEASE):
        chat = int(claimed.dialog.chat)
        said = [f"{chat}:{n}" for n in WORDS]
        turns.append(done(claimed, turn(claimed.dialog, said=said, kind=KINDS[chat])))
    assert await store.save("w", turns, NOW) == ()


class Clock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def send_all(store: Store, channel: TelegramChannel) -> None:
    """Lets two hours go by."""
    clock = Clock()
    delivery = Delivery(store, {"tg": channel}, worker="d", clock=clock)
    for _ in range(240):
        clock.now += timedelta(seconds=30)
        await delivery.step()
        await delivery.drain()


def outcome(tmp_path: Path) -> dict[str, str]:
    """Text of each outbox row -> its state."""
    with sqlite3.connect(tmp_path / "otklik.db") as connection:
        rows = connection.execute("SELECT json_extract(content, '$.text'), state FROM outbox")
        found = {str(words): str(state) for words, state in rows}
    connection.close()
    return found


def heard(telegram: FakeTelegram, chat: int) -> list[str]:
    return [entry.fields["text"] for entry in telegram.sent(chat)]


async def test_everything_arrives_once_and_in_order(
    store: Store, make_channel: MakeChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    await fill(store)
    await send_all(store, make_channel(name="tg"))
    for chat in KINDS:
        assert heard(telegram, chat) == [f"{chat}:{n}" for n in WORDS]
    assert set(outcome(tmp_path).values()) == {"sent"}


@pytest.mark.parametrize("seed", range(4))
async def test_faults_lead_to_no_loss_no_disorder_and_no_forbidden_repeat(
    store: Store, make_channel: MakeChannel, telegram: FakeTelegram, tmp_path: Path, seed: int
) -> None:
    await fill(store)
    rng = random.Random(seed)
    troubles = (faults.PAGE, faults.GARBAGE, faults.EMPTY, faults.DROP, double.FLOOD, faults.REFUSE)
    telegram.misbehave(rng, 0.35, *troubles)
    await send_all(store, make_channel(name="tg"))
    states = outcome(tmp_path)
    assert len(telegram.calls) > len(states), "the platform did misbehave"
    assert set(states.values()) == {"sent", "unknown"}
    for chat, kind in KINDS.items():
        words = heard(telegram, chat)
        assert words == sorted(words)
        most = 2 if kind == "answer" else 1
        assert all(count <= most for count in Counter(words).values())
    silent = {w for w in states if w not in heard(telegram, int(w[0]))}
    assert all(states[w] == "unknown" for w in silent), "what never arrived is not called sent"


async def test_a_person_who_blocked_us_is_not_written_to_again(
    store: Store, make_channel: MakeChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    await fill(store)
    telegram.blocked.add(1)
    await send_all(store, make_channel(name="tg"))
    states = outcome(tmp_path)
    assert [states[f"1:{n}"] for n in WORDS] == ["failed"] + ["cancelled"] * 5
    assert telegram.calls.count("sendMessage") == 1 + 4 * len(WORDS)
