"""Texts with values in them: `{path|filter: argument}`, `{{` and `}}` for braces.

Rendering never raises: what is missing prints nothing and is logged without the text.
"""

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from core.scenario.expression import lookup
from core.scenario.filters import FILTERS, Scene, plain
from core.scenario.model import City, Slot

log = logging.getLogger(__name__)

#: Filters that want a slot as people see it; the others want the value itself.
_OF_WORDS = frozenset({"or", "или", "upper"})
_NAME = re.compile(r"[^\W\d]\w*")


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What turns values into words besides the language.

    slots: of the bundle, by name. cities: the directory. labels: choice slot -> the label its
    value has now. timezone: of bot.yaml. today: the present moment, aware.
    """

    slots: Mapping[str, Slot] = {}
    cities: Mapping[str, City] = {}
    labels: Mapping[str, str] = {}
    timezone: str = "UTC"
    today: Any = None


class Filter(msgspec.Struct, frozen=True):
    """name as written; argument without the blanks around it, None when there is none.

    column: 0-based, of the name in the source."""

    name: str
    argument: str | None
    column: int


class Hole(msgspec.Struct, frozen=True):
    """A value in a text. column: 0-based, of the path in the source."""

    path: tuple[str, ...]
    filters: tuple[Filter, ...]
    column: int

    @property
    def name(self) -> str:
        """The path as written."""
        return ".".join(self.path)

    @property
    def is_safe(self) -> bool:
        """Whether the text says what to print when the value is missing."""
        return any(item.name in ("or", "или") for item in self.filters)


class TemplateError(Exception):
    """The text is no template. key: `open_brace`, `close_brace`, `bad_path`, `bad_filter`.

    column: 0-based. what: the piece that does not fit."""

    def __init__(self, key: str, column: int, what: str = "") -> None:
        super().__init__(f"{key} at {column}: {what}")
        self.key = key
        self.column = column
        self.what = what


@lru_cache(maxsize=8192)
def pieces(source: str) -> tuple[str | Hole, ...]:
    """The text cut into plain parts and holes. Raises TemplateError."""
    found: list[str | Hole] = []
    text: list[str] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char in "{}" and source[at : at + 2] == char * 2:
            text.append(char)
            at += 2
        elif char == "{":
            end = source.find("}", at)
            inner = source[at + 1 : end] if end >= 0 else source[at + 1 :]
            if end < 0 or "{" in inner:
                raise TemplateError("open_brace", at, source[at : at + 20])
            if text:
                found.append("".join(text))
                text = []
            found.append(_hole(inner, at + 1))
            at = end + 1
        elif char == "}":
            raise TemplateError("close_brace", at, source[max(at - 20, 0) : at + 1])
        else:
            text.append(char)
            at += 1
    if text:
        found.append("".join(text))
    return tuple(found)


def _hole(inner: str, start: int) -> Hole:
    first, *rest = inner.split("|")
    path = tuple(first.strip().split("."))
    column = start + len(first) - len(first.lstrip())
    if not all(_NAME.fullmatch(part) for part in path):
        raise TemplateError("bad_path", column, first.strip())
    filters = []
    at = start + len(first) + 1
    for item in rest:
        name, colon, argument = item.partition(":")
        where = at + len(name) - len(name.lstrip())
        if not _NAME.fullmatch(name.strip()):
            raise TemplateError("bad_filter", where, item.strip())
        filters.append(Filter(name.strip(), argument.strip() if colon else None, where))
        at += len(item) + 1
    return Hole(path, tuple(filters), column)


def holes(source: str) -> tuple[Hole, ...]:
    """The values a text prints. Raises TemplateError."""
    return tuple(piece for piece in pieces(source) if isinstance(piece, Hole))


def render(source: str, names: Mapping[str, Any], lang: str, context: Context) -> str:
    """The text with its values, in the given language. A source that is no template prints as it
    is."""
    try:
        parts = pieces(source)
    except TemplateError:
        log.warning("a text is no template")
        return source
    scene = Scene(lang=lang, timezone=context.timezone, now=context.today)
    return "".join(
        [part if isinstance(part, str) else _printed(part, names, scene, context) for part in parts]
    )


def _printed(hole: Hole, names: Mapping[str, Any], scene: Scene, context: Context) -> str:
    value = lookup(hole.path, names)
    if len(hole.path) == 1 and all(item.name in _OF_WORDS for item in hole.filters):
        value = _labelled(hole.path[0], value, scene, context)
    for item in hole.filters:
        made = FILTERS.get(item.name)
        if made is not None:
            value = made(value, item.argument or "", scene)
    if value is None and not hole.is_safe:
        log.warning("no value for {%s}", hole.name)
    # A value may not bring markup of its own into the text.
    return plain(value, scene).replace("**", "*\u2060*")


def _labelled(name: str, value: Any, scene: Scene, context: Context) -> Any:
    """The value of a slot as its type is shown to people; any other value as it is."""
    slot = context.slots.get(name)
    if slot is None or value is None:
        return value
    if slot.type == "city":
        city = context.cities.get(str(value))
        return _in_language(city.label, scene.lang) if city is not None else value
    if slot.type == "choice":
        return context.labels.get(name, value)
    made = FILTERS.get(slot.type)
    if slot.type in ("phone", "speed", "date", "money") and made is not None:
        return made(value, "", scene)
    return value


def _in_language(labels: Mapping[str, str], lang: str) -> str:
    return labels.get(lang) or next(iter(labels.values()), "")
