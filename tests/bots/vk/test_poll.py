"""The Long Poll: `ts` moves after the commit, lost keys are renewed, gaps are counted."""

import json
import random
from typing import Any

import pytest

from bots.polling import Poller, Position
from bots.transport import Transport
from bots.vk.channel import VkChannel
from bots.vk.poll import VkUpdates
from bots.vk.way import ingress
from bots.way import In
from core.counters import Counters
from core.errors import ChannelUnavailable, DeliveryUnknown, StoreUnavailable
from core.updates import CustomerMessage
from tests.bots.vk.conftest import GROUP, NOW, PERSON, MakeChannel, fixture
from tests.fakes import faults
from tests.fakes.cursors import MemoryCursors
from tests.fakes.intake import FakeIntake
from tests.fakes.vk import FakeVk


class House:
    """A poller and what is around it."""

    def __init__(self, channel: VkChannel, transport: Transport, rng: random.Random) -> None:
        self.channel, self.transport, self.rng = channel, transport, rng
        self.intake, self.cursor, self.counters = FakeIntake(), MemoryCursors(), Counters()

    def poller(self) -> Poller:
        """A fresh process, as far as memory goes. VK answers at once, so no step waits."""
        way = In(self.intake, self.intake.quarantine, self.intake.told, self.cursor, self.counters)
        source = VkUpdates(self.channel, self.transport, self.counters, seconds=0)
        return Poller(source, way, clock=lambda: NOW, rng=self.rng)

    @property
    def words(self) -> list[str]:
        return [u.text for u in self.intake.updates if isinstance(u, CustomerMessage)]

    @property
    def gaps(self) -> int:
        lines = self.counters.text().splitlines()
        found = [line for line in lines if line.startswith("otklik_poll_gaps_total{")]
        return int(float(found[0].rpartition(" ")[2])) if found else 0


@pytest.fixture
async def house(make_channel: MakeChannel, transport: Transport, rng: random.Random) -> House:
    channel = make_channel(mode="polling")
    await channel.registration.register()
    return House(channel, transport, rng)


def event(number: int, text: str = "?") -> dict[str, Any]:
    raw = fixture("01_text_cyrillic")
    raw["event_id"] = f"{number:040x}"
    raw["object"]["message"].update(conversation_message_id=number, text=text)
    del raw["secret"]  # the Long Poll has none
    return raw


async def test_events_are_filed_in_order_and_the_position_is_kept(house: House, vk: FakeVk) -> None:
    poller = house.poller()
    await poller.step()
    assert house.cursor.value == f"100 {NOW.isoformat()} {GROUP}", "kept before anything is read"
    await vk.push(event(1, "раз"), event(2, "два"))
    await poller.step()
    assert house.words == ["раз", "два"]
    assert house.cursor.value == f"102 {NOW.isoformat()} {GROUP}"


async def test_a_new_process_reads_what_came_while_none_ran(house: House, vk: FakeVk) -> None:
    await house.poller().step()
    await vk.push(event(1, "ночью"))
    await house.poller().step()
    assert house.words == ["ночью"]


async def test_while_nothing_can_be_stored_the_position_stands_still(
    house: House, vk: FakeVk
) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(event(1))
    house.intake.down = True
    with pytest.raises(StoreUnavailable):
        await poller.step()
    assert house.cursor.value.startswith("100 ")
    house.intake.down = False
    await poller.step()
    assert house.words == ["?"]


async def test_a_key_that_ended_is_renewed_and_nothing_is_missed(house: House, vk: FakeVk) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(event(1, "между ключами"))
    vk.lp_key = "key-2"
    await poller.step()
    await poller.step()
    assert (house.words, house.gaps) == (["между ключами"], 0)


async def test_events_vk_no_longer_has_are_counted_as_a_gap(house: House, vk: FakeVk) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(event(1, "пропало"), event(2, "осталось"))
    vk.forget(1)
    await poller.step()
    assert (house.gaps, house.cursor.value[:4]) == (1, "101 ")
    await poller.step()
    assert house.words == ["осталось"]
    assert vk.calls.count("groups.getLongPollServer") == 1, "its key is still good"


async def test_the_place_of_another_community_is_none_of_this_one(house: House, vk: FakeVk) -> None:
    house.cursor.value = f"900 {NOW.isoformat()} {GROUP + 1}"
    await house.poller().step()
    assert (house.gaps, house.cursor.value[:4]) == (0, "100 ")


