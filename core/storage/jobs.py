"""The calls of the store as jobs: which plan each kind runs, and which may share a transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from core.storage import (
    plan_begin,
    plan_delivery,
    plan_doubt,
    plan_house,
    plan_intake,
    plan_pace,
    plan_turn,
    plan_welcome,
    plan_work,
)
from core.storage.rules import Rules
from core.storage.statement import Plan

ManyPlan = Callable[[Rules, Sequence[Any]], Plan[list[Any]]]
OnePlan = Callable[[Rules, Any], Plan[Any]]


class Kind(NamedTuple):
    """One method of the store. run: answers a list of jobs, an exception being an answer too.

    lane: jobs of one lane are carried out one group after the other, lanes side by side. first:
    what comes together with others and shares their transaction comes before them.
    """

    name: str
    lane: str
    run: ManyPlan
    first: bool = False


def _one_by_one(plan: OnePlan) -> ManyPlan:
    def run(rules: Rules, jobs: Sequence[Any]) -> Plan[list[Any]]:
        answers = []
        for job in jobs:
            answers.append((yield from plan(rules, job)))  # noqa: PERF401  # no yield in comprehensions
        return answers

    return run


def _single(plan: OnePlan, lane: str) -> Kind:
    return Kind(plan.__name__, lane, _one_by_one(plan))


_INTAKE, _TURN, _DELIVERY, _HOUSE = "intake", "turn", "delivery", "house"
_CLAIM, _CLAIM_CHATS, _WELCOME, _PACE = "claim", "claim chats", "welcome", "pace"

ACCEPT = Kind("accept", _INTAKE, plan_intake.accept)
APPEND = Kind("append", _INTAKE, plan_intake.append)
FINISH_CALL = Kind("finish_call", _INTAKE, plan_work.finish_call)
SAVE = Kind("save", _TURN, plan_turn.save)
#: First, since whoever got a message may have answered it already: their chat is idle again then.
SETTLE = Kind("settle", _DELIVERY, plan_delivery.settle, first=True)
PACE = Kind("pace", _PACE, plan_pace.pace)
GIVE_BACK = _single(plan_doubt.give_back, _HOUSE)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        ACCEPT,
        APPEND,
        SAVE,
        SETTLE,
        PACE,
        GIVE_BACK,
        _single(plan_pace.complaints, _PACE),
        _single(plan_turn.claim, _CLAIM),
        _single(plan_turn.outcome, _HOUSE),
        _single(plan_delivery.claim_chats, _CLAIM_CHATS),
        _single(plan_welcome.first_answer, _WELCOME),
        _single(plan_welcome.settle_answer, _WELCOME),
        _single(plan_work.fire_timers, _HOUSE),
        _single(plan_work.claim_calls, _HOUSE),
        _single(plan_begin.begin, _INTAKE),
        FINISH_CALL,
        *(
            _single(plan, _HOUSE)
            for plan in (
                plan_house.put_bundle,
                plan_house.bundle,
                plan_house.active_bundle,
                plan_house.bundles,
                plan_house.activate_bundle,
                plan_house.break_bundle,
                plan_house.cursor,
                plan_house.put_cursor,
                plan_house.seen_poison,
                plan_house.attempt,
                plan_house.sweep,
                plan_house.events,
                plan_house.put_attachment,
                plan_house.attachment,
                plan_house.queues,
                plan_house.to_assign,
                plan_house.vanished,
            )
        ),
    )
}
