"""Keeps translation files complete: missing keys are added, comments survive.

A key that was added holds the source text and an empty mark until somebody translates it; the
checker reports it as missing. A mark says which source text a person has translated, so it is set
only when a person says that the translations are right.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from core.errors import ScenarioError
from core.scenario.checker_translations import translations
from core.scenario.faces import Face, bot_faces, faces, mark
from core.scenario.findings import Finding, in_order
from core.scenario.loader import Workspace

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

_HEAD = """\
# i18n/{lang}/{name}.yaml — {lang}: {title}. `from` marks the source text that was translated.
format: 1
translates: {name}
language: {lang}
texts: {{}}
"""


class Accepted(NamedTuple):
    """A text whose translation was taken for right. line: in the file as it is now."""

    file: str
    line: int
    key: str


class Completed(NamedTuple):
    """changed: path -> new text of every file that has to change. left: what a person has to do
    yet, as the checker will say it."""

    changed: dict[str, str]
    accepted: tuple[Accepted, ...]
    left: tuple[Finding, ...]


def translate(files: Mapping[str, str], lang: str, *, accept: bool = False) -> Completed:
    """Adds what is missing in the translation files of a language.

    accept: texts that differ from their source are right as they stand now; their marks are set.
    Files with errors of their own, and translations of such scenarios, are left alone.
    Raises ScenarioError for a language that bot.yaml does not list after the first."""
    workspace = Workspace(files)
    _wanted(workspace, lang)
    changed: dict[str, str] = {}
    accepted: list[tuple[str, str]] = []
    broken = {finding.file for finding in workspace.findings}
    wanted: list[tuple[str, str, list[Face]]] = [
        (source.id, source.scenario.title, faces(source)) for source in workspace.sources.values()
    ]
    if workspace.bot is not None:
        wanted.append(("bot", "bot.yaml", bot_faces(workspace.bot.model)))
    for name, title, originals in wanted:
        path = f"i18n/{lang}/{name}.yaml"
        if path in broken:
            continue
        line = " ".join(title.split())  # YAML ends a comment at signs that are no "\n" too
        text = files.get(path) or _HEAD.format(lang=lang, name=name, title=line)
        made, keys = _completed(text, originals, accept)
        accepted += [(path, key) for key in keys]
        if made != files.get(path):
            changed[path] = made
    after = Workspace({**files, **changed})
    found = [*after.findings, *translations(after)]
    left = in_order(finding for finding in found if _is_open(finding, lang))
    return Completed(changed, tuple(_accepted(after, lang, accepted)), left)


def _is_open(finding: Finding, lang: str) -> bool:
    """Whether the finding asks for work on the translation into this language."""
    lacks_id = finding.variant == "no_id" and finding.values["lang"] == lang
    return finding.file.startswith(f"i18n/{lang}/") or lacks_id


def _accepted(
    after: Workspace, lang: str, accepted: Sequence[tuple[str, str]]
) -> Iterator[Accepted]:
    trees = {read.file: read.tree for read in after.translations.get(lang, {}).values()}
    bot = after.bot_translations.get(lang)
    if bot is not None:
        trees[bot.file] = bot.tree
    for file, key in accepted:
        yield Accepted(file, trees[file].at("texts", key).line, key)


def _wanted(workspace: Workspace, lang: str) -> None:
    file = f"{workspace.folder}/bot.yaml"
    if workspace.bot is None:
        raise ScenarioError([f"{file} cannot be read, so no language is known: `otklik check`"])
    first, *others = workspace.languages
    if lang == first:
        raise ScenarioError([f"«{lang}» is the language that the scenarios are written in"])
    if lang not in others:
        known = ", ".join(others) or f"only «{first}», in which the scenarios are written"
        raise ScenarioError([f"{file} does not list the language «{lang}»; it lists: {known}"])


def _yaml() -> "YAML":
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _completed(text: str, originals: Sequence[Face], accept: bool) -> tuple[str, list[str]]:
    """The file with all keys, and the keys whose marks were set."""
    yaml = _yaml()
    tree: Any = yaml.load(text)
    texts = tree.get("texts")
    if not texts:
        texts = _block()
        tree["texts"] = texts
    added = False
    accepted = []
    for place, face in enumerate(face for face in originals if face.key):
        entry = texts.get(face.key)
        if entry is None:
            texts.insert(min(place, len(texts)), face.key, _entry("", face.text))
            added = True
        elif accept and entry.get("text") != face.text and entry.get("from") != mark(face.text):
            entry["from"] = _quoted(mark(face.text))
            accepted.append(face.key)
    if not (added or accepted):
        return text, accepted
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue(), accepted


def _block() -> "CommentedMap":
    from ruamel.yaml.comments import CommentedMap

    made = CommentedMap()
    made.fa.set_block_style()
    return made


def _entry(source: str, text: str) -> "CommentedMap":
    made = _block()
    made.fa.set_flow_style()
    made["from"] = _quoted(source)
    made["text"] = _quoted(text)
    return made


def _quoted(text: str) -> str:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    made: str = DoubleQuotedScalarString(text)
    return made
