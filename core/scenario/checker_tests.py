"""Rules about the tests in scenario files: what they name must exist."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.scenario.checker_constants import Constants
from core.scenario.findings import Finding, close_to
from core.scenario.flow import Source
from core.scenario.loader import Workspace
from core.scenario.model import Signature, Slot
from core.scenario.names import fits, kind_of
from core.scenario.reading import at, quoted
from core.scenario.services import shape_problem

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_ALWAYS = ("timeout", "unavailable")


def tests(workspace: Workspace, services: Mapping[str, Signature]) -> Iterator[Finding]:
    """E013, E014, E017, E018, E028 inside `tests`."""
    slots = {
        name: slot
        for source in workspace.sources.values()
        for name, slot in source.scenario.data.items()
    }
    constants = Constants(workspace)
    for source in workspace.sources.values():
        for i, test in enumerate(source.written.tests):
            yield from _services(source, i, test.services, services)
            yield from _expected(workspace, source, i)
            yield from _language(workspace, source, i)
            yield from _values(workspace, source, i, slots, constants)
            for name in test.expect.calls:
                if name not in services:
                    path = ("tests", i, "expect", "calls", name)
                    yield _unknown(source, path, "E017", name, services)


def _unknown(
    source: Source, path: tuple[str | int, ...], code: str, name: str, allowed: Any
) -> Finding:
    close = close_to(name, allowed)
    return at(source.file, source.tree.at(*path), code, "", name=name, close=close)


def _language(workspace: Workspace, source: Source, i: int) -> Iterator[Finding]:
    """E014: a language the bot does not speak; it would be tested in its first one."""
    lang = source.written.tests[i].lang
    if lang is not None and workspace.bot is not None and lang not in workspace.languages:
        spot, close = source.tree.at("tests", i, "lang"), close_to(lang, workspace.languages)
        yield at(source.file, spot, "E014", "fact", of="lang", name=lang, close=close)


def _values(
    workspace: Workspace,
    source: Source,
    i: int,
    slots: Mapping[str, Slot],
    constants: Constants,
) -> Iterator[Finding]:
    """E014, E018, E028: values that `expect` waits for and that a slot can never have."""
    for name, value in source.written.tests[i].expect.data.items():
        path = ("tests", i, "expect", "data", name)
        spot, slot = source.tree.at(*path), slots.get(name)
        if slot is None:
            if not workspace.unread:
                yield _unknown(source, path, "E014", name, slots)
        elif slot.secret:
            yield at(source.file, spot, "E028", "", name=name)
        elif value is not None:
            kind, wanted = _kind(value), kind_of(slot)
            text = value if isinstance(value, str) else ""
            wrong = constants.wrong(name, slot, text)
            if not (fits(kind, wanted, text=text) or _written_alike(value, wanted)):
                kinds = {"kind": f"~{kind}", "wanted": f"~{wanted}"}
                yield at(source.file, spot, "E018", "value", source=quoted(value), **kinds)
            elif wrong is not None:
                values = {"name": text} if wrong.variant == "city" else {"name": text, "of": name}
                yield at(source.file, spot, "E014", wrong.variant, close=wrong.close, **values)


def _written_alike(value: object, wanted: str) -> bool:
    """Whether the runner, which compares a number as it is written, could find them equal."""
    if isinstance(value, str):
        return wanted == "number" and _NUMBER.fullmatch(value) is not None
    return wanted == "text" and not isinstance(value, bool)


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "text"
    return "bool" if isinstance(value, bool) else "number"


def _expected(workspace: Workspace, source: Source, i: int) -> Iterator[Finding]:
    expect = source.written.tests[i].expect
    here = ("tests", i, "expect")
    for field in ("scenario", "not_scenario"):
        name = getattr(expect, field)
        if name is not None and name not in workspace.known:
            yield _unknown(source, (*here, field), "E013", name, workspace.known)


def _services(
    source: Source, i: int, doubles: Mapping[str, Any], services: Mapping[str, Signature]
) -> Iterator[Finding]:
    for name, given in doubles.items():
        path = ("tests", i, "services", name)
        signature = services.get(name)
        if signature is None:
            yield _unknown(source, path, "E017", name, services)
            continue
        for answer in given if isinstance(given, list) else [given]:
            yield from _answer(source, path, signature, answer)


def _answer(
    source: Source, path: tuple[str | int, ...], signature: Signature, answer: Mapping[str, Any]
) -> Iterator[Finding]:
    spot = source.tree.at(*path)
    if "error" in answer:
        name = quoted(answer["error"])
        allowed = (*signature.errors, *_ALWAYS)
        if name not in allowed:
            more = {"name": name, "service": signature.name, "close": close_to(name, allowed)}
            yield at(source.file, spot, "E017", "error", **more)
        return
    for name in answer:
        if name not in signature.result:
            tops = [path for path in signature.result if "." not in path]
            more = {"name": name, "service": signature.name, "close": close_to(name, tops)}
            yield at(source.file, spot, "E017", "field", **more)
            return
    problem = shape_problem(signature, answer)
    if problem is None:
        return
    more = {"service": signature.name, "path": problem.path}
    if problem.key == "strange":
        yield at(source.file, spot, "E017", "field", name=problem.path, service=signature.name)
    elif problem.key == "missing":
        yield at(source.file, spot, "E018", "double_missing", **more)
    else:
        yield at(source.file, spot, "E018", "double", wanted=f"~{problem.kind}", **more)
