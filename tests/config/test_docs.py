"""The manual of the settings names each of them, and nothing that is none."""

import re
from pathlib import Path

import config
from config.channels import PLATFORMS, Channel
from config.problems import names
from config.settings import Settings
from config.sources import CONFIG, variable

MANUAL = Path(config.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_every_setting_has_its_line_in_the_manual() -> None:
    table = set(re.findall(r"(?m)^\| `(OTKLIK_[A-Z_]+)` \| .* \| .+ \|$", MANUAL))
    table.discard("OTKLIK_RATING__QUESTION")  # also heads the table below
    assert table | {"OTKLIK_RATING__QUESTION"} == {variable(path) for path in names(Settings)}


def test_every_variable_of_the_manual_exists() -> None:
    known = {variable(path) for path in names(Settings)} | {CONFIG}
    named = set(re.findall(r"\bOTKLIK_[A-Z_]+\b", MANUAL)) - {"OTKLIK_LAMG"}
    assert {name for name in named if not name.startswith("OTKLIK_CHANNELS__")} <= known


def test_every_key_of_a_channel_is_in_its_platforms_line() -> None:
    shared = set(Channel.model_fields) | {"platform"}
    for platform, shape in PLATFORMS.items():
        (line,) = re.findall(rf"(?m)^\| `{platform}` \|.*$", MANUAL)
        named = {name.lower() for name in re.findall(r"`([A-Z_]+)`", line)}
        assert named == set(shape.model_fields) - shared
