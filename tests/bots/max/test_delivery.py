"""From the outbox to a MAX that keeps silent: looking before repeating."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import get_args

import pytest

from core.channel import MessageClass
from tests.bots.contract import house as houses
from tests.bots.contract.house import House
from tests.fakes.max_platform import MaxDouble
from tests.fakes.platform import Fault

KINDS: Sequence[MessageClass] = get_args(MessageClass)


@pytest.fixture
def double() -> MaxDouble:
    return MaxDouble()


@pytest.fixture
async def house(double: MaxDouble, tmp_path: Path) -> AsyncIterator[House]:
    async with houses.house(double, tmp_path) as opened:
        yield opened


async def silently(house: House, fault: Fault, kind: MessageClass) -> str:
    """Sends a word into a fault and lets an hour go by; what became of its row."""
    # the address of a chat is kept when it is first heard of, as in service
    await house.post(house.double.text(house.chat, "меню"))
    await house.work()
    house.double.fail(fault)
    await house.say(house.chat, "слово", kind=kind)
    for _ in range(60):
        await house.wait(60)
    return house.states()["слово"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["drop", "empty", "garbage"])
async def test_what_arrived_in_silence_is_found_and_not_sent_twice(
    house: House, kind: MessageClass, fault: Fault
) -> None:
    assert await silently(house, fault, kind) == "sent"
    assert house.heard(house.chat).count("слово") == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_without_evidence_only_answers_are_repeated(
    double: MaxDouble, house: House, kind: MessageClass
) -> None:
    double.fake.unreadable = True
    state = await silently(house, "drop", kind)
    copies = house.heard(house.chat).count("слово")
    assert (state, copies) == (("sent", 2) if kind == "answer" else ("unknown", 1))


async def test_the_dialog_is_kept_where_a_new_process_finds_it(
    double: MaxDouble, house: House
) -> None:
    await house.post(double.text(house.chat, "меню"))
    await house.work()
    assert house.look("SELECT address FROM chat_run") == [
        (f"{house.chat}:{double.fake.people[house.chat]}",)
    ]
