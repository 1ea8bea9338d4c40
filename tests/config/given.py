"""Settings as a company gives them: by a file and by variables."""

import pytest

from config.settings import Settings, load
from core.errors import ConfigError

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


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
