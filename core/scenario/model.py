"""A compiled bundle: what the interpreter runs and the database stores, as plain frozen values.

Every scenario is a flat graph: nested lists of the file are steps whose `next` leads on, so the
interpreter, the checker's graph rules and the drawing walk the same thing. Expressions and
templates stay source text; core.scenario.expression and core.scenario.template keep them parsed.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import msgspec

SlotType = Literal[
    "account",
    "contract",
    "phone",
    "city",
    "speed",
    "email",
    "date",
    "money",
    "digits",
    "yes_no",
    "rating",
    "name",
    "text",
    "choice",
]
Level = Literal["anonymous", "linked", "verified"]
Value = str | int | float | bool | None  # a str is an expression, the others are themselves
Lang = str

#: Types whose value is looked for in any message (SCENARIOS: "taken from any message").
FREE_TYPES: frozenset[SlotType] = frozenset(
    {"account", "contract", "phone", "city", "speed", "email", "date"}
)


class Slot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value a scenario asks for. length: of account (8) and digits. remember: how long."""

    type: SlotType
    title: str
    length: int | None = None
    secret: bool = False
    remember: timedelta | None = None


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happens when the customer says nothing; None: the wider setting holds."""

    after: timedelta | None = None
    say: str | None = None
    then: Literal["close", "escalate"] | None = None
    close_after: timedelta | None = None


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Exactly one of go (step id), run (scenario id), do (id of the first step of its list, or
    of the step after the question when the list is empty) and url is set."""

    key: str
    label: str
    also: tuple[str, ...] = ()
    go: str = ""
    run: str = ""
    do: str = ""
    url: str = ""
    show_if: str = ""
    closes: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One option of an `ask`: a value of its slot."""

    key: str
    label: str
    also: tuple[str, ...] = ()


class OptionsFrom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Options made of a list. of: expression; key: field; label: template over `item`."""

    of: str
    key: str
    label: str
    save_item: str = ""


class ListOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lines under a `say`. of: expression; line, empty: templates."""

    of: str
    line: str
    max: int = 10
    empty: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="verb"):
    """id: of the file, or `~path` when the file gives none (then `automatic`).

    next: the step that follows when this one is done, empty at the end of the scenario.
    entry: title on the desk of a step where an operator may return the dialog to the bot.
    line: 1-based line in the file.
    """

    id: str
    next: str = ""
    automatic: bool = False
    entry: str = ""
    line: int = 0


class Say(Step, frozen=True, kw_only=True, tag="say"):
    text: str
    list: ListOf | None = None
    image: str = ""
    preview: bool = True


class Ask(Step, frozen=True, kw_only=True, tag="ask"):
    """on_fail: id of the first step taken after the last bad answer."""

    slot: str
    text: str
    wrong: str
    on_fail: str
    tries: int = 3
    options: tuple[Choice, ...] = ()
    options_from: OptionsFrom | None = None
    buttons: tuple[Button, ...] = ()
    silence: Silence | None = None
    interrupt: Literal["return", "leave", "never"] = "return"


class Choose(Step, frozen=True, kw_only=True, tag="choose"):
    text: str
    buttons: tuple[Button, ...]
    silence: Silence | None = None
    interrupt: Literal["return", "leave", "never"] = "leave"


class If(Step, frozen=True, kw_only=True, tag="if"):
    """then, otherwise: ids of the first step of each branch (`next` when a branch is empty)."""

    cond: str
    then: str = ""
    otherwise: str = ""


class CallStep(Step, frozen=True, kw_only=True, tag="call"):
    """errors: name -> id of the first step of its branch."""

    service: str
    arguments: Mapping[str, Value] = {}
    save: str = ""
    wait: str = ""
    timeout: timedelta | None = None
    errors: Mapping[str, str] = {}


class SetStep(Step, frozen=True, kw_only=True, tag="set"):
    values: Mapping[str, Value]


class Go(Step, frozen=True, kw_only=True, tag="go"):
    target: str


class Run(Step, frozen=True, kw_only=True, tag="run"):
    """given: their slot -> our value. save: our slot -> name in their `return`."""

    scenario: str
    given: Mapping[str, Value] = {}
    save: Mapping[str, str] = {}


class Return(Step, frozen=True, kw_only=True, tag="return"):
    values: Mapping[str, Value] = {}


class EscalateStep(Step, frozen=True, kw_only=True, tag="escalate"):
    reason: str
    queue: str = "first_line"
    say: str = ""
    summary: str = ""


class Done(Step, frozen=True, kw_only=True, tag="done"):
    result: str
    say: str = ""


AnyStep = Say | Ask | Choose | If | CallStep | SetStep | Go | Run | Return | EscalateStep | Done


class Scenario(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """start: id of the first step."""

    id: str
    title: str
    start: str
    steps: Mapping[str, AnyStep]
    data: Mapping[str, Slot] = {}
    internal: bool = False
    requires: Level = "anonymous"
    careful: bool = False
    examples: tuple[str, ...] = ()
    not_examples: tuple[str, ...] = ()
    silence: Silence | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bundle knows of a service. arguments: name -> type; result: field path -> type, as
    `text number bool date moment list object` with a trailing `?` when optional
    (`items.*.price`: of a list's elements). timeout, at_least: seconds."""

    name: str
    kind: Literal["read", "act", "change"] = "read"
    level: Level = "anonymous"
    subject: str = ""
    grants: Level = "anonymous"
    opaque: bool = False
    keyed: bool = False
    at_least: float = 0.0
    timeout: float = 10.0
    errors: tuple[str, ...] = ()
    arguments: Mapping[str, str] = {}
    result: Mapping[str, str] = {}


