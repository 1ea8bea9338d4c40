"""Going back to a question: by `go`, by «back», by a correction."""

from collections.abc import Collection, Mapping
from itertools import takewhile
from typing import Any

from msgspec.structs import replace

from core.scenario.model import FREE_TYPES, Ask, Run
from core.scenario.place import Calling, Frame, Trail
from core.scenario.starting import begin
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


def note_run(walk: Walk, frame: Frame) -> None:
    """A called frame has ended: the trail of its caller keeps what there is to go back to in it."""
    if not walk.stack or not walk.top.trail or walk.top.trail[-1].step != walk.top.step:
        return
    caller, last = walk.top, walk.top.trail[-1]
    step = walk.step(caller)
    given = step.given if isinstance(step, Run) else {}  # given again, whatever was corrected
    answered = _last_answered(walk, frame)
    noted = replace(
        last,
        answered=last.answered or answered is not None,
        ran=frame.scenario,
        asked=tuple(name for name in _asked_in(walk, frame) if name not in given),
        again=() if answered is None else _filled_since(walk, frame, answered),
    )
    walk.stack[-1] = replace(caller, trail=(*caller.trail[:-1], noted))


def _asked_in(walk: Walk, frame: Frame) -> list[str]:
    """Slots a frame asked for, itself and in what it ran; no secrets."""
    steps = walk.scenario(frame).steps
    names: list[str] = []
    for passed in frame.trail:
        step = steps.get(passed.step)
        own = (step.slot,) if isinstance(step, Ask) else ()
        names += [name for name in (*own, *passed.asked) if not walk.index.slots[name].secret]
    return list(dict.fromkeys(names))


def _last_answered(walk: Walk, frame: Frame) -> int | None:
    """The last answered question of a frame, by its number in the trail. None: there is none, or
    only for a secret, which no one goes back to: it would have to be sent anew."""
    steps = walk.scenario(frame).steps
    for entry in range(len(frame.trail) - 1, -1, -1):
        step = steps.get(frame.trail[entry].step)
        secret = isinstance(step, Ask) and walk.index.slots[step.slot].secret
        if frame.trail[entry].answered and not secret:
            return entry
    return None


def _filled_since(walk: Walk, frame: Frame, entry: int) -> tuple[str, ...]:
    """Slots that going back to the answered question `entry` empties."""
    first, *later = frame.trail[entry:]
    step = walk.scenario(frame).steps.get(first.step)
    names = [*(first.again if isinstance(step, Run) else first.filled)]
    names += [step.slot] if isinstance(step, Ask) else []
    names += [name for passed in later for name in passed.filled]
    return tuple(name for name in names if name not in frame.locals)


def _is_run(walk: Walk, frame: Frame, entry: int) -> bool:
    return isinstance(walk.scenario(frame).steps.get(frame.trail[entry].step), Run)


def rewind(walk: Walk, depth: int, entry: int) -> list[str]:
    """Stands at question `entry` of the trail of frame `depth`: frames above are dropped, all
    that was filled from that question on is emptied, its tries start anew. The emptied names."""
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
    return emptied


def _run_again(walk: Walk, depth: int, entry: int, kept: Collection[str]) -> None:
    """Stands at a `run` whose scenario has ended, or at the question whose button ran it, to run
    it once more; what it filled is emptied, but for the names `kept`: their questions count as
    answered."""
    passed = walk.stack[depth].trail[entry]
    known = [(n, walk.slots[n], walk.labels.get(n, "")) for n in kept if n in walk.slots]
    walk.anew |= frozenset(rewind(walk, depth, entry)) - frozenset(kept)
    walk.answered |= frozenset(kept)
    walk.passed(passed.step, answered=not _stands_at_run(walk))
    for name, value, label in known:
        walk.fill(name, value, label)


def _stands_at_run(walk: Walk) -> bool:
    return isinstance(walk.step(walk.top), Run)


def _called(walk: Walk, depth: int) -> list[Frame]:
    """The frames that frame `depth` called; one that only came between is none of them."""
    return list(takewhile(lambda frame: frame.via != "interrupt", walk.stack[depth + 1 :]))


def ask_anew(walk: Walk, step: Ask | Run) -> None:
    """`go` to a question: asked again whether or not it was passed before. `go` to a `run`: the
    scenario asks again for what it asked there before."""
    trail = walk.top.trail
    passed = [entry for entry, passed in enumerate(trail) if passed.step == step.id]
    if not passed:
        walk.waiting = None
        _stand_anew(walk, step.id)
        return
    emptied = rewind(walk, len(walk.stack) - 1, passed[0])
    if isinstance(step, Run):
        asked = [name for entry in passed for name in trail[entry].asked]
        for name in asked:
            walk.forget(name)
        walk.anew |= {*emptied, *asked}


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
                _back_to(walk, depth, entry)
                return True
        changed = changed or has_changed(frame)
        if frame.via == "interrupt" and depth:
            return not changed and _to_interrupted(walk, depth)
    return False


def _back_to(walk: Walk, depth: int, entry: int) -> None:
    """A question again; of a scenario that has ended its last one."""
    passed = walk.stack[depth].trail[entry]
    if _is_run(walk, walk.stack[depth], entry):
        _run_again(walk, depth, entry, [n for n in passed.filled if n not in passed.again])
    else:
        rewind(walk, depth, entry)


