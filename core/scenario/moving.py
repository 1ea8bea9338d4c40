"""A dialog that goes on under another bundle: its place moves, or its scenario starts anew."""

from msgspec.structs import replace

from core.errors import UnknownStep
from core.scenario import starting
from core.scenario.index import Index, index_of
from core.scenario.model import Ask
from core.scenario.place import Frame, Place, Question
from core.scenario.walk import Walk
from core.turn import TurnDraft


def settle_bundle(draft: TurnDraft) -> None:
    """Brings the place to the draft's bundle, silently; one that does not fit there is marked,
    and starts anew when the customer does something."""
    place = draft.dialog.place
    if place is None or place.bundle == draft.bundle.hash:
        return
    index = index_of(draft.bundle)
    gone = [name for name, kind in place.types.items() if index.kinds.get(name) != kind]
    outdated = bool(place.stack) and (place.outdated or not _fits(index, place))
    slots = {name: value for name, value in place.slots.items() if name not in gone}
    draft.change(place=replace(place, bundle=draft.bundle.hash, slots=slots, outdated=outdated))


def _fits(index: Index, place: Place) -> bool:
    """Whether every frame's scenario exists, its step exists with the same verb, and the slots
    these scenarios use keep their types."""
    if len(place.verbs) != len(place.stack):
        return False
    for frame, verb in zip(place.stack, place.verbs, strict=True):
        scenario = index.bundle.scenarios.get(frame.scenario)
        step = scenario.steps.get(frame.step) if scenario is not None else None
        if step is None or step.automatic or step.__struct_config__.tag != verb:
            return False
    if any(index.kinds.get(name, kind) != kind for name, kind in place.types.items()):
        return False
    return _asks_the_same(index, place)


def _asks_the_same(index: Index, place: Place) -> bool:
    if not isinstance(place.waiting, Question):
        return True
    top: Frame = place.stack[-1]
    step = index.bundle.scenarios[top.scenario].steps[top.step]
    return not isinstance(step, Ask) or index.kinds.get(step.slot) == place.types.get(step.slot)


def start_anew(walk: Walk) -> None:
    """The bottom scenario from its beginning, with everything the customer told; the menu when
    there is no such scenario any more."""
    bottom = walk.stack[0].scenario if walk.stack else ""
    walk.outdated = False
    walk.give_up()
    walk.drop()
    walk.secrets.clear()
    walk.draft.say(walk.draft.text("changed"))
    scenario = walk.bundle.scenarios.get(bottom)
    if scenario is None or scenario.internal:
        starting.menu(walk)
        return
    try:
        starting.start(walk, bottom)
    except UnknownStep:
        walk.drop()
        starting.menu(walk)
