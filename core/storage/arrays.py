"""Rows on their way to PostgreSQL: a column of them travels as the text of an array.

asyncpg asks of every element of an array whether it is an array itself, which costs ten times what
its bytes do. A text it only copies, and PostgreSQL reads the array out of it.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import msgspec

#: Makes an argument of a column.
Wire = Callable[[Sequence[Any]], Any]

_PARAMETER = re.compile(r"\$(\d+)")
_TYPED = re.compile(r"\$\d+::(\w+)\[\]")
_UNNEST = re.compile(
    r"unnest\((?P<arrays>\$\d+::\w+\[\](?:,\s*\$\d+::\w+\[\])*)\)"
    r"(?P<numbered>\s+WITH ORDINALITY)?\s+AS k\((?P<names>[^)]*)\)"
)
_json = msgspec.json.Encoder().encode


class Wired(NamedTuple):
    """A statement as it is sent, and what makes each of its arguments of a column."""

    sql: str
    wires: tuple[Wire, ...]


def texts(column: Sequence[str | None]) -> str:
    """The array of a column of texts. A NUL in one of them is PostgreSQL's to refuse."""
    try:
        joined = _quoted("\0".join(column))  # type: ignore[arg-type]  # most columns have no None
    except TypeError:
        return f"{{{','.join(['NULL' if one is None else _quoted(one) for one in column])}}}"
    if joined.count("\0") == len(column) - 1:
        joined = joined.replace("\0", '","')
    return f"{{{joined}}}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def numbers(column: Sequence[int | None]) -> str:
    """The array of a column of integers or truth values."""
    return f"{{{_json(column)[1:-1].decode()}}}"


_WIRES: dict[str, Wire] = {
    "text": texts,
    "int": numbers,
    "bigint": numbers,
    "bool": numbers,
    "timestamptz": numbers,
}


@lru_cache(maxsize=512)
def wired(text: str) -> Wired:
    """A statement about rows. text: one array for every column, those within `unnest(…) AS k(…)`
    of any type; moments arrive there as microseconds since 1970."""
    wires: list[Wire] = [list] * max(int(number) for number in _PARAMETER.findall(text))
    return Wired(_UNNEST.sub(lambda found: _source(found, wires), text), tuple(wires))


def _source(found: re.Match[str], wires: list[Wire]) -> str:
    names = [name.strip() for name in found["names"].split(",")]
    kinds = _TYPED.findall(found["arrays"])
    arrays = []
    for array, kind in zip(found["arrays"].split(","), kinds, strict=True):
        place = _PARAMETER.findall(array)[0]
        if kind not in _WIRES:
            arrays.append(array.strip())
            continue
        wires[int(place) - 1] = _WIRES[kind]
        arrays.append(f"${place}::text::{'bigint' if kind == 'timestamptz' else kind}[]")
    source = f"unnest({', '.join(arrays)}){found['numbered'] or ''} AS k({', '.join(names)})"
    if "timestamptz" not in kinds:
        return source
    columns = [f"k.{name}" for name in names]
    for place, kind in enumerate(kinds):
        if kind == "timestamptz":
            moment = f"timestamptz 'epoch' + {columns[place]} * interval '1 microsecond'"
            columns[place] = f"{moment} AS {names[place]}"
    return f"(SELECT {', '.join(columns)} FROM {source}) AS k"  # noqa: S608  # our own names


@lru_cache(maxsize=512)
def together(texts: tuple[str, ...]) -> Wired:
    """One statement that does what all of them do; its rows are those of the last."""
    shifted: list[str] = []
    wires: list[Wire] = []
    for text in texts:
        one = wired(text)
        shifted.append(_PARAMETER.sub(partial(_moved, len(wires)), one.sql))
        wires += one.wires
    *others, last = shifted
    if not others:
        return Wired(last, tuple(wires))
    named = ", ".join(f"with_{place} AS ({text})" for place, text in enumerate(others))
    last = last.lstrip()
    rest = f", {last.removeprefix('WITH ')}" if last.startswith("WITH ") else f" {last}"
    return Wired(f"WITH {named}{rest}", tuple(wires))


def _moved(by: int, parameter: re.Match[str]) -> str:
    return f"${int(parameter[1]) + by}"
