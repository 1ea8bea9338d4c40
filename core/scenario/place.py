"""Where a dialog stands in its scenarios: plain data that survives any restart."""

from datetime import datetime
from typing import Any, Literal

import msgspec


class Sealed(msgspec.Struct, frozen=True, kw_only=True, tag="sealed", repr_omit_defaults=True):
    """A secret value, encrypted; only the service call it belongs to may open it."""

    sealed: str
    at: datetime

    def __repr__(self) -> str:
        return "***"


class Trail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question passed: names filled since, and whether the customer answered it."""

    step: str
    filled: tuple[str, ...] = ()
    answered: bool = True


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One running scenario. step: the step it stands at. via: how it came to be."""

    scenario: str
    step: str
    via: Literal["start", "run", "interrupt", "access"] = "start"
    locals: dict[str, Any] = msgspec.field(default_factory=dict)
    trail: tuple[Trail, ...] = ()
    tries: int = 0
    changed: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An option as the customer saw it. kind: what a press of it means."""

    token: str
    key: str
    label: str
    kind: Literal["button", "option", "more", "suggest", "desk", "rating"] = "button"


class Question(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """The step of the top frame waits for an answer. numbered: shown as a numbered list."""

    shown: tuple[Shown, ...] = ()
    numbered: bool = False


class Calling(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A call is under way. held: the last text that came meanwhile; told: it was answered by
    «one second»."""

    key: str
    held: str = ""
    told: bool = False


class More(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """«Anything else?» is open. result: what a plain no closes the dialog with."""

    shown: tuple[Shown, ...] = ()
    numbered: bool = False
    result: str = "solved"


class Suggest(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """«Did you mean» is open. text: of the customer."""

    text: str
    shown: tuple[Shown, ...] = ()
    numbered: bool = False


class Rephrase(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """The customer was asked for other words."""


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """bundle: hash. stack: bottom first. slots: filled values (shared by the whole dialog);
    a secret one is {"sealed": …}, see Sealed. used: token pressed last. misses: in a row.
    media_misses: files in a row that answered nothing."""

    bundle: str
    stack: tuple[Frame, ...] = ()
    slots: dict[str, Any] = msgspec.field(default_factory=dict)
    waiting: Question | Calling | More | Suggest | Rephrase | None = None
    used: str = ""
    misses: int = 0
    media_misses: int = 0
    first_scenario: str = ""
