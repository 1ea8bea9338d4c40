"""Going back to a question: by `go`, by «back», by a correction."""

from itertools import takewhile
from typing import Any

from msgspec.structs import replace

from core.scenario.model import FREE_TYPES, Ask
from core.scenario.place import Calling, Frame
from core.scenario.walk import Walk


def has_changed(frame: Frame, since: int | None = None) -> bool:
    """Whether a call changed something after question `since` of the trail (None: ever)."""
    if since is None and frame.changed:
        return True
    return any(entry.changed for entry in frame.trail[since:])


def mark_changed(walk: Walk) -> None:
    """Remembers that a call has changed something at this point of the running frame."""
    frame = walk.top
    if frame.trail:
        trail = (*frame.trail[:-1], replace(frame.trail[-1], changed=True))
        walk.stack[-1] = replace(frame, trail=trail)
    else:
        walk.stack[-1] = replace(frame, changed=True)


def slots_filled(frame: Frame) -> list[str]:
    """Slots that were filled since the first question of a frame; not its locals."""
    names = [name for passed in frame.trail for name in passed.filled]
    return [name for name in names if name not in frame.locals]


def rewind(walk: Walk, depth: int, entry: int) -> None:
    """Stands at question `entry` of the trail of frame `depth`: frames above are dropped, all
    that was filled from that question on is emptied, its tries start anew."""
    above = any(has_changed(frame) for frame in walk.stack[depth + 1 :])
    emptied = [name for frame in _called(walk, depth) for name in slots_filled(frame)]
    walk.drop(depth + 1)
    walk.waiting = None
    trail = walk.top.trail
    changed = above or has_changed(walk.top, entry)
    emptied += [name for passed in trail[entry:] for name in passed.filled]
    for name in emptied:
        walk.forget(name)
    _stand_anew(walk, trail[entry].step)
    walk.stack[-1] = replace(walk.top, trail=trail[:entry])
    if changed:
        mark_changed(walk)


def _called(walk: Walk, depth: int) -> list[Frame]:
    """The frames that frame `depth` called; one that only came between is none of them."""
    return list(takewhile(lambda frame: frame.via != "interrupt", walk.stack[depth + 1 :]))


def ask_anew(walk: Walk, step: Ask) -> None:
    """`go` to a question: asked again whether or not it was passed before."""
    for entry, passed in enumerate(walk.top.trail):
        if passed.step == step.id:
            rewind(walk, len(walk.stack) - 1, entry)
            return
    walk.waiting = None
    _stand_anew(walk, step.id)


def _stand_anew(walk: Walk, step_id: str) -> None:
    step = walk.scenario(walk.top).steps.get(step_id)
    if isinstance(step, Ask):
        walk.forget(step.slot)
    walk.stand(step_id)


def back(walk: Walk) -> bool:
    """«Back»: rewinds to the last answered question of this frame, else of its callers.

    False: there is none, or a call has changed something since."""
    changed = False
    for depth in range(len(walk.stack) - 1, -1, -1):
        frame = walk.stack[depth]
        for entry in range(len(frame.trail) - 1, -1, -1):
            if frame.trail[entry].answered:
                if changed or has_changed(frame, entry):
                    return False
                rewind(walk, depth, entry)
                return True
        changed = changed or has_changed(frame)
        if frame.via == "interrupt" and depth:
            return not changed and _to_interrupted(walk, depth)
    return False


def _to_interrupted(walk: Walk, depth: int) -> bool:
    """The question below an interrupting scenario is open again as it was left."""
    walk.drop(depth)
    walk.waiting = None
    return True


def correct(walk: Walk, text: str) -> bool:
    """A correction of an earlier answer, known by a marker and another value for a filled slot,
    the newest first. True if the text was one."""
    if not walk.index.reader.corrects(text):
        return False
    for name in reversed(list(walk.slots)):
        slot = walk.index.slots.get(name)
        if slot is None or slot.secret or slot.type not in FREE_TYPES:
            continue
        value = walk.find(slot, text)
        if value is None or value == walk.slots[name]:
            continue
        found = _asked_at(walk, name)
        if found is not None:
            _set_right(walk, name, value, *found)
            return True
    return False


def _asked_at(walk: Walk, slot: str) -> tuple[int, int] | None:
    """Where the slot was asked for: depth of the frame and number in its trail."""
    for depth in range(len(walk.stack) - 1, -1, -1):
        steps = walk.scenario(walk.stack[depth]).steps
        for entry, passed in enumerate(walk.stack[depth].trail):
            step = steps.get(passed.step)
            if isinstance(step, Ask) and step.slot == slot:
                return depth, entry
    return None


def _set_right(walk: Walk, name: str, value: Any, depth: int, entry: int) -> None:
    above = any(has_changed(frame) for frame in walk.stack[depth + 1 :])
    if above or has_changed(walk.stack[depth], entry):
        slot = walk.index.slots[name]
        walk.escalate("correction_after_change", summary=f"{slot.title}: {value}")
        return
    asked = walk.stack[depth].trail[entry].step
    rewind(walk, depth, entry)
    walk.passed(asked, answered=True)
    walk.fill(name, value)
    step = walk.step(walk.top)
    walk.stand(step.next)
    title = walk.face(f"data.{name}.title", walk.index.slots[name].title)
    shown = walk.text(f"{{{name}}}")
    walk.draft.say(walk.draft.text("corrected", title=title, value=shown))


def is_changing(walk: Walk) -> bool:
    """Whether a call that changes something is under way."""
    if not isinstance(walk.waiting, Calling):
        return False
    service = walk.bundle.services.get(walk.waiting.service)
    return service is not None and service.kind == "change"
