"""How many typing errors lie between two words, and how alike two texts are."""

from core.understanding.lexicon import lexicon

_LONGEST = 120  # longer texts are no labels


def distance(one: str, two: str, most: int) -> int:
    """Damerau distance (optimal alignment: insert, delete, change, swap neighbours); `most` + 1
    for anything farther than `most`."""
    if abs(len(one) - len(two)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(two) + 1))
    for row, a in enumerate(one, 1):
        now = [row]
        for column, b in enumerate(two, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (a != b))
            if row > 1 and column > 1 and a == two[column - 2] and one[row - 2] == b:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, last = last, now
    return min(last[-1], most + 1)


def alike(one: str, two: str) -> float:
    """1 for equal texts, less with every error; 0 if a «not» or a number tells them apart."""
    if one == two:
        return 1.0
    longest = max(len(one), len(two))
    if longest > _LONGEST or _telling(one) != _telling(two):
        return 0.0
    return 1.0 - distance(one, two, longest) / longest


def _telling(text: str) -> list[str]:
    negations = lexicon().negations
    return [w for w in text.split() if w in negations or any(map(str.isdigit, w))]
