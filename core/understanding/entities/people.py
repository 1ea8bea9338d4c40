"""Names and e-mail addresses."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

from core.understanding.entities.plain import LONGEST, plain
from core.understanding.lexicon import lexicon

_EMAIL = re.compile(
    r"[^\s@,;:()<>\[\]\"«»]{1,64}@[^\s@.,;:()<>\[\]\"«»]+(?:\.[^\s@.,;:()<>\[\]\"«»]+)+"
)
_LONGEST_EMAIL = 254
_EDGES = ".,;:!?()<>[]\"'«»"
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CLAUSE = re.compile(r"[.,;:!?()\n]+")
_CLAUSES = 20
_CLAUSE_WORDS = 20
_MOST_WORDS = 3
_LETTERS = 30


def email(text: str) -> str | None:
    """The address named last, lower case."""
    found = None
    for token in re.split(r"[\s,;<>()]+", text[:LONGEST]):
        bare = token.rpartition(":")[2].strip(_EDGES)
        if "@" in bare and len(bare) <= _LONGEST_EMAIL and _EMAIL.fullmatch(bare):
            found = bare.lower()
    return found


def _never(word: str) -> bool:
    return False


def name(text: str, known: Callable[[str], bool] = _never) -> str | None:
    """A person's name: behind «меня зовут», or the whole text of one to three words.

    known: words the bot knows otherwise; written small they are no name."""
    shown = unicodedata.normalize("NFKC", text[:LONGEST])
    return _introduced(shown) or _whole(shown, known)


def _introduced(text: str) -> str | None:
    """The words behind «меня зовут» and the like, up to the end of the clause; «я», «это» and
    other single words introduce only where a clause begins."""
    for clause in _CLAUSE.split(text)[:_CLAUSES]:
        words = _NAME_WORD.findall(clause)[:_CLAUSE_WORDS]
        lowered = [plain(word) for word in words]
        for at in range(len(lowered)):
            for head in _intros():
                heard = lowered[at : at + len(head)] == head and (len(head) > 1 or at == 0)
                if heard and (named := _taken(words[at + len(head) :])):
                    return _titled(named)
    return None


@cache
def _intros() -> list[list[str]]:
    return [intro.split() for intro in lexicon().name.intro]


def _whole(text: str, known: Callable[[str], bool]) -> str | None:
    words = _NAME_WORD.findall(text)
    if not 1 <= len(words) <= _MOST_WORDS or len(_taken(words)) != len(words):
        return None
    if any(map(str.isdigit, text)) or "?" in text:
        return None
    if all(word[0].isupper() for word in words):
        return _titled(words)
    return None if any(known(plain(word)) for word in words) else _titled(words)


def _taken(words: Sequence[str]) -> list[str]:
    """The words from the first on that may be parts of a name."""
    taken: list[str] = []
    for word in words[:_MOST_WORDS]:
        if plain(word) in lexicon().name.stops or not 2 <= len(word) <= _LETTERS:
            break
        taken.append(word)
    return taken


def _titled(words: Sequence[str]) -> str:
    return " ".join(
        word if not word.islower() and not word.isupper() else word.title() for word in words
    )
