"""Definite assignment: which names surely have a value when a step begins.

A forward analysis over the edges of a scenario: at a step the filled names are the intersection
over its incoming edges.
"""

import ast
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.scenario import model
from core.scenario.expression import ExpressionError, is_null, parse, path_of
from core.scenario.flow import Edge, Source, edges
from core.scenario.loader import Workspace

Filled = frozenset[str]
_NOTHING: Filled = frozenset()


class Outcome(NamedTuple):
    """What a run of a scenario does to shared slots: filled for sure, perhaps emptied."""

    fills: Filled
    empties: Filled


class Facts(NamedTuple):
    """Paths that surely have a value if a condition holds, and if it does not."""

    when_true: Filled
    when_false: Filled


def facts(source: str) -> Facts:
    """What a condition tells of its names."""
    try:
        return _facts(parse(source))
    except ExpressionError:
        return Facts(_NOTHING, _NOTHING)


def facts_of(node: ast.expr) -> Facts:
    """The same for a parsed condition."""
    return _facts(node)


def _facts(node: ast.expr) -> Facts:
    path = path_of(node)
    if path is not None:
        return Facts(frozenset({".".join(path)}), _NOTHING)
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _facts(operand)
            return Facts(inner.when_false, inner.when_true)
        case ast.BoolOp(op=op, values=values):
            parts = [_facts(value) for value in values]
            if isinstance(op, ast.And):
                return Facts(_any(p.when_true for p in parts), _all([p.when_false for p in parts]))
            return Facts(_all([p.when_true for p in parts]), _any(p.when_false for p in parts))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right)
    return Facts(_NOTHING, _NOTHING)


def _any(sets: Iterable[Filled]) -> Filled:
    return _NOTHING.union(*sets)


def _all(sets: list[Filled]) -> Filled:
    return sets[0].intersection(*sets[1:]) if sets else _NOTHING


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Facts:
    if is_null(left):
        left, right = right, left
    path = path_of(left)
    if is_null(right):
        named = frozenset({".".join(path)}) if path is not None else _NOTHING
        if isinstance(op, ast.NotEq):
            return Facts(named, _NOTHING)
        return Facts(_NOTHING, named) if isinstance(op, ast.Eq) else Facts(_NOTHING, _NOTHING)
    if isinstance(op, ast.NotEq | ast.NotIn):
        # `x != 'a'` holds for an empty x too; only its opposite tells something.
        return Facts(_NOTHING, _names((left, right)) if isinstance(op, ast.NotEq) else _NOTHING)
    sides = (left,) if isinstance(op, ast.In) else (left, right)
    return Facts(_names(sides), _NOTHING)


def _names(sides: tuple[ast.expr, ...]) -> Filled:
    """Of a comparison that holds: a constant on the other side is not null, so neither is this."""
    paths = [path_of(side) for side in sides if not is_null(side)]
    constant = len([path for path in paths if path is None]) > 0 or len(sides) == 1
    return frozenset(".".join(p) for p in paths if p is not None) if constant else _NOTHING


