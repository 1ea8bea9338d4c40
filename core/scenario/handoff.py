"""What people are told of a dialog that the bot gives them."""

from typing import NamedTuple

from core.scenario.index import Index, index_of
from core.scenario.place import Place
from core.scenario.template import Context, render
from core.turn import TurnDraft


class Handoff(NamedTuple):
    """Where the bot stood and what it knows. slots: (title, value as people read it), secrets
    absent. intent, confidence: of the last meaning. misses: in a row."""

    scenario: str = ""
    step: str = ""
    slots: tuple[tuple[str, str], ...] = ()
    intent: str = ""
    confidence: float = 0.0
    misses: int = 0


def handoff(draft: TurnDraft) -> Handoff:
    """The place of the dialog in words; empty for a dialog that never had one."""
    place = draft.dialog.place
    if place is None:
        return Handoff()
    top = place.stack[-1] if place.stack else None
    return Handoff(
        scenario=top.scenario if top else "",
        step=top.step if top else "",
        slots=_slots(draft, place),
        intent=place.intent,
        confidence=place.confidence,
        misses=place.misses,
    )


def _slots(draft: TurnDraft, place: Place) -> tuple[tuple[str, str], ...]:
    index = index_of(draft.bundle)
    lang = draft.bundle.bot.languages[0]
    context = Context(
        slots=index.slots,
        cities=draft.bundle.cities,
        labels=index.labelled(place, lang),
        timezone=draft.bundle.bot.timezone,
        today=draft.now,
    )
    return tuple(
        (_title(index, place, name), render(f"{{{name}}}", place.slots, lang, context))
        for name in place.slots
        if name in index.slots and not index.slots[name].secret
    )


def _title(index: Index, place: Place, name: str) -> str:
    """The title the running scenario gives the slot, else that of the first that declares it."""
    for frame in reversed(place.stack):
        scenario = index.bundle.scenarios.get(frame.scenario)
        if scenario is not None and name in scenario.data:
            return scenario.data[name].title
    return index.slots[name].title
