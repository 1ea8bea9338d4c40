"""How a scenario begins: its frame, and what of its data is known already."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import replace

from core.errors import UnknownStep
from core.scenario.model import FREE_TYPES, Scenario, Slot
from core.scenario.place import Frame
from core.scenario.questions import understood
from core.scenario.walk import RANK, Walk

_INTERRUPTS = 3  # scenarios that may come between; a further one replaces the stack


def begin(
    walk: Walk,
    scenario_id: str,
    via: Literal["start", "run", "interrupt"],
    given: Mapping[str, Any] | None = None,
) -> None:
    """Puts the scenario on the stack and fills what the message, the person's grant or an earlier
    dialog tells. given: values of the caller. Raises UnknownStep for an unknown scenario."""
    scenario = walk.bundle.scenarios.get(scenario_id)
    if scenario is None:
        raise UnknownStep(scenario_id)
    walk.stack.append(Frame(scenario=scenario_id, step=scenario.start, via=via))
    known = walk.slots.copy()
    for name, value in (given or {}).items():
        walk.fill(name, value)
    for name, slot in scenario.data.items():
        if not (given and name in given):
            _prefill(walk, name, slot)
    begun = tuple(name for name, value in walk.slots.items() if known.get(name) != value)
    if begun:
        walk.stack[-1] = replace(walk.top, begun=begun)
    if not scenario.internal:
        _topic(walk, scenario, via)


def _prefill(walk: Walk, name: str, slot: Slot) -> None:
    if slot.secret or name in walk.anew:
        return
    # A value named just now is meant, whatever was said earlier in the dialog.
    named = walk.text_of_start and slot.type in FREE_TYPES
    value = walk.find(slot, walk.text_of_start) if named else None
    if value is None:
        if walk.slots.get(name) is not None:
            return
        if slot.type == "account":
            value = _own_account(walk)
        if value is None and slot.remember is not None:
            value = walk.draft.facts.remembered.get(name)
    if value is not None and value != walk.slots.get(name):
        walk.fill(name, value)


def _own_account(walk: Walk) -> str | None:
    """The account of the person's grant; of several, only one that stands above the others."""
    if not walk.granted and not walk.draft.facts.grants:
        return None
    levels = {**walk.draft.facts.grants}
    for account, level in walk.granted.items():
        if RANK[level] > RANK[levels.get(account, "anonymous")]:
            levels[account] = level
    best = max((RANK[level] for level in levels.values()), default=0)
    accounts = [account for account, level in levels.items() if account and RANK[level] == best]
    return accounts[0] if best and len(accounts) == 1 else None


def _topic(walk: Walk, scenario: Scenario, via: str) -> None:
    """What the dialog is about: its last scenario that did not only come between; the menu
    is a topic only as long as there is no other."""
    dialog = walk.draft.dialog
    is_menu = scenario.id == walk.bundle.bot.start
    if not dialog.topic or (via != "interrupt" and not is_menu):
        walk.draft.change(topic=scenario.title)
    walk.first_scenario = walk.first_scenario or scenario.id


def start(walk: Walk, scenario_id: str, text: str = "") -> None:
    """Words or a menu start a scenario: it replaces whatever ran. text: of the message."""
    walk.give_up()
    walk.drop()
    walk.outdated = False
    walk.text_of_start = text
    understood(walk)
    begin(walk, scenario_id, "start")


def menu(walk: Walk) -> None:
    """The scenario of newcomers."""
    start(walk, walk.bundle.bot.start)


def interrupt(walk: Walk, scenario_id: str, text: str) -> None:
    """Another topic in the midst of a question: pushed on the stack, afterwards the question is
    asked again; where the stack has no room for it and all that it runs, it replaces everything
    instead."""
    between = sum(frame.via == "interrupt" for frame in walk.stack)
    needed = walk.depth + walk.index.depth(scenario_id)
    if between >= _INTERRUPTS or needed > walk.draft.policy.stack:
        start(walk, scenario_id, text)
        return
    walk.waiting = None
    walk.text_of_start = text
    understood(walk)
    begin(walk, scenario_id, "interrupt")


def restart(walk: Walk, scenario_id: str, text: str) -> None:
    """The running topic from its beginning, with what the text tells; a question that it
    interrupted stays."""
    depth = len(walk.stack) - 1
    while depth and walk.stack[depth].via in ("run", "access"):
        depth -= 1
    if depth and walk.stack[depth].via == "interrupt":
        walk.drop(depth)
        interrupt(walk, scenario_id, text)
    else:
        start(walk, scenario_id, text)
