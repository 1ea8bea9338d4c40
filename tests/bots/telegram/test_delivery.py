"""From the outbox to a platform that misbehaves: order kept, repeats only where allowed."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.telegram.channel import TelegramChannel
from core.store import Store
from handlers.delivery import Delivery
from tests.bots.outbox import CLASSES, WORDS, check_promises, fill, states
from tests.bots.telegram.conftest import NOW, MakeChannel
from tests.fakes import faults
from tests.fakes import telegram as double
from tests.fakes.clock import Clock
from tests.fakes.fresh_store import fresh_store, url_of
from tests.fakes.telegram import FakeTelegram

KINDS = {str(chat): kind for chat, kind in enumerate(CLASSES, 1)}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(url_of(tmp_path)) as store:
        yield store


async def send_all(store: Store, channel: TelegramChannel) -> None:
    """Lets two hours go by."""
    clock = Clock(NOW)
    delivery = Delivery(store, {"tg": channel}, worker="d", clock=clock)
    for _ in range(240):
        clock.pass_by(seconds=30)
        await delivery.step()
        await delivery.drain()


def heard(telegram: FakeTelegram, chat: str) -> list[str]:
    return [entry.fields["text"] for entry in telegram.sent(int(chat))]


async def test_everything_arrives_once_and_in_order(
    store: Store, make_channel: MakeChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    await fill(store, "tg", KINDS, NOW)
    await send_all(store, make_channel(name="tg"))
    for chat in KINDS:
        assert heard(telegram, chat) == [f"{chat}:{n}" for n in WORDS]
    assert set(states(tmp_path).values()) == {"sent"}


@pytest.mark.parametrize("seed", range(4))
async def test_faults_lead_to_no_loss_no_disorder_and_no_forbidden_repeat(
    store: Store, make_channel: MakeChannel, telegram: FakeTelegram, tmp_path: Path, seed: int
) -> None:
    await fill(store, "tg", KINDS, NOW)
    rng = random.Random(seed)
    troubles = (faults.PAGE, faults.GARBAGE, faults.EMPTY, faults.DROP, double.FLOOD, faults.REFUSE)
    telegram.misbehave(rng, 0.35, *troubles)
    await send_all(store, make_channel(name="tg"))
    found = states(tmp_path)
    assert len(telegram.calls) > len(found), "the platform did misbehave"
    check_promises(found, KINDS, lambda chat: heard(telegram, chat))


async def test_a_person_who_blocked_us_is_not_written_to_again(
    store: Store, make_channel: MakeChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    await fill(store, "tg", KINDS, NOW)
    telegram.blocked.add(1)
    await send_all(store, make_channel(name="tg"))
    found = states(tmp_path)
    assert [found[f"1:{n}"] for n in WORDS] == ["failed"] + ["cancelled"] * 5
    assert telegram.calls.count("sendMessage") == 1 + 4 * len(WORDS)
