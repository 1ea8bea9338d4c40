"""Which steps ran and which ways they took: for the coverage of tests, off unless watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Mark(NamedTuple):
    """A step that ran, or with `branch` one of its ways: `then`, `else`, `answer`, `on_fail`,
    `button.KEY`, `error.NAME`."""

    scenario: str
    step: str
    branch: str = ""


_MARKS: ContextVar[set[Mark] | None] = ContextVar("marks", default=None)


def watched() -> set[Mark] | None:
    """Where to write marks, None while nobody watches."""
    return _MARKS.get()


@contextmanager
def watching() -> Iterator[set[Mark]]:
    """Collects the marks of all turns inside."""
    marks: set[Mark] = set()
    token = _MARKS.set(marks)
    try:
        yield marks
    finally:
        _MARKS.reset(token)
