"""What `return` and `done` mean, which depends on how the frame came to be (SCENARIOS, "Ends")."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.scenario.model import Run
from core.scenario.place import Frame, More
from core.scenario.rewind import has_changed, mark_changed, note_run, slots_filled
from core.scenario.walk import Walk
from core.turn import Offer


def returned(walk: Walk, values: Mapping[str, Any]) -> None:
    """The running scenario ends by `return`: its caller goes on with what it was given."""
    frame = _ended(walk)
    if frame.via == "start":
        ask_more(walk)
    elif frame.via == "interrupt":
        _back_to_question(walk)
    elif frame.via == "access":
        walk.confirmed = True
    else:
        _save(walk, values)


def done(walk: Walk, result: str) -> None:
    """The case is settled: callers are dropped down to the frame that words or a menu started."""
    frame = _ended(walk)
    while frame.via in ("run", "access") and walk.stack:
        frame = _ended(walk)
    if frame.via == "interrupt" and walk.stack:
        _back_to_question(walk)
    else:
        walk.close(result)


def _ended(walk: Walk) -> Frame:
    """Takes the frame away, keeps what it is to remember and tells its caller what it asked for,
    filled and changed."""
    walk.filled_for_caller(slots_filled(walk.top))
    frame = walk.stack.pop()
    scenario = walk.scenario(frame)
    for name, slot in scenario.data.items():
        if slot.remember is not None and not slot.secret and walk.slots.get(name) is not None:
            walk.draft.remember(name, walk.slots[name], walk.draft.now + slot.remember)
    walk.wipe(frame)
    if frame.via == "run":
        note_run(walk, frame)
    if walk.stack and has_changed(frame):
        mark_changed(walk)
    return frame


def _save(walk: Walk, values: Mapping[str, Any]) -> None:
    """Back in the caller: after a `run` step, or after the question whose button ran it."""
    step = walk.step(walk.top)
    if isinstance(step, Run):
        for mine, theirs in step.save.items():
            put(walk, mine, values.get(theirs))
    walk.stand(step.next)


def put(walk: Walk, name: str, value: Any, label: str = "") -> None:
    """Sets a slot, or a local where no slot has that name. label: of a choice."""
    if name in walk.index.slots:
        walk.fill(name, value, label)
    else:
        walk.keep(name, value)


def _back_to_question(walk: Walk) -> None:
    """The interrupted question is asked again as soon as the steps go on."""
    walk.draft.say(walk.draft.text("back_to"))


def ask_more(walk: Walk, result: str = "solved", *, beside: Sequence[Offer] = ()) -> None:
    """«Anything else?» A plain no closes the dialog with `result`. beside: more options."""
    walk.drop()
    more = walk.more()
    offers = [
        Offer(key="yes", label=more.yes, kind="more"),
        Offer(key="no", label=more.no, kind="more"),
        *beside,
    ]
    spoken = walk.draft.say(more.ask, offers=offers)
    walk.waiting = More(shown=spoken.shown, numbered=spoken.numbered, result=result)


def goodbye(walk: Walk, result: str) -> None:
    """A polite last word, and the dialog is closed."""
    walk.draft.say(walk.more().bye)
    walk.close(result)
