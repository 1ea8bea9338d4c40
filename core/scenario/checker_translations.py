"""Rule W026: translations that are missing, stale, surplus, or have lost a value."""

from collections.abc import Iterator

from core.scenario.faces import Face, bot_faces, faces, mark
from core.scenario.findings import Finding, close_to
from core.scenario.loader import Read, Workspace
from core.scenario.reading import at
from core.scenario.schema_files import BotTranslationModel, TranslationModel
from core.scenario.template import TemplateError, holes
from core.scenario.yaml_tree import Spot


def translations(workspace: Workspace) -> Iterator[Finding]:
    """Every translation file against its source. A scenario without a file speaks the source
    language; nobody is reminded of that."""
    for reads in workspace.translations.values():
        for name, read in reads.items():
            source = workspace.sources.get(name)
            if source is None:
                if name not in workspace.unread:
                    spot, close = read.tree.at("translates"), close_to(name, workspace.known)
                    yield at(read.file, spot, "E013", "", name=name, close=close)
                continue
            originals = faces(source)
            for face in originals:
                if not face.key:
                    spot = source.spot(face.step, *face.path)
                    yield at(source.file, spot, "W026", "no_id", lang=read.model.language)
            yield from _compared(read, originals)
    if workspace.bot is not None:
        for bot in workspace.bot_translations.values():
            yield from _compared(bot, bot_faces(workspace.bot.model))


def _compared(
    read: Read[TranslationModel] | Read[BotTranslationModel], originals: list[Face]
) -> Iterator[Finding]:
    given = read.model.texts
    known = {face.key: face for face in originals if face.key}
    whole = read.tree.at("texts") if "texts" in read.tree.value else read.tree.at("translates")
    for key, face in known.items():
        if key not in given:
            yield at(read.file, whole, "W026", "missing", key=key)
            continue
        spot = read.tree.at("texts", key)
        now = mark(face.text)
        if given[key].source != now:
            # A text that `translate` has put there is still that of the source.
            fresh = given[key].text == face.text
            variant, hint = ("missing", "untranslated") if fresh else ("stale", "stale")
            lang = read.model.language
            yield at(read.file, spot, "W026", variant, key=key, mark=now, lang=lang, hint=hint)
        yield from _values(read.file, spot, key, face.text, given[key].text)
    for key in given:
        if key not in known:
            close = close_to(key, known)
            yield at(read.file, read.tree.at("texts", key), "W026", "surplus", key=key, close=close)


def _values(file: str, spot: Spot, key: str, original: str, text: str) -> Iterator[Finding]:
    """Both texts must print the same values."""
    try:
        found = {hole.name for hole in holes(text)}
    except TemplateError as error:
        yield at(file, spot, "E015", error.key, what=error.what)
        return
    try:
        wanted = {hole.name for hole in holes(original)}
    except TemplateError:
        return
    for name in sorted(wanted - found):
        yield at(file, spot, "W026", "lost", key=key, name=name)
    for name in sorted(found - wanted):
        yield at(file, spot, "W026", "strange", key=key, name=name)
