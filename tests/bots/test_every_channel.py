"""What holds for the channel of every platform, and is no line of its quality.yaml."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import pytest

from bots.transport import Transport
from bots.way import Way
from core.channel import Channel
from core.errors import ChannelUnavailable, MessageRejected
from tests.bots.contract.house import way_of
from tests.bots.contract.platforms import SHIPPED, double_of
from tests.bots.letters import letter
from tests.fakes.clock import Clock
from tests.fakes.dressed import Dressed
from tests.storage.build import NOW


class Account(NamedTuple):
    """A platform with an account. open: its channel; settings may be overridden by name."""

    double: Dressed[Any]
    open: Callable[..., Channel]


@pytest.fixture(params=SHIPPED)
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Account]:
    transport, ways = Transport(), list[Way]()
    async with double_of(request.param) as double:
        assert isinstance(double, Dressed)

        def opened(**overrides: Any) -> Channel:
            clock, url = Clock(NOW), "http://127.0.0.1:1"
            ways.append(way_of(double, transport, clock, url, **overrides))
            return ways[-1].channel

        yield Account(double, opened)
        for way in ways:
            await way.channel.close()
    await transport.close()


def test_the_adapter_is_a_channel(account: Account) -> None:
    assert account.open().name == "main"


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:9", "http://nobody.invalid"])
async def test_nobody_listening_proves_that_nothing_was_sent(
    account: Account, api_url: str
) -> None:
    channel = account.open(api_url=api_url)
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.send(letter(chat=account.double.chats[0]))
    assert caught.value.reason == "network"


async def test_a_text_that_is_no_unicode_is_rejected_not_lost(account: Account) -> None:
    with pytest.raises(MessageRejected, match="encoding"):
        await account.open().send(letter("a\ud800", chat=account.double.chats[0]))
    assert account.double.fake.calls == []


def test_settings_do_not_print_their_secrets(account: Account) -> None:
    channel: Any = account.open()
    given = account.double.settings()
    secrets = [str(given[key]) for key in given if key.endswith(("token", "secret"))]
    assert account.double.canary in secrets
    assert not [secret for secret in secrets if secret in repr(channel.settings)]


async def test_a_refused_token_fails(account: Account) -> None:
    wrong = f"{account.double.canary[:-1]}b"
    (finding,) = await account.open(token=wrong).health()
    assert finding.level == "FAIL"
    assert finding.text.startswith("token refused")


async def test_a_platform_that_cannot_be_reached_fails_with_a_hint(account: Account) -> None:
    (finding,) = await account.open(api_url="http://127.0.0.1:9").health()
    assert finding.level == "FAIL"
    assert finding.text.startswith("unreachable")
    hint = "proxy" if account.double.platform == "telegram" else "api_url"
    assert hint in finding.remedy
