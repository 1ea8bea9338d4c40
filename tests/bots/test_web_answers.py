"""Answers of other manners: handshakes, batches, words of their own, greetings."""

from collections.abc import AsyncIterator, Mapping

import pytest

from bots.web import TRIES
from core.channel import Answer, Reception
from core.store_values import Accepted
from core.updates import CustomerStarted, Received, Sender
from tests.bots import webhooks
from tests.bots.webhooks import URL, HandshakeIngress, House, served, web_of
from tests.fakes.intake import FakeIntake


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with webhooks.opened() as made:
        yield made


async def test_a_handshake_is_answered_where_the_platform_has_one(house: House) -> None:
    assert await house.get("/webhooks/other?challenge=42") == (200, "42")
    assert (await house.get(URL))[0] == 405


async def test_a_request_may_have_an_answer_of_its_own(house: House) -> None:
    assert await house.post({}, "/webhooks/wordy") == (200, "code-7")
    assert house.intake.filed == []
    async with house.client.get("/metrics") as answer:
        assert 'unsupported_updates_total{channel="wordy",kind="poll"} 2' in await answer.text()


async def test_a_bad_part_of_a_batch_loses_none_of_the_good_ones(house: House) -> None:
    url = "/webhooks/batch"
    assert await house.post(["a", "b"], url) == (400, ""), "once more, please"
    assert [item.dedup_key for item in house.intake.filed] == ["good"]
    assert await house.post(["a", "b"], url) == (200, "ok"), "set aside"
    assert await house.post(["b"], url) == (200, "ok"), "known in whatever company"
    assert (await house.post(["a", "c"], url))[0] == 400
    assert len(house.intake.filed) == 1
    assert len(house.intake.samples) == 3


async def test_a_bad_part_waits_for_the_database_like_a_good_one(house: House) -> None:
    house.intake.down = True
    assert (await house.post(["a"], "/webhooks/batch"))[0] == 503
    house.intake.down = False
    assert (await house.post(["a"], "/webhooks/batch"))[0] == 400


class GreetingIngress(HandshakeIngress):
    """A channel whose platform takes the first message in the answer to its own request."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        started = Received(
            chat="7",
            sender=Sender(user="7"),
            update=CustomerStarted(),
            dedup_key=body.decode(),
            welcome=body != b"plain",
        )
        return Reception((started,))


async def test_a_greeting_travels_in_the_answer_once_the_update_is_stored() -> None:
    intake = FakeIntake()
    asked: list[tuple[str, str, bool]] = []

    async def greeting(name: str, received: Received, accepted: Accepted) -> Answer | None:
        asked.append((name, received.dedup_key, accepted.repeat))
        assert intake.filed, "it is durable by now"
        return None if received.dedup_key == "silent" else (200, "application/json", '"привет"')

    app = web_of({"main": GreetingIngress()}, intake, greeting=greeting)
    async with served(app, intake, {}) as house:
        assert await house.post(b"e1") == (200, '"привет"')
        assert await house.post(b"e1") == (200, '"привет"')
        assert await house.post(b"silent") == (200, "ok")
        assert await house.post(b"plain") == (200, "ok")
        intake.broken = RuntimeError("a bug")
        assert [(await house.post(b"broken"))[0] for _ in range(TRIES)] == [500] * 4 + [200]
    assert asked == [("main", "e1", False), ("main", "e1", True), ("main", "silent", False)]
