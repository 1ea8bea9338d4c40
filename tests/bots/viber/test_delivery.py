"""From the outbox to a Viber that misbehaves: order kept, repeats only where allowed."""

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.viber.channel import ViberChannel
from core.effects import Send
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from handlers.delivery import Delivery
from tests.bots.contract.house import Clock
from tests.bots.viber.conftest import ANNA, MakeChannel
from tests.fakes import faults
from tests.fakes import viber as double
from tests.fakes.viber import FakeViber, Person
from tests.storage.build import LEASE, NOW, done, text, turn
from tests.storage.look import Look, look_at

KINDS = {"1=": "answer", "2=": "operator", "3=": "notice", "4=": "answer", "5=": "secret"}
WORDS = range(6)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    numbers = itertools.count(1)
    async with open_store(
        url,
        cipher=SivCipher("a secret key of the tests, 32 characters or more"),
        new_id=lambda: f"{next(numbers):032x}",
        reopen_window=timedelta(hours=24),
    ) as opened:
        yield opened


async def fill(store: Store, viber: FakeViber) -> None:
    """Puts messages of every class into the outbox, one class per chat."""
    viber.people |= {chat: Person() for chat in KINDS}
    await store.accept("viber", [text("?", chat=chat) for chat in KINDS], NOW)
    turns = []
    for claimed in await store.claim("w", NOW, 64, LEASE):
        chat = claimed.dialog.chat
        said = [f"{chat}:{n}" for n in WORDS]
        turns.append(done(claimed, turn(claimed.dialog, said=said, kind=KINDS[chat])))
    assert await store.save("w", turns, NOW) == ()


async def send_all(store: Store, channel: ViberChannel, hours: int = 6) -> None:
    """Lets hours go by."""
    clock = Clock()
    delivery = Delivery(store, {"viber": channel}, worker="d", clock=clock)
    for _ in range(hours * 60):
        clock.now += timedelta(minutes=1)
        await delivery.step()
        await delivery.drain()


async def states(look: Look) -> dict[str, str]:
    """Text of each row of the outbox -> its state."""
    rows = await look("SELECT json_extract(content, '$.text'), state FROM outbox")
    return {str(words): str(state) for words, state in rows}


def heard(viber: FakeViber, chat: str) -> list[str]:
    return [entry.fields["text"] for entry in viber.sent(chat)]


@pytest.mark.parametrize("seed", range(4))
async def test_faults_lead_to_no_loss_no_disorder_and_no_forbidden_repeat(
    store: Store, make_channel: MakeChannel, viber: FakeViber, url: str, seed: int
) -> None:
    await fill(store, viber)
    troubles = (faults.PAGE, faults.GARBAGE, faults.EMPTY, faults.DROP, double.LIMIT, faults.REFUSE)
    viber.misbehave(random.Random(seed), 0.3, *troubles)
    await send_all(store, make_channel(name="viber"), 24)
    found = await states(look_at(url))
    assert len(viber.calls) > len(found), "the platform did misbehave"
    assert set(found.values()) == {"sent", "unknown"}
    for chat, kind in KINDS.items():
        words = heard(viber, chat)
        assert words == sorted(words)
        most = 2 if kind == "answer" else 1
        assert all(count <= most for count in Counter(words).values())
    silent = {w for w in found if w not in heard(viber, w.partition(":")[0])}
    assert all(found[w] == "unknown" for w in silent), "what never arrived is not called sent"


async def test_too_many_messages_wait_a_minute_and_then_twice_as_long(
    store: Store, make_channel: MakeChannel, viber: FakeViber
) -> None:
    await store.accept("viber", [text("?", chat=ANNA)], NOW)
    (claimed,) = await store.claim("w", NOW, 64, LEASE)
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    clock = Clock()
    channel = make_channel(name="viber")
    delivery = Delivery(store, {"viber": channel}, worker="d", clock=clock)
    viber.fail(*[double.LIMIT] * 8)
    tried = []
    for minute in range(6 * 60):
        before = len(viber.calls)
        await delivery.step()
        await delivery.drain()
        if len(viber.calls) > before:
            tried.append(minute)
        clock.now += timedelta(minutes=1)
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60], "doubling, an hour at most"
    assert len(viber.sent(ANNA)) == 1


async def test_one_person_gets_at_most_eighty_notices_in_any_hour(
    store: Store, make_channel: MakeChannel, viber: FakeViber
) -> None:
    await store.accept("viber", [text("?", chat=ANNA)], NOW)
    (claimed,) = await store.claim("w", NOW, 64, LEASE)
    made = turn(claimed.dialog, said=[f"{n}" for n in range(150)], kind="notice")
    effects = [replace(e, priority=2) if isinstance(e, Send) else e for e in made.effects]
    notices = replace(made, effects=tuple(effects))
    await store.save("w", [done(claimed, notices)], NOW)
    clock, moments = Clock(), []
    delivery = Delivery(store, {"viber": make_channel(name="viber")}, worker="d", clock=clock)
    for minute in range(4 * 60):
        before = len(viber.sent(ANNA))
        while await delivery.step():
            await delivery.drain()
        moments += [minute] * (len(viber.sent(ANNA)) - before)
        clock.now += timedelta(minutes=1)
    assert len(moments) == 150
    assert max(sum(at <= other < at + 60 for other in moments) for at in moments) <= 80
