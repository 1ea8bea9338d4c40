"""The drawing of a scenario as SVG, without any other program.

Ranks by the longest path without back edges, order within a rank by barycentre in three passes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from core.scenario.graph import Arrow, Box, Drawing, Form, drawn, words
from core.scenario.model import Bundle, Scenario

_WIDTH, _HEIGHT = 220, 54
_GAP_X, _GAP_Y = 28, 62
_MARGIN = 24
_LABEL_STEP = 13
_LINE = 26  # letters of a label on one line
_PASSES = 3
_FILLS: Mapping[Form, str] = {
    "question": "#e3f0ff",
    "call": "#efe7fb",
    "if": "#fff3d6",
    "people": "#ffe3dd",
    "end": "#e0f5e5",
    "plain": "#f4f5f7",
}


class Counts(NamedTuple):
    """What became of the dialogs at a step."""

    reached: int = 0
    left: int = 0
    escalated: int = 0


class _Spot(NamedTuple):
    x: float
    y: float


def svg(
    scenario: Scenario,
    bundle: Bundle,
    lang: str = "ru",
    counts: Mapping[str, Counts] | None = None,
) -> str:
    """The drawing. counts: step id -> what became of dialogs there, shown and coloured."""
    drawing = drawn(scenario, bundle, lang)
    spots = _placed(drawing)
    width = max(spot.x for spot in spots.values()) + _WIDTH + _MARGIN
    height = max(spot.y for spot in spots.values()) + _HEIGHT + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{escape(scenario.title)}" font-family="sans-serif" font-size="12">',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5c6470"/></marker></defs>',
        *_arrows(drawing, spots),
        *_boxes(drawing, spots, counts or {}, lang),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


# -- layout


def _placed(drawing: Drawing) -> dict[str, _Spot]:
    ranks = _ranks(drawing)
    rows: dict[int, list[str]] = defaultdict(list)
    for box in drawing.boxes:
        rows[ranks[box.id]].append(box.id)
    ordered = [rows[rank] for rank in sorted(rows)]
    for turn in range(_PASSES):
        _sweep(ordered, drawing.arrows, down=turn % 2 == 0)
    widest = max(len(row) for row in ordered)
    spots = {}
    for rank, row in enumerate(ordered):
        indent = (widest - len(row)) * (_WIDTH + _GAP_X) / 2
        for i, name in enumerate(row):
            x = _MARGIN + indent + i * (_WIDTH + _GAP_X)
            spots[name] = _Spot(x, _MARGIN + rank * (_HEIGHT + _GAP_Y))
    return spots


def _ranks(drawing: Drawing) -> dict[str, int]:
    """The longest way from the start to each box, back edges left out."""
    onward: dict[str, list[str]] = {box.id: [] for box in drawing.boxes}
    for source, target in _forward(drawing):
        onward[source].append(target)
    ranks = dict.fromkeys(onward, 0)
    for name in _sorted(onward):
        for target in onward[name]:
            ranks[target] = max(ranks[target], ranks[name] + 1)
    return ranks


def _forward(drawing: Drawing) -> Iterator[tuple[str, str]]:
    """Arrows that do not lead back to a box on the way from the start."""
    onward: dict[str, list[str]] = defaultdict(list)
    for arrow in drawing.arrows:
        onward[arrow.source].append(arrow.target)
    done: set[str] = set()
    for box in drawing.boxes:
        if box.id in done:
            continue
        path = {box.id}
        stack = [(box.id, iter(onward[box.id]))]
        while stack:
            name, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                path.discard(name)
                done.add(name)
            elif target not in path:
                yield name, target
                if target not in done:
                    path.add(target)
                    stack.append((target, iter(onward[target])))


def _sorted(onward: Mapping[str, Sequence[str]]) -> list[str]:
    """Boxes so that every arrow leads to a later one."""
    waits: dict[str, int] = dict.fromkeys(onward, 0)
    for targets in onward.values():
        for target in targets:
            waits[target] += 1
    ready = [name for name, count in waits.items() if not count]
    found: list[str] = []
    while ready:
        name = ready.pop(0)
        found.append(name)
        for target in onward[name]:
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return found


def _sweep(rows: list[list[str]], arrows: Sequence[Arrow], *, down: bool) -> None:
    """Moves each box to the middle of its neighbours in the row before."""
    near: dict[str, list[str]] = defaultdict(list)
    for arrow in arrows:
        near[arrow.target].append(arrow.source)
        near[arrow.source].append(arrow.target)
    pairs = list(pairwise(rows))
    if not down:
        pairs = [(below, above) for above, below in reversed(pairs)]
    for fixed, moved in pairs:
        place = {name: i for i, name in enumerate(fixed)}
        own = {name: i for i, name in enumerate(moved)}
        moved.sort(key=lambda name: _middle(near[name], place, own[name]))


def _middle(neighbours: Sequence[str], place: Mapping[str, int], own: int) -> float:
    found = [place[name] for name in neighbours if name in place]
    return sum(found) / len(found) if found else own


# -- drawing


def _boxes(
    drawing: Drawing, spots: Mapping[str, _Spot], counts: Mapping[str, Counts], lang: str
) -> Iterator[str]:
    most = max((count.reached for count in counts.values()), default=0)
    for box in drawing.boxes:
        spot, count = spots[box.id], counts.get(box.step)
        fill = _FILLS[box.form] if count is None or not most else _heat(count, most)
        yield f'<g data-step="{escape(box.step)}"><title>{escape(_title(box, count, lang))}</title>'
        yield f'<path d="{_outline(box.form, spot)}" fill="{fill}" stroke="#5c6470"/>'
        lines = _wrapped(box.label)
        top = spot.y + _HEIGHT / 2 - (len(lines) - 1) * 7 + 4
        for i, line in enumerate(lines):
            yield (
                f'<text x="{spot.x + _WIDTH / 2:g}" y="{top + i * 14:g}" text-anchor="middle">'
                f"{escape(line)}</text>"
            )
        yield "</g>"


def _title(box: Box, count: Counts | None, lang: str) -> str:
    if count is None:
        return box.label
    word = words(lang)
    told = [
        f"{word['reached']}: {count.reached}",
        f"{word['left']}: {count.left}",
        f"{word['escalated']}: {count.escalated}",
    ]
    return f"{box.label} — {', '.join(told)}"


def _heat(count: Counts, most: int) -> str:
    """Blue, the stronger the more dialogs came by; red where many left or were escalated."""
    share = count.reached / most
    lost = (count.left + count.escalated) / count.reached if count.reached else 0.0
    hue = 210 - 200 * min(lost, 1.0)
    return f"hsl({hue:.0f} 80% {96 - 26 * share:.0f}%)"


def _outline(form: Form, spot: _Spot) -> str:
    x, y, w, h = spot.x, spot.y, _WIDTH, _HEIGHT
    if form == "question":
        return f"M{x + 14:g} {y:g}h{w - 28}l14 {h / 2:g}l-14 {h / 2:g}h-{w - 28}l-14 -{h / 2:g}z"
    if form == "if":
        half = f"{w / 2:g} {h / 2:g}"
        return f"M{x + w / 2:g} {y:g}l{half}l-{half}l-{w / 2:g} -{h / 2:g}z"
    if form == "people":
        return f"M{x + 14:g} {y:g}h{w - 14}l-14 {h}h-{w - 14}z"
    if form == "call":
        bars = f"M{x + 7:g} {y:g}v{h}M{x + w - 7:g} {y:g}v{h}"
        return f"M{x:g} {y:g}h{w}v{h}h-{w}z{bars}"
    r = h / 2 if form == "end" else 4
    arc = f"a{r:g} {r:g} 0 0 1 "
    return (
        f"M{x + r:g} {y:g}h{w - 2 * r:g}{arc}{r:g} {r:g}v{h - 2 * r:g}{arc}-{r:g} {r:g}"
        f"h-{w - 2 * r:g}{arc}-{r:g} -{r:g}v-{h - 2 * r:g}{arc}{r:g} -{r:g}z"
    )


def _wrapped(label: str) -> list[str]:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:3]


def _arrows(drawing: Drawing, spots: Mapping[str, _Spot]) -> Iterator[str]:
    labels: Counter[tuple[str, str]] = Counter()
    for i, arrow in enumerate(drawing.arrows):
        one, two = spots[arrow.source], spots[arrow.target]
        x, y = one.x + _WIDTH / 2, one.y + _HEIGHT
        to_x, to_y = two.x + _WIDTH / 2, two.y
        if to_y > y:
            bend = (to_y - y) / 2
            path = f"M{x:g} {y:g}C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
            label_x, label_y = (x + to_x) / 2, (y + to_y) / 2
        else:  # backwards: around the right side, each a little further out
            side = max(one.x, two.x) + _WIDTH + 12 + i % 4 * 4
            right, to_right = one.x + _WIDTH, two.x + _WIDTH
            middle, to_middle = one.y + _HEIGHT / 2, two.y + _HEIGHT / 2
            path = (
                f"M{right:g} {middle:g}C{side:g} {middle:g} {side:g} {to_middle:g} "
                f"{to_right:g} {to_middle:g}"
            )
            label_x, label_y = side, (middle + to_middle) / 2
        yield f'<path d="{path}" fill="none" stroke="#5c6470" marker-end="url(#a)"/>'
        if arrow.label:
            # arrows with the same ends lie upon each other; their labels stand below each other
            label_y += labels[arrow.source, arrow.target] * _LABEL_STEP
            labels[arrow.source, arrow.target] += 1
            yield (
                f'<text x="{label_x:g}" y="{label_y:g}" text-anchor="middle" fill="#333" '
                f'font-size="11" stroke="#fff" stroke-width="3" paint-order="stroke">'
                f"{escape(arrow.label[:_LINE])}</text>"
            )
