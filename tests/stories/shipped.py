"""The scenarios that ship, built once for all stories."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from core.scenario.bundle import Built, build
from core.scenario.model import Bundle
from core.scenario.stories import ScenarioTest
from core.understanding.reader import reader_of
from core.updates import Meaning
from scenarios.services import SERVICES

ROOT = Path(__file__).resolve().parents[2]


def files() -> dict[str, str]:
    """Path inside scenarios/ -> text."""
    folder = ROOT / "scenarios"
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }


def texts() -> dict[str, dict[str, str]]:
    """The engine's sentences by language."""
    return {
        path.stem: tomllib.loads(path.read_text("utf-8"))
        for path in sorted((ROOT / "config" / "texts").glob("*.toml"))
    }


@cache
def built() -> Built:
    """The bundle, its findings and tests."""
    return build(files(), texts(), SERVICES)


@cache
def bundle() -> Bundle:
    """The bundle that ships, tuned for its n-grams as publishing does it."""
    made = built().bundle
    assert made is not None, built().findings
    return replace(made, thresholds={"ngram": reader_of(made).thresholds})


def tests() -> list[ScenarioTest]:
    """All inline tests, in the order of the files."""
    return [test for of_one in built().tests.values() for test in of_one]


@cache
def meaning() -> Callable[[str], Meaning]:
    """What the n-gram classifier says."""
    return reader_of(bundle()).meaning
