"""Rules about names: what is referred to must exist, once, and mean one thing everywhere."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from string import Formatter

from core.scenario import model
from core.scenario.expression import ExpressionError, names_in
from core.scenario.findings import Finding, close_to
from core.scenario.flow import Path, Source
from core.scenario.loader import Workspace
from core.scenario.model import Signature
from core.scenario.names import RESERVED
from core.scenario.reading import at
from core.scenario.yaml_tree import Node

RANK = {"anonymous": 0, "linked": 1, "verified": 2}
#: Errors that every service may end in.
ALWAYS = ("timeout", "unavailable", "any")


def unknown(
    file: str,
    source: Source,
    where: Path,
    code: str,
    name: str,
    allowed: Iterable[str],
    **more: str,
) -> Finding:
    """A name that is not among the allowed ones. where: step id, then the field's path."""
    step, *field = where
    spot = source.spot(str(step), *field)
    variant = more.pop("variant", "")
    close = "" if more.get("hint") else close_to(name, allowed)
    return at(file, spot, code, variant, name=name, close=close, **more)


def same_names(workspace: Workspace) -> Iterator[Finding]:
    """E010: a step id given twice, a key used twice within a step; E002: an entry without an id."""
    for source in workspace.sources.values():
        for name, path in source.twins:
            first = source.spot(name).line
            spot = source.tree.at(*path, "id")
            yield at(source.file, spot, "E010", "step", name=name, other=str(first))
        for step in source.scenario.steps.values():
            if step.entry and step.automatic:
                yield at(source.file, source.spot(step.id, "entry"), "E002", "missing", field="id")
            if isinstance(step, model.Ask | model.Choose):
                yield from _keys(source, step)


def _keys(source: Source, step: model.Ask | model.Choose) -> Iterator[Finding]:
    seen: set[str] = set()
    options = step.options if isinstance(step, model.Ask) else ()
    keys = [("options", i, option.key) for i, option in enumerate(options)]
    keys += [("buttons", i, button.key) for i, button in enumerate(step.buttons)]
    for field, i, key in keys:
        if key in seen:
            spot = source.spot(step.id, field, i, "key")
            yield at(source.file, spot, "E010", "key", name=key)
        seen.add(key)


def slots(workspace: Workspace) -> Iterator[Finding]:
    """E010: a slot may not hide a name of the language; E026: one name, one type, length and
    secrecy in all scenarios."""
    first: dict[str, tuple[Source, model.Slot]] = {}
    for source in _by_id(workspace):
        for name, slot in source.scenario.data.items():
            spot = source.tree.at("data", name)
            if name in RESERVED:
                yield at(source.file, spot, "E010", "slot", name=name)
            if slot.secret and slot.remember is not None:
                where = source.tree.at("data", name, "remember")
                yield at(source.file, where, "E028", "remember", name=name)
            known = first.setdefault(name, (source, slot))
            if _kind(known[1]) != _kind(slot):
                there = known[0].tree.at("data", name)
                other = f"{known[0].file}:{there.line}"
                yield at(source.file, spot, "E026", "", name=name, other=other)


def _kind(slot: model.Slot) -> tuple[str, int | None, bool]:
    return slot.type, slot.length, slot.secret


def _by_id(workspace: Workspace) -> list[Source]:
    return [workspace.sources[name] for name in sorted(workspace.sources)]


def references(workspace: Workspace, services: Mapping[str, Signature]) -> Iterator[Finding]:
    """E011, E012, E013, E014 (slots of questions), E017, W030."""
    for source in workspace.sources.values():
        for step in source.scenario.steps.values():
            yield from _steps(workspace, source, step)
            yield from _scenarios(workspace, source, step)
            if isinstance(step, model.Ask | model.Choose):
                yield from _buttons(source, step)
            if isinstance(step, model.Choose):
                yield from _hidden(source, step)
            if isinstance(step, model.Ask):
                yield from _slot(source, step)
                yield from _cities(workspace, source, step)
            if isinstance(step, model.CallStep):
                yield from _service(source, step, services)


def _steps(workspace: Workspace, source: Source, step: model.AnyStep) -> Iterator[Finding]:
    """E011: where `go` leads."""
    named = [name for name, found in source.scenario.steps.items() if not found.automatic]
    targets: list[tuple[str, Path]] = []
    if isinstance(step, model.Go):
        targets.append((step.target, (step.id, "go")))
    if isinstance(step, model.Ask | model.Choose):
        for i, button in enumerate(step.buttons):
            if button.go:
                targets.append((button.go, (step.id, "buttons", i, "go")))
    for target, where in targets:
        if target not in named:
            hint = "scenario" if target in workspace.known else ""
            yield unknown(source.file, source, where, "E011", target, named, hint=hint)


