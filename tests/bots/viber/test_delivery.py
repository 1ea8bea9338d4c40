"""From the outbox to a Viber that misbehaves: order kept, repeats only where allowed."""

import itertools
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.viber.channel import ViberChannel
from core.effects import Send
from core.store import Store
from handlers.delivery import Delivery
from tests.bots.outbox import CLASSES, check_promises, fill, states
from tests.bots.viber.conftest import ANNA, MakeChannel
from tests.fakes import faults
from tests.fakes import viber as double
from tests.fakes.clock import Clock
from tests.fakes.fresh_store import fresh_store, url_of
from tests.fakes.viber import FakeViber, Person
from tests.storage.build import LEASE, NOW, done, text, turn

KINDS = {f"{chat}=": kind for chat, kind in enumerate(CLASSES, 1)}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(url_of(tmp_path)) as store:
        yield store


async def send_all(store: Store, channel: ViberChannel, hours: int = 6) -> None:
    """Lets hours go by."""
    clock = Clock(NOW)
    delivery = Delivery(store, {"viber": channel}, worker="d", clock=clock)
    for _ in range(hours * 60):
        clock.pass_by(minutes=1)
        await delivery.step()
        await delivery.drain()


def heard(viber: FakeViber, chat: str) -> list[str]:
    return [entry.fields["text"] for entry in viber.sent(chat)]


@pytest.mark.parametrize("seed", range(4))
async def test_faults_lead_to_no_loss_no_disorder_and_no_forbidden_repeat(
    store: Store, make_channel: MakeChannel, viber: FakeViber, tmp_path: Path, seed: int
) -> None:
    viber.people |= {chat: Person() for chat in KINDS}
    await fill(store, "viber", KINDS, NOW)
    troubles = (faults.PAGE, faults.GARBAGE, faults.EMPTY, faults.DROP, double.LIMIT, faults.REFUSE)
    viber.misbehave(random.Random(seed), 0.3, *troubles)
    await send_all(store, make_channel(name="viber"), 24)
    found = states(tmp_path)
    assert len(viber.calls) > len(found), "the platform did misbehave"
    check_promises(found, KINDS, lambda chat: heard(viber, chat))


async def test_too_many_messages_wait_a_minute_and_then_twice_as_long(
    store: Store, make_channel: MakeChannel, viber: FakeViber
) -> None:
    await store.accept("viber", [text("?", chat=ANNA)], NOW)
    (claimed,) = await store.claim("w", NOW, 64, LEASE)
    await store.save("w", [done(claimed, turn(claimed.dialog))], NOW)
    clock = Clock(NOW)
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
        clock.pass_by(minutes=1)
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
    clock, moments = Clock(NOW), []
    delivery = Delivery(store, {"viber": make_channel(name="viber")}, worker="d", clock=clock)
    for minute in range(4 * 60):
        before = len(viber.sent(ANNA))
        while await delivery.step():
            await delivery.drain()
        moments += [minute] * (len(viber.sent(ANNA)) - before)
        clock.pass_by(minutes=1)
    assert len(moments) == 150
    assert max(sum(at <= other < at + 60 for other in moments) for at in moments) <= 80