class City(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """label: language -> name; names: how people call it."""

    label: Mapping[Lang, str]
    names: tuple[str, ...]


class More(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The question after a `return` at the bottom."""

    ask: str
    yes: str
    no: str
    bye: str


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one encoder, found by leave-one-out when the bundle was built."""

    answer_from: float
    suggest_from: float


class Translation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One language's face of a scenario: key (`STEP.text`, `STEP.buttons.KEY`…) -> text; only
    texts whose source has not changed since. also: key -> other wordings of a button or option."""

    texts: Mapping[str, str] = {}
    also: Mapping[str, tuple[str, ...]] = {}
    examples: tuple[str, ...] = ()
    not_examples: tuple[str, ...] = ()


class Bot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """bot.yaml, made complete. words: group -> normalised texts, of all languages together.

    silence: all four fields set. rating_after: results of the bot followed by a rating question.
    synonyms: word -> replacement. access_by, access_keep: scenario that raises the level, and
    how long the level lasts. answer_from, suggest_from: set by hand; None: tuned, see thresholds.
    """

    languages: tuple[Lang, ...]
    timezone: str
    start: str
    channels: tuple[str, ...]
    silence: Silence
    more: Mapping[Lang, More]
    words: Mapping[str, tuple[str, ...]]
    links: Mapping[str, str] = {}
    synonyms: Mapping[str, str] = {}
    max_misses: int = 2
    wrong_at_once: float = 0.03
    answer_from: float | None = None
    suggest_from: float | None = None
    access_by: str = ""
    access_keep: timedelta = timedelta(days=30)
    rating_after: tuple[str, ...] = ("solved",)


class Bundle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything the bot says and does, immutable. hash: SHA-256 of its canonical JSON.

    texts: language -> key -> the engine's own sentences, bot.yaml's overrides applied.
    common: class (`oos`, `operator`, `thanks`) -> phrases. translations: language -> scenario.
    thresholds: encoder name (`ngram`) -> thresholds.
    """

    hash: str = ""
    bot: Bot
    scenarios: Mapping[str, Scenario]
    common: Mapping[str, tuple[str, ...]] = {}
    cities: Mapping[str, City] = {}
    services: Mapping[str, Signature] = {}
    texts: Mapping[Lang, Mapping[str, str]] = {}
    translations: Mapping[Lang, Mapping[str, Translation]] = {}
    thresholds: Mapping[str, Thresholds] = {}


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER: msgspec.json.Decoder[Bundle] = msgspec.json.Decoder(Bundle)


def packed(bundle: Bundle) -> bytes:
    """Canonical JSON of the bundle (sorted keys, no spaces)."""
    return _ENCODER.encode(bundle)


def unpacked(raw: bytes) -> Bundle:
    """The bundle that `packed` wrote."""
    return _DECODER.decode(raw)
