"""The manual of the terminal and its help line name what there is."""

import re
from pathlib import Path

import pytest

import bots.console
from bots.console import parse
from bots.console.chat import console_texts

COMMANDS = parse._COMMAND.pattern.partition("(")[2].partition(")")[0].split("|")
MANUAL = Path(bots.console.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_every_command_has_its_line_in_the_manual() -> None:
    described = set(re.findall(r"`/([a-z]+)", MANUAL.partition("## `--plain`")[0]))
    assert described - {"word"} == set(COMMANDS)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_help_names_every_command(lang: str) -> None:
    told = set(re.findall(r"/([a-z]+)", console_texts(lang)["help"]))
    assert told == set(COMMANDS) - {"help", "exit"}
