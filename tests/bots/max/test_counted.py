"""MAX counts every call of a bot, and so do we."""

from pathlib import Path

from bots.max.channel import MaxChannel
from bots.max.settings import MaxSettings
from bots.transport import Transport
from core.pacing import Meter
from tests.bots.max.conftest import DIALOG, TOKEN, USER, picture
from tests.fakes.clock import Clock
from tests.fakes.max import FakeMax


async def test_every_call_is_counted_and_a_picture_costs_what_it_is_said_to_cost(
    fake: FakeMax, transport: Transport, clock: Clock, tmp_path: Path
) -> None:
    settings = MaxSettings(
        name="main",
        token=TOKEN,
        secret="canary-secret",
        public_url="http://127.0.0.1:1",
        api_url=fake.api_url,
    )
    meter = Meter()
    channel = MaxChannel(settings, transport=transport, clock=clock, counted=meter)
    sent = await channel.send(picture(tmp_path))
    price = 1 + channel.capabilities.upload_calls
    assert meter.owed() == price
    before = len(fake.calls)
    await channel.typing(f"{USER}:{DIALOG}")
    await channel.acknowledge("c1")
    await channel.retire_options(f"{USER}:{DIALOG}", sent.platform_id)
    await channel.edit(f"{USER}:{DIALOG}", sent.platform_id, "иначе")
    await channel.erase(f"{USER}:{DIALOG}", sent.platform_id)
    await channel.health()
    assert meter.owed() == len(fake.calls) - before
