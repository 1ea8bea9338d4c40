"""What a company says of its community is checked before anything starts."""

import pytest

from core.errors import (
    ConfigError,
)
from tests.bots.vk.conftest import (
    MakeChannel,
)


def test_wrong_settings_are_all_named_at_once(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError) as caught:
        make_channel(token="", group_id=0, secret="", public_url="", api_url="x", timeout=0)
    assert len(caught.value.problems) == 6
    assert all(problem.startswith("channel main: ") for problem in caught.value.problems)


@pytest.mark.parametrize("secret", ["", "пароль", "a b", "x" * 51])
def test_a_secret_vk_would_refuse_is_refused_at_start(
    make_channel: MakeChannel, secret: str
) -> None:
    with pytest.raises(ConfigError, match="secret"):
        make_channel(secret=secret)


def test_the_secret_is_sent_to_no_address_without_tls(make_channel: MakeChannel) -> None:
    with pytest.raises(ConfigError, match="https"):
        make_channel(public_url="http://bot.example.org", api_url="https://api.vk.ru")


@pytest.mark.parametrize(
    "api_url", ["https://api.vk.ru", "https://api.vk.ru/", "https://api.vk.ru/method/"]
)
def test_the_address_of_the_api_may_be_written_either_way(
    make_channel: MakeChannel, api_url: str
) -> None:
    made = make_channel(api_url=api_url, public_url="https://bot.example.org")
    assert made.settings.method_url == "https://api.vk.ru/method/"
