"""A text made comparable: case, letters, keyboard, synonyms.

Steps: `folded` (NFKC, lower case, ё→е), `Normaliser.mended` (Latin letters that mean Cyrillic),
`Normaliser.worded` (synonyms, words joined by spaces).
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cache, lru_cache

from core.understanding.lexicon import lexicon, lookup

WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-яё]")
_DIGITS = re.compile(r"\+?\d[\d ()-]{3,}\d")
_LETTER = re.compile(r"[^\W\d_]")
# What changes the look of a sign and not its meaning, and what is not seen at all.
_UNSEEN = dict.fromkeys(
    n
    for first, last in (
        (0xAD, 0xAD),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2064),
        (0xFE0E, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0x1F3FB, 0x1F3FF),
    )
    for n in range(first, last + 1)
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_LOOKS = _UNSEEN | _DASHES | {ord("ё"): "е", ord("’"): "'", ord("`"): "`"}
_LEAST_LATIN = 4  # letters; fewer are an abbreviation or a unit
_SCORED = 3  # letters a word needs to tell a language
_TRANSLIT_COST = 0.01
_LAYOUT_COST = 0.02
_LONGEST_KEY = 3  # words of a synonym


def folded(text: str) -> str:
    """The text in one spelling of every letter and sign: NFKC, lower case, ё→е, one dash."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).lower().translate(_LOOKS)


def without_numbers(text: str) -> str:
    """The text without account numbers, phones and the like, unless it is nothing else."""
    return _DIGITS.sub(" ", text) if _LETTER.search(text) else text


def behind_thanks(text: str) -> str:
    """The question behind «спасибо, а ещё …», empty where there is none. text: words joined by
    spaces."""
    lists = lexicon().thanking
    words = text.split()
    if not words or words[0] not in lists.begins:
        return ""
    end = 0
    while end < len(words) and words[end] in (*lists.begins, *lists.along):
        end += 1
    begin = end
    while begin < len(words) and words[begin] in lists.turns:
        begin += 1
    return " ".join(words[begin:]) if end < begin < len(words) - 1 else ""


def without_fillers(text: str) -> str:
    """The text without what says nothing of its matter: «ну короче, блин, …»; empty if nothing
    else is left, or nothing to leave out. text: words joined by spaces."""
    words = text.split()
    kept = [word for word in words if not is_filler(word)]
    return " ".join(kept) if len(kept) < len(words) else ""


def is_filler(word: str) -> bool:
    """Whether a word says nothing of what a message is about."""
    return bool(_filler()(word))


@cache
def _filler() -> Callable[[str], bool | None]:
    return lookup(dict.fromkeys(lexicon().filler.words, True))


class Normaliser:
    """Normalises texts for one bot. synonyms: of bot.yaml. known: the words the bot knows, asked
    only when a text may be typed in the wrong letters."""

    def __init__(self, synonyms: Mapping[str, str], known: Callable[[], Container[str]]) -> None:
        self._tables = (_table(_built_in()), _table(synonyms))
        self._known = known

    def mended(self, text: str) -> str:
        """A folded text; Latin letters become what they were meant to be, if that is known."""
        if _CYRILLIC.search(text) or len(_LATIN.findall(text)) < _LEAST_LATIN:
            return text
        known = self._known()
        readings = (
            (_share(text, known), text),
            (_share(latin := from_translit(text), known) - _TRANSLIT_COST, latin),
            (_share(typed := from_layout(text), known) - _LAYOUT_COST, typed),
        )
        return max(readings, key=lambda reading: reading[0])[1]

    def worded(self, text: str) -> str:
        """The words of a folded text, synonyms replaced; of signs alone, the signs."""
        words = WORD.findall(text)
        if not words:
            return "".join(text.split())
        for table in self._tables:
            if not table.keys().isdisjoint(words):
                words = _replaced(words, table)
        return " ".join(words)

    def normal(self, text: str) -> str:
        """The whole way: what two texts are compared by."""
        return self.worded(self.mended(folded(text)))


@cache
def _built_in() -> Mapping[str, str]:
    return {folded(key): value for key, value in lexicon().synonyms.items()}


#: First word of a synonym -> (its words, what replaces them), longest first.
Synonyms = Mapping[str, Sequence[tuple[list[str], list[str]]]]


def _table(synonyms: Mapping[str, str]) -> Synonyms:
    table: dict[str, list[tuple[list[str], list[str]]]] = {}
    for key, value in synonyms.items():
        words = WORD.findall(folded(key))[:_LONGEST_KEY]
        if words:
            table.setdefault(words[0], []).append((words, WORD.findall(folded(value))))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def _replaced(words: list[str], table: Synonyms) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(words):
        for key, value in table.get(words[at], ()):
            if words[at : at + len(key)] == key:
                out += value
                at += len(key)
                break
        else:
            out.append(words[at])
            at += 1
    return out


def _share(text: str, known: Container[str]) -> float:
    """The share of known words among those long enough to tell."""
    words = [word for word in WORD.findall(text) if len(word) >= _SCORED]
    return sum(word in known for word in words) / len(words) if words else 0.0


def from_translit(text: str) -> str:
    """Cyrillic written in Latin letters, turned back: «zabyl parol» → «забыл парол»."""
    return (
        _translit_pattern().sub(lambda found: lexicon().translit[found[0]], text).replace("ё", "е")
    )


@cache
def _translit_pattern() -> re.Pattern[str]:
    keys = sorted(lexicon().translit, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, keys)))


def from_layout(text: str) -> str:
    """Russian typed on English keys: «pf,sk gfhjkm» → «забыл пароль»."""
    return text.translate(_layout())


@cache
def _layout() -> Mapping[int, str]:
    layout = lexicon().layout
    return {ord(key): value for key, value in zip(layout.latin, layout.cyrillic, strict=True)}


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The word without its longest ending that leaves three letters (two, for one letter)."""
    for ending in _endings():
        left = len(word) - len(ending)
        if left >= (2 if len(ending) == 1 else 3) and word.endswith(ending):
            return word[:left]
    return word


@cache
def _endings() -> tuple[str, ...]:
    return tuple(sorted(lexicon().endings, key=lambda ending: -len(ending)))


def words_of(texts: Iterable[str]) -> set[str]:
    """All words of some texts, folded."""
    return {word for text in texts for word in WORD.findall(folded(text))}
