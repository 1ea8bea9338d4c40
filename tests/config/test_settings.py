"""Settings: where they come from, what is refused, and in which words."""

import re
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

import config
from bots.adapters import plain
from config.channels import PLATFORMS, TelegramChannel, VkChannel
from config.problems import names
from config.settings import Settings, attempt_limits, load, policy, questions
from core.errors import ConfigError
from core.policy import Policy

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
DEFAULT = Path(config.__file__).with_name("default.toml").read_text(encoding="utf-8")


def loaded(toml: str = "", **variables: str) -> Settings:
    files = {"otklik.toml": toml} if toml else {}
    return load({f"OTKLIK_{name}": value for name, value in variables.items()}, files.get)


def no_file(path: str) -> None:
    """There is no such file."""


def problems(toml: str = "", **variables: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(toml, **variables)
    return list(caught.value.problems)


def telegram(**more: str) -> dict[str, str]:
    given = {"PLATFORM": "telegram", "TOKEN": TOKEN, "SECRET": "s3cret", **more}
    return {f"CHANNELS__MAIN__{name}": value for name, value in given.items() if value}


# -- where they come from


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


# -- what is refused


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"LANG": "de"}, "OTKLIK_LANG is «de»; allowed: ru or en"),
        ({"LOG": "xml"}, "OTKLIK_LOG is «xml»; allowed: json or text"),
        (
            {"PORT": "http"},
            "OTKLIK_PORT is «http»; allowed: a whole number from 0 to 65535",
        ),
        ({"PORT": "70000"}, "OTKLIK_PORT is «70000»; allowed: a whole number from 0 to 65535"),
        (
            {"RATING__WINDOW": "3 days"},
            "OTKLIK_RATING__WINDOW is «3 days»; allowed: a number and s, m, h or d, such as 15m"
            " or 72h",
        ),
        ({"RATING__SCALE": "7"}, "OTKLIK_RATING__SCALE is «7»; allowed: 5 or 10"),
        ({"NPS__SCALE": "0-5"}, "OTKLIK_NPS__SCALE is «0-5»; allowed: 0-10 or 1-10"),
        (
            {"NPS__SAMPLE": "2"},
            "OTKLIK_NPS__SAMPLE is «2»; allowed: a number from 0 to 1, such as 0.1",
        ),
        ({"NPS__SAMPLE": "some"}, "OTKLIK_NPS__SAMPLE is «some»; allowed: a number from 0 to 1"),
        ({"NPS__SAMPLE": "nan"}, "OTKLIK_NPS__SAMPLE is «nan»; allowed: a number from 0 to 1"),
        (
            {"ZONE": "+03:00"},
            "OTKLIK_ZONE is «+03:00»; allowed: the name of a time zone such as Europe/Moscow;"
            " offsets like +03:00 are not",
        ),
        ({"ZONE": "Nope/Zone"}, "OTKLIK_ZONE is «Nope/Zone»; allowed: the name of a time zone"),
        ({"REPORT__AT": "8"}, "OTKLIK_REPORT__AT is «8»; allowed: a time of day such as 08:00"),
        (
            {"SECRET_KEY": "short-and-s3cret"},
            "OTKLIK_SECRET_KEY is not of the right form; allowed: at least 32 characters without"
            " spaces",
        ),
        (
            {"DATABASE_URL": "mysql://root:s3cret@x"},
            "OTKLIK_DATABASE_URL is not of the right form; allowed: an address such as"
            " sqlite+aiosqlite:///otklik.db or postgresql+asyncpg://user@host/name",
        ),
        (
            {"PUBLIC_URL": "support.example.com"},
            "OTKLIK_PUBLIC_URL is not of the right form; allowed: an address such as"
            " https://support.example.com",
        ),
        (
            {"TRUSTED_PROXIES": "proxy.example"},
            "OTKLIK_TRUSTED_PROXIES is «proxy.example»; allowed: addresses or networks such as"
            " 127.0.0.1, 10.0.0.0/8",
        ),
        (
            {"BACKOFFICE__DRIVER": "soap"},
            "OTKLIK_BACKOFFICE__DRIVER is «soap»; allowed: demo, http, none or the path of a"
            " class, module:Class",
        ),
        (
            {"BACKOFFICE__DRIVER": "http"},
            "OTKLIK_BACKOFFICE__URL is needed by the driver http: the address of the company's"
            " service",
        ),
        (
            {"RATING": "5"},
            "OTKLIK_RATING is «5»; allowed: a group of settings, each by its own name"
            " (OTKLIK_RATING__…)",
        ),
        ({"LANG__X": "ru"}, "OTKLIK_LANG is a group"),
        ({"LAMG": "ru"}, "OTKLIK_LAMG is no setting; perhaps «OTKLIK_LANG»?"),
        (
            {"RATING_WINDOW": "1h"},
            "OTKLIK_RATING_WINDOW is no setting; perhaps «OTKLIK_RATING__WINDOW»?",
        ),
        ({"WINDOW": "1h"}, "OTKLIK_WINDOW is no setting; perhaps «OTKLIK_"),
        ({"FLUX_CAPACITOR": "1"}, "OTKLIK_FLUX_CAPACITOR is no setting"),
        ({"A____B": "1"}, "OTKLIK_A____B is no setting: names are words joined by «__»"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_a_sentence_that_says_what_is_allowed(
    variables: dict[str, str], told: str
) -> None:
    (problem,) = problems(**variables)
    assert problem.startswith(told)
    assert "s3cret" not in problem


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"TOKEN": ""}, "OTKLIK_CHANNELS__MAIN__TOKEN is needed"),
        (
            {"TOKEN": "nonsense"},
            "OTKLIK_CHANNELS__MAIN__TOKEN is not of the right form; allowed: digits, a colon and"
            " letters, as BotFather gave it",
        ),
        (
            {"SECRET": ""},
            "OTKLIK_CHANNELS__MAIN__SECRET is needed in webhook mode: without it anybody could"
            " write in a customer's name; or set OTKLIK_CHANNELS__MAIN__MODE=polling",
        ),
        (
            {"SECRET": "with space"},
            "OTKLIK_CHANNELS__MAIN__SECRET is not of the right form; allowed: 1 to 256 of A-Z"
            " a-z 0-9 _ -",
        ),
        (
            {"PLATFORM": "icq"},
            "OTKLIK_CHANNELS__MAIN__PLATFORM must be one of telegram, vk, viber, max,",
        ),
        ({"PLATFORM": ""}, "OTKLIK_CHANNELS__MAIN__PLATFORM must be one of telegram,"),
        (
            {"MODE": "push"},
            "OTKLIK_CHANNELS__MAIN__MODE is «push»; allowed: webhook or polling",
        ),
        (
            {"TOKKEN": "x"},
            "OTKLIK_CHANNELS__MAIN__TOKKEN is no setting; perhaps «OTKLIK_CHANNELS__MAIN__TOKEN»?",
        ),
        (
            {"MAX_CONNECTIONS": "0"},
            "OTKLIK_CHANNELS__MAIN__MAX_CONNECTIONS is «0»; allowed: a whole number from 1 to 100",
        ),
        (
            {"PROXY": "proxy.example:1080"},
            "OTKLIK_CHANNELS__MAIN__PROXY is not of the right form; allowed: an address such as",
        ),
    ],
)
def test_a_wrong_channel_is_told_by_its_variables(more: dict[str, str], told: str) -> None:
    (problem,) = problems(**telegram(**more))
    assert problem.startswith(told)


