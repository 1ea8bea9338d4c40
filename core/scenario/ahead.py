"""Secrets that may be asked for as soon as a call has come back.

Who knows the code already writes it while it is still being sent; so what is written during such a
call is treated as an answer to that question.
"""

from collections.abc import Sequence

from core.scenario.model import (
    AnyStep,
    Ask,
    CallStep,
    Choose,
    Done,
    EscalateStep,
    Go,
    If,
    Return,
    Run,
    SetStep,
)
from core.scenario.place import Frame
from core.scenario.walk import RANK, Walk
from core.turn import TurnDraft

_PLACES = 4096  # places of a bundle whose questions ahead are kept


def secret_questions(walk: Walk) -> Sequence[tuple[str, Ask]]:
    """(scenario, question): those for a secret that may be the first to come once the call that
    the running frame stands at is answered; rather one too many than one too few."""
    index = walk.index
    if not index.has_secrets:
        return ()
    place = tuple([(frame.scenario, frame.step, frame.via) for frame in walk.stack])
    levels = [walk.level(walk.slots.get(name)) for name in index.subjects]
    asked = place, frozenset(walk.slots), *levels
    found = index.ahead.get(asked)
    if found is None:
        ahead = _Ahead(walk)
        ahead.look()
        if len(index.ahead) >= _PLACES:
            index.ahead.clear()
        found = index.ahead[asked] = tuple(ahead.found)
    return found


def secret_lengths(draft: TurnDraft) -> set[int]:
    """How many digits the secrets have that the place asks for, or may ask for next."""
    walk = Walk(draft)
    if walk.outdated:
        return set()  # what it stands at begins anew
    open_now = walk.question()
    asked = [step for _, step in secret_questions(walk)] if open_now is None else [open_now]
    slots = [walk.index.slots[step.slot] for step in asked if isinstance(step, Ask)]
    return {slot.length for slot in slots if slot.secret and slot.length}


class _Ahead:
    """known: slots that may have a value by the time they are asked for. settled: a `done` may
    come before anything waits."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.found: list[tuple[str, Ask]] = []
        self.known = set(walk.slots)
        self.settled = False
        self._running: set[str] = set()

    def look(self) -> None:
        """From the call on, through the callers for as long as nothing has to wait."""
        stack = self.walk.stack
        ends = True
        for at in range(len(stack) - 1, -1, -1):
            frame = stack[at]
            step = self._step(frame)
            if ends and step is not None:
                ends = self._passes(frame.scenario, _onward(step))
            if frame.via == "interrupt" and at and (ends or self.settled):
                below = self._step(stack[at - 1])
                if type(below) is Ask:
                    self._asked(stack[at - 1].scenario, below)
            if frame.via in ("start", "interrupt"):
                return

    def _step(self, frame: Frame) -> AnyStep | None:
        scenario = self.walk.bundle.scenarios.get(frame.scenario)
        return scenario.steps.get(frame.step) if scenario is not None else None

    def _passes(self, scenario: str, starts: tuple[str, ...]) -> bool:
        """Whether a scenario may end, from these steps on, before anything waits."""
        steps = self.walk.bundle.scenarios[scenario].steps
        ends = False
        work, seen = [*starts], set[str]()
        while work:
            step = steps.get(work.pop())
            if step is None or type(step) is Return:
                ends = True
            elif step.id not in seen and self._is_passed(scenario, step):
                seen.add(step.id)
                work += _onward(step)
        return ends

    def _is_passed(self, scenario: str, step: AnyStep) -> bool:
        """Whether what follows the step may come before anything waits."""
        if type(step) is Ask:
            return not self._asked(scenario, step) and step.slot in self.known
        if type(step) is Run:
            self.known.update(step.given, step.save)
            return self._runs(step.scenario)
        if type(step) is SetStep:
            self.known.update(step.values)
        elif type(step) is CallStep:
            self._confirms(scenario, step)
        self.settled = self.settled or type(step) is Done
        return type(step) not in (Choose, Done, EscalateStep)

    def _asked(self, scenario: str, step: Ask) -> bool:
        is_secret = self.walk.index.slots[step.slot].secret
        if is_secret and (scenario, step) not in self.found:
            self.found.append((scenario, step))
        return is_secret

    def _confirms(self, scenario: str, step: CallStep) -> None:
        """The access scenario comes before a call that needs more than the customer has."""
        walk = self.walk
        signature = walk.bundle.services.get(step.service)
        if signature is None or signature.level == "anonymous":
            return
        requires = walk.bundle.scenarios[scenario].requires
        account = walk.slots.get(str(step.arguments.get(signature.subject)))
        if RANK[walk.level(account)] < max(RANK[signature.level], RANK[requires]):
            self._runs(walk.bundle.bot.access_by)

    def _runs(self, name: str) -> bool:
        scenario = self.walk.bundle.scenarios.get(name)
        if scenario is None or name in self._running:
            return False
        # The person's own account and what is remembered are known when it begins.
        own = (n for n, slot in scenario.data.items() if slot.remember or slot.type == "account")
        self.known.update(own)
        self._running.add(name)
        ends = self._passes(name, (scenario.start,))
        self._running.discard(name)
        return ends


def _onward(step: AnyStep) -> tuple[str, ...]:
    """Steps that may follow a step that is passed."""
    if type(step) is CallStep:
        return (step.next, *step.errors.values())
    if type(step) is If:
        return (step.then, step.otherwise)
    return (step.target,) if type(step) is Go else (step.next,)
