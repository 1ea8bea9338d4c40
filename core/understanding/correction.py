"""Whether a text takes back something said before."""

import re
from collections.abc import Callable
from functools import cache

from core.understanding.lexicon import lexicon, lookup
from core.understanding.normalise import folded

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 2000
_TURN = 8  # words between the two halves of «not A but B»


def is_correction(text: str) -> bool:
    """Whether a text has a marker of SCENARIOS 7.1: «ошибся», «не тот», «нет, …»."""
    words = _WORD.findall(folded(text[:_LONGEST]))
    if not words:
        return False
    lists = lexicon().correction
    if words[0] in lists.starts or any(_stem()(word) for word in words):
        return True
    joined = f" {' '.join(words)} "
    if any(f" {phrase} " in joined for phrase in lists.phrases):
        return True
    return _is_turned(words)


def _is_turned(words: list[str]) -> bool:
    """«Не 77001234, а 77004321»."""
    negations, turns = lexicon().negations, lexicon().correction.turns
    for at, word in enumerate(words):
        if word in negations and any(after in turns for after in words[at + 2 : at + _TURN]):
            return True
    return False


@cache
def _stem() -> Callable[[str], bool | None]:
    return lookup(dict.fromkeys(lexicon().correction.stems, True))
