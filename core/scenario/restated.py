"""The running topic with another value: «А какая скорость в Москве?», or just «а в Москве?»."""

from collections.abc import Mapping
from typing import Any

from core.scenario import questions, rewind, starting
from core.scenario.heard import Heard
from core.scenario.model import FREE_TYPES, Ask, Choose
from core.scenario.walk import Walk


def restated(walk: Walk, step: Ask | Choose, heard: Heard) -> bool:
    """Takes up a text that asks the running scenario about another value of a slot that is known.

    False: it is none, or the open question must not be left (a code, a payment)."""
    if step.interrupt == "never":
        return False
    topic = walk.top.scenario
    if heard.sure and heard.sure != topic:
        return False
    others = _others(walk, heard.text)
    if not others:
        return False
    if heard.sure:
        questions.understood(walk)
        _ask_about(walk, topic, others, heard.text)
        return True
    return _offers_choice(step) and _only_named(walk, others, heard.text)


def _others(walk: Walk, text: str) -> dict[str, Any]:
    """Values that a text names and that differ from what the running scenario knows."""
    found: dict[str, Any] = {}
    for name, slot in walk.scenario(walk.top).data.items():
        known = walk.slots.get(name)
        if known is None or slot.secret or slot.type not in FREE_TYPES:
            continue
        value = walk.find(slot, text)
        if value is not None and value != known:
            found[name] = value
    return found


def _ask_about(walk: Walk, topic: str, others: Mapping[str, Any], text: str) -> None:
    """On from the first of the questions in question; where that cannot be, the topic from its
    start. Nothing was wrong, so nothing is told of a correction."""
    places = {name: rewind.asked_at(walk, name) for name in others}
    asked = {name: place for name, place in places.items() if place is not None}
    first = min(asked, key=lambda name: asked[name], default="")
    if not first or len(asked) < len(others) or rewind.has_changed_since(walk, asked[first]):
        starting.restart(walk, topic, text)
        return
    rewind.go_on_with(walk, {first: others[first], **others}, asked[first])


def _offers_choice(step: Ask | Choose) -> bool:
    return isinstance(step, Choose) or bool(step.options) or step.options_from is not None


def _only_named(walk: Walk, others: Mapping[str, Any], text: str) -> bool:
    """Sets right a value that was asked for before and that a text names without other words."""
    for name, value in others.items():
        asked = rewind.asked_at(walk, name)
        slot = walk.index.slots[name]
        if asked is not None and walk.index.reader.names_only(slot, text, value):
            questions.understood(walk)
            rewind.set_right(walk, name, value, asked)
            return True
    return False
