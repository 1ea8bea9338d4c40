"""What a company says of its bot is checked before anything starts."""

import pytest

from core.errors import (
    ConfigError,
)
from tests.bots.max.conftest import (
    MakeChannel,
)


def test_wrong_settings_are_all_named_at_once(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError) as caught:
        make_channel(token="a b", secret="", public_url="", timeout=0, ca_file="/nowhere.pem")
    assert len(caught.value.problems) == 5
    assert all(problem.startswith("channel main: ") for problem in caught.value.problems)


@pytest.mark.parametrize("secret", ["", "abcd", "пароль", "a b c d", "under_score", "x" * 257])
def test_a_secret_max_would_refuse_is_refused_at_start(
    make_channel: MakeChannel, secret: str
) -> None:
    with pytest.raises(ConfigError, match="secret"):
        make_channel(secret=secret)


@pytest.mark.parametrize("url", ["http://bot.example.org", "https://bot.example.org:8443", "x"])
def test_an_address_max_would_not_call_is_refused_at_start(
    make_channel: MakeChannel, url: str
) -> None:
    with pytest.raises(ConfigError, match="public_url"):
        make_channel(public_url=url, api_url="https://platform-api2.max.ru")


def test_polling_needs_neither_secret_nor_address(make_channel: MakeChannel) -> None:
    assert make_channel(mode="polling", secret="", public_url="").name == "main"
