"""Yes or no."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from core.understanding.entities.plain import plain
from core.understanding.lexicon import lexicon

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_FEW = 6  # words of an answer; in a longer text only its beginning answers
_REACH = 3  # words between a «not» and what it denies
_MOST_SIGNS = 4
_YES_SIGNS = frozenset("+👍✅✔👌☑")
_NO_SIGNS = frozenset("-👎❌✖")
_LOOKS = re.compile("[\ufe0f\u200d🏻🏼🏽🏾🏿\\s]")


class _Words(NamedTuple):
    yes: frozenset[str]
    no: frozenset[str]
    can: frozenset[str]
    nots: frozenset[str]
    between: frozenset[str]
    unsure: frozenset[str]
    whole: dict[str, bool]


@cache
def _words() -> _Words:
    lists = lexicon().answers
    whole = dict.fromkeys(lists.yes_whole, True) | dict.fromkeys(lists.no_whole, False)
    return _Words(
        frozenset(lists.yes),
        frozenset(lists.no),
        frozenset(lists.can),
        frozenset(lists.not_),
        frozenset(lists.between),
        frozenset(lists.unsure),
        whole,
    )


def yes_no(text: str) -> bool | None:
    """Whether a text agrees; a «no» anywhere in it counts before any «yes»; a question is no
    answer."""
    signs = _LOOKS.sub("", text[:20])
    if 0 < len(signs) <= _MOST_SIGNS and set(signs) <= _YES_SIGNS:
        return True
    if 0 < len(signs) <= _MOST_SIGNS and set(signs) <= _NO_SIGNS:
        return False
    said = [] if "?" in text else _WORD.findall(plain(text))
    return _meant(said) if said else None


def _meant(said: Sequence[str]) -> bool | None:
    words = _words()
    if len(said) <= _FEW and (whole := words.whole.get(" ".join(said))) is not None:
        return whole
    counted = said if len(said) <= _FEW else said[:2]
    if _denied(said, words.unsure, words):
        return None
    denied = _denied(said, words.can, words)
    if any(at < len(counted) for at in denied) or any(word in words.no for word in counted):
        return False
    if any(word in words.yes or word in words.can for word in counted):
        return True
    return None


def _denied(said: Sequence[str], what: frozenset[str], words: _Words) -> list[int]:
    """Places of a «not» that stands before one of `what`."""
    found = []
    for at, word in enumerate(said):
        if word not in words.nots:
            continue
        for follower in said[at + 1 : at + 1 + _REACH]:
            if follower in what:
                found.append(at)
            if follower not in words.between:
                break
    return found
