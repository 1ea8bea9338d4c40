"""What a constant may be that is compared with a slot or a fact, or put into a slot.

A condition on a city nobody knows, or on the label of an option instead of its key, is never true,
and nobody notices.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, get_args

from core.scenario import model
from core.scenario.findings import close_to
from core.scenario.loader import Workspace


class Wrong(NamedTuple):
    """A constant that cannot be. variant: of E014. close: the value that was probably meant."""

    variant: str
    close: str


class Constants:
    """The values that cities, choices, `level` and `lang` of these files can have."""

    def __init__(self, workspace: Workspace) -> None:
        cities = workspace.cities.model.cities if workspace.cities else None
        self._cities = None
        if cities is not None:
            named = ((key, (*city.names, *city.label.values())) for key, city in cities.items())
            self._cities = _wordings(named)
        self._choices = _choices(workspace)
        languages = workspace.bot.model.languages if workspace.bot else ()
        self._facts: dict[str, Mapping[str, str]] = {
            "level": _wordings((level, ()) for level in get_args(model.Level)),
            "lang": _wordings((language, ()) for language in languages),
        }

    def wrong_fact(self, name: str, text: str) -> Wrong | None:
        """Whether `level` or `lang` can never be this."""
        return _judged(self._facts.get(name), text, "fact")

    def wrong(self, name: str, slot: model.Slot, text: str) -> Wrong | None:
        """Whether a slot can never be this."""
        if slot.type == "city":
            return _judged(self._cities, text, "city")
        if slot.type == "choice":
            return _judged(self._choices.get(name), text, "key")
        return None


def _judged(allowed: Mapping[str, str] | None, text: str, variant: str) -> Wrong | None:
    """allowed: wording -> value; None or empty where nobody can know."""
    if not allowed or text in allowed.values():
        return None
    return Wrong(variant, allowed.get(close_to(text.casefold(), allowed), ""))


def _wordings(named: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, names in named:
        for name in (value, *names):
            found.setdefault(name.casefold(), value)
    return found


def _choices(workspace: Workspace) -> dict[str, Mapping[str, str]]:
    """Choice -> its options in any question. One whose options a service gives is left out, and
    all are while a file cannot be read: it may offer more."""
    if workspace.unread:
        return {}
    options: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    open_ended: set[str] = set()
    for source in workspace.sources.values():
        for step in source.scenario.steps.values():
            if not isinstance(step, model.Ask):
                continue
            if step.options_from is not None:
                open_ended.add(step.slot)
            named = [(option.key, (option.label, *option.also)) for option in step.options]
            options.setdefault(step.slot, []).extend(named)
    return {name: _wordings(named) for name, named in options.items() if name not in open_ended}
