"""Scenario folders and the bundles made of them: read, built once, cached, kept by hash.

A broken folder never replaces a bundle that runs: whoever loads it gets ScenarioError and keeps
what it had.
"""

import asyncio
import hashlib
import logging
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec

from core.channel import Capabilities
from core.desk_values import Proven
from core.errors import ScenarioError
from core.policy import Policy
from core.scenario.model import Bundle, packed, unpacked
from core.scenario.services import Service, signature
from core.scenario.stories import ScenarioTest
from core.store import Store
from core.understanding.reader import packed_model, reader_of

log = logging.getLogger(__name__)

#: Raised when the compiled form changes, so that caches of older versions are not read.
VERSION = "2"
#: Of the setting `scenarios`.
DEFAULT = Path("scenarios")
#: Ending of the trained classifier beside its bundle: training costs half of what a chat may.
MODEL = ".model"
#: Compiled bundles kept in memory.
KEPT = 8
#: Files that make a bundle; everything else in the folder is for people.
_TEXT = (".yaml", ".yml")
_MEDIA = (".png", ".jpg", ".jpeg")


def short(sha256: str) -> str:
    """A bundle's name as people read and type it."""
    return sha256[:12]


class Sources(NamedTuple):
    """A scenario folder as read: path below it -> text, and pictures below media/."""

    root: Path
    files: Mapping[str, str]
    media: Mapping[str, bytes]


def read_sources(folder: Path) -> Sources:
    """The folder that `DIR` names; a language folder (with bot.yaml in it) stands for its parent.

    Away from the checkout the default names nothing, and the scenarios that ship stand in.
    Raises ScenarioError when there is nothing to read."""
    if folder == DEFAULT and not folder.exists():
        folder = Path(str(resources.files("scenarios")))
    root = folder.parent if (folder / "bot.yaml").is_file() else folder
    if not root.is_dir():
        raise ScenarioError([f"{folder}: there is no such folder"])
    files: dict[str, str] = {}
    media: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in _TEXT and path.is_file():
            # a file that is no UTF-8 is a finding of the checker, not a crash
            files[name] = path.read_bytes().decode("utf-8", "replace")
        elif path.suffix.lower() in _MEDIA and name.startswith("media/"):
            media[name.removeprefix("media/")] = path.read_bytes()
    if not files:
        raise ScenarioError([f"{folder}: no scenario files here"])
    return Sources(root, files, media)


def engine_texts() -> Mapping[str, Mapping[str, str]]:
    """The engine's own sentences: language -> key -> text."""
    folder = resources.files("config").joinpath("texts")
    return {
        item.name.removesuffix(".toml"): tomllib.loads(item.read_text(encoding="utf-8"))
        for item in folder.iterdir()
        if item.name.endswith(".toml")
    }


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where compiled bundles are kept between runs: a copy is rebuilt whenever it is missing."""
    base = environ.get("XDG_CACHE_HOME") or ""
    return (Path(base) if base else Path.home() / ".cache") / "otklik"


def compiled(
    sources: Sources, services: Sequence[Service], *, lang: str = "ru", cache: Path | None = None
) -> Bundle:
    """The bundle of a folder: from the cache when nothing changed, else built and tuned.

    Raises ScenarioError with all findings."""
    kept = _kept(sources, services, cache)
    if kept is not None and (bundle := _cached(kept)) is not None:
        reader_of(bundle, _bytes(kept.with_suffix(MODEL)))
        return bundle
    if sys.stderr.isatty():
        sys.stderr.write("compiling scenarios, once: a few seconds…\n")
    bundle = build(sources, services, lang=lang)
    if kept is not None:
        _keep(kept, packed(bundle))
        _keep(kept.with_suffix(MODEL), packed_model(bundle))
    return bundle


def build(sources: Sources, services: Sequence[Service], *, lang: str) -> Bundle:
    """Checks, compiles and tunes; a second or two. Raises ScenarioError."""
    # the parser and the schema are heavy, and a cached bundle needs neither
    from core.scenario import bundle as building
    from core.scenario.findings import summary
    from core.understanding.tuning import thresholds

    built = building.build(
        sources.files,
        engine_texts(),
        services,
        media=sources.media,
        tune=lambda made: {"ngram": thresholds(made)},
    )
    if built.bundle is None:
        errors = [finding for finding in built.findings if finding.is_error]
        root = f"{sources.root.as_posix()}/"
        raise ScenarioError([summary(finding, lang, root) for finding in errors])
    return built.bundle


def _kept(sources: Sources, services: Sequence[Service], cache: Path | None) -> Path | None:
    """The cache file of exactly these sources, or None without a cache."""
    if cache is None:
        return None
    digest = hashlib.sha256()
    digest.update(VERSION.encode())
    for name, text in sorted(sources.files.items()):
        digest.update(f"{name}\0{text}\0".encode())
    for name, content in sorted(sources.media.items()):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    for lang, texts in sorted(engine_texts().items()):
        digest.update(f"{lang}\0{sorted(texts.items())}\0".encode())
    for service in services:
        digest.update(repr(signature(service)).encode())
    return cache / f"bundle-{digest.hexdigest()}.json"


def _cached(path: Path) -> Bundle | None:
    """What the cache holds; a damaged file is as good as none."""
    try:
        return unpacked(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _keep(path: Path, content: bytes) -> None:
    """Writes the cache; a folder that cannot be written only costs the next start a second."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        log.info("the compiled scenarios were not kept: %s", error.strerror)


