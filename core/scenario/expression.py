"""Conditions and values of scenarios: a small language read by Python's parser and a white list.

No calls, no arithmetic, no indexing. Names are looked up in plain mappings only; a missing name or
field is null, and no evaluation ever raises.
"""

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

LONGEST = 200
_CONSTANTS: Mapping[str, Any] = MappingProxyType({"true": True, "false": False, "null": None})
_QUOTED = re.compile(r"'[^']*'?|\"[^\"]*\"?")
#: Slips that make a condition unreadable, outside of its quotes: (what is looked for, key).
_SLIPS = (
    (re.compile(r"(?<![=!<>])=(?!=)"), "equals"),
    (re.compile(r"[«»“”„‘’]"), "quote"),
    (re.compile(r"&&|\|\||<>|!(?!=)|\b(?:AND|OR|NOT|IN|и|или|не)\b"), "word"),
)

_Test = Callable[[Any, Any], Any]

#: A backslash that means nothing to Python.
_ESCAPE = re.compile(r"""\\[^\\'"\nabfnrtvxNuU0-7]""")


class ExpressionError(Exception):
    """The text is no expression. key: `unreadable`, `equals` (one sign for two), `quote` (not a
    straight one), `word` (of another language), `capital` (True), `forbidden`, `too_long` or
    `empty`.

    column: 0-based, in characters of the source. what: the forbidden piece, may be empty.
    """

    def __init__(self, key: str, column: int = 0, what: str = "") -> None:
        super().__init__(f"{key} at {column}: {what}")
        self.key = key
        self.column = column
        self.what = what


@lru_cache(maxsize=4096)
def parse(source: str) -> ast.expr:
    """The checked tree of an expression. Raises ExpressionError."""
    if len(source) > LONGEST:
        raise ExpressionError("too_long", LONGEST)
    if not source.strip():
        raise ExpressionError("empty")
    indent = len(source) - len(source.lstrip())
    try:
        with warnings.catch_warnings():
            # `1if x` and backslashes in quotes are only warnings to Python.
            warnings.simplefilter("error")
            tree = ast.parse(source.strip(), mode="eval")
    except SyntaxError as error:
        column = min((error.offset or 1) - 1 + indent, len(source) - 1)
        if "escape" in error.msg and (found := _ESCAPE.search(source)) is not None:
            column = found.start()  # older Pythons point at the quote before it
        raise ExpressionError(*_slip(source, max(column, 0))) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError("unreadable") from error
    _check(tree.body, source.strip(), indent)
    return tree.body


def _slip(source: str, column: int) -> tuple[str, int, str]:
    """What probably made a condition unreadable: key, column and piece of its error."""
    bare = _QUOTED.sub("''", source)
    for pattern, key in _SLIPS:
        if (found := pattern.search(bare)) is not None:
            return key, column, found[0]
    return "unreadable", column, ""


def _check(node: ast.expr, source: str, indent: int) -> None:
    """Raises ExpressionError at the first node that is not on the white list."""
    parts = _parts(node)
    if parts is None:
        raise _forbidden(node, source, indent)
    for part in parts:
        _check(part, source, indent)


def _parts(node: ast.expr) -> list[ast.expr] | None:
    """The operands of an allowed node, None for one that is not allowed."""
    match node:
        case ast.BoolOp(values=parts) | ast.List(elts=parts):
            return parts
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            same = any(isinstance(op, ast.Is | ast.IsNot) for op in ops)
            return None if same else [left, *comparators]
        case ast.Name():
            return []
        case ast.Attribute(value=ast.Name() | ast.Attribute() as value):
            return [value]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=number)):
            return [] if _is_number(number) else None
        case ast.Constant(value=value):
            return [] if isinstance(value, str) or _is_number(value) else None
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _forbidden(node: ast.expr, source: str, indent: int) -> ExpressionError:
    piece = ast.get_source_segment(source, node) or ""
    # ast counts bytes of UTF-8; people count characters.
    column = len(source.encode()[: node.col_offset].decode(errors="ignore"))
    key = "capital" if piece in ("True", "False", "None") else "forbidden"
    return ExpressionError(key, column + indent, piece)


