"""All files of a bot, read: `{path: text}` in, models with their places and findings out.

Whoever calls this reads the disk. A file that cannot be read hides nothing but itself.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from core.scenario.findings import Finding, close_to
from core.scenario.flow import Source, compiled
from core.scenario.reading import at, modelled, tree_of
from core.scenario.schema import ScenarioModel
from core.scenario.schema_files import (
    BotModel,
    BotTranslationModel,
    CitiesModel,
    CommonModel,
    TranslationModel,
)
from core.scenario.yaml_tree import Node, Spot

Model = TypeVar("Model", bound=BaseModel)


class Read(NamedTuple, Generic[Model]):
    """A file whose shape is right."""

    file: str
    tree: Node
    model: Model


class Workspace:
    """Everything that could be read. folder: of the scenarios, as `ru`. unread: ids of scenarios
    whose file is broken, so that nobody misses them twice. has_cities: whether there is a directory
    of cities, broken or not."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.findings: list[Finding] = []
        self.unread: set[str] = set()
        self.sources: dict[str, Source] = {}
        self.bot: Read[BotModel] | None = None
        self.cities: Read[CitiesModel] | None = None
        self.has_cities = False
        self.common: list[Read[CommonModel]] = []
        self.translations: dict[str, dict[str, Read[TranslationModel]]] = {}
        self.bot_translations: dict[str, Read[BotTranslationModel]] = {}
        self.folder = _folder(files)
        self.has_bot = f"{self.folder}/bot.yaml" in files
        for path in sorted(files):
            if path.endswith(".yaml"):
                self._file(PurePosixPath(path), files[path])
            elif path.endswith(".yml"):
                name = PurePosixPath(path).name
                self.findings.append(at(path, Spot(), "E003", "suffix", name=name))
        if not self.has_bot:
            self.findings.append(at(f"{self.folder}/bot.yaml", Spot(), "E002", "no_bot"))

    @property
    def known(self) -> set[str]:
        """Ids of scenarios that exist, broken ones included."""
        return {*self.sources, *self.unread}

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the bot, the first is that of the scenarios."""
        return tuple(self.bot.model.languages) if self.bot else (self.folder,)

    def _file(self, path: PurePosixPath, text: str) -> None:
        parts = path.parts
        if parts == ("cities.yaml",):
            self.cities = self._read(path, text, CitiesModel)
            self.has_cities = True
        elif parts == (self.folder, "bot.yaml"):
            self.bot = self._read(path, text, BotModel)
        elif len(parts) == 3 and parts[:2] == (self.folder, "common"):
            self._phrases(path, text)
        elif len(parts) > 1 and parts[0] == self.folder:
            self._scenario(path, text)
        elif len(parts) > 2 and parts[0] == "i18n":
            self._translation(path, text)
        elif self.has_bot and not any(part.startswith(".") for part in parts):
            # a file that nobody reads, and its author would wait for it in vain
            self.findings.append(at(str(path), Spot(), "W033", "", folder=self.folder))

    def _read(self, path: PurePosixPath, text: str, model: type[Model]) -> Read[Model] | None:
        file = str(path)
        tree = tree_of(file, text)
        if isinstance(tree, Finding):
            self.findings.append(tree)
            return None
        found = modelled(file, tree, model)
        if isinstance(found, list):
            self.findings.extend(found)
            return None
        return Read(file, tree, found)

    def _scenario(self, path: PurePosixPath, text: str) -> None:
        read = self._read(path, text, ScenarioModel)
        if read is None:
            self.unread.add(path.stem)
            return
        file, tree, written = read
        if written.scenario != path.stem:
            name = {"name": path.stem, "id": written.scenario}
            self.findings.append(at(file, tree.at("scenario"), "E003", "", **name))
        twin = self.sources.get(written.scenario)
        if twin is not None:
            other = f"{twin.file}:{twin.tree.at('scenario').line}"
            spot = tree.at("scenario")
            self.findings.append(
                at(file, spot, "E010", "scenario", name=written.scenario, other=other)
            )
            return
        flat = compiled(written, tree)
        source = Source(file, tree, written, flat.scenario, flat.paths, flat.twins)
        self.sources[written.scenario] = source

    def _phrases(self, path: PurePosixPath, text: str) -> None:
        read = self._read(path, text, CommonModel)
        if read is not None:
            self._named(read.file, read.tree, "class", path.stem, read.model.kind)
            self.common.append(read)

    def _named(self, file: str, tree: Node, key: str, wanted: str, found: str) -> None:
        """E003: a file is named after what it holds."""
        if wanted != found:
            close = close_to(found, [wanted])
            self.findings.append(
                at(file, tree.at(key), "E003", "key", key=key, name=wanted, id=found, close=close)
            )

    def _translation(self, path: PurePosixPath, text: str) -> None:
        lang = path.parts[1]
        if path.parts[2] == "common":
            self._phrases(path, text)
            return
        if path.name == "bot.yaml":
            bot = self._read(path, text, BotTranslationModel)
            if bot is not None:
                self._named(bot.file, bot.tree, "language", lang, bot.model.language)
                self.bot_translations[lang] = bot
            return
        read = self._read(path, text, TranslationModel)
        if read is not None:
            self._named(read.file, read.tree, "language", lang, read.model.language)
            self._named(read.file, read.tree, "translates", path.stem, read.model.translates)
            self.translations.setdefault(lang, {})[path.stem] = read


def _folder(files: Mapping[str, str]) -> str:
    """The folder of the scenarios: the one with bot.yaml in it."""
    found = sorted(path.split("/")[0] for path in files if path.count("/") == 1)
    with_bot = [name for name in found if f"{name}/bot.yaml" in files and name != "i18n"]
    others = [name for name in found if name != "i18n"]
    return next(iter([*with_bot, *others]), "ru")
