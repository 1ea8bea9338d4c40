"""Delivery's decisions, one row at a time, over a store that is a list."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bots.telegram.capabilities import CAPABILITIES as TELEGRAM
from core.channel import (
    Capabilities,
    Letter,
    MessageClass,
    Sent,
    StoredFile,
    Tried,
    UnknownRule,
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
from core.store_values import ChatClaim, Delivered, OutboxRow
from handlers.delivery import Delivery
from handlers.paces import Paces
from tests.fakes.clock import Clock

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAME_KEY = Capabilities(
    platform="keyed",
    unknown={"operator": UnknownRule(action="resend", after=1.0, times=9, same_key=True)},
)


LOOKS = Capabilities(
    platform="looks",
    unknown={
        "answer": UnknownRule(action="resend", after=2.0, look=True),
        "operator": UnknownRule(action="hold", after=2.0, look=True),
    },
)

COUNTS = Capabilities(
    platform="counts",
    channel_rate=16.0,
    channel_burst=3,
    counts_calls=True,
    upload_calls=2,
    unknown={"answer": UnknownRule(action="resend", after=2.0, same_key=True, look=True)},
)

ASKED = Capabilities(
    platform="asked",
    unknown={
        "answer": UnknownRule(action="resend", after=2.0, times=3, same_key=True, look=True),
    },
)


class OneChat:
    """A store with one chat to be sent; keeps what is settled."""

    def __init__(self, rows: Sequence[OutboxRow], *, lease_lost: bool = False) -> None:
        self.claims = [ChatClaim(channel="main", chat="7", address="7", epoch=1, rows=tuple(rows))]
        self.settled: list[Delivered] = []
        self.released: list[bool] = []
        self.appended: list[Any] = []
        self.lease_lost = lease_lost

    async def claim_chats(self, *_: object) -> tuple[ChatClaim, ...]:
        claims, self.claims = tuple(self.claims), []
        return claims

    async def settle(
        self, _w: str, _c: ChatClaim, outcomes: Sequence[Delivered], release: bool, _n: datetime
    ) -> bool:
        if self.lease_lost:
            return False
        self.settled += outcomes
        self.released.append(release)
        return True

    async def append(self, dialog: str, update: Any, now: datetime, dedup_key: str = "") -> None:
        self.appended.append((dialog, update, dedup_key))


class BusyChat(OneChat):
    """A chat that is at work when its second row comes: until it is let go nobody gets it."""

    def __init__(self, first: OutboxRow, second: OutboxRow) -> None:
        super().__init__([first])
        self.later: ChatClaim | None = ChatClaim(
            channel="main", chat="7", address="7", epoch=2, rows=(second,)
        )
        self.is_leased = False
        self.looks = 0

    async def claim_chats(self, *_: object) -> tuple[ChatClaim, ...]:
        self.looks += 1
        if self.is_leased:
            return ()
        self.is_leased = True
        return await super().claim_chats()

    async def settle(
        self, _w: str, _c: ChatClaim, outcomes: Sequence[Delivered], release: bool, _n: datetime
    ) -> bool:
        self.is_leased = not release
        if self.later is not None and release:
            self.claims, self.later = [self.later], None
        return await super().settle(_w, _c, outcomes, release, _n)


class Platform:
    """Answers with what it was told, in order; then it takes everything."""

    def __init__(
        self, *answers: ChannelError | None, capabilities: Capabilities = TELEGRAM
    ) -> None:
        self.name = "main"
        self.capabilities = capabilities
        self.answers = list(answers)
        self.taken: list[int] = []
        self.letters: list[Letter] = []
        self.proof: Sent | ChannelError | None = None
        self.looked: list[Tried] = []

    async def find_sent(self, tried: Tried) -> Sent | None:
        self.looked.append(tried)
        if isinstance(self.proof, ChannelError):
            raise self.proof
        return self.proof

    async def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append(letter.id)
        return Sent(platform_id=f"p{letter.id}")


def row(id_: int, kind: MessageClass = "answer", **fields: Any) -> OutboxRow:
    """A row of the outbox."""
    content = Outgoing(text=f"text {id_}")
    given: dict[str, Any] = {
        "dialog": "d1",
        "n": id_,
        "part": 0,
        "priority": 0,
        "content": content,
        "since": NOW,
    }
    given.update(fields)
    return OutboxRow(id=id_, kind=kind, **given)


async def sent(store: OneChat, platform: Platform) -> list[Delivered]:
    """One step of delivery, to its end."""
    delivery = Delivery(store, {"main": platform}, worker="w", clock=lambda: NOW)  # type: ignore[arg-type, dict-item]  # the parts of the ports that delivery calls
    await delivery.step()
    await delivery.drain()
    return store.settled


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
