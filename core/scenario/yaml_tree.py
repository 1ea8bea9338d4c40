"""YAML 1.2 as a tree of plain values in which everything knows its place.

Built from ruamel's events, without recursion: a file of a hundred thousand brackets is a finding,
not a crash. `yes`, `no`, `12:30` and dates stay text. Anchors are allowed under `tests` only.
"""

import re
import unicodedata
from typing import Any

import msgspec

DEEPEST = 20
LARGEST = 256 * 1024
_MOST_NODES = 50_000  # after aliases are followed

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


class Spot(msgspec.Struct, frozen=True):
    """A stretch of one line; 1-based, end one past the last character."""

    line: int = 1
    column: int = 1
    end_column: int = 2


class YamlProblem(Exception):
    """The text is no YAML of ours. code: E001 or E004; key: which sentence; what: its value."""

    def __init__(self, code: str, key: str, spot: Spot, what: str = "") -> None:
        super().__init__(f"{code} {key} {spot}")
        self.code = code
        self.key = key
        self.spot = spot
        self.what = what


class Node:
    """A value with its place. value: scalar, list of nodes, or dict of name -> node.

    keys: name -> place of the key, of a mapping. quoted: a scalar in quotes or a block.
    braced: a mapping in braces.
    """

    __slots__ = ("braced", "keys", "quoted", "spot", "value")

    def __init__(self, value: Any, spot: Spot) -> None:
        self.value = value
        self.spot = spot
        self.keys: dict[str, Spot] = {}
        self.quoted = False
        self.braced = False

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> "Node | None":
        """The node under a key or an index."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            found: Node = self.value[step]
            return found
        return None

    def at(self, *path: str | int) -> Spot:
        """The place of a path: the key of a field, the start of a list's element.

        What does not exist is shown at the nearest thing that does."""
        node, spot = self, self.spot
        for step in path:
            below = node.child(step)
            if below is None:
                break
            spot = node.keys[step] if isinstance(step, str) else below.spot
            node = below
        return spot

    def below(self, *path: str | int) -> "Node | None":
        """The node at a path, None where there is none."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node is not None else None
        return node


class _Open:
    """A collection being filled. name: the key that waits for its value."""

    __slots__ = ("name", "node", "spot")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.name: str | None = None
        self.spot = node.spot


def read(text: str) -> Node:
    """The tree of a file. Raises YamlProblem."""
    if len(text.encode()) > LARGEST:
        raise YamlProblem("E004", "large", Spot())
    if "\ufffd" in text:  # what a reader of bytes puts in place of what is no UTF-8
        raise YamlProblem("E001", "encoding", _spot_of_offset(text, text.index("\ufffd")))
    return _Reader().read(unicodedata.normalize("NFC", text))


