"""default.toml is the manual: every setting with its default, and nothing else."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import config
from config.channels import PLATFORMS
from config.problems import names
from config.settings import Settings
from tests.config.given import loaded

DEFAULT = Path(config.__file__).with_name("default.toml").read_text(encoding="utf-8")


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