def test_a_channel_name_is_lower_case() -> None:
    toml = f'[channels."Main Bot"]\nplatform = "telegram"\ntoken = "{TOKEN}"\nmode = "polling"\n'
    (problem,) = problems(toml)
    assert "begins with a small letter" in problem


def test_a_problem_in_the_file_names_the_file_and_a_hint_in_its_way() -> None:
    assert problems('[ratting]\nwindow = "1h"\n') == [
        "ratting in otklik.toml is no setting; perhaps «rating»?"
    ]
    assert problems('[rating]\nwindov = "1h"\n') == [
        "rating.windov in otklik.toml is no setting; perhaps «rating.window»?"
    ]
    (problem,) = problems('[rating]\nwindow = "soon"\n')
    assert problem.startswith("rating.window in otklik.toml is «soon»")


def test_all_problems_are_told_at_once() -> None:
    told = problems(
        'lang = "de"\n[nps]\nscale = "x"\n',
        PORT="x",
        LAMG="ru",
        BACKOFFICE__DRIVER="http",
        RATING__QUESTION="nps",
        RATING__SCALE="5",
        CHANNELS__A__PLATFORM="telegram",
        CHANNELS__B__PLATFORM="messenger",
    )
    assert len(told) == 12, "\n".join(told)
    assert len(set(told)) == 12
    for name in ("TOKEN", "APP_SECRET", "VERIFY_TOKEN", "PAGE_ID"):
        assert f"OTKLIK_CHANNELS__B__{name} is needed" in told


