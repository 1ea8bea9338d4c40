"""The subscription of our webhook: made, kept, taken off."""

from bots.max.channel import MaxChannel
from tests.bots.max.conftest import (
    SECRET,
    MakeChannel,
)
from tests.fakes.max import FakeMax


async def test_registering_subscribes_our_address(channel: MaxChannel, fake: FakeMax) -> None:
    await channel.register()
    await channel.register()
    (subscription,) = fake.subscriptions
    assert subscription["url"] == "http://127.0.0.1:1/webhooks/main"
    assert subscription["secret"] == SECRET
    assert subscription["update_types"] == [
        "message_created", "message_callback", "message_edited", "message_removed",
        "bot_started", "bot_stopped", "dialog_removed",
    ]  # fmt: skip


async def test_registering_in_polling_mode_takes_every_address_off(
    make_channel: MakeChannel, fake: FakeMax
) -> None:
    await make_channel().register()
    await make_channel(name="other").register()
    polling = make_channel(mode="polling")
    assert await polling.watch() is True
    assert fake.subscriptions == []
    assert await polling.watch() is False


async def test_the_watchdog_subscribes_again_when_max_dropped_us(
    channel: MaxChannel, fake: FakeMax
) -> None:
    await channel.register()
    assert await channel.watch() is False
    fake.drop_webhook()
    assert await channel.watch() is True
    fake.subscriptions[0]["update_types"] = ["message_created"]
    assert await channel.watch() is True
    assert await channel.watch() is False
    assert fake.calls.count("POST /subscriptions") == 3
