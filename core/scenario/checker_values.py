"""Rules about what texts and conditions read: E014, E015, E016, E018, E028."""

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy

from core.scenario import model
from core.scenario.checker_constants import Constants, Wrong
from core.scenario.checker_filters import wrong_filters, wrong_kinds
from core.scenario.expression import ExpressionError, is_null, parse, path_of
from core.scenario.faces import faces, mark
from core.scenario.filled import Assignment, Facts, Filled, facts, facts_of
from core.scenario.findings import Finding, close_to
from core.scenario.flow import Path, Source
from core.scenario.loader import Workspace
from core.scenario.model import Signature, Slot
from core.scenario.names import FACTS, RESERVED, Names, Shape, fits, kind_of, literal_kind
from core.scenario.reading import at
from core.scenario.template import Hole, TemplateError, holes
from core.scenario.uses import Use, uses
from core.scenario.yaml_tree import Spot

_ALWAYS_FILLED: Filled = frozenset({*FACTS, "links", "item"})


def values(workspace: Workspace, services: Mapping[str, Signature]) -> Iterator[Finding]:
    """All findings about reading names in steps."""
    assignment = Assignment(workspace)
    links = workspace.bot.model.links if workspace.bot else None
    constants = Constants(workspace)
    for source in workspace.sources.values():
        names = Names(source.scenario, services, links)
        states = assignment.at_steps(source)
        translated = _translated(workspace, source)
        for step in source.scenario.steps.values():
            yield from _targets(source, step, names)
            yield from _option_key(source, step, names)
            slots = _receiving(workspace, source, step)
            for use in uses(step):
                # A step that nobody reaches (W021) is judged as if all were known.
                state = states.get(step.id)
                signature = services.get(step.service) if isinstance(step, model.CallStep) else None
                reader = _Reader(source, step, use, names, state, signature, constants)
                yield from reader.findings()
                for text, file, spot in translated.get((step.id, use.path), ()):
                    yield from reader.translated(text, file, spot)
                slot = slots.get(use.target)
                if slot is not None:
                    yield from reader.given(slot)


def _translated(
    workspace: Workspace, source: Source
) -> Mapping[tuple[str, Path], list[tuple[str, str, Spot]]]:
    """Step and field -> its translations as (text, file, place). One that is stale is left out:
    customers do not see it, and W026 tells of it."""
    found: dict[tuple[str, Path], list[tuple[str, str, Spot]]] = {}
    reads = [of[source.id] for of in workspace.translations.values() if source.id in of]
    for face in faces(source) if reads else ():
        for read in reads:
            given = read.model.texts.get(face.key)
            if face.step and given is not None and given.source == mark(face.text):
                place = (given.text, read.file, read.tree.at("texts", face.key))
                found.setdefault((face.step, face.path), []).append(place)
    return found


def _receiving(workspace: Workspace, source: Source, step: model.AnyStep) -> Mapping[str, Slot]:
    """The slots that values of a step may go to: those of the scenario that it runs, else ours."""
    if not isinstance(step, model.Run):
        return source.scenario.data
    other = workspace.sources.get(step.scenario)
    return other.scenario.data if other else {}


def _targets(source: Source, step: model.AnyStep, names: Names) -> Iterator[Finding]:
    """E014: names that are written; a result may not take the name of something else."""
    if isinstance(step, model.SetStep):
        for name in step.values:
            if name not in names.slots and name not in names.locals:
                spot = source.spot(step.id, "set", name)
                close = close_to(name, names.slots)
                yield at(source.file, spot, "E014", "", name=name, close=close)
    saved: list[tuple[str, tuple[str | int, ...]]] = []
    if isinstance(step, model.CallStep) and step.save:
        saved.append((step.save, ("save",)))
    if isinstance(step, model.Ask) and step.options_from and step.options_from.save_item:
        saved.append((step.options_from.save_item, ("options_from", "save_item")))
    for name, path in saved:
        if name in RESERVED or name in names.slots:
            yield at(source.file, source.spot(step.id, *path), "E010", "taken", name=name)
    # a sub-scenario's result may fill a slot, but be no fact
    for name in step.save if isinstance(step, model.Run) else ():
        if name in RESERVED:
            yield at(source.file, source.spot(step.id, "save", name), "E010", "taken", name=name)


def _option_key(source: Source, step: model.AnyStep, names: Names) -> Iterator[Finding]:
    """E014: `key` of options names a field of the list's elements."""
    made = step.options_from if isinstance(step, model.Ask) else None
    if made is None:
        return
    element = names.element_of(made.of)
    if element.field(made.key) is None:
        spot = source.spot(step.id, "options_from", "key")
        close = close_to(made.key, element.names())
        yield at(source.file, spot, "E014", "", name=made.key, close=close)