class Shelf:
    """The bundle of new dialogs and the older ones that open dialogs still run."""

    def __init__(self, active: Bundle, store: Store | None = None) -> None:
        self.active = active
        self.store = store
        self._known: dict[str, Bundle] = {active.hash: active}

    def at_hand(self, name: str) -> Bundle | None:
        """The same as `of`, if it need not be read first."""
        return self._known.get(name)

    async def of(self, name: str) -> Bundle | None:
        """A bundle by its hash; None when nobody has it or it was marked broken."""
        known = self._known.get(name)
        if known is not None or self.store is None:
            return known
        stored = await self.store.bundle(name)
        if stored is None or stored.broken:
            return None
        try:
            found = unpacked(stored.content)
        except msgspec.MsgspecError:
            log.exception("bundle %s cannot be read by this version", name)
            return None
        self._remember(found)
        return found

    def _remember(self, bundle: Bundle) -> None:
        self._known[bundle.hash] = bundle
        while len(self._known) > KEPT:
            self._known.pop(next(name for name in self._known if name != self.active.hash))

    async def keep(self, store: Store, now: datetime) -> None:
        """Finds older bundles in a database from now on, and keeps this one there for those who
        come back; nobody else gets it."""
        self.store = store
        await store.put_bundle(self.active.hash, packed(self.active), now)

    async def publish(self, bundle: Bundle, by: str, now: datetime) -> None:
        """Keeps the bundle in the database and gives it to new dialogs."""
        if self.store is not None:
            await self.store.put_bundle(bundle.hash, packed(bundle), now)
            await self.store.activate_bundle(bundle.hash, by, now)
        self.active = bundle
        self._remember(bundle)

    async def refresh(self) -> bool:
        """Takes up what another process published; True when the active bundle changed."""
        if self.store is None:
            return False
        listed = await self.store.bundles()
        newest = next((item for item in listed if item.activated_at and not item.broken), None)
        if newest is None or newest.sha256 == self.active.hash:
            return False
        found = await self.of(newest.sha256)
        if found is None:
            return False
        self.active = found
        return True


class Proofs:
    """What the tests beside the scenarios prove, run once per bundle, in a thread."""

    def __init__(
        self,
        folder: Path,
        services: Sequence[Service],
        *,
        capabilities: Capabilities,
        policy: Policy,
    ) -> None:
        """capabilities: of the channel the tests talk through."""
        self.folder = folder
        self.services = services
        self.capabilities = capabilities
        self.policy = policy
        self._lock = asyncio.Lock()
        self._known: tuple[str, Mapping[str, Proven] | None] = ("", None)

    async def __call__(self, bundle: Bundle) -> Mapping[str, Proven] | None:
        """By scenario; None when the folder holds other scenarios than this bundle."""
        async with self._lock:
            name, found = self._known
            if name != bundle.hash:
                found = await asyncio.to_thread(self._proven, bundle)
                self._known = (bundle.hash, found)
            return found

    def _proven(self, bundle: Bundle) -> Mapping[str, Proven] | None:
        """A second or two."""
        from core.scenario import bundle as building

        try:
            sources = read_sources(self.folder)
        except ScenarioError:
            return None
        read = building.build(sources.files, engine_texts(), self.services, media=sources.media)
        if read.bundle is None or read.bundle.hash != bundle.hash:
            return None
        return self._run(bundle, read.tests)

    def _run(
        self, bundle: Bundle, tests: Mapping[str, Sequence[ScenarioTest]]
    ) -> Mapping[str, Proven]:
        from core.scenario import tests_runner

        report = tests_runner.run(
            bundle,
            [story for own in tests.values() for story in own],
            capabilities=self.capabilities,
            policy=self.policy,
            meaning=reader_of(bundle).meaning,
        )
        failed: dict[str, tuple[str, ...]] = {}
        for one in report.failed:
            failed[one.scenario] = (*failed.get(one.scenario, ()), one.name)
        return {
            name: Proven(passed=len(own) - len(failed.get(name, ())), failed=failed.get(name, ()))
            for name, own in tests.items()
        }
