"""Whether a text takes back something said before, or only names something else instead."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from core.understanding.lexicon import lexicon, lookup
from core.understanding.normalise import folded, stem

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 2000
_FEW = 6  # words of who only takes back
_TURN = 8  # words between the two halves of «not A but B»


def is_correction(text: str) -> bool:
    """Whether a text has a marker of SCENARIOS 7.1: «ошибся», «не тот», «нет, …»."""
    words = _words(text)
    while words and words[0] in lexicon().correction.cries:
        words.pop(0)
    if not words:
        return False
    return words[0] in lexicon().correction.starts or _takes_back(words) or _is_turned(words)


def takes_back(text: str, title: str = "") -> bool:
    """Whether a text says in so many words that something was wrong: «не то», «ошибся». title: of
    what it has to be then, said in a few words: «не тот номер», but not «ошибка номер 651»."""
    words = _words(text)
    if not title:
        return _takes_back(words)
    says_more = len(words) > _FEW or "?" in text or any(map(str.isdigit, text))
    return not says_more and _named(title, words) and _takes_back(words)


def _named(title: str, words: Iterable[str]) -> bool:
    known = {stem(word) for word in _letters(title)}
    return any(stem(word) in known for word in words)


def _takes_back(words: list[str]) -> bool:
    joined = f" {' '.join(words)} "
    phrases = lexicon().correction.phrases
    return any(_stem()(word) for word in words) or any(f" {p} " in joined for p in phrases)


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text[:_LONGEST]))


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
