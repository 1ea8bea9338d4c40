"""`otklik serve` with a Viber bot, against the double: real processes, real requests."""

import itertools
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession

from tests.bots.desk.pictures import png
from tests.bots.viber.conftest import TOKEN
from tests.bus.conftest import NatsServer, nats_server
from tests.e2e.conftest import cache
from tests.e2e.served import ROOT, Serve, free_port
from tests.fakes.viber import Accepted, FakeViber, Person
from tests.fakes.webhook import Reply
from tests.storage.conftest import empty_database, postgres_server

__all__ = ["cache", "nats_server", "postgres_server"]

MENU = "Чем помочь?"
OFFICE = """format: 1
scenario: office
title: Наш офис
examples: [где ваш офис, адрес офиса, как к вам приехать]
steps:
  - {say: Мы находимся здесь., image: map.png, id: place}
  - {done: {result: solved}, id: end}
"""
GUEST = "3SQNc4FPUQmysaM/AQEhXg=="


class Guest:
    """A person who has never written."""

    def __init__(self, viber: FakeViber, name: str = GUEST) -> None:
        self.viber = viber
        self.name = name
        self._numbers = itertools.count(1)
        viber.people[name] = Person(subscribed=False)

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        number = next(self._numbers)
        head = {"event": kind, "timestamp": 1795600020000 + number}
        return {**head, "message_token": 4912661846655238145 + number, **fields}

    @property
    def profile(self) -> dict[str, Any]:
        return {"id": self.name, "name": "Гость", "language": "ru", "api_version": 10}

    def opens(self, context: str = "") -> dict[str, Any]:
        """Opens the conversation."""
        more = {"context": context} if context else {}
        return self.event(
            "conversation_started", type="open", user=self.profile, subscribed=False, **more
        )

    async def says(self, text: str) -> None:
        """Writes, which subscribes; a press is a text too."""
        self.viber.people[self.name].subscribed = True
        event = self.event("message", sender=self.profile, message={"type": "text", "text": text})
        (answer,) = await self.viber.deliver(event)
        assert answer == Reply(200, "text/plain", "")

    async def hears(self, words: str) -> Accepted:
        """The next message with these words that was not told yet."""

        def found() -> Accepted | None:
            said = self.viber.sent(self.name)
            return next((one for one in said if words in one.fields.get("text", "")), None)

        heard = await self.viber.bell.until(found)
        assert heard is not None
        return heard


class House(NamedTuple):
    """A process, its Viber, a guest."""

    serve: Serve
    viber: FakeViber
    guest: Guest
    base: str


def settings_of(viber: FakeViber, port: int, **more: str) -> dict[str, str]:
    return {
        "CHANNELS__MAIN__PLATFORM": "viber",
        "CHANNELS__MAIN__TOKEN": TOKEN,
        "CHANNELS__MAIN__API_URL": viber.api_url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "BACKOFFICE__DRIVER": "demo",
        **more,
    }


def scenarios(folder: Path) -> Path:
    """The scenarios that ship and one that shows a picture."""
    target = folder / "own"
    shutil.copytree(ROOT / "scenarios", target, ignore=shutil.ignore_patterns("*.py", "__py*"))
    (target / "ru" / "office.yaml").write_text(OFFICE, "utf-8")
    (target / "media").mkdir()
    (target / "media" / "map.png").write_bytes(png())
    return target


@pytest.fixture
async def house(viber: FakeViber, tmp_path: Path, cache: Path) -> AsyncIterator[House]:
    port = free_port()
    given = settings_of(viber, port, SCENARIOS=str(scenarios(tmp_path)))
    async with Serve(cwd=tmp_path, cache=cache, settings=given) as serve:
        await viber.bell.until(lambda: viber.webhook["url"])
        yield House(serve, viber, Guest(viber), f"http://127.0.0.1:{port}")
    assert "CANARY" not in serve.output
    assert "Traceback" not in serve.output


