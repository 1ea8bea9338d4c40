"""Where a dialog stands in its scenarios: plain data that survives any restart."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from core.scenario.model import Level


class Sealed(msgspec.Struct, frozen=True, kw_only=True, tag="sealed", repr_omit_defaults=True):
    """A secret value, encrypted; only the service call it belongs to may open it."""

    sealed: str
    at: datetime

    def __repr__(self) -> str:
        return "***"


class Trail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question or `run` passed: names filled since, whether the customer answered it (else it
    was skipped, or is still open), and whether a call changed something since.

    ran: scenario that was run from here and has ended. asked: slots it asked for. again: what it
    filled from its last answered question on."""

    step: str
    filled: tuple[str, ...] = ()
    answered: bool = True
    changed: bool = False
    ran: str = ""
    asked: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One running scenario. step: the step it stands at, empty when it fell off the end. via: how
    it came to be. tries: bad answers to the open question. changed: a call changed something
    before the first question of the trail. begun: slots that were filled when it began."""

    scenario: str
    step: str
    via: Literal["start", "run", "interrupt", "access"] = "start"
    locals: dict[str, Any] = msgspec.field(default_factory=dict)
    trail: tuple[Trail, ...] = ()
    tries: int = 0
    changed: bool = False
    begun: tuple[str, ...] = ()


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
    «one second». account: the subject of the call, empty if it has none. secret: it carries a
    secret, so texts that may repeat it are not held. asks_secret: a secret may be asked for next,
    so a text that came meanwhile may be one; then it is kept in `sealed` only, by its slot."""

    key: str
    service: str = ""
    held: str = ""
    told: bool = False
    account: str = ""
    secret: bool = False
    asks_secret: bool = False
    sealed: dict[str, Sealed] = msgspec.field(default_factory=dict)


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


Waiting = Question | Calling | More | Suggest | Rephrase | None


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """bundle: hash. stack: bottom first. slots: filled values (shared by the whole dialog), newest
    last; secrets: values of secret slots, kept apart so that no text, condition or summary can
    reach them. used: token pressed last. misses: in a row. media_misses: files in a row that
    answered nothing.

    verbs, types: of the steps the frames stand at and of the slots, as the bundle had them, so
    that another bundle can be compared without it. outdated: the place does not fit the bundle
    any more and its scenario starts anew with the customer's next word. calls: how often each call
    went out since the customer's last update. abandoned: key -> service of `change` calls whose
    answer nobody waits for. granted: levels reached in this dialog that the facts do not show yet.
    labels: choice slot -> the label its value had. reminded: the silent customer was reminded.
    intent, confidence: of the last meaning.
    """

    bundle: str
    stack: tuple[Frame, ...] = ()
    slots: dict[str, Any] = msgspec.field(default_factory=dict)
    waiting: Waiting = None
    used: str = ""
    misses: int = 0
    media_misses: int = 0
    first_scenario: str = ""
    secrets: dict[str, Sealed] = msgspec.field(default_factory=dict)
    verbs: tuple[str, ...] = ()
    types: dict[str, str] = msgspec.field(default_factory=dict)
    outdated: bool = False
    calls: dict[str, int] = msgspec.field(default_factory=dict)
    abandoned: dict[str, str] = msgspec.field(default_factory=dict)
    granted: dict[str, Level] = msgspec.field(default_factory=dict)
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    reminded: bool = False
    intent: str = ""
    confidence: float = 0.0
