"""Measures the desk in a headless Chromium: `python -m tests.browser.bench`.

Prints a table and writes artefacts/desk-bench.json. Figures of a busy machine say little; a missed
target is a finding, not a failure.
"""

import asyncio
import gzip
import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from playwright.sync_api import Page, expect, sync_playwright

from bots.desk.page import Tree, read_tree
from core.bus.topics import DESK
from tests.browser.conftest import FLAGS
from tests.browser.desk_page import Desk
from tests.browser.house import House, house

_ROOT = Path(__file__).parents[2]
_ARTEFACT = _ROOT / "artefacts" / "desk-bench.json"
_SMALLER, _LARGER = "desk/i18n/en.js", "desk/i18n/ru.js"
DIALOGS = 5000
EVENTS = 100
EVERY_S = 0.1
OPENED = 12

#: Notes when a text was painted: seen in the document, then the frame after that.
_WATCH = """() => {
  globalThis.painted = {};
  globalThis.longTasks = [];
  new PerformanceObserver(list => list.getEntries().forEach(one => longTasks.push(one.duration)))
    .observe({type: "longtask"});
  new MutationObserver(() => {
    for (const [text] of document.getElementById("rows").textContent.matchAll(/event-\\d+-end/g)) {
      if (text in painted) continue;
      painted[text] = 0;
      requestAnimationFrame(() => setTimeout(() => { painted[text] = Date.now(); }));
    }
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
_OPEN = """id => new Promise(done => {
  const began = performance.now();
  const seen = () => {
    const log = document.querySelector("[role=log]");
    if (log && location.pathname.endsWith(id) && log.querySelector("article")) {
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    }
  };
  const watch = new MutationObserver(seen);
  watch.observe(document.body, {subtree: true, childList: true});
  document.getElementById("row-" + id).click();
})"""


class Figure(NamedTuple):
    """One measured thing. target: at most that; None for what is only told."""

    name: str
    value: float
    unit: str
    target: float | None = None


def packed(tree: Tree, names: Sequence[str]) -> float:
    """Size as browsers get it, KB."""
    files = [tree.files[name] for name in names]
    return sum(len(gzip.compress(one.content, 9, mtime=0)) for one in files) / 1024


def sizes() -> list[Figure]:
    """What a browser has to load; of the two dictionaries only one, the larger counts here. It is
    part of the first screen: nothing is drawn without words."""
    tree = read_tree()
    modules = [name for name in tree.files if name.endswith(".js") and name != _SMALLER]
    styles = [name for name in tree.files if name.endswith(".css")]
    return [
        Figure("JavaScript in all, gzip", packed(tree, modules), "KB", 100),
        Figure("JavaScript of the first screen", packed(tree, [*tree.first, _LARGER]), "KB", 60),
        Figure("CSS, gzip", packed(tree, styles), "KB", 15),
    ]


def loading(desk: Desk, login: str) -> list[Figure]:
    """A cold start with five thousand dialogs."""
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.slip_in(login)
    began = time.monotonic()
    desk.go()
    desk.rows().first.wait_for()
    first = time.monotonic() - began
    expect(desk.role("tab", f"Queue, {DIALOGS}")).to_be_visible(timeout=60_000)
    whole = time.monotonic() - began
    return [
        Figure("first rows on the screen", first, "s", 2),
        Figure(f"all {DIALOGS} dialogs loaded", whole, "s"),
        Figure("requests for them", sum("/dialogs?" in url for url in asked), "", 6),
        Figure("rows in the document", desk.rows().count(), "", 40),
    ]


async def _events(made: House, chats: Sequence[str]) -> dict[str, float]:
    """Customers write ten times a second; text -> the moment when its turn was saved, ms."""
    saved: dict[str, float] = {}
    for n in range(EVENTS):
        began = time.monotonic()
        text = f"event-{n}-end"
        await made.place.writes(text, chat=chats[n % len(chats)])
        saved[text] = time.time() * 1000  # noqa: TID251  # the browser's clock is the machine's
        made.place.bus.wake(DESK)  # as the dispatcher of a whole process does
        # no test: what is measured is a page at this pace, so the clock sets it
        await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))
    return saved


def under_load(made: House, page: Page) -> list[Figure]:
    """Ten events a second; every one changes a row in sight."""
    page.evaluate(_WATCH)
    names = page.get_by_role("listbox").get_by_role("option").all_inner_texts()
    chats = [f"many{found[1]}" for name in names[:8] if (found := re.search(r"Клиент (\d+)", name))]
    saved = made.run(_events(made, chats))
    page.wait_for_timeout(1000)  # the last ones are on their way
    painted: dict[str, float] = page.evaluate("painted")
    waits = [painted[text] - at for text, at in saved.items() if painted.get(text)]
    long_tasks: list[float] = page.evaluate("longTasks")
    return [
        Figure("event saved → painted, p50", median(waits), "ms", 50),
        Figure("event saved → painted, p99", quantiles(waits, n=100)[98], "ms", 200),
        Figure("tasks over 50 ms meanwhile", len(long_tasks), ""),
        Figure("the longest of them", max(long_tasks, default=0), "ms", 50),
    ]


def opening(desk: Desk) -> list[Figure]:
    """A click on a row → its messages are painted; the second time they are known already."""
    ids = [
        (row.get_attribute("id") or "").removeprefix("row-") for row in desk.rows().all()[:OPENED]
    ]
    fresh = [desk.page.evaluate(_OPEN, id_) for id_ in ids]
    known = [desk.page.evaluate(_OPEN, id_) for id_ in ids]
    return [
        Figure("opening a dialog, p50", median(fresh), "ms", 400),
        Figure("opening one that is known, p50", median(known), "ms", 150),
    ]


def measured() -> list[Figure]:
    """Everything, in one browser."""
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), poll_s=1.0) as made:
        made.hire("anna")
        made.fill(DIALOGS)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
            desk = Desk(context, made.url)
            found = [*sizes(), *loading(desk, "anna"), *under_load(made, desk.page), *opening(desk)]
            browser.close()
    return found


def told(figures: Sequence[Figure]) -> str:
    """The table."""
    lines = [f"{'':44}{'measured':>12}   target"]
    for one in figures:
        value = f"{one.value:.1f} {one.unit}".strip()
        target = "" if one.target is None else f"≤ {one.target:g} {one.unit}".rstrip()
        missed = one.target is not None and one.value > one.target
        lines.append(f"{one.name:44}{value:>12}   {target}{'  missed' if missed else ''}")
    return "\n".join(lines)


def main() -> None:
    """Prints and keeps the figures."""
    figures = measured()
    _ARTEFACT.parent.mkdir(exist_ok=True)
    kept: list[dict[str, Any]] = [one._asdict() for one in figures]
    _ARTEFACT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(told(figures) + "\n")


if __name__ == "__main__":
    main()
