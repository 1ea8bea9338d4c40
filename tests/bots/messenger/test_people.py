"""Names of people: asked for once, and never at the price of a late answer."""

import asyncio
from datetime import timedelta

import pytest

from bots.messenger.channel import MessengerChannel
from core.updates import CustomerMessage, Received, Sender
from tests.fakes import faults
from tests.fakes import messenger as double
from tests.fakes.clock import Clock
from tests.fakes.messenger import FakeMessenger


def wrote(user: str) -> Received:
    update = CustomerMessage(text="?")
    return Received(chat=user, sender=Sender(user=user), update=update, dedup_key=user)


async def names(channel: MessengerChannel, *users: str) -> list[str]:
    return [item.sender.name for item in await channel.names.named([wrote(u) for u in users])]


async def test_a_name_is_asked_for_once(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    for _ in range(3):
        assert await names(channel, "101") == ["Анна Номер 101"]
    assert messenger.calls == ["GET 101"]


async def test_strangers_of_one_moment_are_asked_for_side_by_side(
    channel: MessengerChannel,
) -> None:
    users = [str(user) for user in range(101, 121)]
    found = await asyncio.gather(*(names(channel, user) for user in users))
    assert [name for (name,) in found] == [f"Анна Номер {user}" for user in users]


async def test_somebody_of_whom_facebook_does_not_tell_stays_nameless(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.nameless.add("102")
    for _ in range(2):
        assert await names(channel, "101", "102") == ["Анна Номер 101", ""]


@pytest.mark.parametrize(
    "fault", [faults.PAGE, double.LIMIT, faults.GARBAGE, double.error(400, 190)]
)
async def test_without_an_answer_people_stay_nameless_and_nobody_is_asked_for_a_minute(
    channel: MessengerChannel, messenger: FakeMessenger, clock: Clock, fault: faults.Fault
) -> None:
    messenger.fail_questions(fault)
    assert await names(channel, "101") == [""]
    assert await names(channel, "102") == [""]
    assert messenger.calls == ["GET 101"]
    clock.now += timedelta(minutes=1)
    assert await names(channel, "101") == ["Анна Номер 101"]
