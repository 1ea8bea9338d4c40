"""Platforms are opened by the name in the settings, and only those that are used are imported."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bots import adapters, wiring
from config.channels import PLATFORMS
from config.settings import Settings, load
from core.errors import ConfigError
from tests.bots.contract.platforms import DOUBLES, SHIPPED, double_of

ROOT = Path(__file__).parents[2]
LIBRARIES = {"telegram": {"aiogram"}, "vk": {"vkbottle"}, "viber": {"viberbot", "requests"}}

_HEAVY = """
import sys
heavy = {"aiogram", "vkbottle", "viberbot", "requests"}
print(*sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
#: Opens channels as `serve` does, and tells which libraries of platforms that took.
OPEN = f"""
import sys
from datetime import UTC, datetime
from bots import adapters
from config.settings import load
settings = load(dict(item.split("=", 1) for item in sys.argv[1:]), lambda path: None)
now = datetime(2027, 1, 1, tzinfo=UTC)
adapters.open_ways(settings, "https://support.example.org", lambda: now)
{_HEAVY}"""
#: Everything that runs without a channel.
IMPORT = f"""
from bots import adapters, app, cli, web, wiring
from bots.commands import bench, channel, chat, check, serve
{_HEAVY}"""


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A Python process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def loaded(*environments: dict[str, str]) -> Settings:
    """All of them together."""
    return load({k: v for one in environments for k, v in one.items()}, lambda path: None)


def test_without_a_channel_no_library_of_a_platform_is_imported() -> None:
    done = run(IMPORT)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


@pytest.mark.parametrize("platform", DOUBLES)
async def test_only_the_library_of_a_platform_that_is_used_is_imported(platform: str) -> None:
    async with double_of(platform) as double:
        own = double.settings().items()
        words = [f"OTKLIK_CHANNELS__MAIN__{key.upper()}={value}" for key, value in own]
        done = await asyncio.to_thread(run, OPEN, *words)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= LIBRARIES.get(platform, set())


@pytest.mark.parametrize("platform", SHIPPED)
def test_limits_are_known_by_the_name_of_the_platform(platform: str) -> None:
    assert adapters.limits_of(platform).platform == platform


def test_every_platform_that_settings_offer_is_there() -> None:
    assert set(PLATFORMS) == set(SHIPPED)


async def test_all_that_is_wrong_with_all_channels_is_told_at_once() -> None:
    settings = loaded(
        {"OTKLIK_CHANNELS__B__PLATFORM": "tests.nowhere.at_all"},
        {"OTKLIK_CHANNELS__C__PLATFORM": "tests.example_platform"},
        {"OTKLIK_CHANNELS__D__PLATFORM": "nobody.here", "OTKLIK_CHANNELS__D__ENABLED": "false"},
    )
    with pytest.raises(ConfigError) as caught:
        adapters.open_ways(settings, "https://support.example.org", wiring.now)
    first, *rest = caught.value.problems
    assert first.startswith("channel b: platform «tests.nowhere.at_all» is no package")
    assert [problem.split(" is needed")[0] for problem in rest] == [
        "channel c: `token`",
        "channel c: `secret`",
        "channel c: `api_url`",
    ]


@pytest.mark.parametrize("platform", SHIPPED)
async def test_one_account_is_one_channel(platform: str) -> None:
    own = double_of(platform).settings(api_url="http://127.0.0.1:9")
    names = ("a", "b", "off")
    given = {f"OTKLIK_CHANNELS__{n.upper()}__{k.upper()}": str(own[k]) for n in names for k in own}
    settings = loaded(given, {"OTKLIK_CHANNELS__OFF__ENABLED": "false"})
    with pytest.raises(ConfigError) as caught:
        adapters.open_ways(settings, "https://support.example.org", wiring.now)
    told = "channel b: `token` is that of channel a; an account can be one channel only"
    assert [one for one in caught.value.problems if "`token`" in one] == [told]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "import nothing_of_the_kind",
            " cannot be imported: No module named 'nothing_of_the_kind'",
        ),
        ("1 / 0", " cannot be imported: ZeroDivisionError: division by zero"),
        ("def open(): ...", ": its module `way` has no `open_way`"),
    ],
)
def test_a_package_outside_that_is_broken_is_told_in_a_line(
    source: str, told: str, tmp_path: Path
) -> None:
    package = tmp_path / "broken_platform" / "post"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("", "utf-8")
    (package / "way.py").write_text(source, "utf-8")
    program = "from bots.adapters import opener; opener('broken_platform.post')"
    done = run(f"import sys; sys.path.append({str(tmp_path)!r}); {program}")
    last = done.stderr.splitlines()[-1]
    assert last == f"core.errors.ConfigError: platform «broken_platform.post»{told}"
