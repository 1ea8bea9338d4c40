"""A file of ours as a model, or findings at the right place: pydantic's errors told as E002."""

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from core.scenario.findings import Finding, close_to
from core.scenario.schema import VERBS, AnyStepModel
from core.scenario.yaml_tree import Node, Spot, YamlProblem, read

Model = TypeVar("Model", bound=BaseModel)

#: pydantic's error type -> the sentence of E002 that tells it.
_VARIANTS: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "number",
    "int_from_float": "number",
    "float_type": "number",
    "bool_type": "bool",
    "list_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "too_short": "short",
    "empty_text": "empty",
    "bad_id": "id",
    "bad_service": "service",
    "bad_duration": "duration",
    "bad_moment": "moment",
    "bad_zone": "zone",
    "bad_language": "language",
    "bad_threshold": "threshold",
    "https": "https",
    "one_value": "value",
    "one_line": "line",
}
#: What would be right without its quotes.
_PLAIN: Mapping[str, frozenset[str]] = {
    "number": frozenset(map(str, range(101))),
    "bool": frozenset({"true", "false"}),
}
_NO_BLANK = re.compile(r"[a-z_]+:\S")
_FIELD = re.compile(r"[a-z_]+")
_SHOWN = 40  # characters of a wrong value that a sentence quotes


def at(file: str, spot: Spot, code: str, variant: str = "", **more: Any) -> Finding:
    """A finding at a spot. more: close, hint; everything else is a value of the sentence."""
    close, hint = more.pop("close", ""), more.pop("hint", "")
    return Finding(
        code=code,
        variant=variant,
        file=file,
        line=spot.line,
        column=spot.column,
        end_column=spot.end_column,
        values={name: str(value) for name, value in more.items()},
        close=close,
        hint=hint,
    )


def tree_of(file: str, text: str) -> Node | Finding:
    """The file's tree, or what is wrong with its YAML."""
    try:
        return read(text)
    except YamlProblem as problem:
        return at(file, problem.spot, problem.code, problem.key, what=problem.what)


def modelled(file: str, tree: Node, model: type[Model]) -> Model | list[Finding]:
    """The file's content as a model, or everything that is wrong with its shape."""
    if not isinstance(tree.value, dict):
        return [at(file, tree.spot, "E002", "mapping", what="")]
    try:
        return model.model_validate(tree.plain())
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [_told(file, tree, model, detail) for detail in details]


def _told(file: str, tree: Node, model: type[BaseModel], detail: Any) -> Finding:
    path = tuple(part for part in detail["loc"] if not _is_tag(part))
    kind = str(detail["type"])
    last = str(path[-1]) if path else ""
    if kind == "missing":
        return at(file, tree.at(*path[:-1]), "E002", "missing", field=last)
    spot = _key_spot(tree, path) if last == "[key]" else tree.at(*path)
    if kind == "extra_forbidden":
        if (slip := _in_braces(tree.below(*path[:-1]), last)) is not None:
            return at(file, spot, "E002", slip, value=_cut(last))
        allowed = sorted(_fields(model, detail["loc"][:-1]))
        close = close_to(last, allowed)
        hint = "" if close else "allowed"
        names = ", ".join(allowed)
        return at(file, spot, "E002", "extra", field=last, names=names, close=close, hint=hint)
    if kind == "union_tag_not_found":
        close = _verb_meant(detail["input"])
        return at(file, spot, "E002", "verb", names=", ".join(VERBS), close=close)
    if kind == "literal_error":
        return _literal(file, spot, detail)
    if kind in ("greater_than_equal", "less_than_equal"):
        return at(file, spot, "E002", "range", value=quoted(detail["input"]), names=_range(detail))
    variant = _VARIANTS.get(kind, "other")
    if variant == "text" and (text := _unquoted(tree.below(*path))):
        return at(file, spot, "E002", "braces", value=_cut(text))
    variant = _closer(variant, detail["input"])
    return at(file, spot, "E002", variant, field=last, value=quoted(detail["input"]))


