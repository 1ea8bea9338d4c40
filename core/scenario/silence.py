"""The customer says nothing: a reminder, then the end."""

from datetime import timedelta
from typing import Literal, NamedTuple

from core.scenario.model import Ask, Choose, Silence
from core.scenario.place import Calling, Question
from core.scenario.walk import Walk

_PATIENCE = timedelta(minutes=15)


class Setting(NamedTuple):
    """All four fields, each from the step, else the scenario, else bot.yaml."""

    after: timedelta
    say: str
    then: Literal["close", "escalate"]
    close_after: timedelta


def _question(walk: Walk) -> Ask | Choose | None:
    """The question that is open now and has a setting of its own."""
    return walk.question() if type(walk.waiting) is Question and not walk.outdated else None


def setting(walk: Walk) -> Setting:
    """What holds for the question that is open now."""
    step = _question(walk)
    wide = walk.bundle.bot.silence
    levels = [(wide, walk.bot_face("silence", wide.say or ""))]
    if step is not None:
        scenario = walk.scenario(walk.top)
        if scenario.silence is not None:
            levels.append((scenario.silence, walk.face("silence", scenario.silence.say or "")))
        if step.silence is not None:
            levels.append((step.silence, walk.face(f"{step.id}.silence", step.silence.say or "")))
    return _merged(levels)


def _merged(levels: list[tuple[Silence, str]]) -> Setting:
    after, say, then, close_after = _PATIENCE, "", "close", timedelta(hours=1)
    for silence, text in levels:
        after = after if silence.after is None else silence.after
        say = say if silence.say is None else text
        then = then if silence.then is None else silence.then
        close_after = close_after if silence.close_after is None else silence.close_after
    return Setting(after, say, "escalate" if then == "escalate" else "close", close_after)


def _patience(walk: Walk) -> timedelta:
    """`setting(walk).after`, which every question asks for, without the rest."""
    step = _question(walk)
    if step is not None:
        for own in (step.silence, walk.scenario(walk.top).silence):
            if own is not None and own.after is not None:
                return own.after
    wide = walk.bundle.bot.silence.after
    return _PATIENCE if wide is None else wide


def listen(walk: Walk) -> None:
    """A question is open and the customer was here just now: silence counts from now on."""
    walk.reminded = False
    if walk.waiting is not None and type(walk.waiting) is not Calling:
        walk.draft.start_timer("silence", walk.draft.now + _patience(walk))


def fired(walk: Walk) -> None:
    """It was silent for too long. During calls nobody is waited for."""
    if walk.waiting is None or isinstance(walk.waiting, Calling):
        return
    rule = setting(walk)
    if rule.say and not walk.reminded:
        walk.draft.say(walk.text(rule.say), kind="notice")
        walk.reminded = True
        walk.draft.start_timer("silence", walk.draft.now + rule.close_after)
    elif rule.then == "escalate":
        walk.escalate("silence")
    else:
        walk.close("silence", by="timer")
