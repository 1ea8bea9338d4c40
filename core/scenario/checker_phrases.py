"""Rules about what customers write: enough examples (W024), none of them ambiguous (W025)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from core.scenario.findings import Finding
from core.scenario.flow import Path
from core.scenario.loader import Workspace
from core.scenario.reading import at
from core.scenario.yaml_tree import Spot

ENOUGH = 8


class Confusion(NamedTuple):
    """An example that the classifier, trained on all others, takes for another class."""

    kind: str
    phrase: str
    taken_for: str
    confidence: float = 0.0


#: Asks the classifier; a class is a scenario id, `oos`, `operator` or `thanks`.
Misread = Callable[[], Iterable[Confusion]]


def phrases(workspace: Workspace) -> Iterator[Finding]:
    """W024 and the same phrase in two places."""
    for source in workspace.sources.values():
        examples = source.scenario.examples
        if not source.scenario.internal and len(examples) < ENOUGH:
            spot = source.tree.at("examples" if examples else "scenario")
            found = {"found": str(len(examples)), "limit": str(ENOUGH)}
            yield at(source.file, spot, "W024", "", **found)
    seen: dict[str, tuple[str, str, int]] = {}
    for kind, phrase, file, spot in _all(workspace):
        known = seen.setdefault(_bare(phrase), (kind, file, spot.line))
        if known[1:] != (file, spot.line):
            other = f"{known[1]}:{known[2]}"
            yield at(file, spot, "W025", "same", phrase=phrase, other=other)
    yield from _denied(workspace, seen)
    yield from _cities(workspace)


def _bare(phrase: str) -> str:
    return " ".join(phrase.casefold().replace("ё", "е").split()).rstrip(".!?… ")


def _denied(workspace: Workspace, seen: Mapping[str, tuple[str, str, int]]) -> Iterator[Finding]:
    """W025: an example of a scenario that is among its own not_examples too."""
    written = [(source.id, source.file, source.tree) for source in workspace.sources.values()]
    for reads in workspace.translations.values():
        written += [(name, read.file, read.tree) for name, read in reads.items()]
    for kind, file, tree in written:
        given = tree.below("not_examples")
        for i, node in enumerate(given.value if given is not None else ()):
            known = seen.get(_bare(str(node.value)))
            if known is not None and known[0] == kind:
                other = f"{known[1]}:{known[2]}"
                spot = tree.at("not_examples", i)
                yield at(file, spot, "W025", "same", phrase=str(node.value), other=other)


def _cities(workspace: Workspace) -> Iterator[Finding]:
    """W025: a name of two cities; whoever writes it is understood to mean the first."""
    read = workspace.cities
    if read is None:
        return
    seen: dict[str, tuple[str, int]] = {}
    for key, city in read.model.cities.items():
        named: list[tuple[str, Path]] = [
            (name, ("label", lang)) for lang, name in city.label.items()
        ]
        named += [(name, ("names", i)) for i, name in enumerate(city.names)]
        for name, path in named:
            spot = read.tree.at("cities", key, *path)
            known = seen.setdefault(_bare(name), (key, spot.line))
            if known[0] != key:
                other = f"{read.file}:{known[1]}"
                yield at(read.file, spot, "W025", "same", phrase=name, other=other)


def deep(workspace: Workspace, misread: Misread) -> Iterator[Finding]:
    """W025 for examples that the bot itself would take for something else."""
    places = {(kind, phrase): (file, spot) for kind, phrase, file, spot in _all(workspace)}
    titles = {source.id: source.scenario.title for source in workspace.sources.values()}
    for confusion in misread():
        place = places.get((confusion.kind, confusion.phrase))
        if place is not None:
            title = titles.get(confusion.taken_for, confusion.taken_for)
            yield at(*place, "W025", "misread", phrase=confusion.phrase, title=title)


def _all(workspace: Workspace) -> Iterator[tuple[str, str, str, Spot]]:
    """(class, phrase, file, place) of every example of every language."""
    for name in sorted(workspace.sources):
        source = workspace.sources[name]
        for i, phrase in enumerate(source.scenario.examples):
            yield source.id, phrase, source.file, source.tree.at("examples", i)
    for read in workspace.common:
        for i, phrase in enumerate(read.model.examples):
            yield read.model.kind, phrase, read.file, read.tree.at("examples", i)
    for lang in sorted(workspace.translations):
        for name, translation in sorted(workspace.translations[lang].items()):
            for i, phrase in enumerate(translation.model.examples):
                spot = translation.tree.at("examples", i)
                yield name, phrase, translation.file, spot
