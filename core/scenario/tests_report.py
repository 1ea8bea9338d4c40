"""Reports of scenario tests in words, and a stored dialog written down as a test."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from core.records import Message
from core.scenario.filters import NBSP
from core.scenario.template import Context, render
from core.scenario.tests_runner import Failed, Report


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    source = files("core.scenario").joinpath("tests_runner.toml").read_text("utf-8")
    words: dict[str, dict[str, str]] = tomllib.loads(source)
    return words


def lines(report: Report, lang: str = "ru", *, uncovered: bool = False) -> list[str]:
    """The report as printed: failed tests with their whole talk, then one line of totals.

    uncovered: lists steps and branches that no test went through."""
    words = _words().get(lang, _words()["en"])
    printed: list[str] = []
    for failed in report.failed:
        printed += [*_failed(failed, words, lang), ""]
    if uncovered:
        printed += [
            words["unseen"].format(text=".".join(filter(None, mark)))
            for mark in report.coverage.missed
        ]
    if report.failed:
        printed.append(words["failed"].format(n=len(report.failed)))
    return [*printed, summary(report, lang)]


def summary(report: Report, lang: str = "ru") -> str:
    """`48 тестов, шагов 72/72, ветвей 53/53`."""
    words = _words().get(lang, _words()["en"])
    covered = report.coverage
    counted = render(words["tests"], {"n": report.tests}, lang, Context())
    return words["summary"].format(
        tests=counted.replace(NBSP, " "),
        seen_steps=covered.seen_steps,
        steps=covered.steps,
        seen_branches=covered.seen_branches,
        branches=covered.branches,
    )


def why(failed: Failed, lang: str = "ru") -> str:
    """One sentence on what went wrong."""
    words = _words().get(lang, _words()["en"])
    problem = failed.problem
    return words[problem.key].format(
        text=problem.text,
        wanted=problem.wanted or words["nothing"],
        found=problem.found or words["nothing"],
    )


def _failed(failed: Failed, words: Mapping[str, str], lang: str) -> Iterator[str]:
    yield f"{failed.scenario}: {failed.name}"
    for message in failed.talk:
        who = {
            "customer": words["button"] if message.code == "pressed" else words["customer"],
            "bot": words["bot_says"],
        }.get(message.author.kind, words["operators"])
        first, *rest = message.text.splitlines() or [""]
        keys = " ".join(f"[{option.key}]" for option in message.options)
        yield f"    {who}: {first}"
        yield from (f"        {line}" for line in rest)
        if keys:
            yield f"        {keys}"
    yield f"  ✗ {why(failed, lang)}"


# -- recording


def record(
    transcript: Sequence[Message],
    *,
    name: str,
    services: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    result: str = "",
    escalated: str = "",
) -> str:
    """A stored, masked dialog as a test in YAML, to be pasted under `tests`.

    services: service -> results or `{error: name}` in the order in which they came."""
    talk = list(_talk(transcript))
    out = [f"  - name: {_quoted(name)}"]
    if services:
        out.append("    services:")
        for service, answers in services.items():
            given = answers[0] if len(answers) == 1 else list(answers)
            out.append(f"      {service}: {_quoted(given)}")
    out.append("    talk:")
    out += [f"      - {kind}: {_quoted(text)}" for kind, text in talk]
    expect = {"result": result, "escalated": escalated}
    kept = {key: value for key, value in expect.items() if value}
    if kept:
        out.append(f"    expect: {_quoted(kept)}")
    return "\n".join(out) + "\n"


def _talk(transcript: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """Lines of the talk: what customer and bot said; people and service lines are left out."""
    keys: dict[str, str] = {}
    for message in transcript:
        kind = message.author.kind
        if kind == "customer" and message.kind == "text" and message.text:
            if message.code == "pressed" and message.text in keys:
                yield "press", keys[message.text]
            else:
                yield "user", message.text
        elif kind == "bot" and message.kind == "text" and message.text:
            keys = {option.label: option.key for option in message.options} or keys
            yield "bot", message.text.splitlines()[0]


def _quoted(value: Any) -> str:
    """JSON is YAML, and no text in it can be taken for anything else."""
    return json.dumps(value, ensure_ascii=False)
