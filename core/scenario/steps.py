"""Running steps until something waits: one function per verb, then their table."""

from collections.abc import Callable, Mapping
from typing import Any

from core.content import Media
from core.scenario import calls, ends, questions, rewind
from core.scenario.model import (
    Ask,
    CallStep,
    Choose,
    Done,
    EscalateStep,
    Go,
    If,
    ListOf,
    Return,
    Run,
    Say,
    SetStep,
    Step,
)
from core.scenario.starting import begin
from core.scenario.walk import Walk


def run(walk: Walk) -> None:
    """Runs steps until something waits, the dialog is closed or people have it.

    Raises UnknownStep when the place does not fit the bundle."""
    policy = walk.draft.policy
    while walk.waiting is None and not walk.over:
        if not walk.stack:
            ends.ask_more(walk)
            return
        walk.steps += 1
        if walk.steps > policy.steps_per_turn or walk.depth > policy.stack:
            walk.escalate("engine_loop")
            return
        frame = walk.stack[-1]
        if not frame.step:
            ends.returned(walk, {})
            continue
        step = walk.step(frame)
        if walk.marks is not None:
            walk.mark()
        VERBS[type(step)](walk, step)


def go_to(walk: Walk, target: str) -> None:
    """Goes on at a step of the running scenario; a question is asked anew, and so is what a
    scenario asked for that has been run there."""
    step = walk.scenario(walk.top).steps.get(target)
    if isinstance(step, Ask | Run):
        rewind.ask_anew(walk, step)
    else:
        walk.stand(target)


def on_say(walk: Walk, step: Say) -> None:
    """A message, with its list and its picture."""
    text = walk.text(walk.face(f"{step.id}.say", step.text))
    if step.list is not None:
        lines = _lines(walk, step.id, step.list)
        text = "\n".join([text, *lines]) if text else "\n".join(lines)
    media = (Media(kind="image", path=step.image),) if step.image else ()
    if text or media:
        walk.draft.say(text, media=media, preview=step.preview)
    walk.stand(step.next)


def _lines(walk: Walk, step: str, made_of: ListOf) -> list[str]:
    items = walk.value(made_of.of)
    if not isinstance(items, list | tuple) or not items:
        empty = walk.text(walk.face(f"{step}.list.empty", made_of.empty))
        return [empty] if empty else []
    line = walk.face(f"{step}.list.line", made_of.line)
    return [walk.text(line, item=item) for item in items[: made_of.max]]


def on_if(walk: Walk, step: If) -> None:
    """One of two ways."""
    holds = walk.holds(step.cond)
    walk.mark("then" if holds else "else")
    walk.stand(step.then if holds else step.otherwise)


def on_set(walk: Walk, step: SetStep) -> None:
    """Sets slots; all values are computed before the first is set."""
    values = {
        name: (walk.value(source), walk.label_of(source)) for name, source in step.values.items()
    }
    for name, (value, label) in values.items():
        ends.put(walk, name, value, label)
    walk.stand(step.next)


def on_go(walk: Walk, step: Go) -> None:
    """On to another step."""
    go_to(walk, step.target)


def on_run(walk: Walk, step: Run) -> None:
    """A sub-scenario; this frame waits at the step until it ends."""
    walk.passed(step.id, answered=False)
    given = {name: walk.value(source) for name, source in step.given.items()}
    begin(walk, step.scenario, "run", given)


def on_return(walk: Walk, step: Return) -> None:
    """The end of this scenario."""
    ends.returned(walk, {name: walk.value(source) for name, source in step.values.items()})


def on_escalate(walk: Walk, step: EscalateStep) -> None:
    """To people; the summary is for them, in the language of the scenarios."""
    say = walk.text(walk.face(f"{step.id}.say", step.say))
    summary = walk.text(step.summary, lang=walk.bundle.bot.languages[0])
    walk.escalate(step.reason, queue=step.queue, say=say, summary=summary)


def on_done(walk: Walk, step: Done) -> None:
    """The case is settled."""
    if step.say:
        walk.draft.say(walk.text(walk.face(f"{step.id}.say", step.say)))
    ends.done(walk, step.result)


VERBS: Mapping[type[Step], Callable[[Walk, Any], None]] = {
    Say: on_say,
    Ask: questions.on_ask,
    Choose: questions.on_choose,
    If: on_if,
    CallStep: calls.on_call,
    SetStep: on_set,
    Go: on_go,
    Run: on_run,
    Return: on_return,
    EscalateStep: on_escalate,
    Done: on_done,
}
