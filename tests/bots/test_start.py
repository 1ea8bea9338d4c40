"""What `otklik serve` says before it opens anything."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bots.cli import main
from bots.start import Options, apart, base, nearby, warning
from config.settings import Settings
from tests.config.given import TOKEN

Said = Callable[..., list[str]]

#: Fine as settings, and no platform would call it.
ADDRESS = 'public_url = "http://support.example.org:8080"'
THREE = f"""
[channels.tg]
platform = "telegram"
token = "{{token}}"
secret = "s3cret"
{ADDRESS}
[channels.viber]
platform = "viber"
token = "a-token-of-viber"
{ADDRESS}
[channels.fb]
platform = "messenger"
page_id = 7
token = "a-token"
app_secret = "a-secret"
verify_token = "a-word"
{ADDRESS}
"""


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Everything that `serve` says against settings, in order of the alphabet."""
    monkeypatch.chdir(tmp_path)

    def refused(toml: str, *words: str, command: str = "serve") -> list[str]:
        (tmp_path / "otklik.toml").write_text(toml, "utf-8")
        assert main([command, *words]) == 1
        return sorted(
            line.removeprefix("otklik: ") for line in capsys.readouterr().err.splitlines()
        )

    return refused


def where(said: list[str]) -> list[str]:
    """What each sentence is about."""
    return [sentence.split(" is ")[0].split(" must ")[0] for sentence in said]


ADDRESSES = [f"channel {name}: `public_url`" for name in ("fb", "tg", "viber")]


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_what_platforms_refuse_is_told_together_with_wrong_settings(
    command: str, said: Said
) -> None:
    toml = THREE.format(token=TOKEN)
    assert where(said(toml, command=command)) == ADDRESSES
    told = said(f'zone = "x"\n{toml}', command=command)
    assert where(told) == [*ADDRESSES, "zone in otklik.toml"]


def test_of_a_channel_with_a_wrong_setting_the_others_are_told_and_nothing_twice(
    said: Said,
) -> None:
    told = said(THREE.format(token="nonsense").replace('verify_token = "a-word"\n', ""))
    missing, wrong = "OTKLIK_CHANNELS__FB__VERIFY_TOKEN", "channels.tg.token in otklik.toml"
    assert where(told) == [missing, *ADDRESSES, wrong]


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('mode = "push"', ["channels.tg.mode in otklik.toml"]),
        ('mode = "polling"\nmax_connections = 0', ["channels.tg.max_connections in otklik.toml"]),
        ('public_url = "nonsense"', ["channels.tg.public_url in otklik.toml"]),
        ('api_url = "nonsense"', ["channels.tg.api_url in otklik.toml"]),
        ("enabled = false\nmax_connections = 0", ["channels.tg.max_connections in otklik.toml"]),
        (
            "max_connections = 0",
            ["channel tg: `public_url`", "channels.tg.max_connections in otklik.toml"],
        ),
    ],
)
def test_nothing_is_guessed_from_a_setting_that_is_wrong(
    toml: str, told: list[str], said: Said
) -> None:
    bot = f'[channels.tg]\nplatform = "telegram"\ntoken = "{TOKEN}"\nsecret = "s3cret"\n'
    assert where(said(f"{bot}{toml}\n")) == told


def test_a_wrong_address_of_the_installation_is_told_once(said: Said) -> None:
    bot = f'[channels.tg]\nplatform = "telegram"\ntoken = "{TOKEN}"\nsecret = "s3cret"\n'
    assert where(said(f'public_url = "nonsense"\n{bot}')) == ["public_url in otklik.toml"]


def test_every_platform_survives_that_all_its_settings_are_missing(said: Said) -> None:
    names = ("telegram", "vk", "viber", "max", "messenger")
    told = said("".join(f'[channels.{name}]\nplatform = "{name}"\n' for name in names))
    assert len(told) == len(set(where(told)))
    assert [one for one in where(told) if one.startswith("channel ")] == [
        f"channel {name}: `public_url`" for name in sorted(names)
    ]


def test_a_platform_outside_is_asked_too(said: Said) -> None:
    package = '[channels.p]\nplatform = "tests.example_platform"\ntoken = "x"\nenabled = true\n'
    assert where(said(f'zone = "x"\n{package}')) == [
        "channel p: `api_url`",
        "channel p: `secret`",
        "zone in otklik.toml",
    ]


def test_a_file_that_is_no_toml_is_not_guessed_from(said: Said) -> None:
    (told,) = said(f"{THREE.format(token=TOKEN)}\nx = [")
    assert "is no valid TOML" in told


def test_a_database_that_needs_a_key_is_told_together_with_the_channels(said: Said) -> None:
    toml = f'database_url = "postgresql://u@127.0.0.1:1/x"\n{THREE.format(token=TOKEN)}'
    for more in ("", 'zone = "x"\n'):
        assert where(said(more + toml))[:4] == ["OTKLIK_SECRET_KEY", *ADDRESSES]


@pytest.mark.parametrize("role", ["web", "worker", "delivery"])
def test_a_part_of_the_work_is_not_done_where_nobody_can_do_the_rest(role: str, said: Said) -> None:
    (told,) = said("", "--role", role)
    assert told.startswith(f"--role {role} needs PostgreSQL (OTKLIK_DATABASE_URL): on SQLite one")
    assert where(said('zone = "x"\n', "--role", role))[1:] == ["zone in otklik.toml"]


@pytest.mark.parametrize(
    ("host", "address", "is_near", "is_warned"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", True, False),
        ("localhost", "http://localhost:80", True, False),
        ("::1", "http://[::1]:80", True, False),
        ("0.0.0.0", "http://127.0.0.1:80", True, True),  # noqa: S104  what a company may say
        ("::", "http://[::1]:80", True, True),
        ("192.0.2.1", "http://192.0.2.1:80", False, True),
        ("2001:db8::1", "http://[2001:db8::1]:80", False, True),
        ("support.example.org", "http://support.example.org:80", False, True),
    ],
)
def test_without_an_address_it_is_found_by_where_it_listens(
    host: str, address: str, is_near: bool, is_warned: bool
) -> None:
    here, options = Settings(), Options(host, 80)
    assert base(here, options) == address
    assert bool(nearby(here, options)) == is_near
    assert ("OTKLIK_PUBLIC_URL is not set" in warning(here, options)) == is_warned
    there = Settings(public_url="https://support.example.org")
    assert base(there, options) == "https://support.example.org"
    assert not nearby(there, options)
    assert not warning(there, options)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, ""),
        (1, ""),
        (-1, ""),
        (5.04, "this machine's clock is 5.0 s ahead of the database's"),
        (-1.2, "this machine's clock is 1.2 s behind the database's"),
    ],
)
def test_a_clock_that_differs_from_the_databases_is_told_of(seconds: float, told: str) -> None:
    said = apart(timedelta(seconds=seconds))
    assert said.startswith(told)
    assert said.endswith("keep them all by NTP" if told else "")
    assert bool(said) == bool(told)
