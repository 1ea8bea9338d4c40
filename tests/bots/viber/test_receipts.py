"""What Viber says of our messages, from its callback through the engine into both databases."""

import json
from collections.abc import AsyncIterator
from typing import Any, Literal, NamedTuple

import pytest

from bots.viber.capabilities import CAPABILITIES
from bots.viber.ingress import SIGNATURE_HEADER, ViberIngress
from core.channel import MessageClass
from handlers.delivery import Delivery
from handlers.intake import intake
from tests.bots.viber.conftest import ANNA, TOKEN, MakeChannel
from tests.fakes import faults
from tests.fakes.viber import FakeViber
from tests.fakes.workplace import Workplace, workplace
from tests.storage.build import LEASE, done, text, turn
from tests.storage.conftest import database_url, postgres_server
from tests.storage.look import Look, look_at

__all__ = ["database_url", "postgres_server"]

State = Literal["delivered", "seen", "failed"]


class House(NamedTuple):
    """Viber, the real engine stepped by hand, a database."""

    viber: FakeViber
    place: Workplace
    delivery: Delivery
    look: Look

    async def say(self, *words: str, kind: MessageClass = "answer") -> None:
        """Puts messages into the outbox, as a turn would, and sends what may go."""
        store, now = self.place.store, self.place.now
        await store.accept("viber", [text("?", chat=ANNA, key=f"{words}")], now)
        (claimed,) = await store.claim("fill", now, 64, LEASE)
        made = turn(claimed.dialog, said=words, kind=kind, now=now)
        assert await store.save("fill", [done(claimed, made)], now) == ()
        await self.send()

    async def send(self) -> None:
        while await self.delivery.step():
            await self.delivery.drain()

    async def told(self, state: State, token: int, **fields: Any) -> None:
        """A callback, from its signed bytes to the turn it causes."""
        event = {"event": state, "timestamp": 1795600020000, "message_token": token}
        body = json.dumps({**event, "user_id": ANNA, **fields}).encode()
        headers = {SIGNATURE_HEADER: self.viber.signature(body)}
        reception = await ViberIngress(TOKEN).receive(headers, body)
        place = self.place
        take_in = intake(place.store, place.clock, lambda: place.bus.wake("dialogs"))
        await take_in("viber", reception.received)
        await place.dispatcher.step()

    async def rows(self) -> list[tuple[Any, ...]]:
        return await self.look("SELECT state, platform_id FROM outbox ORDER BY id")

    async def lines(self) -> list[tuple[Any, ...]]:
        return await self.look(
            "SELECT delivery, error FROM message WHERE direction = 'out' ORDER BY n"
        )


@pytest.fixture
async def house(
    database_url: str,
    viber: FakeViber,
    make_channel: MakeChannel,
) -> AsyncIterator[House]:
    async with workplace(database_url) as place:
        await place.stand_still()
        place.dispatcher.world.capabilities = lambda channel: CAPABILITIES
        channels = {"viber": make_channel(name="viber", timeout=0.5)}
        delivery = Delivery(place.store, channels, worker="d", clock=place.clock)
        yield House(viber, place, delivery, look_at(database_url))


async def test_the_line_follows_the_receipts_of_its_token(house: House) -> None:
    await house.say("Здравствуйте!")
    (entry,) = house.viber.sent(ANNA)
    assert await house.rows() == [("sent", str(entry.token))]
    for state in ("delivered", "seen", "delivered"):
        await house.told(state, entry.token)
    assert await house.lines() == [("seen", "")]


async def test_a_message_refused_by_the_app_later_is_failed_and_the_desk_hears_of_it(
    house: House,
) -> None:
    await house.say("Здравствуйте!")
    (entry,) = house.viber.sent(ANNA)
    last = (await house.place.store.events(0, 100))[-1].id
    await house.told("failed", entry.token, desc="Client does not support this keyboard")
    assert await house.rows() == [("failed", str(entry.token))]
    assert await house.lines() == [("failed", "Client does not support this keyboard")]
    assert "message_state" in [e.kind for e in await house.place.store.events(last, 100)]


async def test_a_receipt_with_an_unknown_token_proves_the_only_unknown_row(house: House) -> None:
    house.viber.fail(faults.DROP)
    await house.say("Здравствуйте!", "Вот меню.")
    (entry,) = house.viber.sent(ANNA)
    assert await house.rows() == [("unknown", ""), ("new", "")]
    house.place.later(seconds=9)
    await house.told("delivered", entry.token)
    assert (await house.rows())[0] == ("sent", str(entry.token))
    await house.send()
    assert [one.fields["text"] for one in house.viber.sent(ANNA)] == ["Здравствуйте!", "Вот меню."]
    house.place.later(minutes=10)
    await house.send()
    assert len(house.viber.sent(ANNA)) == 2, "what was proven is not sent again"
    assert [state for state, _ in await house.rows()] == ["sent", "sent"]


async def test_without_a_receipt_an_answer_is_sent_once_more_after_ten_seconds(
    house: House,
) -> None:
    house.viber.fail(faults.PAGE)
    await house.say("Здравствуйте!")
    house.place.later(seconds=9.9)
    await house.send()
    assert house.viber.sent(ANNA) == []
    house.place.later(seconds=0.2)
    await house.send()
    assert len(house.viber.sent(ANNA)) == 1
    assert (await house.rows())[0][0] == "sent"


@pytest.mark.parametrize("kind", ["operator", "secret", "notice"])
async def test_of_two_unknown_rows_none_is_guessed(house: House, kind: MessageClass) -> None:
    house.viber.fail(faults.DROP, faults.DROP)
    await house.say("раз", "два", kind=kind)
    first, _ = house.viber.sent(ANNA)
    await house.told("delivered", first.token)
    assert [state for state, _ in await house.rows()] == ["unknown", "unknown"]
    assert [delivery for delivery, _ in await house.lines()] == ["unknown", "unknown"]


async def test_a_receipt_that_comes_too_late_proves_nothing(house: House) -> None:
    house.viber.fail(faults.DROP)
    await house.say("раз", kind="operator")
    (entry,) = house.viber.sent(ANNA)
    house.place.later(seconds=10.1)
    await house.told("delivered", entry.token)
    assert await house.rows() == [("unknown", "")]


async def test_a_failure_of_an_unknown_token_is_nobodys(house: House) -> None:
    house.viber.fail(faults.DROP)
    await house.say("раз", kind="operator")
    await house.told("failed", 1, desc="?")
    assert await house.rows() == [("unknown", "")]


async def test_a_greeting_in_the_answer_is_not_mistaken_for_an_unknown_row(house: House) -> None:
    await house.say("раз")
    await house.told("delivered", 4912661846655238145)
    assert [delivery for delivery, _ in await house.lines()] == ["sent"]