@pytest.mark.parametrize("platform", ["vk", "max"])
def test_webhooks_without_a_secret_are_refused_on_every_platform_that_has_one(
    platform: str,
) -> None:
    told = problems(CHANNELS__C__PLATFORM=platform, CHANNELS__C__TOKEN="t")
    assert any("CHANNELS__C__SECRET is needed in webhook mode" in problem for problem in told)


# -- secrets


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


# -- ratings


@pytest.mark.parametrize(
    ("question", "scale", "asked", "csi_scale"),
    [
        ("", "", "csi", (1, 5)),
        ("", "5", "csi", (1, 5)),
        ("", "10", "nps", (1, 5)),
        ("csi", "", "csi", (1, 5)),
        ("nps", "", "nps", (1, 5)),
        ("nps", "10", "nps", (1, 5)),
        ("csi", "5", "csi", (1, 5)),
        ("csi", "10", "csi", (1, 10)),
        ("mixed", "", "mixed", (1, 5)),
        ("mixed", "10", "mixed", (1, 10)),
        ("off", "", "off", (1, 5)),
    ],
)
def test_question_and_scale_agree(
    question: str, scale: str, asked: str, csi_scale: tuple[int, int]
) -> None:
    settings = loaded(RATING__QUESTION=question, RATING__SCALE=scale)
    assert questions(settings) == (asked, csi_scale)


def test_nps_on_five_points_is_refused() -> None:
    (problem,) = problems("[rating]\nscale = 5\n", RATING__QUESTION="nps")
    assert problem == (
        "rating.scale in otklik.toml is 5, and OTKLIK_RATING__QUESTION is nps, which has ten"
        " points: take one of them out"
    )


@pytest.mark.parametrize(("scale", "expected"), [("0-10", (0, 10)), ("1-10", (1, 10))])
def test_ten_points_begin_where_the_setting_says(scale: str, expected: tuple[int, int]) -> None:
    rating = policy(loaded(RATING__SCALE="10", NPS__SCALE=scale)).rating
    assert (rating.question, rating.nps_scale) == ("nps", expected)


def test_the_policy_of_no_settings_is_the_engines_own() -> None:
    assert policy(loaded()) == Policy()


def test_every_number_of_the_policy_can_be_set() -> None:
    made = policy(
        loaded(
            REOPEN__WINDOW="1h",
            RATING__WINDOW="2h",
            RATING__CHANGE="3h",
            RATING__COMMENT="4m",
            NPS__SAMPLE="0.5",
            NPS__COOLDOWN="5d",
            POLICY__CALL_WAIT="6s",
            POLICY__AUTO_CLOSE="7h",
            POLICY__DEFAULT_QUEUE="sales",
        )
    )
    assert made.reopen_window == timedelta(hours=1)
    assert made.rating.window == timedelta(hours=2)
    assert made.rating.change == timedelta(hours=3)
    assert made.rating.comment == timedelta(minutes=4)
    assert made.rating.nps_sample == 0.5
    assert made.rating.nps_cooldown == timedelta(days=5)
    assert made.call_wait == timedelta(seconds=6)
    assert made.auto_close == timedelta(hours=7)
    assert made.default_queue == "sales"