def evaluate(source: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression. A source that is no expression is null: the checker has
    refused it, and a dialog must not die of it."""
    return _compiled(source)(names)


@lru_cache(maxsize=4096)
def name_of(source: str) -> str:
    """The name that an expression is and nothing else, empty for any other expression."""
    try:
        tree = parse(source)
    except ExpressionError:
        return ""
    return tree.id if isinstance(tree, ast.Name) and tree.id not in _CONSTANTS else ""


def truth(source: str, names: Mapping[str, Any]) -> bool:
    """Whether a condition holds; null, false, 0, '' and [] do not."""
    return bool(evaluate(source, names))


def lookup(path: tuple[str, ...], names: Mapping[str, Any]) -> Any:
    """The value at a dotted path, null where something is missing."""
    found: Any = names
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


# -- a tree as a function of the names: it is taken apart once, and read in every dialog

_Reading = Callable[[Mapping[str, Any]], Any]


@lru_cache(maxsize=4096)
def _compiled(source: str) -> _Reading:
    try:
        return _reading(parse(source))
    except ExpressionError:
        return _always(None)


def _reading(node: ast.expr) -> _Reading:
    match node:
        case ast.Constant(value=value):
            return _always(value)
        case ast.Name(id=name):
            return _always(_CONSTANTS[name]) if name in _CONSTANTS else lambda of: of.get(name)
        case ast.Attribute(value=owner, attr=field):
            return _field(_reading(owner), field)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _opposite(_reading(operand))
        case ast.UnaryOp(operand=ast.Constant(value=int() | float() as number)):
            return _always(-number)
        case ast.BoolOp(op=op, values=values):
            test, parts = (all if isinstance(op, ast.And) else any), list(map(_reading, values))
            return lambda names: test(part(names) for part in parts)
        case ast.List(elts=elements):
            items = list(map(_reading, elements))
            return lambda names: [item(names) for item in items]
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            tests = [_TESTS[type(op)] for op in ops]
            others = zip(tests, map(_reading, comparators), strict=True)
            return _compared(_reading(left), list(others))
    return _always(None)


def _always(value: Any) -> _Reading:
    return lambda _: value


def _field(owner: _Reading, field: str) -> _Reading:
    def read(names: Mapping[str, Any]) -> Any:
        found = owner(names)
        return found.get(field) if isinstance(found, Mapping) else None

    return read


def _opposite(operand: _Reading) -> _Reading:
    return lambda names: not operand(names)


def _compared(left: _Reading, others: list[tuple[_Test, _Reading]]) -> _Reading:
    def read(names: Mapping[str, Any]) -> bool:
        found = left(names)
        for holds, other in others:
            right = other(names)
            if not holds(found, right):
                return False
            found = right
        return True

    return read


def _ordered(order: _Test) -> _Test:
    def holds(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        try:
            return bool(order(left, right))
        except TypeError:
            return False

    return holds


def _equal(left: Any, right: Any) -> bool:
    """Python's equality, but for true and 1, which are different things in a scenario."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _contains(holder: Any, value: Any) -> bool:
    if isinstance(holder, str):
        return isinstance(value, str) and value in holder
    if isinstance(holder, list | tuple):
        return any(_equal(item, value) for item in holder)
    return isinstance(holder, Mapping) and isinstance(value, str) and value in holder


_TESTS: Mapping[type[ast.cmpop], _Test] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.In: lambda value, holder: _contains(holder, value),
    ast.NotIn: lambda value, holder: not _contains(holder, value),
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
}


def names_in(source: str) -> tuple[tuple[str, ...], ...]:
    """Dotted paths an expression reads, as tuples, in order. Raises ExpressionError."""
    return tuple(path for path, _ in paths(parse(source)))


def paths(node: ast.expr) -> Iterator[tuple[tuple[str, ...], ast.expr]]:
    """Paths read in a tree, each with its node; constants are none."""
    path = path_of(node)
    if path is not None:
        if path[0] not in _CONSTANTS or len(path) > 1:
            yield path, node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from paths(child)


def path_of(node: ast.expr) -> tuple[str, ...] | None:
    """The dotted path a node is, None if it is none."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=owner, attr=field):
            start = path_of(owner)
            return None if start is None else (*start, field)
    return None


def is_null(node: ast.expr) -> bool:
    """Whether the node is the word null."""
    return isinstance(node, ast.Name) and node.id == "null"


def column_of(node: ast.expr, source: str) -> int:
    """0-based column of a node in its source, in characters."""
    stripped = source.strip()
    indent = len(source) - len(source.lstrip())
    return len(stripped.encode()[: node.col_offset].decode(errors="ignore")) + indent
