"""What comes back of our messages: echoes settle them, receipts mark them. The rest of the way from
the outbox is the contract's (tests/bots/contract/test_delivery.py)."""

import itertools
import sqlite3
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
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Claimed, Store
from handlers.delivery import Delivery
from tests.bots.messenger.conftest import NOW, PAGE, Clock, MakeChannel
from tests.fakes import faults
from tests.fakes import messenger as double
from tests.fakes.bundles import small_bundle
from tests.fakes.messenger import Accepted, FakeMessenger
from tests.storage.build import LEASE, done, text, turn

BUNDLE = small_bundle()
KINDS = {"1": "answer", "2": "operator", "3": "notice", "4": "answer", "5": "secret"}
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
    await store.accept("page", [text("?", chat=chat) for chat in KINDS], NOW)
    turns = []
    for claimed in await store.claim("w", NOW, 64, LEASE):
        chat = claimed.dialog.chat
        said = [f"{chat}:{n}" for n in WORDS]
        turns.append(done(claimed, turn(claimed.dialog, said=said, kind=KINDS[chat])))
    assert await store.save("w", turns, NOW) == ()


class Route:
    """The outbox, the page, and what comes back by the webhook."""

    def __init__(self, store: Store, messenger: FakeMessenger, channel: MessengerChannel) -> None:
        self.store = store
        self.messenger = messenger
        self.clock = Clock()
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


def outcome(tmp_path: Path, query: str = "") -> dict[str, str]:
    """Text of each outbox row -> its state."""
    asked = query or "SELECT json_extract(content, '$.text'), state FROM outbox"
    with sqlite3.connect(tmp_path / "otklik.db") as connection:
        found = {str(words): str(state) for words, state in connection.execute(asked)}
    connection.close()
    return found


def lines(tmp_path: Path) -> dict[str, str]:
    """Text of each line of ours -> how far it came."""
    return outcome(tmp_path, "SELECT text, delivery FROM message WHERE direction = 'out'")


def heard(messenger: FakeMessenger, chat: str) -> list[str]:
    return [entry.message["text"] for entry in messenger.sent(chat)]


async def test_an_echo_settles_what_nobody_answered(
    store: Store, route: Route, messenger: FakeMessenger, tmp_path: Path
) -> None:
    """Each class loses its answer; the echo comes before the ten seconds are over."""
    await fill(store)
    messenger.fail(*[faults.GARBAGE] * len(KINDS))
    await route.send()
    assert sorted(outcome(tmp_path).values()).count("unknown") == len(KINDS)
    lost = messenger.sent()
    await route.send(9)
    assert messenger.sent() == lost, "whatever the class, ten seconds belong to the echo"
    await route.hear(*(messenger.echo_of(sent) for sent in lost))
    for _ in range(3):
        await route.send(30)
    for chat in KINDS:
        assert heard(messenger, chat) == [f"{chat}:{n}" for n in WORDS]
    assert set(outcome(tmp_path).values()) == {"sent"}


async def test_the_echo_of_a_person_on_the_page_proves_nothing_of_ours(
    store: Store, route: Route, messenger: FakeMessenger, tmp_path: Path
) -> None:
    await fill(store)
    messenger.fail(*[faults.GARBAGE] * len(KINDS))
    await route.send()
    by_hand = Accepted("2", {"message": {"text": "Это Анна, звоню вам."}}, "m_hand")
    await route.hear(messenger.echo_of(by_hand))
    assert outcome(tmp_path)["2:0"] == "unknown"
    assert lines(tmp_path)["Это Анна, звоню вам."] == "sent"


def receipt(chat: str, kind: str, at: datetime) -> dict[str, Any]:
    milliseconds = int(at.timestamp() * 1000)
    people = {"sender": {"id": chat}, "recipient": {"id": PAGE}}
    return {**people, kind: {"watermark": milliseconds}}


async def test_what_was_read_is_marked_up_to_the_moment(
    store: Store, route: Route, messenger: FakeMessenger, tmp_path: Path
) -> None:
    await fill(store)
    messenger.fail(double.error(400, 613))
    await route.send()  # one chat is told to wait, so its words go later
    late = next(chat for chat in KINDS if not heard(messenger, chat))
    read_at = route.clock.now
    for _ in range(4):
        await route.send(60)
    for chat in KINDS:
        await route.hear(receipt(chat, "delivery", route.clock.now))
        await route.hear(receipt(chat, "read", read_at))
    states = lines(tmp_path)
    assert {states[f"{late}:{n}"] for n in WORDS} == {"delivered"}
    other = next(chat for chat in KINDS if chat != late)
    assert states[f"{other}:0"] == "seen"
