"""Cities in any case and with typing errors, by stems."""

from collections.abc import Mapping, Sequence

from core.scenario.model import City
from core.understanding.distance import distance
from core.understanding.entities.plain import plain
from core.understanding.lexicon import lexicon
from core.understanding.normalise import WORD, from_translit, stem

_WINDOW = 3  # words of a name
_FUZZY = 5  # letters from which one error is forgiven
_FUZZIER = 8  # letters from which two are
_SHORT = 3


class Cities:
    """Finds the cities of one bundle in a text."""

    def __init__(self, cities: Mapping[str, City]) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        self._by_letter: dict[str, list[tuple[str, str]]] = {}
        for key, city in cities.items():
            for name in (*city.names, *city.label.values()):
                self._add(key, name)

    def _add(self, key: str, name: str) -> None:
        words = _words(plain(name))
        stems = tuple(map(stem, words))
        if not 1 <= len(stems) <= _WINDOW:
            return
        self._names.setdefault(stems, key)
        if len(stems) == 1 and len(stems[0]) >= _FUZZY:
            self._by_letter.setdefault(stems[0][0], []).append((stems[0], key))

    def find(self, text: str) -> str | None:
        """Key of the city named last, a denied one only if there is no other."""
        words = _words(plain(text))
        return self._find(words) or self._find(_words(" ".join(map(from_translit, words))))

    def _find(self, words: Sequence[str]) -> str | None:
        stems = [stem(word) for word in words]
        found: list[tuple[int, str]] = []
        at = 0
        while at < len(stems):
            key, width = self._at(words, stems, at)
            if key:
                found.append((at, key))
            at += width
        if not found:
            found = [(n, key) for n, word in enumerate(stems) if (key := self._nearest(word))]
        meant = [key for at, key in found if not at or not _denies(words[at - 1])]
        return meant[-1] if meant else found[-1][1] if found else None

    def _at(self, words: Sequence[str], stems: Sequence[str], at: int) -> tuple[str, int]:
        for width in range(min(_WINDOW, len(stems) - at), 0, -1):
            key = self._names.get(tuple(stems[at : at + width]))
            # Two letters are a city only as what is left of a longer word: «уф!» is not Уфа.
            if key and (width > 1 or len(words[at]) >= _SHORT):
                return key, width
        return "", 1

    def _nearest(self, word: str) -> str:
        """The only city that is as near as errors go; the first letter is seldom wrong."""
        if len(word) < _FUZZY:
            return ""
        near: dict[str, int] = {}
        for name, key in self._by_letter.get(word[0], ()):
            allowed = 2 if min(len(word), len(name)) >= _FUZZIER else 1
            far = distance(word, name, allowed)
            if far <= allowed:
                near[key] = min(far, near.get(key, far))
        best = min(near.values(), default=0)
        keys = [key for key, far in near.items() if far == best]
        return keys[0] if len(keys) == 1 else ""


def _denies(word: str) -> bool:
    """Whether a word denies what follows; a «no» answers: «Москва, ой нет, Казань»."""
    return word in lexicon().negations and word not in lexicon().correction.starts


def _words(text: str) -> list[str]:
    return [part for word in WORD.findall(text) for part in word.split("-")]
