"""Bundles as they may look after the next publish: a step renamed, a scenario gone, a slot of
another type."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from core.scenario.model import Ask, Bundle, Scenario, packed

_LINKS = frozenset({"id", "next", "target", "then", "otherwise", "on_fail", "go", "do", "start"})


def named(bundle: Bundle) -> Bundle:
    """The bundle under a hash of its own."""
    bare = replace(bundle, hash="")
    return replace(bundle, hash=hashlib.sha256(packed(bare)).hexdigest())


def without(bundle: Bundle, scenario: str) -> Bundle:
    """One scenario is gone."""
    kept = {name: made for name, made in bundle.scenarios.items() if name != scenario}
    return named(replace(bundle, scenarios=kept))


def with_step_renamed(bundle: Bundle, scenario: str, step: str) -> Bundle:
    """One step has another id, and everything that led to it leads there."""
    made = msgspec.to_builtins(bundle.scenarios[scenario])
    fresh = msgspec.convert(_renamed(made, step, f"{step}_new"), Scenario)
    fresh = replace(fresh, id=scenario)
    return named(replace(bundle, scenarios={**bundle.scenarios, scenario: fresh}))


def _renamed(value: Any, old: str, new: str, key: str = "") -> Any:
    if isinstance(value, dict):
        if key == "steps":
            return {(new if k == old else k): _renamed(v, old, new) for k, v in value.items()}
        if key == "errors":
            return {k: new if v == old else v for k, v in value.items()}
        return {k: _renamed(v, old, new, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return new if key in _LINKS and value == old else value


def with_slot_retyped(bundle: Bundle, slot: str) -> Bundle:
    """One slot has another type wherever it is declared."""
    scenarios = {}
    for name, made in bundle.scenarios.items():
        data = dict(made.data)
        if slot in data:
            other = "email" if data[slot].type != "email" else "phone"
            data[slot] = replace(data[slot], type=other, length=None, secret=False)
        scenarios[name] = replace(made, data=data)
    return named(replace(bundle, scenarios=scenarios))


def republished(bundle: Bundle, scenario: str, step: str) -> Iterator[Bundle]:
    """Everything that may happen to a bundle while a dialog stands at this step."""
    yield named(replace(bundle, thresholds={}))
    yield with_step_renamed(bundle, scenario, step)
    if scenario not in (bundle.bot.start, bundle.bot.access_by):
        yield without(bundle, scenario)
    asked = bundle.scenarios[scenario].steps[step]
    if isinstance(asked, Ask):
        yield with_slot_retyped(bundle, asked.slot)
