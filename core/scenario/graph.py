"""A scenario as a drawing: the same nodes and arrows for Mermaid and for our own SVG."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from core.scenario import model
from core.scenario.flow import Edge, edges
from core.scenario.model import Bundle, Scenario

LONGEST = 48
Form = Literal["question", "call", "if", "people", "end", "plain"]


class Box(NamedTuple):
    """A node. step: its id; empty for the access scenario beside a protected call."""

    id: str
    label: str
    form: Form
    step: str = ""


class Arrow(NamedTuple):
    """source, target: ids of boxes."""

    source: str
    target: str
    label: str = ""


class Drawing(NamedTuple):
    """boxes: in the order in which a customer meets them; the first is the start."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


@cache
def words(lang: str) -> Mapping[str, str]:
    """Words on the drawing in a language; English for one that we do not have."""
    table = tomllib.loads(files("core.scenario").joinpath("graph.toml").read_text("utf-8"))
    found: Mapping[str, str] = table.get(lang) or table["en"]
    return found


def cut(text: str) -> str:
    """A label that fits a box and breaks no syntax."""
    plain = " ".join(text.split()).replace('"', "'").replace("|", "/")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1].rstrip() + "…"


def drawn(scenario: Scenario, bundle: Bundle, lang: str = "ru") -> Drawing:
    """The drawing of a scenario. A `go` is no box, its arrows lead straight on."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    for name in _order(scenario):
        step = scenario.steps[name]
        boxes.append(Box(_mark(name), cut(_label(step, bundle, lang)), _form(step), name))
        for edge in edges(step):
            target = _landing(scenario, edge.target)
            if target:
                label = _edge_label(step, edge, lang)
                arrows.append(Arrow(_mark(name), _mark(target), cut(label)))
        if _is_protected(step, bundle) and bundle.bot.access_by:
            guard = f"access_{bundle.bot.access_by}"
            if all(box.id != guard for box in boxes):
                boxes.append(Box(guard, cut(_title(bundle.bot.access_by, bundle)), "plain"))
            arrows.append(Arrow(_mark(name), guard, "🔒"))
    return Drawing(tuple(boxes), tuple(dict.fromkeys(arrows)))


def _order(scenario: Scenario) -> list[str]:
    """Steps as a customer meets them: depth first from the start, then what only operators
    reach; those that nobody reaches come last."""
    seen: dict[str, None] = {}
    rest = sorted(scenario.steps.values(), key=lambda step: (not step.entry, step.line))
    work = [step.id for step in reversed(rest)] + [scenario.start]
    while work:
        name = work.pop()
        step = scenario.steps.get(name)
        if step is None or name in seen:
            continue
        seen[name] = None
        work += [edge.target for edge in reversed(edges(step))]
    return [name for name in seen if not isinstance(scenario.steps[name], model.Go)]


def _landing(scenario: Scenario, name: str) -> str:
    """Where a way really ends: `go` steps are passed."""
    seen: set[str] = set()
    while name in scenario.steps and name not in seen:
        seen.add(name)
        step = scenario.steps[name]
        if not isinstance(step, model.Go):
            return name
        name = step.target
    return ""


def _mark(name: str) -> str:
    return "s_" + re.sub(r"\W", "_", name)


def _form(step: model.AnyStep) -> Form:
    match step:
        case model.Ask() | model.Choose():
            return "question"
        case model.CallStep():
            return "call"
        case model.If():
            return "if"
        case model.EscalateStep():
            return "people"
        case model.Done() | model.Return():
            return "end"
    return "plain"


def _label(step: model.AnyStep, bundle: Bundle, lang: str) -> str:
    match step:
        case model.Say() | model.Ask() | model.Choose():
            return step.text
        case model.CallStep():
            lock = "🔒 " if _is_protected(step, bundle) else ""
            return f"⚙ {lock}{step.service}"
        case model.If():
            return step.cond
        case model.Run():
            return f"▶ {_title(step.scenario, bundle)}"
        case model.EscalateStep():
            return f"👤 {step.reason} → {step.queue}"
        case _:
            return _small_label(step, lang)


def _small_label(step: model.AnyStep, lang: str) -> str:
    match step:
        case model.Done():
            return f"{step.result}: {step.say}" if step.say else step.result
        case model.Return():
            names = ", ".join(step.values)
            return f"{words(lang)['return']}: {names}" if names else words(lang)["return"]
        case model.SetStep():
            return f"{words(lang)['set']}: {', '.join(step.values)}"
    return step.id


def _title(scenario: str, bundle: Bundle) -> str:
    found = bundle.scenarios.get(scenario)
    return found.title if found is not None else scenario


def _is_protected(step: model.AnyStep, bundle: Bundle) -> bool:
    if not isinstance(step, model.CallStep):
        return False
    signature = bundle.services.get(step.service)
    return signature is not None and signature.level != "anonymous"


def _edge_label(step: model.AnyStep, edge: Edge, lang: str) -> str:
    if edge.kind == "then":
        return words(lang)["yes"]
    if edge.kind == "else":
        return words(lang)["no"]
    if edge.kind == "fail":
        return words(lang)["fail"]
    if edge.kind == "button" and isinstance(step, model.Ask | model.Choose):
        return next(button.label for button in step.buttons if button.key == edge.label)
    return edge.label


_SHAPES: Mapping[Form, str] = {
    "question": '{{{{"{0}"}}}}',
    "call": '[["{0}"]]',
    "if": '{{"{0}"}}',
    "people": '[/"{0}"/]',
    "end": '(["{0}"])',
    "plain": '["{0}"]',
}


def mermaid(scenario: Scenario, bundle: Bundle, lang: str = "ru") -> str:
    """The drawing as a Mermaid `flowchart TD`."""
    return "\n".join(_lines(drawn(scenario, bundle, lang))) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "flowchart TD"
    for box in drawing.boxes:
        yield f"  {box.id}{_SHAPES[box.form].format(box.label)}"
    for arrow in drawing.arrows:
        label = f'|"{arrow.label}"|' if arrow.label else ""
        yield f"  {arrow.source} -->{label} {arrow.target}"