async def test_a_stranger_is_greeted_in_the_answer_and_the_talk_goes_on(house: House) -> None:
    assert house.viber.webhook["url"] == f"{house.base}/webhooks/main"
    guest, opened = house.guest, house.guest.opens()
    first = await house.viber.deliver(opened)
    assert first == await house.viber.deliver(opened)
    (answer,) = first
    assert MENU in answer.body
    assert "send_message" not in house.viber.calls, "nothing was sent besides"
    greeting = house.viber.sent(GUEST)[0]
    assert greeting.is_welcome
    button = next(b for b in greeting.fields["keyboard"]["Buttons"] if "тарифы" in b["Text"])
    await guest.says(button["ActionBody"])
    reply = await guest.hears("город")
    assert reply.fields["receiver"] == GUEST
    async with ClientSession(house.base) as client, client.get("/metrics") as metrics:
        assert 'otklik_deliveries_total{channel="main",state="failed"}' not in await metrics.text()


async def test_many_repeats_at_once_get_one_body(house: House) -> None:
    answers = await house.viber.deliver(house.guest.opens(), times=8)
    assert len(set(answers)) == 1
    assert MENU in answers[0].body


async def test_who_left_and_comes_back_is_greeted_anew(house: House) -> None:
    guest = house.guest
    await guest.says("меню")
    await guest.hears(MENU)
    house.viber.people[GUEST].subscribed = False
    left = guest.event("unsubscribed", user_id=GUEST)
    assert await house.viber.deliver(left) == [Reply(200, "text/plain", "")]
    (answer,) = await house.viber.deliver(guest.opens())
    assert MENU in answer.body
    assert house.viber.sent(GUEST)[-1].is_welcome
    assert house.viber.calls.count("send_message") == 1


async def test_viber_fetches_a_picture_by_its_link(house: House) -> None:
    (answer,) = await house.viber.deliver(house.guest.opens("office"))
    body = json.loads(answer.body)
    assert (body["type"], body["text"]) == ("picture", "Мы находимся здесь.")
    async with ClientSession() as client, client.get(body["media"]) as picture:
        assert picture.status == 200
        assert picture.headers["Content-Type"] == "image/png"
        assert await picture.read() == png()
    link = body["media"].rpartition("/")[0]
    assert link.rpartition("/")[2] not in house.serve.output


async def test_who_is_subscribed_is_answered_by_a_message(house: House) -> None:
    guest = house.guest
    house.viber.people[GUEST].subscribed = True
    opened = {**guest.opens(), "subscribed": True}
    assert await house.viber.deliver(opened) == [Reply(200, "text/plain", "")]
    assert not (await guest.hears(MENU)).is_welcome


@pytest.mark.postgres
@pytest.mark.nats
async def test_requests_turns_and_sends_may_be_three_processes(
    viber: FakeViber,
    tmp_path: Path,
    cache: Path,
    postgres_server: str,
    nats_server: NatsServer,
) -> None:
    await empty_database(postgres_server)
    port = free_port()
    shared = {
        "DATABASE_URL": postgres_server.replace("postgresql://", "postgresql+asyncpg://"),
        "NATS_URL": nats_server.url,
        "SECRET_KEY": "a-secret-key-of-the-tests-32-or-more",
    }
    given = settings_of(viber, port, **shared)
    guests = [Guest(viber, f"guest{n}=") for n in range(5)]
    async with AsyncExitStack() as stack:
        for role in ("worker", "delivery", "web"):
            process = _part(role, tmp_path, cache, given)
            await stack.enter_async_context(process)
        await viber.bell.until(lambda: viber.webhook["url"])
        for guest in guests:
            (answer,) = await viber.deliver(guest.opens())
            assert MENU in answer.body
        assert "send_message" not in viber.calls
        await guests[0].says("скорость и тарифы")
        await guests[0].hears("город")


def _part(role: str, folder: Path, cache: Path, given: Mapping[str, str]) -> Serve:
    return Serve("--role", role, cwd=folder, cache=cache, settings=given)
