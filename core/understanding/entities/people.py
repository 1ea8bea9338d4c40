"""Names and e-mail addresses."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from core.understanding.entities.plain import LONGEST, plain
from core.understanding.lexicon import lexicon

_EMAIL = re.compile(
    r"[^\s@,;:()<>\[\]\"«»]{1,64}@[^\s@.,;:()<>\[\]\"«»]+(?:\.[^\s@.,;:()<>\[\]\"«»]+)+"
)
_LONGEST_EMAIL = 254
_EDGES = ".,;:!?()<>[]\"'«»"
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
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
    words = _clause(shown)
    lowered = [plain(word) for word in words]
    for at, _ in enumerate(lowered):
        for intro in lexicon().name.intro:
            head = intro.split()
            if lowered[at : at + len(head)] == head:
                named = _taken(words[at + len(head) :])
                if named and (len(head) > 1 or at == 0):
                    return _titled(named)
    if not 1 <= len(words) <= _MOST_WORDS or len(_taken(words)) != len(words):
        return None
    if len(_NAME_WORD.findall(shown)) != len(words) or any(map(str.isdigit, shown)) or "?" in shown:
        return None
    written = all(word[0].isupper() for word in words)
    return _titled(words) if written or not any(known(word) for word in lowered) else None


def _clause(text: str) -> list[str]:
    """The words up to the first sign that ends a clause with a name in it."""
    return _NAME_WORD.findall(text)[:40]


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
