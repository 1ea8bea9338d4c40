"""What is wrong with the filters of a value in a text, and with printing the value at all."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from core.scenario.filters import FILTERS, WITH_ARGUMENT
from core.scenario.findings import close_to
from core.scenario.names import Shape
from core.scenario.template import Filter, Hole

#: Filter -> kinds it can print; the others take everything.
_WANTED: Mapping[str, frozenset[str]] = {
    "money": frozenset({"number"}),
    "speed": frozenset({"number"}),
    "abs": frozenset({"number"}),
    "plural": frozenset({"number"}),
    "date": frozenset({"date", "moment"}),
    "time": frozenset({"moment"}),
    "phone": frozenset({"text"}),
}
#: Filters behind which a value is of the kind it was; behind any other it is a text.
_KEEPING = frozenset({"abs", "or", "или"})
#: Numbers of forms that some language has.
FORMS_ALLOWED = (2, 3)


class WrongFilter(NamedTuple):
    """variant: of the code it is told by. values: of its sentence."""

    variant: str
    values: dict[str, str]


def wrong_filters(hole: Hole) -> Iterator[WrongFilter]:
    """E015: filters that there are not, and arguments that are missing, idle or of a wrong form."""
    for item in hole.filters:
        yield from _written(item)


def _written(item: Filter) -> Iterator[WrongFilter]:
    given = item.argument
    if item.name not in FILTERS:
        yield WrongFilter("filter", {"name": item.name, "close": close_to(item.name, FILTERS)})
    elif item.name not in WITH_ARGUMENT:
        if given is not None:
            yield WrongFilter("idle", {"name": item.name})
    elif not given:
        yield WrongFilter("argument", {"name": item.name})
    elif item.name == "plural":
        forms = [form.strip() for form in given.split(",")]
        if len(forms) not in FORMS_ALLOWED or not all(forms):
            yield WrongFilter("forms", {"name": item.name})


def wrong_kinds(hole: Hole, shape: Shape) -> Iterator[WrongFilter]:
    """E018: a filter that cannot print what comes to it, and what prints as nothing."""
    kind, name = shape.kind, hole.name
    for item in hole.filters:
        wanted = _WANTED.get(item.name)
        if wanted is not None and kind != "any" and kind not in wanted:
            kinds = {"kind": f"~{kind}", "wanted": f"~{min(wanted)}"}
            yield WrongFilter("filter", {"filter": item.name, "name": name, **kinds})
            return
        kind = kind if item.name in _KEEPING else "text"
        name = f"{name}|{item.name}"
    if shape.kind == "object":
        field = next(iter(shape.names()), "…")
        yield WrongFilter("object", {"name": hole.name, "field": f"{hole.name}.{field}"})
    elif shape.kind == "list":
        yield WrongFilter("list", {"name": hole.name})
