"""Rules about the shape of a scenario: E022, E023, E024, E025, W021."""

from collections.abc import Callable, Iterator, Mapping

from core.scenario import model
from core.scenario.findings import Finding
from core.scenario.flow import Edge, Path, Source, edges
from core.scenario.loader import Workspace
from core.scenario.model import Signature
from core.scenario.reading import at

DEEPEST_RUN = 5


def graph(workspace: Workspace, services: Mapping[str, Signature]) -> Iterator[Finding]:
    """All findings about ways through scenarios."""
    for source in workspace.sources.values():
        reached = reached_steps(source.scenario, workspace)
        yield from _ends(source, reached)
        if not source.twins:  # where two steps have one id, nobody knows where `go` leads
            yield from _unreached(source, reached)
            yield from _circles(source, workspace)
    yield from _unconfirmed(workspace, services)
    yield from _runs(workspace)


def reached_steps(scenario: model.Scenario, workspace: Workspace) -> set[str]:
    """Steps that some way leads to, from the start or from where an operator may step in."""
    entries = [step.id for step in scenario.steps.values() if step.entry]
    seen: set[str] = set()
    work = [scenario.start, *entries]
    while work:
        step = scenario.steps.get(work.pop())
        if step is None or step.id in seen:
            continue
        seen.add(step.id)
        if isinstance(step, model.Run) and not returns(step.scenario, workspace):
            continue
        work += [edge.target for edge in edges(step)]
    return seen


def returns(scenario: str, workspace: Workspace) -> bool:
    """Whether a scenario may come back to its caller; a broken one may."""
    source = workspace.sources.get(scenario)
    if source is None:
        return True
    steps = source.scenario.steps.values()
    return any(isinstance(step, model.Return) for step in steps)


def _ends(source: Source, reached: set[str]) -> Iterator[Finding]:
    """E022: a way that leads past the last step."""
    steps = source.scenario.steps
    for name in reached:
        falling = [edge for edge in edges(steps[name]) if not edge.target]
        if falling:
            yield at(source.file, source.spot(name, *_field(steps[name], falling[0])), "E022")


def _field(step: model.AnyStep, edge: Edge) -> Path:
    """Where an edge stands in its step: the button or the branch; the step itself otherwise."""
    if edge.kind == "button" and isinstance(step, model.Ask | model.Choose):
        keys = [button.key for button in step.buttons]
        return ("buttons", keys.index(edge.label))
    if edge.kind == "fail":
        return ("on_fail",)
    return ("errors", edge.label) if edge.kind == "error" else ()


def _in_file_order(source: Source) -> list[str]:
    spots = {name: source.spot(name) for name in source.paths}
    return sorted(spots, key=lambda name: (spots[name].line, spots[name].column))


def _unreached(source: Source, reached: set[str]) -> Iterator[Finding]:
    """W021: a run of unreachable steps is one message.

    Where a `go` leads nowhere (E011), what it was meant to reach is not told a second time."""
    steps = source.scenario.steps
    if any(edge.target not in (*steps, "") for step in steps.values() for edge in edges(step)):
        return
    before = True
    for name in _in_file_order(source):
        here = name in reached
        if before and not here:
            yield at(source.file, source.spot(name), "W021")
        before = here


# -- E023


def _circles(source: Source, workspace: Workspace) -> Iterator[Finding]:
    """E023: a circle that no customer can stop; shown at its first `go`."""
    steps = source.scenario.steps
    silent = _silently_returning(workspace)
    ways = {name: _silent_ways(source, step, workspace, silent) for name, step in steps.items()}
    for circle in _components(ways):
        jumps = [name for name in circle if isinstance(steps[name], model.Go)]
        spots = sorted((source.spot(name) for name in jumps or circle), key=lambda s: s.line)
        if spots:
            yield at(source.file, spots[0], "E023")