class _Reader:
    """Judges one use. state: names filled for sure, None when the step is never reached."""

    def __init__(
        self,
        source: Source,
        step: model.AnyStep,
        use: Use,
        names: Names,
        state: Filled | None,
        signature: Signature | None,
        constants: Constants,
    ) -> None:
        self.source = source
        self.file, self.spot = source.file, source.spot(step.id, *use.path)
        self.constants = constants
        self.step = step
        self.use = use
        self.names = names
        self.signature = signature
        self.item = names.element_of(use.item) if use.item else None
        self.state = None if state is None else state | self._own_facts(step, use)

    @staticmethod
    def _own_facts(step: model.AnyStep, use: Use) -> Filled:
        """What the button's own `show_if` tells of its label and link."""
        if not use.button or use.kind == "cond" or not isinstance(step, model.Ask | model.Choose):
            return frozenset()
        button = next(button for button in step.buttons if button.key == use.button)
        return facts(button.show_if).when_true if button.show_if else frozenset()

    def findings(self) -> Iterator[Finding]:
        """Everything there is to say of this use."""
        if self.use.kind == "text":
            yield from self._template()
            return
        try:
            tree = parse(self.use.source)
        except ExpressionError as error:
            if not self._has_bad_name():
                yield self._unreadable(error)
            return
        yield from self._expression(tree, self.state, top=True)
        if self.use.kind == "value":
            yield from self._result(tree)

    def translated(self, text: str, file: str, spot: Spot) -> Iterator[Finding]:
        """The same of a translation, at its own place. A value of it that the source does not
        print is W026, and one that cannot be read as a text E015, both told elsewhere."""
        other = copy(self)
        other.use, other.file, other.spot = self.use._replace(source=text), file, spot
        with suppress(TemplateError):
            for hole in holes(text):
                if self.names.look(hole.path, self.item)[0] is not None:
                    yield from other._hole(hole)

    def given(self, slot: Slot) -> Iterator[Finding]:
        """E018, E014: whether the value can be one of the slot it goes to."""
        try:
            tree = parse(self.use.source)
        except ExpressionError:
            return
        yield from self._fits(tree, kind_of(slot))
        yield from self._possible(self.use.target, slot, _text(tree))

    # -- where and how

    def _say(self, code: str, variant: str = "", **more: str) -> Finding:
        return at(self.file, self.spot, code, variant, **more)

    def _unreadable(self, error: ExpressionError) -> Finding:
        return self._say("E015", error.key, what=error.what, source=self.use.source)

    def _has_bad_name(self) -> bool:
        """Whether it reads a name that was told to be none (E010): that is why it is unreadable."""
        words = set(re.findall(r"\w+", self.use.source))
        return not words.isdisjoint(RESERVED & {*self.names.slots, *self.names.locals})

    # -- texts

    def _template(self) -> Iterator[Finding]:
        try:
            found = holes(self.use.source)
        except TemplateError as error:
            yield self._say("E015", error.key, what=error.what)
            return
        for hole in found:
            yield from self._hole(hole)

    def _hole(self, hole: Hole) -> Iterator[Finding]:
        for wrong in wrong_filters(hole):
            yield self._say("E015", wrong.variant, **wrong.values)
        shape, part = self.names.look(hole.path, self.item)
        if shape is None:
            yield self._unknown(hole.path, part)
            return
        if self._is_secret(hole.path):
            yield self._say("E028", "", name=hole.path[0])
            return
        for wrong in wrong_kinds(hole, shape):
            yield self._say("E018", wrong.variant, **wrong.values)
        if not hole.is_safe and not self._is_filled(hole.path, self.state):
            yield self._say("E016", "text", name=hole.name)

    # -- expressions

    def _expression(
        self, node: ast.expr, state: Filled | None, *, top: bool = False
    ) -> Iterator[Finding]:
        """Checks a tree; what stands left of `and` and `or` tells something of what is right."""
        path = path_of(node)
        if path is not None:
            yield from self._path(node, path, state, free=top and self.use.kind == "cond")
            return
        match node:
            case ast.BoolOp(op=op, values=parts):
                for part in parts:
                    yield from self._operand(part, state)
                    state = _with(state, facts_of(part), holds=isinstance(op, ast.And))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self._operand(operand, state)
            case ast.Compare():
                yield from self._comparison(node, state)
            case ast.List(elts=elements):
                for element in elements:
                    yield from self._expression(element, state)

    def _operand(self, node: ast.expr, state: Filled | None) -> Iterator[Finding]:
        """A part of `and`, `or`, `not`: a bare name there asks whether there is a value."""
        path = path_of(node)
        if path is not None:
            yield from self._path(node, path, state, free=True)
        else:
            yield from self._expression(node, state)

    def _path(
        self, node: ast.expr, path: tuple[str, ...], state: Filled | None, *, free: bool
    ) -> Iterator[Finding]:
        if literal_kind(node):
            return
        shape, part = self.names.look(path, self.item)
        if shape is None or path[0] == "links":
            yield self._unknown(path, part)
        elif self._is_secret(path):
            whole = self.use.source.strip() == path[0]
            if not (self.use.argument and whole):
                yield self._say("E028", "", name=path[0])
        elif not free and not self._is_optional() and not self._is_filled(path, state):
            yield self._say("E016", "expression", name=".".join(path))

    def _is_optional(self) -> bool:
        """Whether the value goes to an argument that may be absent."""
        known = self.signature.arguments if self.signature else {}
        return known.get(self.use.argument, "").endswith("?")

    def _comparison(self, node: ast.Compare, state: Filled | None) -> Iterator[Finding]:
        sides = [node.left, *node.comparators]
        with_null = any(is_null(side) for side in sides)
        for side in sides:
            path = path_of(side)
            if path is not None:
                yield from self._path(side, path, state, free=with_null)
            else:
                yield from self._expression(side, state)
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            yield from self._kinds(left, op, right)

    def _kinds(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[Finding]:
        one, two = self._shape(left), self._shape(right)
        if isinstance(op, ast.Eq | ast.NotEq):
            yield from self._constant(left, right)
            yield from self._constant(right, left)
        if isinstance(op, ast.In | ast.NotIn):
            if isinstance(right, ast.List):
                for element in right.elts:
                    yield from self._kinds(left, ast.Eq(), element)
                return
            if two.kind == "list":
                two = two.element()
            elif two.kind not in ("text", "any"):
                yield self._differ(one, two)
                return
        kinds = {one.kind, two.kind}
        ordered = not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn)
        if not fits(one.kind, two.kind, text=_text(left) or _text(right)) or (
            ordered and kinds & {"bool", "list", "object"}
        ):
            yield self._differ(one, two)

    def _constant(self, side: ast.expr, other: ast.expr) -> Iterator[Finding]:
        """E014: a constant that the name it is compared with can never be."""
        path, text = path_of(side), _text(other)
        if path is None or len(path) > 1 or literal_kind(side):
            return
        name = path[0]
        if name in FACTS:
            yield from self._impossible(name, text, self.constants.wrong_fact(name, text))
        elif name in self.names.slots:
            yield from self._possible(name, self.names.slots[name], text)

    def _possible(self, name: str, slot: Slot, text: str) -> Iterator[Finding]:
        yield from self._impossible(name, text, self.constants.wrong(name, slot, text))

    def _impossible(self, name: str, text: str, wrong: Wrong | None) -> Iterator[Finding]:
        if text and wrong is not None:
            values = {"name": text} if wrong.variant == "city" else {"name": text, "of": name}
            yield self._say("E014", wrong.variant, close=wrong.close, **values)

    def _differ(self, one: Shape, two: Shape) -> Finding:
        return self._say("E018", "", one=f"~{one.kind}", two=f"~{two.kind}")

    def _shape(self, node: ast.expr) -> Shape:
        kind = literal_kind(node)
        if kind:
            return Shape(kind)
        path = path_of(node)
        if path is not None:
            return self.names.look(path, self.item)[0] or Shape("any")
        return Shape("list" if isinstance(node, ast.List) else "bool")

    def _result(self, tree: ast.expr) -> Iterator[Finding]:
        """E018: the kind of a value that goes to a list or an argument."""
        wanted = self.use.wants
        if self.use.argument and self.signature is not None:
            wanted = self.signature.arguments.get(self.use.argument, "").rstrip("?")
        yield from self._fits(tree, wanted)

    def _fits(self, tree: ast.expr, wanted: str) -> Iterator[Finding]:
        shape = self._shape(tree)
        if wanted and not fits(shape.kind, wanted, text=_text(tree)):
            kinds = {"kind": f"~{shape.kind}", "wanted": f"~{wanted}"}
            yield self._say("E018", "value", source=self.use.source, **kinds)

    # -- names

    def _is_secret(self, path: tuple[str, ...]) -> bool:
        slot = self.names.slots.get(path[0])
        return slot is not None and slot.secret

    def _is_filled(self, path: tuple[str, ...], state: Filled | None) -> bool:
        if state is None or path[0] in _ALWAYS_FILLED or path[0] in state:
            return True
        return any(".".join(path[:end]) in state for end in range(1, len(path) + 1))

    def _unknown(self, path: tuple[str, ...], part: int) -> Finding:
        around = self.names.around(path, part, self.item)
        close = close_to(path[part], around)
        if close:
            close = ".".join((*path[:part], close, *path[part + 1 :]))
        lone = len(path) == 1 and not close and self.use.kind != "text"
        name = ".".join(path[: part + 1])
        return self._say("E014", "bare" if lone else "", name=name, close=close)


def _with(state: Filled | None, told: Facts, *, holds: bool) -> Filled | None:
    if state is None:
        return None
    return state | (told.when_true if holds else told.when_false)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
