"""What a company says of its page is checked before anything starts."""

import pytest

from core.errors import (
    ChannelUnavailable,
    ConfigError,
)
from tests.bots.messenger.conftest import (
    MakeChannel,
    letter,
)
from tests.fakes.messenger import FakeMessenger


async def test_another_version_of_the_api_is_another_address(
    make_channel: MakeChannel, messenger: FakeMessenger
) -> None:
    with pytest.raises(ChannelUnavailable, match="404"):
        await make_channel(api_version="v26.0").send(letter())
    assert messenger.calls == []


def test_wrong_settings_are_all_named_at_once(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError) as caught:
        make_channel(
            page_id="моя",
            token="",
            app_secret="a b",
            verify_token="пароль",
            api_version="25",
            timeout=0,
            api_url="ftp://x",
        )
    assert len(caught.value.problems) == 7
    assert all(problem.startswith("channel page: ") for problem in caught.value.problems)


def test_an_address_facebook_would_not_call_is_refused_at_start(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError, match="public_url"):
        make_channel(api_url="https://graph.facebook.com")
