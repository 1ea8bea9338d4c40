"""From the outbox to a MAX that misbehaves: order kept, and looking instead of repeating."""

import itertools
import random
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.max.channel import MaxChannel
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from core.updates import CustomerMessage, Received, Sender
from handlers.delivery import Delivery
from tests.bots.max.conftest import NOW, Clock, MakeChannel
from tests.fakes import max as double
from tests.fakes import telegram as faults
from tests.fakes.max import FakeMax
from tests.storage.build import LEASE, done, turn

KINDS = {"11": "answer", "12": "operator", "13": "notice", "14": "answer", "15": "secret"}
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


async def fill(store: Store, fake: FakeMax) -> None:
    """Puts messages of every class into the outbox, one class per person."""
    fake.people = {user: 1000 + int(user) for user in KINDS}
    received = [
        Received(
            chat=user,
            sender=Sender(user=user),
            update=CustomerMessage(text="?"),
            dedup_key=user,
            address=f"{user}:{dialog}",
        )
        for user, dialog in fake.people.items()
    ]
    await store.accept("max", received, NOW)
    turns = []
    for claimed in await store.claim("w", NOW, 64, LEASE):
        user = claimed.dialog.chat
        said = [f"{user}:{n}" for n in WORDS]
        turns.append(done(claimed, turn(claimed.dialog, said=said, kind=KINDS[user])))
    assert await store.save("w", turns, NOW) == ()


async def send_all(store: Store, channel: MaxChannel, clock: Clock) -> None:
    """Lets two hours go by."""
    delivery = Delivery(store, {"max": channel}, worker="d", clock=clock)
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


def heard(fake: FakeMax, user: str) -> list[str]:
    return [entry.body["text"] for entry in fake.sent(user)]


async def test_everything_arrives_once_and_in_order(
    store: Store, make_channel: MakeChannel, fake: FakeMax, tmp_path: Path, clock: Clock
) -> None:
    await fill(store, fake)
    await send_all(store, make_channel(name="max"), clock)
    for user in KINDS:
        assert heard(fake, user) == [f"{user}:{n}" for n in WORDS]
    assert set(outcome(tmp_path).values()) == {"sent"}


@pytest.mark.parametrize("seed", range(4))
async def test_faults_lead_to_no_loss_no_disorder_and_no_repeat(
    store: Store,
    make_channel: MakeChannel,
    fake: FakeMax,
    tmp_path: Path,
    clock: Clock,
    seed: int,
) -> None:
    await fill(store, fake)
    rng = random.Random(seed)
    every = (faults.PAGE, faults.GARBAGE, faults.EMPTY, faults.DROP, double.FLOOD, faults.REFUSE)
    fake.misbehave(rng, 0.35, *every)
    await send_all(store, make_channel(name="max"), clock)
    states = outcome(tmp_path)
    assert len(fake.calls) > len(states), "the platform did misbehave"
    assert set(states.values()) <= {"sent", "unknown"}
    for user in KINDS:
        words = heard(fake, user)
        assert words == sorted(set(words)), "what arrived is found, so nothing is sent twice"
        assert all(states[word] == "sent" for word in words)
    silent = {word for word in states if word not in heard(fake, word[:2])}
    assert all(states[word] == "unknown" for word in silent), "silence is not called sent"


async def test_without_evidence_only_answers_are_repeated(
    store: Store, make_channel: MakeChannel, fake: FakeMax, tmp_path: Path, clock: Clock
) -> None:
    await fill(store, fake)
    fake.unreadable = True
    fake.fail(*[faults.DROP._replace(only=double.SENDING)] * len(KINDS))
    await send_all(store, make_channel(name="max"), clock)
    firsts = {user: heard(fake, user).count(f"{user}:0") for user in KINDS}
    assert firsts == {user: 2 if kind == "answer" else 1 for user, kind in KINDS.items()}
    states = outcome(tmp_path)
    unknown = {user for user in KINDS if states[f"{user}:0"] == "unknown"}
    assert unknown == {user for user, kind in KINDS.items() if kind != "answer"}


async def test_a_person_who_stopped_the_bot_is_not_written_to_again(
    store: Store, make_channel: MakeChannel, fake: FakeMax, tmp_path: Path, clock: Clock
) -> None:
    await fill(store, fake)
    fake.suspended.add("11")
    await send_all(store, make_channel(name="max"), clock)
    states = outcome(tmp_path)
    assert [states[f"11:{n}"] for n in WORDS] == ["failed"] + ["cancelled"] * 5
    assert fake.calls.count(double.SENDING) == 1 + 4 * len(WORDS)
