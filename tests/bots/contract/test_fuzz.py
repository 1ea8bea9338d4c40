"""Ten thousand payloads nobody would send: none gets out of the adapter as anything but a refusal,
none keeps a neighbour waiting."""

import random

from multidict import CIMultiDict

from core.channel import Ingress
from core.errors import UpdateError
from core.updates import Received
from handlers.intake import prepared
from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import House
from tests.bots.contract.test_ingress import EVENTS
from tests.fakes.mutation import mutated_body
from tests.fakes.platform import Event, PlatformDouble

SEED = 20261126
COUNT = 10_000
#: So many payloads are filed and turned together.
ROUND = 1000


def genuine(double: PlatformDouble, rng: random.Random) -> Event:
    """Something a customer did, as the platform tells it."""
    while True:
        event = rng.choice(list(EVENTS.values()))(double, double.chats[0])
        if event is not None:
            return event


async def read(ingress: Ingress, event: Event) -> list[Received]:
    """What the adapter makes of it; a refusal is fine, any other exception fails the test."""
    try:
        reception = await ingress.receive(CIMultiDict(event.headers), event.body)
    except UpdateError:
        return []
    return [prepared(item) for item in reception.received]


@behaviour("malformed")
async def test_ten_thousand_mutations_raise_nothing_and_stall_nobody(house: House) -> None:
    rng, double = random.Random(SEED), house.double
    neighbour, taken = double.chats[1], 0
    double.text(double.chats[0], "то, что правят и удаляют")
    for _ in range(COUNT // ROUND):
        received: list[Received] = []
        for _ in range(ROUND):
            body = mutated_body(genuine(double, rng).body, rng)
            received += await read(house.ingress, double.signed(body))
        taken += len(received)
        await house.store.accept("main", received, house.clock())
        await house.post(double.text(neighbour, "меню"))
        before = len(house.heard(neighbour))
        await house.work()
        await house.wait(1)  # a channel has a rate, and the crowd has just used it up
        assert len(house.heard(neighbour)) > before
        await house.wait(60)
    assert taken > COUNT / 100, "the mutations are not all alike"
    assert house.look("SELECT DISTINCT error, parked_reason FROM dialog_run") == [("", "")]
    waiting = "SELECT count(*) FROM dialog_run WHERE seq_done < seq_in"
    assert house.look(waiting) == [(0,)]
