"""The texts of a scenario that are translated: their keys, as `ask_city.text`, and their marks."""

import hashlib
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from core.scenario import model
from core.scenario.flow import Path, Source
from core.scenario.schema_files import BotModel
from core.scenario.template import Hole, TemplateError, pieces


class Face(NamedTuple):
    """A text customers or operators read. key: empty for a step that has no id of its own.

    step: whose text it is, empty for the scenario's own. path: of the field, below the step.
    """

    key: str
    text: str
    step: str = ""
    path: Path = ()


def mark(text: str) -> str:
    """The first 8 hex digits of the SHA-256 of a text: `from` of its translation."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:8]


def faces(source: Source) -> list[Face]:
    """All texts of a scenario that can be translated."""
    scenario = source.scenario
    found = [Face("title", scenario.title, path=("title",))]
    for name, slot in scenario.data.items():
        found.append(Face(f"data.{name}.title", slot.title, path=("data", name, "title")))
    if scenario.silence is not None and scenario.silence.say:
        found.append(Face("silence", scenario.silence.say, path=("silence", "say")))
    for step in sorted(scenario.steps.values(), key=lambda step: source.paths[step.id][1:2]):
        for field, text, path in _of_step(step):
            key = "" if step.automatic else f"{step.id}.{field}"
            found.append(Face(key, text, step.id, path))
    return found


def texts_of(scenario: model.Scenario) -> dict[str, str]:
    """Key -> text of a compiled scenario; a step without an id stands under its place."""
    found = {"title": scenario.title}
    for step in scenario.steps.values():
        for field, text, _ in _of_step(step):
            found[f"{step.id}.{field}"] = text
    return found


def _of_step(step: model.AnyStep) -> Iterator[tuple[str, str, Path]]:
    """(field of the key, text, path in the file) of every text of a step."""
    if step.entry:
        yield "entry", step.entry, ("entry",)
    match step:
        case model.Say():
            yield "say", step.text, ("say",)
            if step.list is not None:
                yield from _needed("list.line", step.list.line, ("list", "line"))
                yield from _needed("list.empty", step.list.empty, ("list", "empty"))
        case model.Ask():
            yield "text", step.text, ("text",)
            yield "wrong", step.wrong, ("wrong",)
            yield from _options(step)
            yield from _question(step)
        case model.Choose():
            yield "choose", step.text, ("choose",)
            yield from _question(step)
        case model.CallStep():
            yield from _needed("wait", step.wait, ("wait",))
        case model.EscalateStep():
            yield from _needed("say", step.say, ("escalate", "say"))
        case model.Done():
            yield from _needed("say", step.say, ("done", "say"))


def _needed(field: str, text: str, path: Path) -> Iterator[tuple[str, str, Path]]:
    if text:
        yield field, text, path


def _options(step: model.Ask) -> Iterator[tuple[str, str, Path]]:
    for i, option in enumerate(step.options):
        yield f"options.{option.key}", option.label, ("options", i, "label")
    made = step.options_from
    if made is not None and _has_words(made.label):
        yield "options_from.label", made.label, ("options_from", "label")


def _has_words(template: str) -> bool:
    """Whether a label has something to translate besides its values."""
    try:
        return any(not isinstance(part, Hole) and part.strip() for part in pieces(template))
    except TemplateError:
        return False


def _question(step: model.Ask | model.Choose) -> Iterator[tuple[str, str, Path]]:
    for i, button in enumerate(step.buttons):
        yield f"buttons.{button.key}", button.label, ("buttons", i, "label")
    if step.silence is not None and step.silence.say:
        yield "silence", step.silence.say, ("silence", "say")


def bot_faces(bot: BotModel) -> list[Face]:
    """The texts of bot.yaml that can be translated; `words` are not translated but written."""
    found = [
        Face(f"more.{name}", getattr(bot.more, name), path=("more", name))
        for name in ("ask", "yes", "no", "bye")
    ]
    if bot.silence.say:
        found.append(Face("silence", bot.silence.say, path=("silence", "say")))
    for key, text in bot.texts.items():
        found.append(Face(f"texts.{key}", text, path=("texts", key)))
    return found