def _silent_ways(
    source: Source, step: model.AnyStep, workspace: Workspace, silent: set[str]
) -> list[str]:
    """Targets that may be reached from a step without a word of the customer.

    silent: scenarios that may come back so, when what they ask for is known."""
    if isinstance(step, model.Choose) or _is_secret(source.scenario, step):
        return []
    if isinstance(step, model.Run) and step.scenario not in silent:
        return []
    return [
        edge.target
        for edge in edges(step)
        if edge.target in source.scenario.steps
        and not _waits(source.scenario, edge)
        and not _runs_anew(source.scenario, edge, workspace)
    ]


def _runs_anew(scenario: model.Scenario, edge: Edge, workspace: Workspace) -> bool:
    """Whether a `go` leads to a `run` that waits, since what was asked there is forgotten."""
    step = scenario.steps.get(edge.target)
    if not edge.jump or not isinstance(step, model.Run):
        return False
    return not _returns_unasked(workspace, step.scenario, {*step.given}, frozenset())


def _returns_unasked(
    workspace: Workspace, name: str, known: set[str], running: frozenset[str]
) -> bool:
    """Whether a scenario may come back without a word of the customer although it knows nothing
    of what it asks for but `known`; what it fills itself on the way is added to that."""
    source = workspace.sources.get(name)
    if source is None or name in running:
        return False

    def passes(step: model.AnyStep) -> bool:
        if isinstance(step, model.Ask):
            return step.slot in known and not _is_secret(source.scenario, step)
        if isinstance(step, model.Run):
            known.update(step.given)
            return _returns_unasked(workspace, step.scenario, known, running | {name})
        return not isinstance(step, model.Choose)

    while True:
        reached = _reached_by(source, passes)
        more = {slot for step in reached for slot in _filled_silently(step)} - known
        if not more:
            return any(isinstance(step, model.Return) for step in reached)
        known |= more


def _reached_by(source: Source, passes: Callable[[model.AnyStep], bool]) -> list[model.AnyStep]:
    """Steps reached from the start through steps that pass."""
    steps = source.scenario.steps
    seen: dict[str, model.AnyStep] = {}
    work = [source.scenario.start]
    while work:
        step = steps.get(work.pop())
        if step is None or step.id in seen:
            continue
        seen[step.id] = step
        if passes(step):
            work += [edge.target for edge in edges(step) if not _waits(source.scenario, edge)]
    return [*seen.values()]


def _filled_silently(step: model.AnyStep) -> set[str]:
    if isinstance(step, model.SetStep):
        return {name for name, value in step.values.items() if value not in (None, "null")}
    return {*step.save} if isinstance(step, model.Run) else set()


def _waits(scenario: model.Scenario, edge: Edge) -> bool:
    """Whether the customer has a word on this way: a question asked anew, a press, a bad answer."""
    if edge.kind in ("button", "fail"):
        return True
    return edge.jump and isinstance(scenario.steps.get(edge.target), model.Ask)


def _is_secret(scenario: model.Scenario, step: model.AnyStep) -> bool:
    if not isinstance(step, model.Ask):
        return False
    slot = scenario.data.get(step.slot)
    return slot is not None and slot.secret


def _components(ways: Mapping[str, list[str]]) -> list[set[str]]:
    """Sets of steps that lead to each other, and steps that lead to themselves."""
    found: list[set[str]] = []
    done: set[str] = set()
    after = {name: _closure(name, ways) for name in ways}
    for name in ways:
        if name in done or name not in after[name]:
            continue
        circle = {other for other in after[name] if name in after[other]}
        done |= circle
        found.append(circle)
    return found


