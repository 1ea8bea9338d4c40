"""The short way to write a dialog leaves no column behind."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.scenario.place import Place
from core.state import Dialog
from core.storage import sql_turn
from core.storage.row_shapes import dialog_row, is_step, step_row

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
LATER = datetime(2027, 3, 1, 11, tzinfo=UTC)
BEFORE = Dialog(
    id="d",
    channel="tg",
    chat="7",
    identity="i",
    lang="ru",
    opened_at=NOW,
    version=3,
    first_customer_at=NOW,
)
OTHER: dict[str, Any] = {
    "place": Place(bundle="b"),
    "state": "queued",
    "counts": {"closing": 1},
    "gens": {"silence": 1},
}


def columns(listed: str) -> list[str]:
    return ["id", *(column.split()[0] for column in listed.split(","))]


def other(name: str) -> Any:
    """A value that the field does not have in BEFORE."""
    if name in OTHER:
        return OTHER[name]
    value = getattr(BEFORE, name)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if name.endswith("_at") or name == "waiting_since":
        return LATER
    return None


CHANGED = [field.name for field in msgspec.structs.fields(Dialog) if other(field.name) is not None]


@pytest.mark.parametrize("name", CHANGED)
def test_what_a_step_does_not_write_makes_it_none(name: str) -> None:
    after = replace(BEFORE, **{name: other(name)})
    assert getattr(after, name) != getattr(BEFORE, name)
    whole = columns(sql_turn._DIALOG)
    short = set(columns(sql_turn._STEP))
    rows = [dialog_row(dialog, None, 0) for dialog in (BEFORE, after)]
    missed = {
        column
        for column, was, now in zip(whole, *rows, strict=True)
        if was != now and column not in short
    }
    if missed:
        assert not is_step(BEFORE, after), missed


@pytest.mark.parametrize("name", ["version", "last_n", "topic", "secret", "last_bot_at", "gens"])
def test_a_word_more_is_a_step(name: str) -> None:
    after = replace(BEFORE, **{name: other(name)})
    assert is_step(BEFORE, after)
    whole = dict(zip(columns(sql_turn._DIALOG), dialog_row(after, None, 5), strict=True))
    short = dict(zip(columns(sql_turn._STEP), step_row(after, None, 5), strict=True))
    assert short == {name: whole[name] for name in short}


def test_a_dialog_that_was_never_turned_is_written_whole() -> None:
    new = replace(BEFORE, version=0)
    assert not is_step(new, replace(new, version=1))
    assert not is_step(None, BEFORE)
