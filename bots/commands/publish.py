"""`otklik scenarios publish|rollback|diff|list|translate`: bundles and the dialogs on them."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bots import bundles, wiring
from bots.commands.check import built, folder, language
from core.errors import OtklikError, ScenarioError
from core.scenario.difference import Difference, diff
from core.scenario.findings import summary
from core.scenario.model import Bundle, unpacked
from core.scenario.stories import ScenarioTest
from core.scenario.translate import translate
from core.storage.cipher import SivCipher
from core.storage.desk import open_desk
from core.store import Store
from core.store_values import StoredBundle
from core.understanding.reader import reader_of


def run(words: argparse.Namespace) -> int:
    """One action; each says what it did."""
    if words.action == "translate":
        return _translate(words)
    return asyncio.run(_ACTIONS[words.action](words))


@asynccontextmanager
async def database() -> AsyncIterator[Store]:
    """The store of the settings; may run beside a serving process."""
    settings = wiring.load_settings(os.environ)
    async with AsyncExitStack() as stack:
        cipher = SivCipher(wiring.key_of(settings, settings.database_url))
        yield await wiring.open_database(stack, settings.database_url, settings, cipher)


async def _publish(words: argparse.Namespace) -> int:
    """Check, all tests, tuning, compiling, storing; dialogs under way keep their bundle."""
    lang = language(words)
    bundle, tests = built(words, lang)
    _proven(bundle, tests, lang)
    async with database() as store:
        before = await store.active_bundle()
        if before is not None and before.sha256 == bundle.hash:
            sys.stdout.write(f"{bundles.short(bundle.hash)} is active already\n")
            return 0
        await bundles.Shelf(bundle, store).publish(bundle, "publish", wiring.now())
    sys.stdout.write(f"{bundles.short(bundle.hash)} is active; {len(tests)} tests passed\n")
    return 0


def _proven(bundle: Bundle, tests: list[ScenarioTest], lang: str) -> None:
    from bots.console.capabilities import PLAIN
    from config import settings as configuration
    from core.scenario import tests_report, tests_runner

    policy = configuration.policy(wiring.load_settings(os.environ, demo=True))
    report = tests_runner.run(
        bundle, tests, capabilities=PLAIN, policy=policy, meaning=reader_of(bundle).meaning
    )
    if report.failed:
        raise ScenarioError([*tests_report.lines(report, lang), "nothing was published"])


async def _rollback(words: argparse.Namespace) -> int:
    """Makes an earlier bundle active again: the one named, else the one before."""
    async with database() as store:
        listed = [item for item in await store.bundles() if item.activated_at and not item.broken]
        if words.hash:
            found = await _named(store, words.hash)
        elif len(listed) < 2:
            raise OtklikError("there is no earlier bundle to go back to")
        else:
            found = listed[1]
        await store.activate_bundle(found.sha256, "rollback", wiring.now())
    sys.stdout.write(f"{bundles.short(found.sha256)} is active again\n")
    return 0


async def _named(store: Store, name: str) -> StoredBundle:
    found = [item for item in await store.bundles() if item.sha256.startswith(name)]
    if len(found) != 1:
        problem = "no bundle" if not found else "more than one bundle"
        raise OtklikError(f"{problem} is named {name}; see `otklik scenarios list`")
    if found[0].broken:
        raise OtklikError(f"{name} is marked broken: {found[0].broken}")
    whole = await store.bundle(found[0].sha256)
    if whole is None:
        raise OtklikError(f"{name} has just vanished")
    return whole


async def _list(words: argparse.Namespace) -> int:
    async with database() as store:
        listed = await store.bundles()
    active = next((item for item in listed if item.activated_at and not item.broken), None)
    for item in listed:
        mark = "*" if active is not None and item.sha256 == active.sha256 else " "
        when = item.activated_at or item.created_at
        state = f"broken: {item.broken}" if item.broken else item.activated_by or "never active"
        sys.stdout.write(f"{mark} {bundles.short(item.sha256)}  {when:%Y-%m-%d %H:%M}  {state}\n")
    if not listed:
        sys.stdout.write("nothing was published yet\n")
    return 0


async def _diff(words: argparse.Namespace) -> int:
    async with database() as store:
        old, new = [
            unpacked((await _named(store, name)).content) for name in (words.old, words.new)
        ]
        settings = wiring.load_settings(os.environ)
        async with open_desk(settings.database_url) as desk:
            standing = await desk.standing()
    found = diff(old, new)
    for item in found:
        sys.stdout.write("\n".join(_told(item, standing)) + "\n")
    if not found:
        sys.stdout.write("no difference\n")
    return 0


def _told(item: Difference, standing: Mapping[tuple[str, str], int]) -> list[str]:
    """A scenario's changes; dialogs that stand at a vanished step will start it anew."""
    lines = [f"{item.scenario}: {item.state}"]
    for name, steps in (("+", item.added), ("~", item.changed)):
        lines += [f"  {name} {step}" for step in steps]
    for step in item.vanished:
        lines.append(f"  - {step} (open dialogs here: {standing.get((item.scenario, step), 0)})")
    for change in item.texts:
        lang = f" ({change.lang})" if change.lang else ""
        lines += [f"  {change.key}{lang}", f"    - {change.old}", f"    + {change.new}"]
    return lines


def _translate(words: argparse.Namespace) -> int:
    sources = bundles.read_sources(folder(words))
    done = translate(sources.files, words.language, accept=words.accept)
    for name, text in done.changed.items():
        path = sources.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    root = f"{sources.root.as_posix()}/"
    for one in done.accepted:
        sys.stdout.write(f"accepted: {root}{one.file}:{one.line}: {one.key}\n")
    for finding in done.left:
        sys.stdout.write(f"to do: {summary(finding, language(words), root)}\n")
    if not done.left:
        sys.stdout.write("every translation is complete\n")
    return 0


_ACTIONS = {"publish": _publish, "rollback": _rollback, "list": _list, "diff": _diff}