def _scenarios(workspace: Workspace, source: Source, step: model.AnyStep) -> Iterator[Finding]:
    """E013: what `run` starts; E014: what it gives and takes."""
    runs: list[tuple[str, Path]] = []
    if isinstance(step, model.Run):
        runs.append((step.scenario, (step.id, "run")))
        other = workspace.sources.get(step.scenario)
        if other is not None:
            yield from _exchange(source, step, other)
    if isinstance(step, model.Ask | model.Choose):
        for i, button in enumerate(step.buttons):
            if button.run:
                runs.append((button.run, (step.id, "buttons", i, "run")))
    for name, where in runs:
        if name not in workspace.known:
            hint = "step" if name in source.scenario.steps else ""
            yield unknown(source.file, source, where, "E013", name, workspace.known, hint=hint)


def _exchange(source: Source, step: model.Run, other: Source) -> Iterator[Finding]:
    for name in step.given:
        if name not in other.scenario.data:
            where = (step.id, "with", name)
            yield unknown(source.file, source, where, "E014", name, other.scenario.data)
    returned = returns_of(other.scenario)
    for mine, theirs in step.save.items():
        if theirs not in returned:
            where = (step.id, "save", mine)
            more = {"variant": "returned", "other": other.id}
            yield unknown(source.file, source, where, "E014", theirs, returned, **more)


def returns_of(scenario: model.Scenario) -> set[str]:
    """Names that some `return` of a scenario gives."""
    steps = scenario.steps.values()
    return {name for step in steps if isinstance(step, model.Return) for name in step.values}


def _buttons(source: Source, step: model.Ask | model.Choose) -> Iterator[Finding]:
    """E012: one action a button, one closing button a step; links are https."""
    written = source.tree
    closing = 0
    for i, button in enumerate(step.buttons):
        path = (*source.paths[step.id], "buttons", i)
        fields = _fields(written, path)
        if len(fields & {"go", "run", "do", "url"}) != 1:
            yield at(source.file, written.at(*path), "E012", "action", name=button.key)
        if button.url and not button.url.startswith(("https://", "{")):
            yield at(source.file, written.at(*path, "url"), "E002", "https", value=button.url)
        closing += button.closes
        if button.closes and closing > 1:
            yield at(source.file, written.at(*path, "closes"), "E012", "closes", name=button.key)


def _hidden(source: Source, step: model.Choose) -> Iterator[Finding]:
    """W032: a choice that may have no button. Conditions on one and the same name are taken to
    stand for each other: what else would they be for."""
    read = [_names(button.show_if) for button in step.buttons]
    twice = any(one & two for one, two in combinations(read, 2))
    if all(button.show_if for button in step.buttons) and not twice:
        yield at(source.file, source.spot(step.id, "buttons"), "W032")


def _names(condition: str) -> set[str]:
    try:
        return {path[0] for path in names_in(condition)} if condition else set()
    except ExpressionError:  # E015 tells of it
        return set()


def _fields(tree: Node, path: Path) -> set[str]:
    node = tree.below(*path)
    return set(node.value) if node is not None else set()


def _slot(source: Source, step: model.Ask) -> Iterator[Finding]:
    """E014: the slot of a question, and whether options go with its type."""
    slot = source.scenario.data.get(step.slot)
    if slot is None:
        where = (step.id, "ask")
        yield unknown(source.file, source, where, "E014", step.slot, source.scenario.data)
        return
    has = bool(step.options) or step.options_from is not None
    if slot.type == "choice" and not has:
        yield at(source.file, source.spot(step.id, "ask"), "E014", "options", name=step.slot)
    if has and slot.type not in ("choice", "city"):
        field = "options" if step.options else "options_from"
        spot = source.spot(step.id, field)
        yield at(source.file, spot, "E014", "no_options", name=step.slot, type=slot.type)


def _cities(workspace: Workspace, source: Source, step: model.Ask) -> Iterator[Finding]:
    """E014: a city is looked up in a directory, and options of a city are its keys."""
    slot = source.scenario.data.get(step.slot)
    if slot is None or slot.type != "city":
        return
    if workspace.cities is None:
        if not workspace.has_cities:
            yield at(source.file, source.spot(step.id, "ask"), "E014", "no_cities", name=step.slot)
        return
    known = workspace.cities.model.cities
    for i, option in enumerate(step.options):
        if option.key not in known:
            where = (step.id, "options", i, "key")
            yield unknown(source.file, source, where, "E014", option.key, known, variant="city")


