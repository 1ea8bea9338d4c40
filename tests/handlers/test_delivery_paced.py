"""Delivery that waits for tokens, and pays what its calls cost."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.channel import (
    Capabilities,
    StoredFile,
)
from core.content import Media, Outgoing
from core.store_values import Delivered
from handlers.delivery import Delivery
from handlers.paces import Paces
from tests.fakes.clock import Clock
from tests.handlers.sending import COUNTS, NOW, OneChat, Platform, row, sent


async def paced(clock: Clock, store: OneChat, platform: Platform, paces: Paces) -> list[Delivered]:
    """One step of delivery, to its end, in which waiting moves the clock."""
    delivery = Delivery(store, {"main": platform}, worker="w", clock=clock, paces=paces)  # type: ignore[arg-type, dict-item]  # as above
    await delivery.step()
    await delivery.drain()
    return store.settled


async def test_a_short_wait_for_tokens_needs_no_word_with_the_database() -> None:
    clock, platform = Clock(NOW), Platform(capabilities=COUNTS)
    store = OneChat([row(n) for n in range(1, 20)])
    settled = await paced(clock, store, platform, Paces(clock, sleep=clock.sleep))
    assert [one.state for one in settled] == ["sent"] * 19
    assert (clock.now - NOW).total_seconds() == pytest.approx(1.0, abs=0.01)


async def test_a_file_that_has_to_be_uploaded_is_paid_with_its_message() -> None:
    content = Outgoing(media=(Media(kind="image", attachment="a1"),))
    fresh = StoredFile(path="a", name="a", mime="", size=1)
    known = replace(fresh, platform_file="f1")
    rows = [row(n, content=content, files={"a1": known}) for n in (1, 2)]
    rows += [row(3, content=content, files={"a1": fresh}), row(4)]
    clock, store, platform = Clock(NOW), OneChat(rows), Platform(capabilities=COUNTS)
    await paced(clock, store, platform, Paces(clock, sleep=clock.sleep))
    assert platform.taken == [1, 2, 3, 4]
    assert (clock.now - NOW).total_seconds() == pytest.approx((2 + 1) / 16, abs=0.01)


async def test_a_look_up_takes_its_turn_where_calls_count() -> None:
    rows = [row(1, tries=1, unsure=True), row(2), row(3)]
    clock, store, platform = Clock(NOW), OneChat(rows), Platform(capabilities=COUNTS)
    settled = await paced(clock, store, platform, Paces(clock))
    assert len(platform.looked) == 1
    assert [one.state for one in settled] == ["sent", "sent", "new"]
    assert settled[-1].not_before == NOW + timedelta(seconds=1 / 16)


async def test_what_plays_keeps_to_a_rate_of_its_own() -> None:
    film = Outgoing(media=(Media(kind="video", url="https://example.org/a.mp4"),))
    can = Capabilities(platform="plays", channel_rate=250.0, channel_burst=30, media_rate=8.0)
    rows = [row(1, content=film), row(2), row(3, content=film)]
    store, platform = OneChat(rows), Platform(capabilities=can)
    settled = await sent(store, platform)
    assert [one.state for one in settled] == ["sent", "sent", "new"]
    assert settled[-1].not_before == NOW + timedelta(seconds=1 / 8)
