"""Settings of a platform that lives in a package of its own."""

import pytest

from bots.adapters import plain
from tests.config.given import loaded, problems


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