def test_attempts_are_settings() -> None:
    limits = attempt_limits(loaded(ATTEMPTS__CODES="1", ATTEMPTS__WINDOW="2h"))
    assert (limits.codes, limits.checks, limits.window) == (1, 5, timedelta(hours=2))


def test_the_report_goes_out_at_eight() -> None:
    assert loaded().report.at == time(8, 0)


# -- default.toml


def uncommented(text: str) -> str:
    return re.sub(r"(?m)^#(?=[\[a-z])", "", text)


def paths(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for key, value in tree.items():
        found |= paths(value, (*path, key)) if isinstance(value, dict) else {(*path, key)}
    return found


def test_the_documented_defaults_are_the_defaults() -> None:
    assert loaded(DEFAULT) == loaded()


def test_every_setting_is_documented_and_nothing_else() -> None:
    tree = tomllib.loads(uncommented(DEFAULT))
    channels = tree.pop("channels")
    assert paths(tree) == set(names(Settings))
    for name, shape in PLATFORMS.items():
        assert set(channels[name]) == set(shape.model_fields)


def test_defaults_are_live_lines_and_settings_without_one_are_commented() -> None:
    live = paths(tomllib.loads(DEFAULT))
    assert {path for path in names(Settings) if default_of(path) is not None} == live


def default_of(path: tuple[str, ...]) -> object:
    value: Any = loaded()
    for name in path:
        value = getattr(value, name)
    return value


def test_the_documented_examples_are_accepted() -> None:
    settings = loaded(uncommented(DEFAULT))
    assert set(settings.channels) == set(PLATFORMS)


def outside(**more: str) -> dict[str, str]:
    """A channel of a platform that lives in a package of its own."""
    given = {"PLATFORM": "our.pigeons", "TOKEN": "t0ken", "RETRIES": "3", **more}
    return {f"CHANNELS__POST__{key}": value for key, value in given.items()}


def test_a_platform_outside_has_settings_of_its_own() -> None:
    toml = '[channels.post.loft]\nname = "north"\nsecret = "s3cret"\nbirds = [1, 2]\n'
    channel = loaded(toml, **outside(PUBLIC_URL="https://a.example/")).channels["post"]
    assert (channel.platform, channel.public_url) == ("our.pigeons", "https://a.example")
    assert plain(channel) == {
        "enabled": True,
        "public_url": "https://a.example",
        "api_url": None,
        "platform": "our.pigeons",
        "token": "t0ken",
        "retries": "3",
        "loft": {"name": "north", "secret": "s3cret", "birds": [1, 2]},
    }


def test_secrets_of_a_platform_outside_are_never_shown() -> None:
    toml = '[channels.post.loft]\nname = "north"\nsecret = "s3cret"\n'
    settings = loaded(toml, **outside())
    assert not any(word in repr(settings) for word in ("t0ken", "s3cret"))
    told = problems(toml, **outside(PUBLIC_URL="t0ken", ENABLED="s3cret"), PORT="x")
    assert len(told) == 3
    assert "t0ken" not in "".join(told)


@pytest.mark.parametrize("platform", ["our.", ".pigeons", "our..pigeons", "our.pi geons", "a.1"])
def test_a_platform_outside_is_a_dotted_path(platform: str) -> None:
    (problem,) = problems(**outside(PLATFORM=platform))
    assert problem == (
        f"OTKLIK_CHANNELS__POST__PLATFORM is «{platform}»; allowed: the dotted path of a package,"
        " such as our_platforms.icq"
    )
