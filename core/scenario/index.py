"""What the interpreter looks up in a bundle on every turn, computed once per bundle."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from core.scenario.model import (
    AnyStep,
    Ask,
    Bundle,
    Button,
    CallStep,
    Choose,
    Run,
    Scenario,
    Signature,
    Slot,
)
from core.scenario.place import Frame
from core.turn import Offer
from core.understanding.reader import Reader, reader_of

#: Groups in the order in which a text is compared with them.
GROUPS = ("operator", "cancel", "menu", "back", "thanks", "enough")
#: A thumb of any skin, drawn in colour or not, is the same sign.
_LOOKS = dict.fromkeys(map(ord, "\ufe0f\u200d🏻🏼🏽🏾🏿"))
_KEPT: dict[str, "Index"] = {}
_GUARD = Lock()
_LABELS = 4096  # normalised labels kept per bundle
_MOST = 8  # bundles whose index is kept; dialogs rarely run on more at a time


class Labelled(Protocol):
    """A place, or a walk."""

    @property
    def slots(self) -> Mapping[str, Any]: ...

    @property
    def labels(self) -> Mapping[str, str]: ...

    @property
    def stack(self) -> Sequence[Frame]: ...


class Index:
    """Look-ups of one bundle. kinds: slot -> everything that must not change while it is filled.

    offers: (scenario, step, language) -> options of that question, None where they depend on what
    the customer told; filled by core.scenario.questions. ahead: a place, the slots that are known
    and levels -> secrets that may be asked for next; filled by core.scenario.ahead.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.slots: dict[str, Slot] = {}
        for scenario in bundle.scenarios.values():
            for name, slot in scenario.data.items():
                self.slots.setdefault(name, slot)
        self.kinds = {name: _kind(slot) for name, slot in self.slots.items()}
        self._verbs = {
            (name, step): str(known.__struct_config__.tag)
            for name, scenario in bundle.scenarios.items()
            for step, known in scenario.steps.items()
        }
        self.offers: dict[tuple[str, str, str], tuple[Offer, ...] | None] = {}
        self.ahead: dict[tuple[Any, ...], tuple[tuple[str, Ask], ...]] = {}
        self._aliases: dict[tuple[str, str, str], Mapping[str, str]] = {}
        self._normal: dict[str, str] = {}
        self._runs: dict[tuple[str, str], Mapping[str, str]] = {}
        self._depths: dict[str, int] = {}

    @cached_property
    def reader(self) -> Reader:
        """The understanding of this bundle's words."""
        return reader_of(self.bundle)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The bot's zone."""
        return ZoneInfo(self.bundle.bot.timezone)

    @cached_property
    def has_secrets(self) -> bool:
        """Whether any scenario asks for a secret."""
        return any(slot.secret for slot in self.slots.values())

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """Names of the slots that say whose data a service is asked for."""
        names = set()
        for scenario in self.bundle.scenarios.values():
            for step in scenario.steps.values():
                if isinstance(step, CallStep):
                    service = self.bundle.services.get(step.service)
                    if service is not None and service.level != "anonymous":
                        names.add(str(step.arguments.get(service.subject)))
        return tuple(sorted(names))

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Normalised text -> group of bot.yaml's words."""
        words: dict[str, str] = {}
        for group in GROUPS:
            for text in self.bundle.bot.words.get(group, ()):
                words.setdefault(self.reader.normal(text), group)
        return words

    @cached_property
    def _options(self) -> Mapping[str, list[tuple[str, str, str, str]]]:
        """Choice -> its options in any question: scenario, key, label, name of the label's
        translation."""
        found: dict[str, list[tuple[str, str, str, str]]] = {}
        for scenario in self.bundle.scenarios.values():
            for step in scenario.steps.values():
                if not isinstance(step, Ask) or self.slots[step.slot].type != "choice":
                    continue
                for option in step.options:
                    face = f"{step.id}.options.{option.key}"
                    named = (scenario.id, option.key, option.label, face)
                    found.setdefault(step.slot, []).append(named)
        return found

    def labelled(self, place: Labelled, lang: str) -> Mapping[str, str]:
        """What the choices among the slots are called: as they were chosen; else as an option of
        that key, of a running scenario before any other."""
        more = {}
        for name, value in place.slots.items():
            if name in place.labels or name not in self._options:
                continue
            fitting = [option for option in self._options[name] if option[1] == value]
            if fitting:
                running = [frame.scenario for frame in place.stack]
                ours = [option for option in fitting if option[0] in running]
                scenario, _, label, face = (ours or fitting)[0]
                foreign = self.bundle.translations.get(lang, {}).get(scenario)
                more[name] = foreign.texts.get(face, label) if foreign is not None else label
        return {**place.labels, **more} if more else place.labels

    def normal(self, label: str) -> str:
        """A label as typed texts are compared with it; labels come again and again, so they are
        kept."""
        found = self._normal.get(label)
        if found is None:
            if len(self._normal) >= _LABELS:
                self._normal.clear()
            found = self._normal[label] = self.reader.normal(label) or signs(label)
        return found

    def verbs(self, stack: tuple[Frame, ...]) -> tuple[str, ...]:
        """The verb of the step each frame stands at, empty for one that does not exist."""
        return tuple([self._verbs.get((frame.scenario, frame.step), "") for frame in stack])

    def types(self, slots: Iterable[str]) -> dict[str, str]:
        """The kinds of those slots that the bundle has."""
        kinds = self.kinds
        return {name: kinds[name] for name in slots if name in kinds}

    def depth(self, scenario: str) -> int:
        """How many scenarios may be under way at once when this one runs, itself included."""
        found = self._depths.get(scenario)
        if found is None:
            found = self._depths[scenario] = self._depth(scenario, frozenset())
        return found

    def _depth(self, scenario: str, above: frozenset[str]) -> int:
        made = self.bundle.scenarios.get(scenario)
        if made is None or scenario in above:
            return 0
        runs = {name for step in made.steps.values() for name in _run_by(step)}
        return 1 + max((self._depth(name, above | {scenario}) for name in runs), default=0)

    def service_at(self, frame: Frame) -> Signature | None:
        """The service of the call the frame stands at."""
        scenario = self.bundle.scenarios.get(frame.scenario)
        step = scenario.steps.get(frame.step) if scenario else None
        return self.bundle.services.get(step.service) if isinstance(step, CallStep) else None

    def aliases(self, scenario: str, step: Ask | Choose, lang: str) -> Mapping[str, str]:
        """Normalised `also` of the step's buttons and options, in `lang` and the source
        language -> key."""
        mark = (scenario, step.id, lang)
        found = self._aliases.get(mark)
        if found is None:
            found = self._aliases[mark] = dict(self._wordings(scenario, step, lang))
        return found

    def _wordings(self, scenario: str, step: Ask | Choose, lang: str) -> list[tuple[str, str]]:
        own = self.bundle.translations.get(lang, {}).get(scenario)
        items = [(f"{step.id}.buttons.{b.key}", b.key, b.also) for b in step.buttons]
        if isinstance(step, Ask):
            items += [(f"{step.id}.options.{o.key}", o.key, o.also) for o in step.options]
        pairs = []
        for mark, key, also in items:
            foreign = own.also.get(mark, ()) if own else ()
            pairs += [(self.normal(text), key) for text in (*also, *foreign)]
        return pairs

    def starter(self, scenario: Scenario, step: Ask | Choose, wanted: str) -> str:
        """Key of the button that runs the scenario `wanted`, by `run` or inside its `do`."""
        mark = (scenario.id, step.id)
        found = self._runs.get(mark)
        if found is None:
            pairs = [(run, b.key) for b in step.buttons for run in _runs(scenario, step, b)]
            found = self._runs[mark] = dict(reversed(pairs))
        return found.get(wanted, "")


