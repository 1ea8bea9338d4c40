"""`otklik check|test|graph|schema|understand`: what the people who write scenarios need."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from bots import adapters, bundles, wiring
from config.channels import PLATFORMS
from core.channel import Capabilities
from core.errors import ConfigError, ScenarioError
from core.scenario import bundle as building
from core.scenario.checker import Inputs, check
from core.scenario.checker_phrases import Confusion
from core.scenario.findings import codes, explain, format_findings
from core.scenario.model import Bundle, Slot, SlotType
from core.scenario.stories import ScenarioTest
from core.understanding import zones
from core.understanding.reader import Reader, reader_of
from scenarios.services import SERVICES

WRONG_USAGE = 2


def run(words: argparse.Namespace) -> int:
    """One of the commands of this module."""
    command: Callable[[argparse.Namespace], int] = _COMMANDS[words.command]
    return command(words)


def language(words: argparse.Namespace) -> str:
    """`--lang`, else OTKLIK_LANG, else the system's language, else Russian."""
    asked = getattr(words, "lang", None) or os.environ.get("OTKLIK_LANG")
    system = os.environ.get("LANG", "")
    return asked or ("en" if system.startswith("en") else "ru")


def folder(words: argparse.Namespace) -> Path:
    """DIR, else where the settings say the scenarios are. Raises ConfigError."""
    return Path(words.dir or wiring.load_settings(os.environ).scenarios)


def _check(words: argparse.Namespace) -> int:
    lang = language(words)
    if words.explain:
        code = words.explain.upper()
        if code not in codes():
            sys.stderr.write(f"otklik: no such code: {code}; codes: {', '.join(codes())}\n")
            return WRONG_USAGE
        sys.stdout.write(explain(code, lang) + "\n")
        return 0
    sources = bundles.read_sources(folder(words))
    inputs = Inputs(
        sources.files,
        bundles.engine_texts(),
        building.signatures_of(SERVICES),
        sources.media,
    )
    findings = check(inputs, platforms(), (lambda: _misread(words, lang)) if words.deep else None)
    root = f"{sources.root.as_posix()}/"
    shown = format_findings(findings, sources.files, lang, words.format, root)
    if shown:
        sys.stdout.write(shown + "\n")
    errors = sum(finding.is_error for finding in findings)
    if words.format == "text":
        sys.stdout.write(_totals(len(sources.files), errors, len(findings) - errors, lang) + "\n")
    return 1 if errors or (words.strict and findings) else 0


def _misread(words: argparse.Namespace, lang: str) -> list[Confusion]:
    """Examples that the classifier, trained on all others, takes for something else."""
    from core.understanding.tuning import confusions

    bundle, _ = built(words, lang)
    return [
        Confusion(item.label, item.text, item.taken_for, item.confidence)
        for item in confusions(bundle)
    ]


def _totals(files: int, errors: int, warnings: int, lang: str) -> str:
    if lang == "ru":
        return f"файлов: {files}, ошибок: {errors}, предупреждений: {warnings}"
    return f"files: {files}, errors: {errors}, warnings: {warnings}"


def platforms() -> Mapping[str, Capabilities]:
    """Limits of every platform that this version speaks, and of those outside that settings name;
    by the name that a platform's capabilities give it. Raises ConfigError."""
    names = [name for name in (*PLATFORMS, "console") if find_spec(f"bots.{name}")]
    channels = wiring.load_settings(os.environ).channels.values()
    names += sorted({own.platform for own in channels if "." in own.platform})
    found = map(adapters.limits_of, names)
    return {capabilities.platform: capabilities for capabilities in found}