def _closure(start: str, ways: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    work = list(ways[start])
    while work:
        name = work.pop()
        if name not in seen:
            seen.add(name)
            work += ways.get(name, ())
    return seen


# -- E024


def _unconfirmed(workspace: Workspace, services: Mapping[str, Signature]) -> Iterator[Finding]:
    """E024: a `change` call that may happen before any button was pressed."""
    silent = _silently_returning(workspace)
    seen: set[tuple[str, str]] = set()
    work = [
        (source.id, source.scenario.start)
        for source in workspace.sources.values()
        if not source.scenario.internal
    ]
    while work:
        scenario, name = work.pop()
        source = workspace.sources.get(scenario)
        step = source.scenario.steps.get(name) if source else None
        if source is None or step is None or (scenario, name) in seen:
            continue
        seen.add((scenario, name))
        if isinstance(step, model.CallStep):
            signature = services.get(step.service)
            if signature is not None and signature.kind == "change":
                spot = source.spot(name, "call")
                yield at(source.file, spot, "E024", "", service=step.service)
        if isinstance(step, model.Run) and step.scenario in workspace.sources:
            work.append((step.scenario, workspace.sources[step.scenario].scenario.start))
        work += [(scenario, target) for target in _unpressed(source, step, silent)]


def _unpressed(source: Source, step: model.AnyStep, silent: set[str]) -> list[str]:
    """Steps of the same scenario that may follow before the customer has confirmed anything.

    silent: scenarios that may come back so. One that cannot be read is not among them: what it
    would have asked is not missed."""
    if isinstance(step, model.Choose) or _is_secret(source.scenario, step):
        return []
    if isinstance(step, model.Run) and step.scenario not in silent:
        return []
    return [edge.target for edge in edges(step) if not _waits(source.scenario, edge)]


def _silently_returning(workspace: Workspace) -> set[str]:
    """Scenarios that may come back to their caller with nothing confirmed on the way.

    One more run may let its caller through too, so it is asked again until nothing is new."""
    silent: set[str] = set()
    while True:
        sources = (source for name, source in workspace.sources.items() if name not in silent)
        more = {source.id for source in sources if _returns_silently(source, silent)}
        if not more:
            return silent
        silent |= more


def _returns_silently(source: Source, silent: set[str]) -> bool:
    steps = source.scenario.steps
    ways = {name: _unpressed(source, step, silent) for name, step in steps.items()}
    reached = {source.scenario.start, *_closure(source.scenario.start, ways)}
    return any(isinstance(steps.get(name), model.Return) for name in reached)


# -- E025


def _runs(workspace: Workspace) -> Iterator[Finding]:
    """E025: scenarios that run each other in a circle, or more than five deep."""
    runs = {name: _run_places(source) for name, source in workspace.sources.items()}
    ways = {name: [to for to, _ in places if to in runs] for name, places in runs.items()}
    circular = {name for circle in _components(ways) for name in circle}
    for name, source in workspace.sources.items():
        for to, where in runs[name]:
            if name in circular and to in circular and name in _closure_of(to, ways):
                yield at(source.file, source.spot(*where), "E025", "", name=to)
    if circular:
        return
    for name, source in workspace.sources.items():
        if _depth(name, ways) == DEEPEST_RUN + 1:
            to, where = max(runs[name], key=lambda place: _depth(place[0], ways))
            yield at(source.file, source.spot(*where), "E025", "", name=to)


def _closure_of(name: str, ways: Mapping[str, list[str]]) -> set[str]:
    return {name, *_closure(name, ways)}


def _depth(name: str, ways: Mapping[str, list[str]]) -> int:
    """How many runs below each other start in a scenario; the runs have no circle."""
    return max((1 + _depth(to, ways) for to in ways.get(name, ())), default=0)


def _run_places(source: Source) -> list[tuple[str, tuple[str, *Path]]]:
    """Every scenario that is run, and by which field of which step."""
    found: list[tuple[str, tuple[str, *Path]]] = []
    for step in source.scenario.steps.values():
        if isinstance(step, model.Run):
            found.append((step.scenario, (step.id, "run")))
        if isinstance(step, model.Ask | model.Choose):
            for i, button in enumerate(step.buttons):
                if button.run:
                    found.append((button.run, (step.id, "buttons", i, "run")))
    return found
