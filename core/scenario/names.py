"""What names mean in a scenario: kinds of slots, of results and of their fields.

A kind is one of `text number bool date moment list object`, or `any` where nobody can know.
"""

import ast
import keyword
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from core.scenario import model
from core.scenario.expression import ExpressionError, parse, path_of

_SLOT_KINDS: Mapping[str, str] = {
    "speed": "number",
    "money": "number",
    "rating": "number",
    "yes_no": "bool",
    "date": "date",
}
FACTS: Mapping[str, str] = {"level": "text", "lang": "text", "desk_open": "bool"}
#: Names that no slot and no local may take away; Python's own words make a condition unreadable.
RESERVED = frozenset(
    {*FACTS, "item", "error", "links", "true", "false", "null", "none", *keyword.kwlist}
)


class Shape(NamedTuple):
    """What a name holds. fields: path below it -> kind, of an object or of a list's elements."""

    kind: str
    fields: Mapping[str, str] = {}

    def field(self, name: str) -> "Shape | None":
        """The shape of a field; None when there is no such field."""
        if self.kind == "any":
            return self
        kind = self.fields.get(name)
        if self.kind != "object" or kind is None:
            return None
        return Shape(kind.rstrip("?"), _below(self.fields, name + "."))

    def element(self) -> "Shape":
        """The shape of a list's elements."""
        kind = self.fields.get("*")
        if self.kind != "list" or kind is None:
            return ANY
        return Shape(kind.rstrip("?"), _below(self.fields, "*."))

    def names(self) -> list[str]:
        """Fields directly below."""
        return [path for path in self.fields if "." not in path and path != "*"]


ANY = Shape("any")
_ERROR = Shape("object", {"name": "text", "text": "text?"})


def _below(fields: Mapping[str, str], prefix: str) -> dict[str, str]:
    cut = len(prefix)
    return {path[cut:]: kind for path, kind in fields.items() if path.startswith(prefix)}


def kind_of(slot: model.Slot) -> str:
    """The kind of a slot's value."""
    return _SLOT_KINDS.get(slot.type, "text")


class Names:
    """The names one scenario may read, whether or not they are filled."""

    def __init__(
        self,
        scenario: model.Scenario,
        services: Mapping[str, model.Signature],
        links: Mapping[str, str] | None,
    ) -> None:
        self.slots = scenario.data
        self.shapes: dict[str, Shape] = {name: Shape(kind) for name, kind in FACTS.items()}
        # Without a readable bot.yaml nobody knows which links there are.
        known = links is not None
        self.shapes["links"] = Shape("object", dict.fromkeys(links or (), "text")) if known else ANY
        for name, slot in scenario.data.items():
            self.shapes[name] = Shape(kind_of(slot))
        self.locals: set[str] = set()
        for step in scenario.steps.values():
            self._step(step, services)
        for step in scenario.steps.values():
            if isinstance(step, model.Ask) and step.options_from and step.options_from.save_item:
                self._save(step.options_from.save_item, self.element_of(step.options_from.of))

    def _step(self, step: model.AnyStep, services: Mapping[str, model.Signature]) -> None:
        if isinstance(step, model.CallStep):
            if step.save:
                found = services.get(step.service)
                self._save(step.save, Shape("object", found.result) if found else ANY)
            if step.errors:
                self.shapes["error"] = _ERROR
        elif isinstance(step, model.Run):
            for mine in step.save:
                if mine not in self.slots:
                    self._save(mine, ANY)

    def _save(self, name: str, shape: Shape) -> None:
        if name in self.locals and self.shapes[name] != shape:
            shape = ANY
        self.locals.add(name)
        self.shapes[name] = shape

    def element_of(self, source: str) -> Shape:
        """The shape of the elements of a list expression."""
        try:
            path = path_of(parse(source))
        except ExpressionError:
            return ANY
        found = self.look(path, ANY) if path else None
        return found[0].element() if found is not None and found[0] is not None else ANY

    def look(self, path: tuple[str, ...], item: Shape | None) -> "tuple[Shape | None, int]":
        """The shape at a path; None and the number of the part that does not exist.

        item: what `item` is here, None where there is no list."""
        shape = item if path[0] == "item" else self.shapes.get(path[0])
        if shape is None:
            return None, 0
        for at, part in enumerate(path[1:], 1):
            below = shape.field(part)
            if below is None:
                return None, at
            shape = below
        return shape, 0

    def around(self, path: tuple[str, ...], part: int, item: Shape | None) -> list[str]:
        """What could have been meant instead of a part of a path that does not exist."""
        if part == 0:
            more = ["item"] if item is not None else []
            return [*self.shapes, *more]
        owner, _ = self.look(path[:part], item)
        return owner.names() if owner is not None else []


def literal_kind(node: ast.expr) -> str:
    """The kind of a constant, empty for anything else."""
    match node:
        case ast.Constant(value=str()):
            return "text"
        case ast.Constant(value=int() | float()) | ast.UnaryOp(op=ast.USub()):
            return "number"
        case ast.Name(id="true" | "false"):
            return "bool"
        case ast.Name(id="null"):
            return "null"
    return ""


def fits(left: str, right: str, *, text: str = "") -> bool:
    """Whether two kinds can be compared. text: the constant on the text's side; a day written
    out compares with a date."""
    if "any" in (left, right) or "null" in (left, right) or left == right:
        return True
    if {left, right} == {"date", "moment"}:
        return True
    if "text" in (left, right) and {left, right} & {"date", "moment"}:
        return _is_day(text)
    return False


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text[:10]))
    except ValueError:
        return False
