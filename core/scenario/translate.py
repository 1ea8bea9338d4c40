"""Keeps translation files complete: missing keys are added, marks are refreshed, comments survive.

A key that was added holds the source text and an empty mark until somebody translates it; the
checker reports it as missing.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.errors import ScenarioError
from core.scenario.faces import Face, bot_faces, faces, mark
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


def translate(files: Mapping[str, str], lang: str) -> dict[str, str]:
    """Path -> new text of every translation file of a language that has to change.

    Files with errors of their own, and translations of such scenarios, are left alone.
    Raises ScenarioError for a language that bot.yaml does not list after the first."""
    workspace = Workspace(files)
    _wanted(workspace, lang)
    changed: dict[str, str] = {}
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
        text = files.get(path) or _HEAD.format(lang=lang, name=name, title=title)
        made = _completed(text, originals)
        if made != files.get(path):
            changed[path] = made
    return changed


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


def _completed(text: str, originals: Sequence[Face]) -> str:
    yaml = _yaml()
    tree: Any = yaml.load(text)
    texts = tree.get("texts")
    if not texts:
        texts = _block()
        tree["texts"] = texts
    touched = False
    for place, face in enumerate(face for face in originals if face.key):
        entry = texts.get(face.key)
        if entry is None:
            texts.insert(min(place, len(texts)), face.key, _entry("", face.text))
            touched = True
        elif entry.get("text") != face.text and entry.get("from") != mark(face.text):
            entry["from"] = _quoted(mark(face.text))
            touched = True
    if not touched:
        return text
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


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