def _closer(variant: str, written: object) -> str:
    """The sentence that fits what is written better than the one for anything wrong."""
    if written is None:
        return "empty" if variant == "text" else variant
    if variant == "list" and isinstance(written, dict):
        return "list_fields"
    if not isinstance(written, str):
        return variant
    if variant == "list":
        return "list_text"
    return f"quoted_{variant}" if written in _PLAIN.get(variant, ()) else variant


def _verb_meant(step: object) -> str:
    """The verb that a step without one probably misspells, empty when there is no idea."""
    if not isinstance(step, dict) or not step.keys().isdisjoint(VERBS):
        return ""
    known = {name for kind in get_args(AnyStepModel) for name in _own_fields(kind)}
    found = (close_to(str(name), VERBS) for name in step if name not in known)
    return next(filter(None, found), "")


def _is_tag(part: object) -> bool:
    return isinstance(part, str) and part.endswith("!")


def _key_spot(tree: Node, path: tuple[Any, ...]) -> Spot:
    """The place of a key that is itself wrong: pydantic writes `(…, name, "[key]")`."""
    return tree.at(*path[:-1])


def _range(detail: Any) -> str:
    context = detail["ctx"]
    return f"≥ {context['ge']}" if "ge" in context else f"≤ {context['le']}"


def _literal(file: str, spot: Spot, detail: Any) -> Finding:
    allowed = str(detail["ctx"]["expected"]).replace("' or '", "', '")
    names = [name.strip().strip("'") for name in allowed.split(",")]
    value = quoted(detail["input"])
    if detail["input"] in names and f"'{value}'" not in allowed:  # `format: "1"`
        return at(file, spot, "E002", "quoted_number", value=value)
    close = close_to(value, names) if isinstance(detail["input"], str) else ""
    return at(file, spot, "E002", "choice", value=value, names=", ".join(names), close=close)


def _in_braces(node: Node | None, name: str) -> str | None:
    """Which slip made a field that nobody knows of a piece of `{label: Да, записать}` or of
    `{key:yes}`; None for a field that is one."""
    if node is None or not node.braced or node.value[name].value is not None:
        return None
    if _NO_BLANK.match(name):
        return "no_blank"
    return None if _FIELD.fullmatch(name) else "comma"


def _unquoted(node: Node | None) -> str:
    """The text that begins with a value, `{name}` or `{name|or: …}`, and was read as fields for
    want of quotes; empty for any other node."""
    if node is None or not node.braced or not node.value:
        return ""
    fields = {name: below.value for name, below in node.value.items()}
    first = next(iter(fields))
    nested = any(isinstance(value, dict | list) for value in fields.values())
    if nested or (fields[first] is not None and "|" not in first):
        return ""
    written = [k if v is None else f"{k}: {quoted(v)}" for k, v in fields.items()]
    return "{" + ", ".join(written) + "}"


def quoted(value: object) -> str:
    """A wrong value as it is written, or the word for what it is."""
    if value is None:
        return "~null"
    if isinstance(value, dict | list):
        return "~object" if isinstance(value, dict) else "~list"
    return _cut(str(value).lower() if isinstance(value, bool) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _fields(model: type[BaseModel], loc: tuple[Any, ...]) -> Iterator[str]:
    """Names of fields that are allowed in the object at a place of the model."""
    found: Any = model
    for part in loc:
        found = _below(found, part)
    if isinstance(found, type) and issubclass(found, BaseModel):
        for name, field in found.model_fields.items():
            yield field.alias or name


def _below(kind: Any, part: Any) -> Any:
    """The type of a field, an element or a tagged alternative of a type."""
    if _is_tag(part):
        verb = part.removesuffix("!")
        return next((m for m in get_args(AnyStepModel) if verb in set(_own_fields(m))), None)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if (field.alias or name) == part:
                return _bare(field.annotation)
        return None
    origin, args = get_origin(kind), get_args(kind)
    if origin is list:
        return _bare(args[0])
    return _bare(args[1]) if origin is dict else None


def _own_fields(model: Any) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _bare(kind: Any) -> Any:
    """A type without Annotated and without `| None`."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _bare(args[0])
    if origin in (Union, UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else kind
    return kind