def signs(text: str) -> str:
    """What there is to compare of a text without words: its signs, whatever their look."""
    return "".join(text.translate(_LOOKS).split())


def _kind(slot: Slot) -> str:
    return f"{slot.type}:{slot.length or ''}:{'secret' if slot.secret else ''}"


def _runs(scenario: Scenario, question: Ask | Choose, button: Button) -> list[str]:
    if button.run:
        return [button.run]
    found: list[str] = []
    at, seen = button.do, set[str]()
    while at and at != question.next and at not in seen:
        seen.add(at)
        step = scenario.steps[at]
        if isinstance(step, Run):
            found.append(step.scenario)
        at = step.next
    return found


def _run_by(step: AnyStep) -> list[str]:
    """Scenarios that a step runs, by itself or by its buttons."""
    if isinstance(step, Run):
        return [step.scenario]
    buttons = step.buttons if isinstance(step, Ask | Choose) else ()
    return [button.run for button in buttons if button.run]


def index_of(bundle: Bundle) -> Index:
    """The bundle's index, made at its first turn."""
    found = _KEPT.get(bundle.hash)
    if found is not None and (bundle.hash or found.bundle is bundle):
        return found
    with _GUARD:
        while len(_KEPT) >= _MOST:
            _KEPT.pop(next(iter(_KEPT)))
        found = _KEPT[bundle.hash] = Index(bundle)
    return found