class _Reader:
    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.nodes = 0
        self.lines: list[str] = []
        self.text: Any = None  # the last scalar's event: where a quote may have swallowed lines

    def read(self, text: str) -> Node:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.reader import ReaderError

        self.lines = text.splitlines()
        yaml = YAML(typ="safe", pure=True)
        try:
            for event in yaml.parse(text):
                self._take(event)
        except MarkedYAMLError as error:
            raise _told(error, self.lines, self.text) from error
        except ReaderError as error:
            spot = _spot_of_offset(text, error.position)
            raise YamlProblem("E001", "character", spot) from error
        except (YAMLError, ValueError, RecursionError) as error:
            raise YamlProblem("E001", "other", Spot(), str(error)[:80]) from error
        if self.root is None:
            raise YamlProblem("E001", "empty", Spot())
        return self.root

    def _take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self.text = event
            self._add(self._scalar(event), event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            node = Node({} if kind.startswith("Map") else [], _spot(event))
            node.braced = kind.startswith("Map") and bool(event.flow_style)
            self._add(node, event)
            self.stack.append(_Open(node))
            if len(self.stack) > DEEPEST:
                raise YamlProblem("E004", "deep", node.spot)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.stack.pop()
        elif kind == "AliasEvent":
            self._add(self._alias(event), event)
        elif kind == "DocumentStartEvent" and self.root is not None:
            raise YamlProblem("E001", "documents", _spot(event))

    def _scalar(self, event: Any) -> Node:
        plain = event.style in (None, "") and event.tag is None
        node = Node(_scalar(event.value) if plain else event.value, _spot(event))
        node.quoted = not plain
        return node

    def _in_tests(self) -> bool:
        return len(self.stack) > 1 and self.stack[0].name == "tests"

    def _alias(self, event: Any) -> Node:
        if not self._in_tests():
            raise YamlProblem("E004", "alias", _spot(event))
        found = self.anchors.get(str(event.anchor))
        if found is None:
            raise YamlProblem("E001", "alias", _spot(event), str(event.anchor))
        if any(opened.node is found for opened in self.stack):
            raise YamlProblem("E004", "alias", _spot(event))
        self.nodes += _count(found)
        return found

    def _add(self, node: Node, event: Any) -> None:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise YamlProblem("E004", "large", node.spot)
        anchor = getattr(event, "anchor", None)
        if anchor and type(event).__name__ != "AliasEvent":
            if not self._in_tests():
                raise YamlProblem("E004", "alias", _spot(event))
            self.anchors[str(anchor)] = node
        tag = getattr(event, "tag", None)
        if tag and str(tag) != "!":
            raise YamlProblem("E001", "tag", node.spot, str(tag)[:40])
        self._hang(node)

    def _hang(self, node: Node) -> None:
        """Puts a node where it belongs in the tree."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top.node.value, list):
            top.node.value.append(node)
        elif top.name is None or top.name in top.node.value:
            self._key(top, node)
        else:
            top.node.value[top.name] = node
            top.node.keys[top.name] = top.spot
            if self.stack[0] is not top:  # the root keeps its last name: `_in_tests` asks for it
                top.name = None

    def _key(self, top: _Open, node: Node) -> None:
        if isinstance(node.value, dict | list):
            raise self._no_key(top, node)
        name = _written(node.value)
        if name in top.node.value:
            raise YamlProblem("E001", "duplicate", node.spot, name)
        if not top.node.value and (node.spot.line, node.spot.column) == (
            top.node.spot.line,
            top.node.spot.column,
        ):
            top.node.spot = node.spot  # fields without braces are shown by their first key
        top.name, top.spot = name, node.spot

    def _no_key(self, top: _Open, node: Node) -> YamlProblem:
        """Fields or a list where a name should stand: mostly `{account}: ` or `{{` without quotes,
        shown where the text begins."""
        line = self.lines[node.spot.line - 1] if node.spot.line <= len(self.lines) else ""
        if _PRINTED.match(line, node.spot.column - 1) is None:
            return YamlProblem("E001", "braces", node.spot)
        return YamlProblem("E001", "start", node.spot if top.node.value else top.node.spot, "{")


def _written(value: Any) -> str:
    """A key as it stands in the file: every key is text."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _count(node: Node) -> int:
    total, rest = 0, [node]
    while rest and total <= _MOST_NODES:
        value = rest.pop().value
        total += 1
        if isinstance(value, dict):
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
    return total


def _spot(event: Any) -> Spot:
    start, end = event.start_mark, event.end_mark
    stop = end.column if end.line == start.line else start.column + 1
    return Spot(start.line + 1, start.column + 1, max(stop, start.column + 1) + 1)


def _spot_of_offset(text: str, offset: int) -> Spot:
    before = text[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    return Spot(line, column, column + 1)


#: A value as texts print it. Without quotes YAML reads fields, and then finds more text.
_PRINTED = re.compile(r"\{\s*[^\W\d][\w.]*\s*(\|[^{}]*)?\}")
_BEFORE = re.compile(_PRINTED.pattern + r"[\s&*|>]*$")  # ruamel stops behind such a sign

#: ruamel's words -> our sentence; the first that is part of the message wins.
_SYNTAX = (
    ("mapping values are not allowed", "colon"),
    ("that cannot start any token", "start"),
    ("found undefined alias", "alias"),
    ("unexpected end of stream", "quote"),
    ("while scanning a quoted scalar", "quote"),
    ("expected ',' or '}'", "braces"),
    ("expected ',' or ']'", "braces"),
    ("could not find expected ':'", "missing_colon"),
    ("but found '<scalar>'", "after"),
    ("but got '<scalar>'", "after"),
    ("sequence entries are not allowed", "dash"),
    ("expected '<document start>'", "braces"),
    ("unknown escape", "escape"),
    ("expected escape", "escape"),
    ("scanning a block scalar", "block"),
    (" tag expected", "mark"),
    ("mapping keys are not allowed", "start"),
    ("expected <block end>", "indent"),
    ("did not find expected", "indent"),
    ("expected the node content", "braces"),
    ("expected a single document", "documents"),
    ("duplicate", "duplicate"),
    ("expected alphabetic", "start"),
)


_OPENING = {"block": "|>", "mark": "!"}
_FIELD = re.compile(r"\s*(- )?\w+")  # with its colon, the beginning of a line of fields
_NO_SPACE = re.compile(r"\s*-\w")
_STRANGE = re.compile(r" *([^\S \t])")  # in an indent, as from a word processor: no blank to YAML


def _told(error: Any, lines: list[str], text: Any) -> YamlProblem:
    """One of our sentences for what ruamel says, at the place where it should be mended.

    text: the event of the scalar before."""
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    key = next((ours for theirs, ours in _SYNTAX if theirs in said), "other")
    opened = error.context_mark
    if opened is not None and (
        key in ("quote", "missing_colon") or (key == "braces" and opened.line < mark.line)
    ):
        mark = opened  # what is not closed is mended where it opens
    if key in ("indent", "after") and _is_unclosed(text, mark, lines):
        key, mark = "quote", text.start_mark
    if mark is None:
        return YamlProblem("E001", key, Spot(), said.strip()[:80])
    line, column = mark.line, mark.column
    printed = _BEFORE.search(lines[line][:column]) if line < len(lines) and key != "colon" else None
    if printed is not None:  # a colon inside the text wants quotes as well
        start = printed.start()
        return YamlProblem("E001", "start", Spot(line + 1, start + 1, start + 2), "{")
    if line >= len(lines) and lines:  # the end of the file: show its last line
        line, column = len(lines) - 1, len(lines[-1])
    return _by_line(key, lines[: line + 1], column, said)


def _is_unclosed(text: Any, mark: Any, lines: list[str]) -> bool:
    """Whether a text in quotes ended where the next quote opened, with fields in between."""
    if text is None or not text.style or text.end_mark.line != mark.line:
        return False
    swallowed = lines[text.start_mark.line + 1 : text.end_mark.line + 1]
    return text.style in "'\"" and any(_is_field(line, line.find(":")) for line in swallowed)


def _is_field(line: str, colon: int) -> bool:
    """Whether nothing but the name of a field stands before a colon."""
    return colon > 0 and _FIELD.fullmatch(line, 0, colon) is not None


def _by_line(key: str, lines: list[str], column: int, said: str) -> YamlProblem:
    """What the line itself tells better than the reader that stopped in it. lines: up to it."""
    number, here = len(lines), lines[-1] if lines else ""
    for n, line in enumerate(lines[-2:], max(number - 1, 1)):
        if (strange := _STRANGE.match(line)) is not None:
            at = strange.start(1) + 1
            return YamlProblem("E001", "character", Spot(n, at, at + 1))
    if key == "start" and "\t" in here[: column + 1]:
        key = "tab"
    elif key in _OPENING:  # shown at the sign that was no text, not where the reader stopped
        column = max(0, *(here.rfind(sign, 0, column + 1) for sign in _OPENING[key]))
        key = "start" if key == "mark" else key
    elif key in ("indent", "missing_colon") and _NO_SPACE.match(here):
        key = "space"
    elif key == "colon" and _is_field(here, column):  # read as more of the text above it
        key, column = "indent", len(here) - len(here.lstrip())
    what = here[column : column + 1] if key in ("start", "block") else said.strip()[:80]
    return YamlProblem("E001", key, Spot(max(number, 1), column + 1, column + 2), what)