async def test_when_vk_lost_everything_reading_begins_anew_and_a_gap_is_counted(
    house: House, vk: FakeVk
) -> None:
    house.cursor.value = f"900 {NOW.isoformat()} {GROUP}"
    poller = house.poller()
    await poller.step()
    assert (house.gaps, house.cursor.value[:4]) == (1, "100 ")
    await vk.push(event(1, "снова"))
    await poller.step()
    assert house.words == ["снова"]


async def test_the_same_event_by_both_ways_has_one_effect(
    house: House, vk: FakeVk, make_channel: MakeChannel
) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(event(1, "раз"))
    await poller.step()
    both = ingress(make_channel())
    body = json.dumps({**event(1, "раз"), "secret": "canary-secret"}).encode()
    await house.intake("main", (await both.receive({}, body)).received)
    assert house.words == ["раз"]
    assert house.intake.calls == 2


async def test_an_event_without_a_number_has_the_same_key_by_both_ways(
    house: House, make_channel: MakeChannel
) -> None:
    raw = fixture("without_event_id")
    polled = VkUpdates(house.channel, house.transport, house.counters).parse(raw)
    called = await ingress(make_channel()).receive({}, json.dumps(raw).encode())
    assert [item.dedup_key for item in polled] == [item.dedup_key for item in called.received]


async def test_a_bad_event_is_set_aside_and_the_rest_goes_on(house: House, vk: FakeVk) -> None:
    poller = house.poller()
    await poller.step()
    foreign = {**event(3, "чужое"), "group_id": GROUP + 1}
    await vk.push(
        event(1), fixture("20_malformed_null"), fixture("18_unknown_event"), foreign, event(2)
    )
    await poller.step()
    assert house.words == ["?", "?"]
    assert len(house.intake.samples) == 1
    assert 'kind="vkpay_transaction"} 1' in house.counters.text()


async def test_comments_are_read_only_where_they_are_wanted(house: House, vk: FakeVk) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(fixture("comment"))
    await poller.step()
    assert house.intake.filed == []
    assert 'kind="wall_reply_new"} 1' in house.counters.text()


async def test_a_message_that_was_cut_is_read_again(house: House, vk: FakeVk) -> None:
    raw = fixture("is_cropped")
    vk.cropped[PERSON, 34] = {**raw["object"]["message"], "text": "Всё письмо"}
    poller = house.poller()
    await poller.step()
    await vk.push(raw)
    await poller.step()
    assert house.words == ["Всё письмо"]


async def test_who_writes_has_a_name(house: House, vk: FakeVk) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(event(1), fixture("20_malformed_null"), event(2))
    await poller.step()
    assert [item.sender.name for item in house.intake.filed] == ["Анна Номер 200"] * 2
    assert vk.calls.count("users.get") == 1


async def test_a_cut_message_without_its_place_stops_nothing(house: House, vk: FakeVk) -> None:
    raw = fixture("is_cropped")
    del raw["object"]["message"]["conversation_message_id"]
    poller = house.poller()
    await poller.step()
    await vk.push(raw, event(1, "дальше"))
    await poller.step()
    assert house.words == ["дальше"]


@pytest.mark.parametrize(
    "fault",
    [
        faults.PAGE,
        faults.Fault("answer", 200, "<<<"),
        faults.Fault("answer", 200, "{}"),
        faults.Fault("answer", 200, '{"ts":"x","updates":[]}'),
        faults.Fault("answer", 200, '{"ts":5,"updates":{}}'),
    ],
)
async def test_an_answer_that_is_none_moves_nothing(
    house: House, vk: FakeVk, fault: faults.Fault
) -> None:
    poller = house.poller()
    await poller.step()
    await vk.push(event(1))
    vk.fail(fault._replace(only="lp"))
    with pytest.raises(DeliveryUnknown):
        await poller.step()
    assert house.cursor.value.startswith("100 ")
    await poller.step()
    assert house.words == ["?"]


@pytest.mark.parametrize("answer", ["[]", "{}", '{"server":"","key":"k","ts":1}'])
async def test_without_a_server_nothing_can_be_read(house: House, vk: FakeVk, answer: str) -> None:
    vk.fail(faults.Fault("answer", 200, f'{{"response":{answer}}}', "groups.getLongPollServer"))
    source = VkUpdates(house.channel, house.transport, house.counters)
    with pytest.raises(ChannelUnavailable):
        await source.page(Position())
