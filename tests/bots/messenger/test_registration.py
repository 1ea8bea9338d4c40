"""The subscription of our app to a page: made, kept."""

import pytest

from bots.messenger.capabilities import EVENTS
from bots.messenger.channel import MessengerChannel
from core.errors import (
    ChannelUnavailable,
)
from tests.fakes import faults
from tests.fakes.messenger import FakeMessenger


async def test_registering_subscribes_to_our_events(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    await channel.register()
    await channel.register()
    assert messenger.subscribed == list(EVENTS)


async def test_a_subscription_that_is_not_confirmed_is_none(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    messenger.fail_questions(faults.EMPTY)
    with pytest.raises(ChannelUnavailable):
        await channel.register()


async def test_the_watchdog_subscribes_again_and_leaves_a_good_subscription_alone(
    channel: MessengerChannel, messenger: FakeMessenger
) -> None:
    await channel.register()
    assert await channel.watch() is False
    messenger.drop_webhook()
    assert await channel.watch() is True
    messenger.subscribed.remove("message_echoes")
    assert await channel.watch() is True
    assert messenger.subscribed == list(EVENTS)
    assert messenger.calls.count("POST subscribed_apps") == 3