class Assignment:
    """The analysis of all scenarios, each once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._states: dict[str, dict[str, Filled]] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._open: set[str] = set()

    def at_steps(self, source: Source) -> Mapping[str, Filled]:
        """Step id -> names filled when it begins; steps nobody reaches are absent."""
        found = self._states.get(source.id)
        if found is None:
            found = self._states[source.id] = self._analysed(source)
        return found

    def outcome(self, scenario: str) -> Outcome:
        """What running a scenario does to the dialog's slots."""
        source = self.workspace.sources.get(scenario)
        if source is None:
            # A broken file may fill anything; its own findings are enough.
            return Outcome(frozenset(self._slots()), _NOTHING)
        if scenario in self._open:
            return Outcome(_NOTHING, _NOTHING)
        found = self._outcomes.get(scenario)
        if found is None:
            self._open.add(scenario)
            found = self._outcomes[scenario] = self._ran(source)
            self._open.discard(scenario)
        return found

    def _slots(self) -> set[str]:
        sources = self.workspace.sources.values()
        return {name for source in sources for name in source.scenario.data}

    def _ran(self, source: Source) -> Outcome:
        states = self.at_steps(source)
        steps = source.scenario.steps
        ends = [states[id_] for id_, step in steps.items() if _returns(step) and id_ in states]
        slots = {name for name, slot in source.scenario.data.items() if not slot.secret}
        fills = frozenset(_all(ends) & slots)
        emptied: set[str] = set()
        for step in steps.values():
            if isinstance(step, model.SetStep):
                emptied |= {name for name, value in step.values.items() if _is_empty(value)}
        return Outcome(fills, frozenset(emptied - fills))

    def _given(self, source: Source) -> Filled:
        """Slots an internal scenario does not ask for itself: its caller gives them."""
        scenario = source.scenario
        if not scenario.internal:
            return _NOTHING
        asked = {step.slot for step in scenario.steps.values() if isinstance(step, model.Ask)}
        return frozenset(set(scenario.data) - asked)

    def _analysed(self, source: Source) -> dict[str, Filled]:
        given = self._given(source)
        steps = source.scenario.steps
        states: dict[str, Filled] = {}
        work = [(source.scenario.start, given)]
        # An operator may put the dialog back at an `entry`, with the slots it needs; what services
        # answered before is gone then.
        kept = given | {name for name, slot in source.scenario.data.items() if not slot.secret}
        work += [(step.id, kept) for step in steps.values() if step.entry]
        while work:
            name, coming = work.pop()
            step = steps.get(name)
            if step is None:
                continue
            before = states.get(name)
            state = coming if before is None else before & coming
            if before is not None and state == before:
                continue
            states[name] = state
            work += [(edge.target, self._after(source, step, edge, state)) for edge in edges(step)]
        return states

    def _after(self, source: Source, step: model.AnyStep, edge: Edge, state: Filled) -> Filled:
        filled = self._filled_by(step, edge, state)
        if edge.cond:
            filled |= facts(edge.cond).when_true
        if edge.run:
            filled = self._run(edge.run, filled)
        if edge.jump:
            target = source.scenario.steps.get(edge.target)
            if isinstance(target, model.Ask) or _comes_again(source.scenario, edge):
                filled = _without(filled, self._rewound(source.scenario, edge.target))
        return filled

    def _rewound(self, scenario: model.Scenario, target: str) -> Filled:
        """Names that `go` to a question, or to a `run` that came before, empties: all that steps
        after it may have filled, and the scenarios they run.

        Ways through another `go` to a question are left out: that one has cut the trail already."""
        names: set[str] = set()
        anew = _jumped_to(scenario)
        seen: set[str] = set()
        work = [target]
        while work:
            step = scenario.steps.get(work.pop())
            if step is None or step.id in seen:
                continue
            seen.add(step.id)
            names |= _names_of(step)
            for run in _runs(step):
                names |= self._filled_in(run, set())
            if isinstance(step, model.Run) and step.id in anew:
                names |= self._asked_in(step.scenario, set())
            work += [
                edge.target
                for edge in edges(step)
                if not (edge.jump and isinstance(scenario.steps.get(edge.target), model.Ask))
            ]
        return frozenset(names)

    def _filled_in(self, scenario: str, seen: set[str]) -> Filled:
        """Slots that a scenario and those it runs may fill although they had a value; its locals
        end with it."""
        source = self.workspace.sources.get(scenario)
        if source is None or scenario in seen:
            return _NOTHING
        seen.add(scenario)
        steps = source.scenario.steps.values()
        anew = _jumped_to(source.scenario)
        named = _any(frozenset(_names_of(s)) for s in steps if s.id in anew or not _skipped(s))
        below = _any(self._filled_in(run, seen) for step in steps for run in _runs(step))
        runs = [step for step in steps if isinstance(step, model.Run) and step.id in anew]
        asked = _any(frozenset(self._asked_in(run.scenario, set())) for run in runs)
        return (named & self._slots()) | below | asked

    def _asked_in(self, scenario: str, seen: set[str]) -> set[str]:
        """Slots that a scenario and those it runs may ask for, whether or not they are known."""
        source = self.workspace.sources.get(scenario)
        if source is None or scenario in seen:
            return set()
        seen.add(scenario)
        steps = source.scenario.steps.values()
        own = {step.slot for step in steps if isinstance(step, model.Ask)}
        return own.union(*(self._asked_in(run, seen) for step in steps for run in _runs(step)))

    def _filled_by(self, step: model.AnyStep, edge: Edge, state: Filled) -> Filled:
        match step:
            case model.Ask() if edge.kind == "answer":
                made = {step.slot}
                listed = step.options_from
                # an option that stands in the file is no element of the list
                if listed is not None and listed.save_item and not step.options:
                    made.add(listed.save_item)
                return state | made
            case model.CallStep():
                if edge.kind == "error":
                    return state | {"error"}
                return (state - {"error"}) | ({step.save} if step.save else set())
            case model.If():
                told = facts(step.cond)
                return state | (told.when_true if edge.kind == "then" else told.when_false)
            case model.SetStep():
                return _set(step, state)
            case model.Run():
                return self._run(step.scenario, state) | set(step.save) | set(step.given)
        return state

    def _run(self, scenario: str, state: Filled) -> Filled:
        outcome = self.outcome(scenario)
        return _without(state, outcome.empties) | outcome.fills


def _returns(step: model.AnyStep) -> bool:
    return isinstance(step, model.Return)


def _is_empty(value: model.Value) -> bool:
    return value is None or value == "null"


def _set(step: model.SetStep, state: Filled) -> Filled:
    emptied = frozenset(name for name, value in step.values.items() if _is_empty(value))
    return _without(state, emptied) | (set(step.values) - emptied)


def _without(state: Filled, names: Filled) -> Filled:
    """The state without names and everything known below them."""
    return frozenset(known for known in state if known.split(".")[0] not in names)


def _names_of(step: model.AnyStep) -> set[str]:
    match step:
        case model.Ask():
            made = step.options_from
            return {step.slot, made.save_item} if made and made.save_item else {step.slot}
        case model.CallStep():
            return {step.save} if step.save else set()
        case model.SetStep():
            return set(step.values)
        case model.Run():
            return {*step.save, *step.given}
    return set()


def _jumped_to(scenario: model.Scenario) -> set[str]:
    """Steps that a `go` leads to."""
    found = (edge for step in scenario.steps.values() for edge in edges(step))
    return {edge.target for edge in found if edge.jump}


def _comes_again(scenario: model.Scenario, edge: Edge) -> bool:
    """Whether a `go` leads back to a `run`: one that has not run yet has nothing to forget."""
    if not isinstance(scenario.steps.get(edge.target), model.Run):
        return False
    seen: set[str] = set()
    work = [edge.target]
    while work:
        step = scenario.steps.get(work.pop())
        if step is not None and step.id not in seen:
            seen.add(step.id)
            work += [onward.target for onward in edges(step)]
    return edge.source in seen


def _runs(step: model.AnyStep) -> list[str]:
    """Scenarios that a step or one of its buttons runs."""
    if isinstance(step, model.Run):
        return [step.scenario]
    return [edge.run for edge in edges(step) if edge.run]


def _skipped(step: model.AnyStep) -> bool:
    """Whether a known value makes a step do nothing: a choice may be none of the options."""
    return isinstance(step, model.Ask) and not step.options and step.options_from is None
