"""Which of the options of a question a text means."""

from collections.abc import Mapping, Sequence

from core.understanding import entities
from core.understanding.distance import alike
from core.understanding.lexicon import lexicon

_WORDS = 6  # of a text in which an option is looked for
_ALIKE = 0.85
_LABEL = 5  # letters a label needs to be recognised by similarity


def chosen(said: str, options: Sequence[tuple[str, str]]) -> str | None:
    """The key of the option meant: by its wording, a wording in a sentence, nearly one, a number
    that only its wording has, or its place among the others.

    said: the text, normalised. options: (key, wording), normalised too, in the order shown."""
    exact = [key for key, wording in options if wording == said]
    if exact:
        return exact[0]
    words = said.split()
    if not words or len(words) > _WORDS:
        return None
    named = {key for key, wording in options if is_named(wording, said)}
    if not named:
        near = [(key, w) for key, w in options if len(w) >= _LABEL and alike(said, w) >= _ALIKE]
        named = {key for key, _ in near}
    if not named:
        named = _by_number(words, options)
    if len(named) == 1:
        return named.pop()
    return None if named else _by_place(words, list(dict.fromkeys(key for key, _ in options)))


def is_named(wording: str, said: str) -> bool:
    """Whether a wording stands in a text, and not to say that it is not meant."""
    before, found, after = f" {said} ".partition(f" {wording} ")
    return bool(found) and not entities.is_denied(before.split(), after.split())


def _by_number(words: Sequence[str], options: Sequence[tuple[str, str]]) -> set[str]:
    """«500» of «Город 100» and «Город 500»; not the 500 of a sum or of «дешевле 500»."""
    said, limits = " ".join(words), lexicon().numbers.limits
    if entities.money(f". {said}") is not None:
        return set()
    meant = {
        word
        for before, word in zip(("", *words), words, strict=False)
        if word.isdecimal() and before not in limits and is_named(word, said)
    }
    return {key for key, wording in options if not meant.isdisjoint(wording.split())}


def _by_place(words: Sequence[str], keys: Sequence[str]) -> str | None:
    """«Расскажите про второй»."""
    places: Mapping[str, int] = lexicon().numbers.places
    named = [word for word in words if word in places]
    if len(named) != 1 or not entities.only_asks([word for word in words if word not in places]):
        return None
    place = places[named[0]]
    if place > len(keys):
        return None
    return keys[place - 1] if place > 0 else keys[place]
