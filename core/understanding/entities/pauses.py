"""Whether a customer only asks for time: «подождите», «щас найду договор»."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from core.understanding.entities.plain import plain
from core.understanding.lexicon import lexicon, lookup

_WORD = re.compile(r"[^\W_]+")
_MOST = 7  # words of such a text
_NUMBER = 2  # digits of «5 минут»


def asks_to_wait(text: str) -> bool:
    """Whether a text says nothing but that its writer will be back with the answer."""
    said = _WORD.findall(plain(text))
    if not said or len(said) > _MOST or "?" in text or _means_other(said):
        return False
    asks = _asks()
    return any(word in asks for word in said) and all(
        word in asks or _beside()(word) or (word.isdecimal() and len(word) <= _NUMBER)
        for word in said
    )


def _means_other(said: Sequence[str]) -> bool:
    joined = f" {' '.join(said)} "
    return any(f" {phrase} " in joined for phrase in lexicon().pause.other)


@cache
def _asks() -> frozenset[str]:
    return frozenset(lexicon().pause.asks)


@cache
def _beside() -> Callable[[str], bool | None]:
    return lookup(dict.fromkeys(lexicon().pause.beside, True))
