"""Whether a text takes back something said before, or only names something else instead."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from core.understanding.lexicon import lexicon, lookup
from core.understanding.normalise import folded, stem

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


def is_bare(text: str, title: str, names: Iterable[str]) -> bool:
    """Whether a text that names a value says nothing else: «а в Казани?», «номер 77004321».

    title: of the slot. names: how the value may be written; the longest is the measure."""
    known = {stem(word) for word in _letters(title)}
    more = [word for word in _letters(text[:_LONGEST]) if stem(word) not in known]
    return len(more) <= max((len(_letters(name)) for name in names), default=0)


def _letters(text: str) -> list[str]:
    """The words that count: neither digits nor such as stand beside any value."""
    beside = lexicon().correction.beside
    words = _WORD.findall(folded(text))
    return [word for word in words if not word.isdigit() and word not in beside]


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
