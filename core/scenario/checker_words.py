"""Rules about words people read and type: labels that mean one button (E010), plurals (E015)."""

from collections.abc import Iterator
from typing import NamedTuple

from core.scenario import model
from core.scenario.checker_filters import FORMS_ALLOWED
from core.scenario.filters import FORMS
from core.scenario.findings import Finding
from core.scenario.flow import Source
from core.scenario.loader import Read, Workspace
from core.scenario.reading import at
from core.scenario.schema_files import TranslationModel
from core.scenario.template import TemplateError, holes
from core.scenario.uses import uses
from core.scenario.yaml_tree import Spot


def words(workspace: Workspace) -> Iterator[Finding]:
    """All findings about labels and plurals, of the scenarios and of their translations."""
    language = workspace.bot.model.languages[0] if workspace.bot else ""
    for source in workspace.sources.values():
        for step in source.scenario.steps.values():
            if isinstance(step, model.Ask | model.Choose):
                yield from _same_labels(source.file, _labels(source, step))
            for use in uses(step):
                if use.kind == "text":
                    spot = source.spot(step.id, *use.path)
                    yield from _forms(source.file, spot, use.source, language)
    for reads in workspace.translations.values():
        for name, read in reads.items():
            for key, given in read.model.texts.items():
                spot = read.tree.at("texts", key)
                yield from _forms(read.file, spot, given.text, read.model.language)
            if name in workspace.sources:
                yield from _translated_labels(workspace.sources[name], read)


class Label(NamedTuple):
    """What an option or a button is pressed by. sometimes: shown under a condition only."""

    spot: Spot
    wordings: tuple[str, ...]
    sometimes: bool = False


def _labels(source: Source, step: model.Ask | model.Choose) -> list[Label]:
    options = step.options if isinstance(step, model.Ask) else ()
    found = [
        Label(source.spot(step.id, "options", i, "label"), (option.label, *option.also))
        for i, option in enumerate(options)
    ]
    for i, button in enumerate(step.buttons):
        spot = source.spot(step.id, "buttons", i, "label")
        found.append(Label(spot, (button.label, *button.also), bool(button.show_if)))
    return found


def _translated_labels(source: Source, read: Read[TranslationModel]) -> Iterator[Finding]:
    given = read.model.texts
    for step in source.scenario.steps.values():
        if not isinstance(step, model.Ask | model.Choose):
            continue
        options = step.options if isinstance(step, model.Ask) else ()
        faces = [(f"{step.id}.options.{option.key}", False) for option in options]
        faces += [(f"{step.id}.buttons.{b.key}", bool(b.show_if)) for b in step.buttons]
        labels = [
            Label(read.tree.at("texts", key), (given[key].text, *given[key].also), sometimes)
            for key, sometimes in faces
            if key in given
        ]
        yield from _same_labels(read.file, labels)


def _same_labels(file: str, labels: list[Label]) -> Iterator[Finding]:
    """E010: a wording of two buttons presses only the first. Two that are both shown under a
    condition may stand for each other."""
    seen: dict[str, Label] = {}
    for label in labels:
        for wording in label.wordings:
            typed = _typed(wording)
            known = seen.setdefault(typed, label) if typed else label
            if known is not label and not (known.sometimes and label.sometimes):
                yield at(file, label.spot, "E010", "label", name=wording)
                break


def _typed(wording: str) -> str:
    """A wording as typed texts are compared with it."""
    return " ".join(wording.casefold().replace("ё", "е").split()).rstrip(".!?… ")


def _forms(file: str, spot: Spot, text: str, language: str) -> Iterator[Finding]:
    """E015: `plural` with another number of forms than its language has: their number decides by
    whose rule one is chosen, and three English ones would be chosen by the Russian rule."""
    wanted = FORMS.get(language)
    if wanted is None:
        return
    try:
        found = [item for hole in holes(text) for item in hole.filters if item.name == "plural"]
    except TemplateError:
        return
    for item in found:
        forms = len((item.argument or "").split(","))
        if forms in FORMS_ALLOWED and forms != wanted:
            variant = "few_forms" if forms < wanted else "many_forms"
            yield at(file, spot, "E015", variant, argument=item.argument or "", lang=language)
