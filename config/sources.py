"""Where settings come from: `otklik.toml` and OTKLIK_ variables, gathered into one tree of names.

Imports nothing heavy, so that a command which needs one setting need not load the whole model.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "OTKLIK_"
CONFIG = "OTKLIK_CONFIG"
DEFAULT_FILE = "otklik.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

Path = tuple[str, ...]


@dataclass(slots=True)
class Gathered:
    """tree: the values as given, nested by name. named: path -> how its author wrote it, for
    messages. file: the file's name as shown. problems: what could not even be read. is_whole: the
    file was read, if there is one."""

    tree: dict[str, Any] = field(default_factory=dict)
    named: dict[Path, str] = field(default_factory=dict)
    file: str = DEFAULT_FILE
    problems: list[str] = field(default_factory=list)
    is_whole: bool = True


def gather(environ: Mapping[str, str], read: Callable[[str], str | None]) -> Gathered:
    """Variables over the file. An empty variable counts as unset, as compose files pass it.

    read: path -> text of the file, None when there is none; OSError or UnicodeDecodeError when
    it cannot be read."""
    found = Gathered(file=environ.get(CONFIG) or DEFAULT_FILE)
    text: str | None = ""
    try:
        text = read(found.file)
    except OSError as error:
        _unread(found, f"cannot be read: {error.strerror or error}")
    except UnicodeDecodeError as error:
        _unread(found, f"is no UTF-8 from byte {error.start + 1} on: save it as UTF-8")
    if text is None and environ.get(CONFIG):
        found.problems.append(f"{CONFIG} names «{found.file}», and there is no such file")
    if text:
        _file(found, text)
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable != CONFIG and environ[variable].strip():
            _variable(found, variable, environ[variable].strip())
    return found


def variable(path: Path) -> str:
    """The name of the variable that sets this path."""
    return PREFIX + "__".join(path).upper()


def _file(found: Gathered, text: str) -> None:
    try:
        found.tree = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        _unread(found, f"is no valid TOML: {error}")
        return
    _name(found, found.tree, ())


def _unread(found: Gathered, why: str) -> None:
    found.problems.append(f"{found.file} {why}")
    found.is_whole = False


def _name(found: Gathered, table: Mapping[str, Any], path: Path) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _name(found, value, (*path, key))
        else:
            found.named[(*path, key)] = f"{'.'.join((*path, key))} in {found.file}"


def _variable(found: Gathered, name: str, value: str) -> None:
    path = tuple(name.removeprefix(PREFIX).lower().split("__"))
    if not all(_NAME.fullmatch(part) for part in path):
        found.problems.append(f"{name} is no setting: names are words joined by «__»")
        return
    table = found.tree
    for depth, part in enumerate(path[:-1], start=1):
        below = table.setdefault(part, {})
        if not isinstance(below, dict):
            # A lone value stands where a group is meant: the longer name tells more.
            outer = found.named.get(path[:depth], variable(path[:depth]))
            found.problems.append(f"{outer} is a value, so {name} cannot stand below it")
            return
        table = below
    if isinstance(table.get(path[-1]), dict):
        found.problems.append(f"{name} is a group of settings; name one of it: {name}__…")
        return
    table[path[-1]] = value
    found.named[path] = name
