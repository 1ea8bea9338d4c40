"""A customer who is typing is told to the desks, and to nobody else."""

import json
from typing import Any

from core.bus.topics import PRESENCE
from core.updates import CustomerMessage, CustomerTyping, Received, Sender
from handlers.typing import Typists
from tests.fakes.workplace import Workplace


def received(update: CustomerTyping | CustomerMessage, chat: str = "7", key: str = "1") -> Received:
    return Received(chat=chat, sender=Sender(user=f"u{chat}"), update=update, dedup_key=key)


async def told(place: Workplace, *items: Received) -> list[dict[str, Any]]:
    """What goes over the bus because of these."""
    typists = Typists(place.desk, place.bus)
    subscription = await place.bus.subscribe(PRESENCE)
    typists("main", items)
    await typists.drain()
    place.bus.publish(PRESENCE, b'"end"')
    found: list[dict[str, Any]] = []
    async for raw in subscription:
        if raw == b'"end"':
            break
        found.append(json.loads(raw))
    return found


async def test_the_desks_learn_in_which_dialog(place: Workplace) -> None:
    message = received(CustomerMessage(text="привет"))
    (accepted,) = await place.store.accept("main", [message], place.clock())
    frame = {"t": "typing", "dialog": accepted.dialog, "who": {"kind": "customer"}}
    assert await told(place, received(CustomerTyping())) == [frame]
    drafted = await told(place, received(CustomerTyping(draft="не раб")))
    assert drafted == [{**frame, "draft": "не раб"}]


async def test_strangers_and_other_updates_are_told_to_nobody(place: Workplace) -> None:
    await place.store.accept("main", [received(CustomerMessage(text="привет"))], place.clock())
    stranger = received(CustomerTyping(), chat="8")
    assert await told(place, stranger, received(CustomerMessage(text="?"), key="2")) == []


async def test_a_database_that_is_away_loses_nothing_but_the_typing(place: Workplace) -> None:
    class Away:
        async def dialog_in(self, channel: str, chat: str) -> str:
            raise ConnectionError("gone")

    typists = Typists(Away(), place.bus)
    typists("main", [received(CustomerTyping())])
    await typists.drain()
