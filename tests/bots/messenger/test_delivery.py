"""What comes back of our messages: echoes settle them, receipts mark them. The rest of the way from
the outbox is the contract's (tests/bots/contract/test_delivery.py)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.messenger.capabilities import CAPABILITIES
from bots.messenger.channel import MessengerChannel
from bots.messenger.parse import parse
from core.dialog import advance
from core.policy import Policy
from core.state import Facts, Setting, Turn
from core.store import Store
from core.store_values import Claimed
from handlers.delivery import Delivery
from tests.bots.messenger.conftest import NOW, PAGE, MakeChannel
from tests.bots.outbox import CLASSES, WORDS, fill, states
from tests.fakes import faults
from tests.fakes import messenger as double
from tests.fakes.bundles import small_bundle
from tests.fakes.clock import Clock
from tests.fakes.fresh_store import fresh_store, url_of
from tests.fakes.messenger import Accepted, FakeMessenger
from tests.storage.build import LEASE, done

BUNDLE = small_bundle()
KINDS = {str(chat): kind for chat, kind in enumerate(CLASSES, 1)}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(url_of(tmp_path)) as store:
        yield store


class Route:
    """The outbox, the page, and what comes back by the webhook."""

    def __init__(self, store: Store, messenger: FakeMessenger, channel: MessengerChannel) -> None:
        self.store = store
        self.messenger = messenger
        self.clock = Clock(NOW)
        self._delivery = Delivery(store, {"page": channel}, worker="d", clock=self.clock)

    async def send(self, seconds: float = 0) -> None:
        """One round of sending, so much later."""
        self.clock.now += timedelta(seconds=seconds)
        await self._delivery.step()
        await self._delivery.drain()

    async def hear(self, *events: dict[str, Any]) -> None:
        """The webhook's events, filed and turned."""
        told = parse(self.messenger.batch(*events), PAGE)
        assert not told.malformed
        await self.store.accept("page", told.received, self.clock.now)
        claims = await self.store.claim("w", self.clock.now, 64, LEASE)
        turned = [done(claimed, *_turns(claimed, self.clock.now)) for claimed in claims]
        assert await self.store.save("w", turned, self.clock.now) == ()


def _turns(claimed: Claimed, now: datetime) -> list[Turn]:
    turns, dialog = [], claimed.dialog
    for pending in claimed.updates:
        facts = Facts(seq=pending.seq, capabilities=CAPABILITIES)
        setting = Setting(active=BUNDLE, bundle=BUNDLE)
        turns.append(advance(dialog, pending.update, setting, Policy(), facts, now))
        dialog = turns[-1].dialog
    return turns


@pytest.fixture
def route(store: Store, messenger: FakeMessenger, make_channel: MakeChannel) -> Route:
    return Route(store, messenger, make_channel())


def lines(tmp_path: Path) -> dict[str, str]:
    """Text of each line of ours -> how far it came."""
    return states(tmp_path, "SELECT text, delivery FROM message WHERE direction = 'out'")


def heard(messenger: FakeMessenger, chat: str) -> list[str]:
    return [entry.message["text"] for entry in messenger.sent(chat)]


async def test_an_echo_settles_what_nobody_answered(
    store: Store, route: Route, messenger: FakeMessenger, tmp_path: Path
) -> None:
    """Each class loses its answer; the echo comes before the ten seconds are over."""
    await fill(store, "page", KINDS, NOW)
    messenger.fail(*[faults.GARBAGE] * len(KINDS))
    await route.send()
    assert sorted(states(tmp_path).values()).count("unknown") == len(KINDS)
    lost = messenger.sent()
    await route.send(9)
    assert messenger.sent() == lost, "whatever the class, ten seconds belong to the echo"
    await route.hear(*(messenger.echo_of(sent) for sent in lost))
    for _ in range(3):
        await route.send(30)
    for chat in KINDS:
        assert heard(messenger, chat) == [f"{chat}:{n}" for n in WORDS]
    assert set(states(tmp_path).values()) == {"sent"}


async def test_the_echo_of_a_person_on_the_page_proves_nothing_of_ours(
    store: Store, route: Route, messenger: FakeMessenger, tmp_path: Path
) -> None:
    await fill(store, "page", KINDS, NOW)
    messenger.fail(*[faults.GARBAGE] * len(KINDS))
    await route.send()
    by_hand = Accepted("2", {"message": {"text": "Это Анна, звоню вам."}}, "m_hand")
    await route.hear(messenger.echo_of(by_hand))
    assert states(tmp_path)["2:0"] == "unknown"
    assert lines(tmp_path)["Это Анна, звоню вам."] == "sent"


def receipt(chat: str, kind: str, at: datetime) -> dict[str, Any]:
    milliseconds = int(at.timestamp() * 1000)
    people = {"sender": {"id": chat}, "recipient": {"id": PAGE}}
    return {**people, kind: {"watermark": milliseconds}}


async def test_what_was_read_is_marked_up_to_the_moment(
    store: Store, route: Route, messenger: FakeMessenger, tmp_path: Path
) -> None:
    await fill(store, "page", KINDS, NOW)
    messenger.fail(double.error(400, 613))
    await route.send()  # one chat is told to wait, so its words go later
    late = next(chat for chat in KINDS if not heard(messenger, chat))
    read_at = route.clock.now
    for _ in range(4):
        await route.send(60)
    for chat in KINDS:
        await route.hear(receipt(chat, "delivery", route.clock.now))
        await route.hear(receipt(chat, "read", read_at))
    marked = lines(tmp_path)
    assert {marked[f"{late}:{n}"] for n in WORDS} == {"delivered"}
    other = next(chat for chat in KINDS if chat != late)
    assert marked[f"{other}:0"] == "seen"
