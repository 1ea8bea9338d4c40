"""Delivery's decisions, one row at a time, over a store that is a list."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bots.telegram.capabilities import CAPABILITIES as TELEGRAM
from core.channel import (
    Capabilities,
    Letter,
    MessageClass,
    Sent,
    StoredFile,
)
from core.content import Media, Outgoing
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from handlers.delivery import Delivery
from tests.handlers.sending import (
    ASKED,
    LOOKS,
    NOW,
    SAME_KEY,
    BusyChat,
    OneChat,
    Platform,
    row,
    sent,
)


async def test_rows_of_a_chat_are_sent_in_order_and_each_is_settled_at_once() -> None:
    store, platform = OneChat([row(1), row(2), row(3)]), Platform()
    settled = await sent(store, platform)
    assert platform.taken == [1, 2, 3]
    assert [(one.row, one.state, one.platform_id) for one in settled] == [
        (1, "sent", "p1"),
        (2, "sent", "p2"),
        (3, "sent", "p3"),
    ]
    assert store.released == [False, False, True]


async def test_lost_lease_stops_the_sending() -> None:
    store, platform = OneChat([row(1), row(2)], lease_lost=True), Platform()
    await sent(store, platform)
    assert platform.taken == [1], "the next worker goes on"


async def test_limited_row_waits_as_long_as_asked_and_holds_up_the_next() -> None:
    store, platform = OneChat([row(1), row(2)]), Platform(RateLimited(17, "chat"))
    (one,) = await sent(store, platform)
    assert (one.state, one.not_before) == ("new", NOW + timedelta(seconds=17))
    assert platform.taken == [], "order is kept"
    assert store.released == [True]


@pytest.mark.parametrize("reason", ["network", "auth", "config", "platform"])
async def test_channel_at_fault_keeps_the_row_new(reason: Any) -> None:
    (one,) = await sent(OneChat([row(1)]), Platform(ChannelUnavailable(reason)))
    assert one.state == "new"
    assert one.tries == 0, "nothing was delivered, so nothing was tried"
    assert one.not_before is not None
    assert one.not_before > NOW


async def test_bot_answer_of_unknown_delivery_is_sent_once_more() -> None:
    (one,) = await sent(OneChat([row(1)]), Platform(DeliveryUnknown("timeout")))
    assert (one.state, one.hold) == ("unknown", False)
    assert one.not_before == NOW + timedelta(seconds=5)
    again = await sent(OneChat([row(1, tries=1, unsure=True)]), platform := Platform())
    assert again[0].state == "sent"
    assert platform.taken == [1]


async def test_bot_answer_is_not_sent_a_third_time() -> None:
    tried_twice = row(1, tries=2, unsure=True)
    settled = await sent(OneChat([tried_twice, row(2)]), platform := Platform())
    assert [(one.row, one.state, one.hold) for one in settled] == [
        (1, "unknown", True),
        (2, "sent", False),
    ]
    assert platform.taken == [2], "a parked row lets the next one go"


@pytest.mark.parametrize("kind", ["operator", "notice", "secret"])
async def test_other_messages_of_unknown_delivery_wait_for_a_person(kind: MessageClass) -> None:
    (one,) = await sent(OneChat([row(1, kind)]), Platform(DeliveryUnknown("dropped")))
    assert (one.state, one.hold, one.not_before) == ("unknown", True, None)
    after_crash = await sent(OneChat([row(1, kind, unsure=True)]), platform := Platform())
    assert after_crash[0].hold
    assert platform.taken == [], "never sent twice by itself"


@pytest.mark.parametrize(("tries", "seconds"), [(0, 1), (1, 2), (4, 16), (8, 256)])
async def test_platform_that_drops_repeats_is_asked_again_without_fear(
    tries: int, seconds: int
) -> None:
    platform = Platform(DeliveryUnknown("timeout"), capabilities=SAME_KEY)
    (one,) = await sent(OneChat([row(1, "operator", tries=tries)]), platform)
    assert (one.hold, one.not_before) == (False, NOW + timedelta(seconds=seconds))


async def test_a_message_that_never_passes_is_left_to_a_person_and_lets_the_next_go() -> None:
    platform = Platform(DeliveryUnknown("10"), capabilities=SAME_KEY)
    (one,) = await sent(OneChat([row(1, "operator", tries=9)]), platform)
    assert (one.state, one.hold, one.not_before) == ("unknown", True, None)
    rows = [row(1, "operator", tries=10, unsure=True), row(2, "operator")]
    settled = await sent(OneChat(rows), platform := Platform(capabilities=SAME_KEY))
    assert [(one.row, one.state, one.hold) for one in settled] == [
        (1, "unknown", True),
        (2, "sent", False),
    ]
    assert platform.taken == [2]


@pytest.mark.parametrize("error", [RateLimited(5, "chat"), ChannelUnavailable("network")])
async def test_a_doubt_is_not_forgotten_when_the_repeat_was_not_taken(error: ChannelError) -> None:
    rows = [row(1, "operator", tries=1, unsure=True)]
    (one,) = await sent(OneChat(rows), Platform(error, capabilities=SAME_KEY))
    assert (one.state, one.hold, one.tries) == ("unknown", False, 1)
    assert one.not_before == NOW + timedelta(seconds=5)


async def test_person_who_blocked_us_ends_the_chat_and_the_dialog_learns_of_it() -> None:
    store = OneChat([row(1), row(2)])
    (one,) = await sent(store, Platform(RecipientGone("blocked")))
    assert (one.state, one.gone, one.code) == ("failed", "blocked", "blocked")
    (appended,) = store.appended
    assert appended[1].reason == "blocked"
    assert appended[2] == "gone:1", "told once however often it is tried"


async def test_moved_chat_is_tried_again_at_its_new_address() -> None:
    (one,) = await sent(OneChat([row(1)]), Platform(RecipientGone("moved", "-100777")))
    assert (one.state, one.address, one.gone) == ("new", "-100777", "")


async def test_rejected_content_fails_with_the_code_of_the_platform() -> None:
    store = OneChat([row(1)])
    (one,) = await sent(store, Platform(MessageRejected("400", "too long")))
    assert (one.state, one.code) == ("failed", "400")
    assert store.appended == []


async def test_adapter_that_raises_anything_else_loses_no_row() -> None:
    class Broken(Platform):
        async def send(self, letter: Letter) -> Sent:
            raise RuntimeError("a bug")

    (one,) = await sent(OneChat([row(1)]), Broken())
    assert one.state == "unknown", "it may have arrived"


@pytest.mark.parametrize("kind", ["answer", "operator"])
async def test_a_platform_that_can_be_asked_is_asked_before_anything_is_done(kind: Any) -> None:
    failing = Platform(DeliveryUnknown("timeout"), capabilities=LOOKS)
    (one,) = await sent(OneChat([row(1, kind)]), failing)
    assert (one.state, one.hold) == ("unknown", False)
    assert one.not_before == NOW + timedelta(seconds=2), "the platform needs a moment"
    assert failing.looked == []

    asked = Platform(capabilities=LOOKS)
    asked.proof = Sent(platform_id="p1")
    (one,) = await sent(OneChat([row(1, kind, tries=1, unsure=True, since=NOW)]), asked)
    assert (one.state, one.platform_id, one.tries) == ("sent", "p1", 1)
    assert asked.taken == []
    assert asked.looked[0].since == NOW


@pytest.mark.parametrize("proof", [None, ChannelUnavailable("network")])
async def test_without_evidence_the_class_of_the_message_decides(proof: Any) -> None:
    for kind, state in (("answer", "sent"), ("operator", "unknown")):
        platform = Platform(capabilities=LOOKS)
        platform.proof = proof
        (one,) = await sent(OneChat([row(1, kind, tries=1, unsure=True)]), platform)  # type: ignore[arg-type]  # both are classes
        assert (one.state, one.hold) == (state, state == "unknown")


@pytest.mark.parametrize(
    ("failure", "tries", "seconds"),
    [
        (ChannelUnavailable("network"), 1, 5),
        (RateLimited(17, "channel"), 1, 17),
        (DeliveryUnknown("timeout"), 2, 4),
    ],
)
async def test_a_repeat_that_may_no_longer_be_dropped_waits_until_the_platform_can_be_asked(
    failure: ChannelError, tries: int, seconds: int
) -> None:
    platform = Platform(capabilities=ASKED)
    platform.proof = failure
    (one,) = await sent(OneChat([row(1, tries=1, unsure=True)]), platform)
    assert (one.state, one.hold, one.tries) == ("unknown", False, tries)
    assert one.not_before == NOW + timedelta(seconds=seconds)
    assert platform.taken == []
    platform.proof = MessageRejected("15", "access denied")  # it will never tell
    (one,) = await sent(OneChat([row(1, tries=1, unsure=True)]), platform)
    assert one.state == "sent"


async def test_a_platform_that_never_tells_is_not_asked_for_ever() -> None:
    platform = Platform(capabilities=ASKED)
    platform.proof = DeliveryUnknown("502")
    settled = await sent(OneChat([row(1, tries=4, unsure=True), row(2)]), platform)
    assert [(one.row, one.state, one.hold) for one in settled] == [
        (1, "unknown", True),
        (2, "sent", False),
    ]


async def test_the_platform_is_told_whose_words_it_carries() -> None:
    platform = Platform()
    await sent(OneChat([row(1, "operator"), row(2, "notice")]), platform)
    assert [letter.kind for letter in platform.letters] == ["operator", "notice"]


@pytest.mark.parametrize(
    ("days", "age", "used"), [(None, 900, "f1"), (90, 89, "f1"), (90, 90, ""), (90, 900, "")]
)
async def test_an_id_that_the_platform_has_forgotten_is_not_used(
    days: int | None, age: int, used: str
) -> None:
    kept_at = NOW - timedelta(days=age)
    file = StoredFile(path="a", name="a", mime="", size=1, platform_file="f1", kept_at=kept_at)
    content = Outgoing(media=(Media(kind="file", attachment="a1"),))
    capabilities = Capabilities(platform="forgetful", file_id_days=days)
    platform = Platform(capabilities=capabilities)
    await sent(OneChat([row(1, content=content, files={"a1": file})]), platform)
    (letter,) = platform.letters
    assert letter.files["a1"].platform_file == used


@pytest.mark.parametrize("capabilities", [TELEGRAM, LOOKS])
async def test_what_would_end_the_same_way_again_waits_for_a_person(
    capabilities: Capabilities,
) -> None:
    platform = Platform(DeliveryUnknown("2", repeat=False), capabilities=capabilities)
    (one,) = await sent(OneChat([row(1)]), platform)
    assert (one.state, one.hold, one.not_before) == ("unknown", True, None)


async def test_what_came_while_a_chat_was_at_work_goes_as_soon_as_it_is_let_go() -> None:
    store, platform = BusyChat(row(1), row(2)), Platform()
    delivery = Delivery(store, {"main": platform}, worker="w", clock=lambda: NOW)  # type: ignore[arg-type, dict-item]  # as above
    asked = asyncio.Event()
    delivery.again = asked.set
    assert await delivery.step() == 1
    assert await delivery.step() == 0, "a wake-up for the second row, while the first is sent"
    async with asyncio.timeout(5):
        await asked.wait()
    assert await delivery.step() == 1
    await delivery.drain()
    assert platform.taken == [1, 2]


async def test_rows_behind_a_refused_one_do_not_wait_for_the_next_sweep() -> None:
    store = OneChat([row(1), row(2)])
    platform = Platform(MessageRejected("400", "no"))
    delivery = Delivery(store, {"main": platform}, worker="w", clock=lambda: NOW)  # type: ignore[arg-type, dict-item]  # as above
    asked = asyncio.Event()
    delivery.again = asked.set
    await delivery.step()
    await delivery.drain()
    async with asyncio.timeout(5):
        await asked.wait()