def _to_interrupted(walk: Walk, depth: int) -> bool:
    """The question below an interrupting scenario is open again as it was left."""
    walk.drop(depth)
    walk.waiting = None
    return True


def correct(walk: Walk, text: str) -> bool:
    """A correction of an earlier answer, known by a marker and another value for a filled slot,
    the newest first, or by the title of what was wrong. True if the text was one."""
    if not walk.index.reader.corrects(text):
        return False
    for name in reversed(list(walk.slots)):
        slot = walk.index.slots.get(name)
        if slot is None or slot.secret or slot.type not in FREE_TYPES:
            continue
        value = walk.find(slot, text)
        if value is None or value == walk.slots[name]:
            continue
        found = asked_at(walk, name)
        if found is not None:
            set_right(walk, name, value, found)
            return True
    return _ask_rightly(walk, text)


def _ask_rightly(walk: Walk, text: str) -> bool:
    """«Ой, не тот номер» without the right one: what was asked for under this title is asked for
    again, unless it is asked for right now."""
    question = walk.question()
    open_slot = question.slot if isinstance(question, Ask) else ""
    for name in [open_slot, *reversed(list(walk.slots))]:
        slot = walk.index.slots.get(name)
        if slot is None or not walk.index.reader.takes_back(text, _title(walk, name)):
            continue
        found = asked_at(walk, name)
        if name == open_slot or slot.secret or found is None or has_changed_since(walk, found):
            return False
        _back_to(walk, *found)
        return True
    return False


def asked_at(walk: Walk, slot: str) -> tuple[int, int] | None:
    """Where the slot was asked for: depth of the frame and number in its trail."""
    for depth in range(len(walk.stack) - 1, -1, -1):
        steps = walk.scenario(walk.stack[depth]).steps
        for entry, passed in enumerate(walk.stack[depth].trail):
            step = steps.get(passed.step)
            if (isinstance(step, Ask) and step.slot == slot) or slot in passed.asked:
                return depth, entry
    return None


def has_changed_since(walk: Walk, asked: tuple[int, int]) -> bool:
    """Whether a call changed something after this question of this frame."""
    depth, entry = asked
    above = any(has_changed(frame) for frame in walk.stack[depth + 1 :])
    return above or has_changed(walk.stack[depth], entry)


def set_right(walk: Walk, name: str, value: Any, asked: tuple[int, int]) -> None:
    """Another value for a slot that was asked for, told to the customer; after a change people
    take over."""
    if has_changed_since(walk, asked):
        slot = walk.index.slots[name]
        walk.escalate("correction_after_change", summary=f"{slot.title}: {value}")
        return
    go_on_with(walk, {name: value}, asked)
    shown = walk.text(f"{{{name}}}")
    walk.draft.say(walk.draft.text("corrected", title=_title(walk, name), value=shown))


def go_on_with(walk: Walk, values: Mapping[str, Any], asked: tuple[int, int]) -> None:
    """Back at a question, with other values: of its slot, the first, and of what follows."""
    depth, entry = asked
    passed, name = walk.stack[depth].trail[entry], next(iter(values))
    step = walk.scenario(walk.stack[depth]).steps[passed.step]
    own = isinstance(step, Ask) and step.slot == name
    if own:
        rewind(walk, depth, entry)
        walk.passed(step.id, answered=True)
    else:
        # What was proven for the old value has to be proven anew, so it all runs once more.
        _run_again(walk, depth, entry, _before(passed, name))
        walk.answered |= {name}
    for slot, value in values.items():
        walk.fill(slot, value)
    if own:
        walk.stand(step.next)
    elif not isinstance(step, Run):
        begin(walk, passed.ran, "run")


def _before(passed: Trail, name: str) -> tuple[str, ...]:
    """What a scenario that has ended filled before this name; nobody knows of one that it found
    filled."""
    return passed.filled[: passed.filled.index(name)] if name in passed.filled else ()


def _title(walk: Walk, name: str) -> str:
    """A slot's title in the dialog's language: of the running scenario, else of one it ran."""
    source, key = walk.index.slots[name].title, f"data.{name}.title"
    known = walk.bundle.translations.get(walk.lang, {})
    other = next((found.texts[key] for found in known.values() if key in found.texts), source)
    return walk.face(key, other)


def forget_told(walk: Walk, depth: int) -> None:
    """What was told within the frames from `depth` on, which are given up, is forgotten, but for
    the account the person is known for and what the frames below have to do with."""
    below = {name for frame in walk.stack[:depth] for name in walk.scenario(frame).data}
    for frame in walk.stack[depth:]:
        for name in (*frame.begun, *slots_filled(frame)):
            if name not in below and not _is_own_account(walk, name):
                walk.forget(name)


def _is_own_account(walk: Walk, name: str) -> bool:
    slot, value = walk.index.slots.get(name), walk.slots.get(name)
    if slot is None or slot.type != "account" or value is None:
        return False
    return walk.level(value) != "anonymous"


def is_changing(walk: Walk) -> bool:
    """Whether a call that changes something is under way."""
    if not isinstance(walk.waiting, Calling):
        return False
    service = walk.bundle.services.get(walk.waiting.service)
    return service is not None and service.kind == "change"