def _service(
    source: Source, step: model.CallStep, services: Mapping[str, Signature]
) -> Iterator[Finding]:
    """E017: the service, its arguments, its errors; W030: an error without a branch."""
    signature = services.get(step.service)
    if signature is None:
        yield unknown(source.file, source, (step.id, "call"), "E017", step.service, services)
        return
    yield from _arguments(source, step, signature)
    more = {"service": step.service}
    allowed = (*signature.errors, *ALWAYS)
    for name in step.errors:
        if name not in allowed:
            where = (step.id, "errors", name)
            yield unknown(
                source.file, source, where, "E017", name, allowed, variant="error", **more
            )
    missing = [name for name in signature.errors if name not in step.errors]
    for name in missing if "any" not in step.errors else ():
        yield at(source.file, source.spot(step.id, "call"), "W030", "", name=name, **more)


def _arguments(source: Source, step: model.CallStep, signature: Signature) -> Iterator[Finding]:
    known = signature.arguments
    more = {"service": step.service}
    for name in step.arguments:
        if name not in known:
            where = (step.id, "with", name)
            yield unknown(
                source.file, source, where, "E017", name, known, variant="argument", **more
            )
    spot = source.spot(step.id, "with" if step.arguments else "call")
    for name, kind in known.items():
        if name not in step.arguments and not kind.endswith("?"):
            yield at(source.file, spot, "E017", "missing", name=name, **more)


def levels(workspace: Workspace, services: Mapping[str, Signature]) -> Iterator[Finding]:
    """E019: `requires` below a service; W031: `requires` that protects nothing."""
    for source in workspace.sources.values():
        steps = source.scenario.steps.values()
        calls = [step for step in steps if isinstance(step, model.CallStep)]
        own = source.scenario.requires
        protected = False
        for step in calls:
            signature = services.get(step.service)
            if signature is None:
                protected = True  # who knows
                continue
            protected = protected or signature.level != "anonymous"
            if RANK[signature.level] > RANK[own]:
                spot = source.spot(step.id, "call")
                more = {"service": step.service, "level": signature.level}
                yield at(source.file, spot, "E019", "", **more)
        if own != "anonymous" and not protected:
            yield at(source.file, source.tree.at("requires"), "W031")


def bot(workspace: Workspace, texts: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """bot.yaml: the scenarios it names, the engine's sentences it replaces."""
    read = workspace.bot
    if read is None:
        return
    named: list[tuple[str, Path]] = [(read.model.start, ("start",))]
    if read.model.access is not None:
        named.append((read.model.access.by, ("access", "by")))
    for name, path in named:
        if name not in workspace.known:
            close = close_to(name, workspace.known)
            yield at(read.file, read.tree.at(*path), "E013", "", name=name, close=close)
    limits = read.model.understand
    both = (limits.answer_from, limits.suggest_from)
    if "auto" not in both and both[0] < both[1]:
        spot = read.tree.at("understand", "answer_from")
        more = {"value": f"{both[0]:g}", "names": f"≥ suggest_from ({both[1]:g})"}
        yield at(read.file, spot, "E002", "range", **more)
    known = texts.get(read.model.languages[0], {})
    for key, text in read.model.texts.items():
        spot = read.tree.at("texts", key)
        if key not in known:
            close = close_to(key, known)
            more = {"field": key, "names": ", ".join(sorted(known)), "close": close}
            yield at(read.file, spot, "E002", "extra", **more)
        elif strange := _strange(text, known[key]):
            yield at(read.file, spot, "E014", "", name=strange)


def _strange(text: str, original: str) -> str:
    """A placeholder that the engine does not fill in, empty when all is well."""
    allowed = _placeholders(original) or set()
    found = _placeholders(text)
    if found is None:
        return "{"
    return next(iter(sorted(found - allowed)), "")


def _placeholders(text: str) -> set[str] | None:
    """What stands in braces, shaped by nothing; None where a brace has no other."""
    try:
        found = [hole for hole in Formatter().parse(text) if hole[1] is not None]
    except ValueError:
        return None
    shaped = [f"{name}!{turned}" if turned else f"{name}:{form}" for _, name, form, turned in found]
    return {name.removesuffix(":") or "{}" for name in shaped}
