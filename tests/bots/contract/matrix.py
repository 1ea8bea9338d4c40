"""The table behaviour x platform: from a run, and from what quality.yaml promises.

`uv run python -m tests.bots.contract.matrix` writes the promised one into bots/README.md.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from tests.bots.contract.platforms import DOUBLES, SHIPPED, checklist, is_exempt

HERE = Path(__file__).parent
MANUAL = HERE.parents[2] / "bots" / "README.md"
BEGIN, END = "<!-- behaviours: begin -->", "<!-- behaviours: end -->"


class Behaviour(NamedTuple):
    """A test that runs on every platform. key: its line of quality.yaml."""

    test: str
    key: str

    @property
    def title(self) -> str:
        """Its name as a sentence."""
        words = self.test.removeprefix("test_").replace("_", " ")
        return words[0].upper() + words[1:]


def behaviours() -> list[Behaviour]:
    """All of them, in the order of the files."""
    return [found for path in sorted(HERE.glob("test_*.py")) for found in _of(path)]


def _of(path: Path) -> Iterator[Behaviour]:
    module = import_module(f"tests.bots.contract.{path.stem}")
    for name, test in vars(module).items():
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "behaviour":
                yield Behaviour(name, mark.args[0])


def table(outcomes: Mapping[tuple[str, str], bool]) -> str:
    """How a run went: `ok`, `FAILED`, `–` where the platform cannot, blank where it did not run."""
    rows = [("", *(name.rpartition(".")[2] for name in DOUBLES))]
    for behaviour in behaviours():
        cells = [_cell(behaviour, platform, outcomes) for platform in DOUBLES]
        if any(cell in ("ok", "FAILED") for cell in cells):
            rows.append((behaviour.title, *cells))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cell(behaviour: Behaviour, platform: str, outcomes: Mapping[tuple[str, str], bool]) -> str:
    if is_exempt(platform, behaviour.key):
        return "–"
    passed = outcomes.get((behaviour.test, platform))
    return "" if passed is None else "ok" if passed else "FAILED"


def promised() -> str:
    """The table of the manual, and why some cells are empty."""
    lines = [f"| behaviour | {' | '.join(SHIPPED)} |", f"|---|{'---|' * len(SHIPPED)}"]
    for behaviour in behaviours():
        cells = ["–" if is_exempt(name, behaviour.key) else "✓" for name in SHIPPED]
        lines.append(f"| {behaviour.title} | {' | '.join(cells)} |")
    keys = {behaviour.key for behaviour in behaviours()}
    reasons = [
        f"- {platform}, `{key}`: {line['reason']}"
        for platform in SHIPPED
        for key, line in checklist(platform).items()
        if key in keys and is_exempt(platform, key)
    ]
    return "\n".join([*lines, "", "Where a platform cannot:", "", *reasons])


def written(manual: str) -> str:
    """The manual with the table as it is now."""
    before, _, rest = manual.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{promised()}\n{END}{after}"


if __name__ == "__main__":
    MANUAL.write_text(written(MANUAL.read_text("utf-8")), "utf-8")
