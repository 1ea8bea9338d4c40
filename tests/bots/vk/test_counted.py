"""VK counts every call of a token, and so do we."""

from pathlib import Path

from bots.transport import Transport
from bots.vk.channel import VkChannel
from bots.vk.settings import VkSettings
from core.content import Media
from core.pacing import Meter
from tests.bots.vk.conftest import GROUP, PERSON, TOKEN, letter, stored
from tests.fakes.clock import Clock
from tests.fakes.vk import FakeVk


async def test_every_call_is_counted_and_a_picture_costs_what_it_is_said_to_cost(
    vk: FakeVk, transport: Transport, clock: Clock, tmp_path: Path
) -> None:
    settings = VkSettings(
        name="main",
        token=TOKEN,
        group_id=GROUP,
        secret="canary-secret",
        public_url="http://127.0.0.1:1",
        api_url=vk.api_url,
    )
    meter = Meter()
    channel = VkChannel(settings, transport=transport, clock=clock, counted=meter)
    media = (Media(kind="image", attachment="a"),)
    file = stored(tmp_path)
    sent = await channel.send(letter("Вот", media=media, files={"a": file}))
    price = 1 + channel.capabilities.upload_calls
    assert meter.owed() == price
    assert len([call for call in vk.calls if "." in call]) == price, "the file server counts apart"
    await channel.typing(str(PERSON))
    await channel.acknowledge(f"{PERSON}:{PERSON}:e1")
    await channel.edit(str(PERSON), sent.platform_id, "иначе")
    await channel.erase(str(PERSON), sent.platform_id)
    await channel.health()
    assert meter.owed() == len([call for call in vk.calls if "." in call]) - price
