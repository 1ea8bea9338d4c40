"""What is refused of the settings, and in which words."""

import pytest

from tests.config.given import TOKEN, problems, telegram


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
        (
            {"HOST": "127.0.0.1:8080"},
            "OTKLIK_HOST is «127.0.0.1:8080»; allowed: a name or an address without a port, such"
            " as 127.0.0.1 or ::1",
        ),
        ({"PORT": "9" * 5000}, "OTKLIK_PORT is «9999"),
        (
            {"POLICY__DEFAULT_QUEUE": "First line"},
            "OTKLIK_POLICY__DEFAULT_QUEUE is «First line»; allowed: a small letter first, then"
            " a-z 0-9 _",
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
            "OTKLIK_CHANNELS__MAIN__PLATFORM must be one of telegram, vk, viber, max, messenger,"
            " or the",
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


def test_an_id_without_end_is_a_sentence_too() -> None:
    given = {"CHANNELS__MAIN__PLATFORM": "vk", "CHANNELS__MAIN__GROUP_ID": "9" * 5000}
    told = problems(**given)
    assert any(one.startswith("OTKLIK_CHANNELS__MAIN__GROUP_ID is «999") for one in told)
