"""The adapter and the web application against somebody else's idea of the Bot API."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from aiohttp.web import AppRunner, TCPSite
from lo_bot_api_emulator import LoBotApiEmulator

from bots.polling import Poller
from bots.telegram.channel import TelegramChannel
from bots.telegram.client import Sessions
from bots.telegram.ingress import TelegramIngress
from bots.telegram.poll import TelegramUpdates
from bots.telegram.settings import TelegramSettings
from bots.way import In
from bots.web import application, serving
from core.channel import Letter, StoredFile
from core.content import Media, Option, Outgoing
from core.counters import Counters
from core.fitting import fitted
from core.updates import ButtonPressed, CustomerMessage
from handlers.acknowledge import Acknowledger
from tests.bots.telegram.conftest import NOW, SECRET, TOKEN, fixture
from tests.fakes.cursors import MemoryCursors
from tests.fakes.intake import FakeIntake

CHAT = "700100200"


class House(NamedTuple):
    """The emulator, our side of the webhook, the bot."""

    emulator: Any
    intake: FakeIntake
    channel: TelegramChannel
    acknowledger: Acknowledger

    async def say(self, content: Outgoing, files: dict[str, StoredFile] | None = None) -> list[str]:
        """Sends all the messages `content` takes; their ids."""
        ids = []
        for piece in fitted(content, self.channel.capabilities):
            letter = Letter(id=1, chat=CHAT, address=CHAT, content=piece, files=files or {})
            ids.append((await self.channel.send(letter)).platform_id)
        return ids

    def requests(self, method: str) -> list[dict[str, Any]]:
        return [request for request in self.emulator.requests if request["method"] == method]


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    mode: Literal["webhook", "polling"] = getattr(request, "param", "webhook")
    emulator = LoBotApiEmulator(allow_insecure_loopback_webhooks=True)
    runner = AppRunner(emulator.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", 0).start()
    intake = FakeIntake()
    channels: dict[str, TelegramChannel] = {}
    acknowledger = Acknowledger(channels)
    app = application(
        ingresses={"main": TelegramIngress(SECRET)},
        intake=intake,
        quarantine=intake.quarantine,
        taken=acknowledger,
        checks={},
        counters=Counters(),
    )
    async with serving(app, "127.0.0.1", 0) as port:
        settings = TelegramSettings(
            name="main",
            token=TOKEN,
            secret=SECRET,
            mode=mode,
            public_url=f"http://127.0.0.1:{port}",
            api_url=f"http://127.0.0.1:{runner.addresses[0][1]}",
        )
        channel = TelegramChannel(settings, sessions=Sessions(), clock=lambda: NOW)
        channels["main"] = channel
        await channel.register()
        yield House(emulator, intake, channel, acknowledger)
        await acknowledger.drain()
        await channel.close()
    await runner.cleanup()


async def test_an_update_comes_through_the_webhook_and_an_answer_goes_back(house: House) -> None:
    await house.emulator.enqueue_update(fixture("01_text_cyrillic"), token=TOKEN)
    (update,) = house.intake.updates
    assert isinstance(update, CustomerMessage)
    (platform_id,) = await house.say(
        Outgoing(text="Пришлём ссылку?", options=(Option(key="y", label="Да", token="oYES"),))
    )
    assert int(platform_id) > 0
    (sent,) = house.requests("sendMessage")
    assert (sent["status"], sent["fields"]) == (200, ["chat_id", "reply_markup", "text"])


async def test_a_press_is_stored_and_acknowledged(house: House) -> None:
    await house.emulator.enqueue_update(fixture("05_button"), token=TOKEN)
    assert isinstance(house.intake.updates[0], ButtonPressed)
    await house.acknowledger.drain()
    assert [request["status"] for request in house.requests("answerCallbackQuery")] == [200]


async def test_an_update_is_delivered_again_until_it_is_stored(house: House) -> None:
    house.intake.down = True
    await house.emulator.enqueue_update(fixture("01_text_cyrillic"), token=TOKEN)
    assert await house.emulator.deliver_updates(token=TOKEN) == 0
    house.intake.down = False
    assert await house.emulator.deliver_updates(token=TOKEN) == 1
    assert len(house.intake.filed) == 1


async def test_a_poison_update_does_not_stop_those_behind_it(house: House) -> None:
    raw = fixture("01_text_cyrillic")
    await house.emulator.enqueue_update({"message": {"chat": {"id": 1}}}, token=TOKEN)
    await house.emulator.enqueue_update({"message": raw["message"]}, token=TOKEN)
    await house.emulator.deliver_updates(token=TOKEN)
    assert len(house.intake.filed) == 1


async def test_everything_we_say_is_taken(house: House, tmp_path: Path) -> None:
    picture = tmp_path / "схема.png"
    picture.write_bytes(b"picture")
    files = {"a": StoredFile(path=str(picture), name="схема.png", mime="image/png", size=7)}
    image, file = Media(kind="image", attachment="a"), Media(kind="file", attachment="a")
    menu = tuple(Option(key=str(n), label=f"Пункт {n}", token=f"o{n}") for n in range(1, 41))
    link = Option(key="site", label="Сайт", url="https://example.org/")
    for content in (
        Outgoing(text="**Баланс**: 350,50 🙂\n" + "Очень длинный текст. " * 600, options=menu),
        Outgoing(text="Телефон?", request_phone="Отправить", options=menu[:3]),
        Outgoing(text="Схема", media=(image,), options=(*menu[:2], link)),
        Outgoing(text="Схемы " + "слово " * 300, media=(image, image, image), options=menu[:1]),
        Outgoing(text="Договор", media=(file, file)),
        Outgoing(text="Спасибо", reply_to="5"),
    ):
        assert await house.say(content, files)
    assert {request["status"] for request in house.emulator.requests} == {200}
    assert len(house.requests("sendMediaGroup")) == 2


async def test_the_rest_of_the_adapter_is_taken_too(house: House) -> None:
    (platform_id,) = await house.say(Outgoing(text="?"))
    await house.channel.retire_options(CHAT, platform_id)
    await house.channel.typing(CHAT)
    assert await house.channel.watch() is False
    assert (await house.channel.health())[0].text.startswith("@? webhook=set pending=0")
    assert {request["status"] for request in house.emulator.requests} == {200}


@pytest.mark.parametrize("house", ["polling"], indirect=True)
async def test_polling_stores_each_update_once_and_confirms_it(
    house: House, rng: random.Random
) -> None:
    cursor = MemoryCursors()
    way = In(house.intake, house.intake.quarantine, house.acknowledger, cursor, Counters())
    source = TelegramUpdates(house.channel, lambda: NOW, seconds=0)
    poller = Poller(source, way, clock=lambda: NOW, rng=rng)
    for name in ("01_text_cyrillic", "02_text_emoji_rtl", "05_button"):
        await house.emulator.enqueue_update(fixture(name), token=TOKEN)
    await poller.step()
    await poller.step()
    assert len(house.intake.filed) == 3
    assert cursor.value.startswith("831000106 ")
    await house.acknowledger.drain()
    assert len(house.requests("answerCallbackQuery")) == 1
    assert (await house.channel.health())[0].text.startswith("@? webhook=none pending=0")
