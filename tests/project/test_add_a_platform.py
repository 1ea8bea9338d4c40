"""The guidance for a new platform: every file, name and command of it exists."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from bots.way import Opening, Way
from core.updates import Received

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "example_platform"
MANUAL = (ROOT / "bots" / "README.md").read_text("utf-8")
GUIDANCE = MANUAL.partition("## Add a platform\n")[2].partition("\n## ")[0]
NAMES = sorted(set(re.findall(r"`([^`\n]+)`", GUIDANCE.partition("```")[0])))
FILES = [
    name for name in NAMES if re.fullmatch(r"[\w./-]+\.(py|md|toml|yaml)|[\w-]+(/[\w-]+)+", name)
]
DOTTED = [name for name in NAMES if re.fullmatch(r"[a-z_]+(\.\w+)+", name) and name not in FILES]
COMMANDS = [name for name in NAMES if name.startswith("uv run ")]


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_guidance_exists(name: str) -> None:
    places = [ROOT / name, EXAMPLE / name, ROOT / "scenarios" / "ru" / name]
    assert any(place.exists() for place in places)


@pytest.mark.parametrize("name", DOTTED)
def test_every_name_of_the_guidance_exists(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    owner = module.rpartition(".")[2]
    if owner[:1].isupper():  # a part of a class
        module = module.rpartition(".")[0]
        assert hasattr(getattr(import_module(module), owner), attribute)
    else:
        assert hasattr(import_module(module), attribute)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guidance_exists(command: str) -> None:
    last = command.removesuffix(" -q").split()[-1]
    place = ROOT / (last if "/" in last else last.replace(".", "/") + ".py")
    assert place.exists()


def test_the_guidance_is_about_the_whole_of_a_platform() -> None:
    files = {path.name for path in EXAMPLE.iterdir() if path.is_file()} - {"__init__.py"}
    assert files <= set(FILES), "every file of the example has its place in the guidance"
    assert len(DOTTED) > 20
    rest = set(NAMES) - set(FILES) - set(DOTTED) - set(COMMANDS)
    fields = {
        "dedup_key",
        "order_key",
        "welcome",
        "health",
        "platform",
        "enabled",
        "public_url",
        "api_url",
        "channels:",
    }
    named = {"CAPABILITIES", "open_way", "Opening.settings", "Opening.link", "Opening.counted"}
    named |= {"counts_calls", "otklik serve"}
    shown = {'platform = "icq"', 'platform = "our_platforms.icq"', "otklik channel test NAME"}
    assert rest == fields | named | shown
    assert {"settings", "link", "counted"} <= set(Opening._fields)
    assert {"dedup_key", "order_key", "welcome"} <= set(Received.__struct_fields__)
    assert "welcome" in Way._fields


def test_the_settings_of_the_guidance_are_those_of_the_example() -> None:
    shown = GUIDANCE.partition("```toml")[2].partition("```")[0]
    source = (EXAMPLE / "way.py").read_text("utf-8")
    for key in re.findall(r"(?m)^(\w+) = ", shown):
        assert key == "platform" or f'"{key}"' in source, key


def test_the_first_page_leads_to_the_guidance() -> None:
    assert "bots/README.md#add-a-platform" in (ROOT / "README.md").read_text("utf-8")
