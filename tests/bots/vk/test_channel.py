"""Sending through VK: one attempt, its result or the error it stands for."""

import pytest

from bots.vk.channel import VkChannel
from bots.vk.random_id import random_id
from core.channel import Tried
from core.content import Option
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.bots import letters
from tests.bots.vk.conftest import (
    GROUP,
    PERSON,
    MakeChannel,
    letter,
)
from tests.fakes import faults
from tests.fakes import vk as double
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk


async def test_a_text_arrives_under_the_key_of_its_row(channel: VkChannel, vk: FakeVk) -> None:
    options = (Option(key="a", label="Да", token="o1"),)
    sent = await channel.send(letter(row=42, options=options))
    (entry,) = vk.sent(PERSON)
    assert sent.platform_id == str(entry.result)
    assert entry.fields["message"] == "Здравствуйте!"
    assert entry.fields["random_id"] == str(random_id("main", 42))
    assert "intent" not in entry.fields


async def test_an_answer_to_a_message_that_vanished_is_sent_all_the_same(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.vanished.add("77")
    await channel.send(letter("Ответ", reply_to="77"))
    (entry,) = vk.sent()
    assert (entry.fields["message"], "reply_to" in entry.fields) == ("Ответ", False)
    assert vk.calls == ["messages.send"] * 2


async def test_a_configured_intent_goes_with_every_message(
    make_channel: MakeChannel, vk: FakeVk
) -> None:
    await make_channel(intent="non_promo_newsletter").send(letter())
    assert vk.sent()[0].fields["intent"] == "non_promo_newsletter"


async def test_a_repeat_is_the_same_message_exactly_once(channel: VkChannel, vk: FakeVk) -> None:
    vk.fail(faults.GARBAGE, faults.DROP)
    for _ in range(2):
        with pytest.raises(DeliveryUnknown):
            await channel.send(letter(row=7))
    sent = await channel.send(letter(row=7))
    (entry,) = vk.sent()
    assert sent.platform_id == str(entry.result)
    assert vk.calls == ["messages.send"] * 3


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        (double.TOO_FAST, RateLimited, 0),
        (double.FLOOD, RateLimited, 0),
        *letters.COMMON_FAULTS,
        (double.error(901), RecipientGone, 0),
        (double.error(944), RecipientGone, 0),
        (double.error(914), MessageRejected, 0),
        (double.error(5), ChannelUnavailable, 0),
        (double.error(14), ChannelUnavailable, 0),
        (double.error(10), DeliveryUnknown, 0),
    ],
)
async def test_every_fault_becomes_the_error_it_stands_for_after_one_request(
    make_channel: MakeChannel,
    vk: FakeVk,
    fault: faults.Fault,
    error: type[ChannelError],
    accepted: int,
) -> None:
    channel = make_channel(timeout=0.3)
    made = await letters.check_error(channel, vk, fault, error, letter())
    assert made == ["messages.send"]
    assert len(vk.sent()) == accepted


async def test_an_address_that_is_no_person_is_nobody(channel: VkChannel, vk: FakeVk) -> None:
    for address in ("", "0", "-5", "anna", "comment:x"):
        with pytest.raises(RecipientGone):
            await channel.send(letter(to=address))
    assert vk.calls == []


# -- what the token may do


@pytest.mark.parametrize("code", [7, 15])
async def test_a_right_refused_in_three_chats_is_the_tokens_trouble(
    channel: VkChannel, vk: FakeVk, clock: Clock, code: int
) -> None:
    vk.fail(*[double.error(code)] * 4)
    for person in (1, 1, 2):
        with pytest.raises(MessageRejected):
            await channel.send(letter(to=str(person)))
    clock.pass_by(minutes=9)
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.send(letter(to="3"))
    assert caught.value.reason == "auth"


async def test_refusals_far_apart_or_between_successes_are_the_chats_own(
    channel: VkChannel, vk: FakeVk, clock: Clock
) -> None:
    for person in range(1, 5):
        vk.fail(double.error(7))
        with pytest.raises(MessageRejected):
            await channel.send(letter(to=str(person)))
        clock.pass_by(minutes=6)
    for person in range(10, 15):
        vk.fail(double.error(7))
        with pytest.raises(MessageRejected):
            await channel.send(letter(to=str(person)))
        await channel.send(letter(row=person))


async def test_a_used_up_quota_raises_an_alarm_for_an_hour(
    channel: VkChannel, vk: FakeVk, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await channel.registration.register()
    vk.fail(double.error(29))
    with pytest.raises(RateLimited) as caught:
        await channel.send(letter())
    assert (caught.value.retry_after, caught.value.scope) == (3600.0, "channel")
    assert "quota" in caplog.text
    with pytest.raises(RateLimited):
        await channel.watch()
    clock.pass_by(hours=1)
    assert await channel.watch() is False


# -- presses, typing, the past


async def test_a_press_is_acknowledged_and_a_late_one_is_no_failure(
    channel: VkChannel, vk: FakeVk
) -> None:
    vk.events.add("5f3a0c1d2e4b")
    await channel.acknowledge(f"{PERSON}:{PERSON}:5f3a0c1d2e4b")
    await channel.acknowledge(f"{PERSON}:{PERSON}:5f3a0c1d2e4b")
    (entry,) = vk.ledger
    assert entry.fields == {
        "user_id": str(PERSON),
        "peer_id": str(PERSON),
        "event_id": "5f3a0c1d2e4b",
    }


async def test_an_answered_menu_costs_no_request(channel: VkChannel, vk: FakeVk) -> None:
    await channel.retire_options(str(PERSON), "101")
    assert vk.calls == []


async def test_typing_is_shown_to_people_and_not_under_posts(
    channel: VkChannel, vk: FakeVk
) -> None:
    await channel.typing(str(PERSON))
    await channel.typing(f"comment:-{GROUP}_345:{PERSON}")
    (entry,) = vk.ledger
    assert (entry.method, entry.peer) == ("messages.setActivity", PERSON)


async def test_a_young_message_is_not_looked_for_because_a_repeat_is_harmless(
    channel: VkChannel, vk: FakeVk, clock: Clock
) -> None:
    tried = Tried(letter(row=7), clock.now)
    clock.pass_by(minutes=49)
    assert await channel.find_sent(tried) is None
    assert vk.calls == []


async def test_an_old_message_is_found_by_its_key(
    channel: VkChannel, vk: FakeVk, clock: Clock
) -> None:
    started = clock.now
    vk.fail(faults.EMPTY)
    with pytest.raises(DeliveryUnknown):
        await channel.send(letter(row=7))
    await channel.send(letter(row=8))
    clock.pass_by(minutes=50)
    found = await channel.find_sent(Tried(letter(row=7), started))
    assert found is not None
    assert found.platform_id == str(vk.sent()[0].result)
    assert await channel.find_sent(Tried(letter(row=9), started)) is None


async def test_no_log_line_and_no_error_holds_the_token(
    make_channel: MakeChannel, vk: FakeVk, caplog: pytest.LogCaptureFixture
) -> None:
    channel = make_channel(timeout=0.2)
    nobody = make_channel(api_url="http://127.0.0.1:9")
    vk.fail(faults.PAGE, faults.DROP, faults.GARBAGE, faults.TIMEOUT, double.FLOOD)
    await letters.check_silence(caplog, letter(), *[channel] * 6, nobody)
