"""Findings of the checker: what is wrong where, and how a person reads it.

Sentences and explanations lie in findings_ru.toml and findings_en.toml beside this file.
"""

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files as resources
from typing import Literal

import msgspec

Format = Literal["text", "json", "github"]
_CLOSE = 0.6  # difflib's ratio from which a name is near enough to be meant
_EXCERPT = 110  # characters of a source line that are shown


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the checker has to say. code: `E…` error, `W…` warning.

    variant: which sentence of the code. values: for its placeholders. file: path inside the
    scenarios folder. line, column: 1-based, end_column: one past the last. hint: a sentence of
    its own (its key and values), or a close name under `close`.
    """

    code: str
    variant: str
    file: str
    line: int = 1
    column: int = 1
    end_column: int = 2
    values: Mapping[str, str] = {}
    hint: str = ""
    close: str = ""

    @property
    def is_error(self) -> bool:
        """Whether a set of files with this finding is not loaded."""
        return self.code.startswith("E")

    @property
    def severity(self) -> Literal["error", "warning"]:
        """`error` or `warning`."""
        return "error" if self.is_error else "warning"


def close_to(name: str, allowed: Iterable[str]) -> str:
    """The allowed name that was probably meant, empty when none is near."""
    found = difflib.get_close_matches(name, sorted(set(allowed)), n=1, cutoff=_CLOSE)
    return found[0] if found else ""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats, by file and place; the same for any order of discovery."""
    unique = {msgspec.json.encode(finding, order="deterministic"): finding for finding in findings}
    return tuple(
        sorted(unique.values(), key=lambda f: (f.file, f.line, f.column, f.code, str(f.values)))
    )


@cache
def _sentences(lang: str) -> Mapping[str, Mapping[str, str]]:
    name = f"findings_{lang}.toml"
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(
        resources("core.scenario").joinpath(name).read_text("utf-8")
    )
    return found


def _language(lang: str) -> str:
    return "ru" if lang.lower().startswith("ru") else "en"


def _sentence(section: str, key: str, values: Mapping[str, str], lang: str) -> str:
    text = _sentences(_language(lang))[section][key]
    return text.format(**values)


def message(finding: Finding, lang: str) -> str:
    """The finding in words, without its place."""
    key = f"{finding.code}_{finding.variant}" if finding.variant else finding.code
    values = dict(finding.values)
    # A value `~word` is a word of our own, told in the reader's language; anything else that begins
    # so stands in the file like that.
    known = _sentences(_language(lang))["words"]
    for name, value in values.items():
        if value.startswith("~") and value[1:] in known:
            values[name] = _sentence("words", value[1:], {}, lang)
    return _sentence("messages", key, values, lang)


def hint(finding: Finding, lang: str) -> str:
    """What to try, empty when there is no idea."""
    if finding.close:
        return _sentence("hints", "close", {"name": finding.close}, lang)
    return _sentence("hints", finding.hint, finding.values, lang) if finding.hint else ""


def explain(code: str, lang: str) -> str:
    """What a code means and what to do about it, in a paragraph. Raises KeyError."""
    return _sentences(_language(lang))["explain"][code.upper()].strip()


def codes() -> tuple[str, ...]:
    """Every code the checker knows."""
    return tuple(sorted(_sentences("en")["explain"]))


def format_findings(
    findings: Sequence[Finding],
    files: Mapping[str, str],
    lang: str,
    style: Format = "text",
    root: str = "scenarios/",
) -> str:
    """Findings for people (`text`), programs (`json`) or a pull request (`github`).

    root: what is put before a finding's file to name it from where the reader stands."""
    if style == "json":
        rows = [_row(finding, lang, root) for finding in findings]
        return json.dumps(rows, ensure_ascii=False, indent=1)
    if style == "github":
        return "\n".join(_annotation(finding, lang, root) for finding in findings)
    return "\n".join(_told(finding, files, lang, root) for finding in findings)


def summary(finding: Finding, lang: str, root: str = "scenarios/") -> str:
    """`file:line:column: CODE text`, one line."""
    place = f"{root}{finding.file}:{finding.line}:{finding.column}"
    return f"{place}: {finding.code} {message(finding, lang)}"


def _row(finding: Finding, lang: str, root: str) -> dict[str, object]:
    return {
        "file": root + finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_column": finding.end_column,
        "code": finding.code,
        "severity": finding.severity,
        "message": message(finding, lang),
        "hint": hint(finding, lang),
    }


def _annotation(finding: Finding, lang: str, root: str) -> str:
    text = message(finding, lang)
    if advice := hint(finding, lang):
        text = f"{text} ({advice})"
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    place = f"file={root}{finding.file},line={finding.line},col={finding.column}"
    return f"::{finding.severity} {place},title={finding.code}::{text}"


def _told(finding: Finding, files: Mapping[str, str], lang: str, root: str) -> str:
    lines = [summary(finding, lang, root), *_excerpt(finding, files.get(finding.file, ""))]
    ask = f"otklik check --explain {finding.code}"
    advice = hint(finding, lang)
    if advice:
        lines.append("   " + _sentence("hints", "line", {"hint": advice, "ask": ask}, lang))
    else:
        lines.append(f"   ({ask})")
    return "\n".join(lines)


def _excerpt(finding: Finding, text: str) -> list[str]:
    """The source line, cut around the place, and carets below it."""
    lines = text.splitlines()
    if not 1 <= finding.line <= len(lines):
        return []
    line = lines[finding.line - 1].replace("\t", " ")
    column = min(finding.column, len(line) + 1)
    cut = max(0, column + 20 - _EXCERPT)
    shown = ("…" if cut else "") + line[cut + (1 if cut else 0) : cut + _EXCERPT]
    width = max(1, min(finding.end_column - column, len(line) - column + 1))
    return [
        f"{finding.line:>5} | {shown}",
        f"      | {' ' * (column - 1 - cut)}{'^' * width}",
    ]
