"""Settings: where they come from, and that no secret among them is shown."""

from datetime import timedelta

import pytest

from config.channels import TelegramChannel, VkChannel
from config.settings import load
from core.errors import ConfigError
from tests.config.given import TOKEN, loaded, no_file, problems, telegram


def test_nothing_set_is_a_working_installation() -> None:
    settings = loaded()
    assert settings.database_url == "sqlite+aiosqlite:///otklik.db"
    assert settings.backoffice.driver == "none"
    assert settings.log == "text"
    assert settings.channels == {}


def test_a_variable_wins_over_the_file_and_the_file_over_the_default() -> None:
    toml = '[rating]\nwindow = "48h"\ncomment = "5m"\n'
    settings = loaded(toml, RATING__WINDOW="12h")
    assert settings.rating.window == timedelta(hours=12)
    assert settings.rating.comment == timedelta(minutes=5)
    assert settings.rating.change == timedelta(hours=24)


def test_an_empty_variable_is_unset() -> None:
    assert loaded(LANG="", PUBLIC_URL=" ").lang is None


def test_other_programs_variables_are_left_alone() -> None:
    assert load({"HOME": "x", "PATH": "y", "OTKLIKS": "z"}, no_file) == loaded()


def test_otklik_config_names_another_file() -> None:
    settings = load({"OTKLIK_CONFIG": "my.toml"}, {"my.toml": 'lang = "en"'}.get)
    assert settings.lang == "en"


def test_a_file_that_was_named_must_exist() -> None:
    with pytest.raises(ConfigError, match=r"OTKLIK_CONFIG names «my\.toml»"):
        load({"OTKLIK_CONFIG": "my.toml"}, no_file)


def test_a_file_that_cannot_be_read_is_told_with_everything_else() -> None:
    def read(path: str) -> str | None:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(ConfigError) as caught:
        load({"OTKLIK_CONFIG": "my.toml", "OTKLIK_LANG": "de"}, read)
    assert caught.value.problems == (
        "my.toml cannot be read: Permission denied",
        "OTKLIK_LANG is «de»; allowed: ru or en",
    )


def test_broken_toml_is_one_problem_with_its_line() -> None:
    (problem,) = problems("lang = ru\n")
    assert problem.startswith("otklik.toml is no valid TOML")
    assert "line 1" in problem


def test_proxies_are_declared_by_addresses_and_networks() -> None:
    assert loaded(TRUSTED_PROXIES="127.0.0.1, fd00::/8").trusted_proxies == (
        "127.0.0.1",
        "fd00::/8",
    )
    assert loaded('trusted_proxies = ["10.0.0.0/8"]').trusted_proxies == ("10.0.0.0/8",)
    assert loaded().trusted_proxies == ()


def test_a_byte_order_mark_does_not_matter() -> None:
    assert loaded('\ufefflang = "en"').lang == "en"


def test_channels_are_made_by_their_variables() -> None:
    channel = loaded(**telegram(MODE="polling", MAX_CONNECTIONS="4")).channels["main"]
    assert isinstance(channel, TelegramChannel)
    assert channel.token.get_secret_value() == TOKEN
    assert (channel.mode, channel.max_connections) == ("polling", 4)


def test_file_and_variables_make_one_channel_together() -> None:
    toml = f'[channels.main]\nplatform = "telegram"\ntoken = "{TOKEN}"\n'
    channel = loaded(toml, CHANNELS__MAIN__SECRET="s3cret").channels["main"]
    assert isinstance(channel, TelegramChannel)
    assert channel.secret is not None


@pytest.mark.parametrize("group_id", ["123", '"123"'])
def test_an_id_may_be_a_number_or_text(group_id: str) -> None:
    toml = f'[channels.vk]\nplatform = "vk"\ntoken = "t"\nsecret = "s"\ngroup_id = {group_id}\n'
    channel = loaded(toml).channels["vk"]
    assert isinstance(channel, VkChannel)
    assert channel.group_id == "123"


def test_no_secret_is_printed_with_the_settings() -> None:
    settings = loaded(
        SECRET_KEY="canary-" + "k" * 40,
        DATABASE_URL="postgresql+asyncpg://u:canary-pw@h/d",
        NATS_URL="nats://u:canary-pw@h",
        BACKOFFICE__DRIVER="http",
        BACKOFFICE__URL="https://billing.example",
        BACKOFFICE__TOKEN="canary-token",
        **telegram(SECRET="canary-secret", PROXY="socks5://u:canary@h:1"),
    )
    assert "canary" not in repr(settings)
    assert "canary" not in str(settings)
    assert TOKEN not in repr(settings)