def _test(words: argparse.Namespace) -> int:
    from config import settings as configuration
    from core.scenario import tests_report, tests_runner

    lang = language(words)
    if words.record:
        return _record(words.record)
    bundle, tests = built(words, lang)
    if words.only:
        tests = [test for test in tests if words.only.casefold() in test.name.casefold()]
        if not tests:
            sys.stderr.write(f"otklik: no test is named like «{words.only}»\n")
            return 1
    report = tests_runner.run(
        bundle,
        tests,
        capabilities=_capabilities(words.channel),
        policy=configuration.policy(wiring.load_settings(os.environ, demo=True)),
        meaning=reader_of(bundle).meaning,
    )
    shown = tests_report.lines(report, lang, uncovered=bool(words.min_coverage))
    sys.stdout.write("\n".join(shown) + "\n")
    covered = words.only or report.coverage.percent >= words.min_coverage
    return 1 if report.failed or not covered else 0


def _capabilities(channel: str | None) -> Capabilities:
    from bots.console.capabilities import PLAIN

    if channel is None:
        return PLAIN
    known = platforms()
    if channel not in known:
        raise ConfigError([f"no platform «{channel}»; it can be one of: {', '.join(known)}"])
    return known[channel]


def _record(dialog: str) -> int:
    """A stored dialog as a test in YAML; its texts were masked when they came in."""
    import asyncio

    from bots.commands.recording import recorded

    sys.stdout.write(asyncio.run(recorded(dialog)))
    return 0


def built(words: argparse.Namespace, lang: str) -> tuple[Bundle, list[ScenarioTest]]:
    """The bundle of a folder and its tests. Raises ScenarioError with the findings."""
    sources = bundles.read_sources(folder(words))
    bundle = bundles.compiled(sources, SERVICES, lang=lang, cache=bundles.cache_folder(os.environ))
    read = building.build(sources.files, bundles.engine_texts(), SERVICES, media=sources.media)
    return bundle, [test for tests in read.tests.values() for test in tests]


def _graph(words: argparse.Namespace) -> int:
    lang = language(words)
    bundle, _ = built(words, lang)
    scenario = bundle.scenarios.get(words.scenario)
    if scenario is None:
        known = ", ".join(sorted(bundle.scenarios))
        raise ScenarioError([f"no scenario «{words.scenario}»; there are: {known}"])
    if words.output and not words.output.endswith((".svg", ".mmd", ".md")):
        raise ConfigError([f"{words.output}: a drawing is .svg, or .mmd for Mermaid"])
    if words.output and words.output.endswith(".svg"):
        from core.scenario.graph_svg import svg

        drawn = svg(scenario, bundle, lang)
    else:
        from core.scenario.graph import mermaid

        drawn = mermaid(scenario, bundle, lang)
    if words.output:
        Path(words.output).write_text(drawn, encoding="utf-8")
    else:
        sys.stdout.write(drawn)
    return 0


def _schema(words: argparse.Namespace) -> int:
    from core.scenario.json_schema import json_schema

    schema = json_schema(building.signatures_of(SERVICES).values())
    sys.stdout.write(json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
    return 0


#: What `understand` looks for besides the topic.
_SOUGHT: tuple[SlotType, ...] = (
    "account",
    "contract",
    "phone",
    "city",
    "speed",
    "email",
    "date",
    "money",
    "yes_no",
    "rating",
    "name",
)


def _understand(words: argparse.Namespace) -> int:
    bundle, _ = built(words, "ru")
    reader = reader_of(bundle)
    meaning = reader.meaning(words.text)
    limits = reader.thresholds
    lines = [f"text      {reader.normal(words.text)}"]
    lines += [f"part      {part}" for part in zones.parts(words.text)]
    for name, confidence in meaning.ranked[:3]:
        lines.append(f"topic     {name} {confidence:.2f}")
    lines.append(
        f"zone      {meaning.zone} (answer from {limits.answer_from:.2f}, "
        f"suggest from {limits.suggest_from:.2f})"
    )
    lines += _entities(reader, words.text)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _entities(reader: Reader, text: str) -> list[str]:
    today = wiring.now().date()
    found = [
        (kind, reader.find(Slot(type=kind, title=kind), text, today=today)) for kind in _SOUGHT
    ]
    return [f"{kind:9} {value}" for kind, value in found if value is not None]


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "test": _test,
    "graph": _graph,
    "schema": _schema,
    "understand": _understand,
}
