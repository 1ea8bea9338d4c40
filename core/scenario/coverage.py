"""What tests went through: steps, and the ways that lead on from them."""

from collections.abc import Iterable, Iterator

import msgspec

from core.scenario.model import AnyStep, Ask, Bundle, CallStep, Choose, If
from core.scenario.trace import Mark


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Steps and branches of a bundle, and those no test went through."""

    steps: int
    branches: int
    missed: tuple[Mark, ...]

    @property
    def missed_steps(self) -> tuple[Mark, ...]:
        """Steps no test ran (W027)."""
        return tuple(mark for mark in self.missed if not mark.branch)

    @property
    def seen_steps(self) -> int:
        """Steps some test ran."""
        return self.steps - len(self.missed_steps)

    @property
    def seen_branches(self) -> int:
        """Branches some test took."""
        return self.branches - (len(self.missed) - len(self.missed_steps))

    @property
    def percent(self) -> float:
        """Share of steps and branches together, 0..100; 100 when there is nothing to run."""
        whole = self.steps + self.branches
        return 100.0 * (whole - len(self.missed)) / whole if whole else 100.0


def coverage(bundle: Bundle, seen: Iterable[Mark]) -> Coverage:
    """How much of the bundle the marks of a trace cover."""
    known = set(seen)
    marks = list(_all(bundle))
    steps = sum(not mark.branch for mark in marks)
    missed = tuple(mark for mark in marks if mark not in known)
    return Coverage(steps=steps, branches=len(marks) - steps, missed=missed)


def _all(bundle: Bundle) -> Iterator[Mark]:
    for scenario in bundle.scenarios.values():
        for step in scenario.steps.values():
            yield Mark(scenario.id, step.id)
            for branch in branches(step):
                yield Mark(scenario.id, step.id, branch)


def branches(step: AnyStep) -> list[str]:
    """The ways that lead on from a step; links are none, they come back as nothing."""
    if isinstance(step, If):
        return ["then", "else"]
    if isinstance(step, CallStep):
        return [f"error.{name}" for name in step.errors]
    if not isinstance(step, Ask | Choose):
        return []
    buttons = [f"button.{button.key}" for button in step.buttons if not button.url]
    return ["answer", "on_fail", *buttons] if isinstance(step, Ask) else buttons
