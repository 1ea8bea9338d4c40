"""A greeting inside the answer to a request, while a delivery worker races for the same row."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.channel import Answer, Capabilities, Letter, Sent
from core.errors import MessageRejected, RecipientGone, StoreUnavailable
from core.store import Store
from core.store_values import Accepted, ChatClaim, Delivered, FirstAnswer, Welcome
from core.updates import CustomerStarted, Received, Sender
from handlers.delivery import Delivery
from handlers.welcome import Welcomes
from handlers.worker import Worker
from tests.fakes.workplace import CHANNEL, Workplace, workplace

MENU = "Чем помочь?\n\nНаш сайт: https://isp.example"


def started(key: str = "e1", *, chat: str = "7") -> Received:
    """A person who never wrote opened the chat."""
    return Received(
        chat=chat,
        sender=Sender(user=f"u{chat}", name="Ольга"),
        update=CustomerStarted(),
        dedup_key=key,
        welcome=True,
    )


def rendered(letter: Letter) -> Answer:
    return 200, "application/json", json.dumps([letter.id, letter.content.text])


class Strict:
    """A platform that sends nothing to people who never wrote."""

    name = CHANNEL
    capabilities = Capabilities(platform="strict")

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def send(self, letter: Letter) -> Sent:
        self.refused.append(letter.content.text)
        raise RecipientGone("not_allowed")


class Front:
    """One process that takes requests in and one that delivers, on one database."""

    def __init__(self, place: Workplace, platform: Strict, **how: Any) -> None:
        self.place = place
        self.platform = platform
        self.outcomes: list[Delivered] = []
        self.welcomes = Welcomes(
            place.store,
            {CHANNEL: how.pop("render", rendered)},
            clock=place.clock,
            sent=lambda channel, outcome: self.outcomes.append(outcome),
            **how,
        )
        self.delivery = Delivery(
            place.store,
            {CHANNEL: platform},  # type: ignore[dict-item]  # the parts of the port that delivery calls
            worker="d",
            clock=place.clock,
        )
        self.sending = Worker("delivery", self.delivery.step, period=0.02)

    async def accepted(self, received: Received) -> Accepted:
        return (await self.place.store.accept(CHANNEL, [received], self.place.now))[0]

    async def asks(self, received: Received) -> Answer | None:
        """A request of the platform, as bots/web.py serves it."""
        accepted = await self.accepted(received)
        self.place.bus.wake("dialogs")
        return await self.welcomes(CHANNEL, received, accepted)


@asynccontextmanager
async def front(place: Workplace, **how: Any) -> AsyncIterator[Front]:
    """Delivery looks for something to send all the time."""
    made = Front(place, Strict(), **how)
    subscription = await place.bus.subscribe("chats")

    async def wakes() -> None:
        async for _ in subscription:
            made.welcomes.wake()
            made.sending.wake()

    tasks = [asyncio.create_task(made.sending.run()), asyncio.create_task(wakes())]
    try:
        yield made
    finally:
        made.sending.stop()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await made.delivery.drain()


async def test_the_first_message_travels_in_the_answer_and_nowhere_else(place: Workplace) -> None:
    async with front(place) as house:
        answer = await house.asks(started())
        assert answer is not None
        assert json.loads(answer[2])[1] == MENU
        assert [outcome.state for outcome in house.outcomes] == ["sent"]
        place.later(hours=1)
        await house.delivery.step()
        await house.delivery.drain()
    assert house.platform.refused == []


async def test_a_repeat_and_parallel_repeats_get_the_same_body(place: Workplace) -> None:
    async with front(place) as house:
        answers = await asyncio.gather(*(house.asks(started()) for _ in range(5)))
        answers.append(await house.asks(started()))
        assert None not in answers
        assert len(set(answers)) == 1
        assert [outcome.state for outcome in house.outcomes] == ["sent"]
    assert house.platform.refused == []


async def test_many_people_at_once_are_each_greeted(place: Workplace) -> None:
    async with front(place) as house:
        people = [started(f"e{n}", chat=str(n)) for n in range(20)]
        answers = await asyncio.gather(*(house.asks(person) for person in people))
    assert len({answer for answer in answers if answer is not None}) == 20
    assert house.platform.refused == []


async def test_a_worker_of_another_process_turns_and_a_third_one_delivers(
    place: Workplace, database_url: str
) -> None:
    await place.stand_still()
    async with (
        workplace(database_url, name="worker") as worker,
        front(worker) as elsewhere,
        front(place) as house,
    ):
        asking = asyncio.create_task(house.asks(started()))
        answer = await asking
    assert answer is not None
    assert elsewhere.platform.refused == []


async def test_without_a_message_in_time_the_answer_is_empty_and_delivery_goes_on(
    place: Workplace,
) -> None:
    await place.stand_still()
    async with front(place, seconds=0.05) as house:
        assert await house.asks(started()) is None
        assert await place.dispatcher.step() == 1
        while not house.platform.refused:
            await house.delivery.step()
            await house.delivery.drain()
    assert house.platform.refused == [MENU]


async def test_after_a_crash_the_repeat_is_greeted_if_it_comes_first(place: Workplace) -> None:
    await place.stand_still()
    async with front(place) as house:
        received = started()
        accepted = await house.accepted(received)  # and the process is killed
        assert await place.dispatcher.step() == 1
        place.later(seconds=2)
        repeat = await house.accepted(received)
        assert (repeat.dialog, repeat.repeat) == (accepted.dialog, True)
        answer = await house.welcomes(CHANNEL, received, repeat)
    assert answer is not None
    assert house.platform.refused == []


async def test_after_a_crash_and_a_vain_delivery_the_repeat_is_still_greeted(
    place: Workplace,
) -> None:
    await place.stand_still()
    async with front(place, seconds=0.05) as house:
        received = started()
        # nobody came: as after a crash, the chat is free again and delivery tries in vain
        assert await house.asks(received) is None
        assert await place.dispatcher.step() == 1
        while not house.platform.refused:
            await house.delivery.step()
            await house.delivery.drain()
        answer = await house.asks(received)
    assert answer is not None
    assert json.loads(answer[2])[1] == MENU


async def test_what_cannot_be_an_answer_is_told_on_the_desk(place: Workplace) -> None:
    def refused(letter: Letter) -> Answer:
        raise MessageRejected("too_large", "30 KB")

    async with front(place, render=refused) as house:
        assert await house.asks(started()) is None
        assert [(one.state, one.code) for one in house.outcomes] == [("failed", "too_large")]
    assert house.platform.refused == []


async def test_a_channel_that_answers_otherwise_is_left_alone(place: Workplace) -> None:
    async with front(place) as house:
        accepted = await house.accepted(started())
        assert await house.welcomes("other", started(), accepted) is None


class Down:
    """A database that went away after the update was filed."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def first_answer(self, welcome: Welcome, now: object) -> FirstAnswer:
        raise self.error


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), RuntimeError("a bug")])
async def test_the_platform_is_answered_whatever_fails(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    store: Store = Down(error)  # type: ignore[assignment]  # the one method that is called
    welcomes = Welcomes(store, {CHANNEL: rendered}, clock=lambda: None)  # type: ignore[arg-type, return-value]  # as above
    accepted = Accepted(dialog="d", seq=1)
    assert await welcomes(CHANNEL, started(), accepted) is None
    assert "no welcome" in caplog.text


class Busy:
    """A database on which others turn all the time; our own turn is the twentieth."""

    def __init__(self) -> None:
        self.welcomes: Welcomes | None = None
        self.looks = 0
        self.takes = 0

    async def first_answer(self, welcome: Welcome, now: object) -> FirstAnswer:
        self.takes += 1
        state = "none" if self.takes == 1 else "over"
        claim = ChatClaim(channel=CHANNEL, chat="7", address="7", epoch=1, rows=())
        assert self.welcomes is not None
        self.welcomes.wake()
        return FirstAnswer(state=state, claim=claim, held=True)  # type: ignore[arg-type]  # literals

    async def outcome(self, dialog: str, seq: int) -> tuple[bool, None]:
        self.looks += 1
        assert self.welcomes is not None
        self.welcomes.wake()
        return self.looks == 20, None

    async def settle_answer(self, *_: object) -> bool:
        return True


async def test_turns_of_others_cost_a_read_and_no_write() -> None:
    store = Busy()
    store.welcomes = Welcomes(store, {CHANNEL: rendered}, clock=lambda: None)  # type: ignore[arg-type, return-value]  # the parts of the store that are called
    assert await store.welcomes(CHANNEL, started(), Accepted(dialog="d", seq=1)) is None
    assert (store.looks, store.takes) == (20, 2)
