"""Names of people: asked for once and together, and never at the price of a late answer."""

import asyncio

import pytest

from bots.vk.channel import VkChannel
from core.updates import CustomerMessage, DeliveryReported, Received, Sender
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk


def wrote(user: int) -> Received:
    return Received(
        chat=str(user),
        sender=Sender(user=str(user), lang="ru"),
        update=CustomerMessage(text="?"),
        dedup_key=str(user),
    )


async def names(channel: VkChannel, *users: int) -> list[str]:
    named = await channel.people.named([wrote(user) for user in users])
    return [item.sender.name for item in named]


async def test_a_name_is_asked_for_once(channel: VkChannel, vk: FakeVk) -> None:
    for _ in range(3):
        assert await names(channel, 101) == ["Анна Номер 101"]
    assert vk.calls == ["users.get"]


async def test_a_name_changes_nothing_else(channel: VkChannel) -> None:
    (item,) = await channel.people.named([wrote(101)])
    assert (item.chat, item.sender.user, item.sender.lang) == ("101", "101", "ru")


async def test_strangers_of_one_moment_are_asked_for_together(
    channel: VkChannel, vk: FakeVk
) -> None:
    found = await asyncio.gather(*(names(channel, user) for user in range(101, 201)))
    assert [name for (name,) in found] == [f"Анна Номер {user}" for user in range(101, 201)]
    assert len(vk.calls) <= 2


@pytest.mark.parametrize("fault", [faults.PAGE, double.TOO_FAST, double.error(5), faults.GARBAGE])
async def test_without_an_answer_people_stay_nameless_and_vk_is_left_alone_for_a_minute(
    channel: VkChannel, vk: FakeVk, clock: Clock, fault: faults.Fault
) -> None:
    vk.fail(fault)
    assert await names(channel, 101) == [""]
    assert await names(channel, 102) == [""]
    assert vk.calls == ["users.get"]
    clock.pass_by(minutes=1)
    assert await names(channel, 101) == ["Анна Номер 101"]


async def test_somebody_vk_does_not_name_stays_nameless(channel: VkChannel, vk: FakeVk) -> None:
    vk.nameless.add(101)
    for _ in range(2):
        assert await names(channel, 101, 102) == ["", "Анна Номер 102"]
    assert vk.calls == ["users.get"]


async def test_reports_on_our_own_messages_ask_for_nobody(channel: VkChannel, vk: FakeVk) -> None:
    report = Received(
        chat="101",
        sender=Sender(user="101"),
        update=DeliveryReported(state="seen", platform_id="5"),
        dedup_key="1",
    )
    assert await channel.people.named([report]) == [report]
    assert vk.calls == []


async def test_a_slow_answer_is_not_waited_for(channel: VkChannel, vk: FakeVk) -> None:
    vk.fail(faults.SLOW)
    assert await names(channel, 101) == [""]
    vk.release.set()
    await vk.bell.until(lambda: "users.get" in [entry.method for entry in vk.ledger])
