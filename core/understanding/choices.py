"""Which of the options of a question a text means."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.understanding import entities
from core.understanding.distance import alike
from core.understanding.lexicon import lexicon
from core.understanding.normalise import is_filler

_WORDS = 6  # of a text in which an option is looked for
_ALIKE = 0.85
_BEGINNING = 5  # letters by which forms of a word are the same word
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
    return None if named else by_place(said, options)


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


def same_words(said: str, wording: str, light: Iterable[str] = ()) -> bool:
    """Whether two texts consist of forms of the same words in any order, but for what has no
    weight: fillers, courtesy and `light`. A «not» belongs to the word behind it; a word that is
    all there is has to be the very same."""
    weight, meant = _weighty(wording, light), _weighty(said, light)
    if len(weight) == 1:
        return weight == meant and len(weight[0]) >= _LABEL
    return sorted(map(_beginning, weight)) == sorted(map(_beginning, meant)) and bool(weight)


def _weighty(text: str, light: Iterable[str]) -> list[str]:
    """The words of weight, each with a hyphen for a «not» before it."""
    lists = lexicon()
    denials = {*lists.negations, *lists.answers.not_}
    beside = {*lists.answers.beside, *light}
    found, denial = [], ""
    for word in text.split():
        if word in denials:
            denial += "-"
        elif word not in beside and not is_filler(word):
            found.append(denial + word)
            denial = ""
    return [*found, denial] if denial else found


def _beginning(word: str) -> str:
    bare = word.lstrip("-")
    return word[: len(word) - len(bare) + _BEGINNING]


def by_place(
    said: str,
    options: Sequence[tuple[str, str]],
    beside: Callable[[Sequence[str]], bool] = entities.only_asks,
) -> str | None:
    """The key of the option at the place that a text names: «расскажите про второй». Labels that
    are counted themselves, as «Второй этаж» or «2 дня», win over the order they stand in.

    said, options: as of `chosen`. beside: whether other words may stand with the place."""
    places: Mapping[str, int] = lexicon().numbers.places
    words = said.split()
    named = [word for word in words if word in places]
    if len(named) != 1 or entities.asks_to_wait(said):  # «a second»
        return None
    if not beside([word for word in words if word not in places]):
        return None
    place, keys = places[named[0]], list(dict.fromkeys(key for key, _ in options))
    ordered = {key for key, wording in options for word in wording.split() if word in places}
    if ordered:
        found = {k for k, wording in options if place in map(places.get, wording.split())}
        return found.pop() if len(found) == 1 else None
    if not -len(keys) <= place <= len(keys):
        return None
    standing = keys[place - 1] if place > 0 else keys[place]
    counted = {key: _numbers(wording, len(keys)) for key, wording in options}
    return standing if not any(counted.values()) or place in counted[standing] else None


def _numbers(wording: str, most: int) -> set[float]:
    """Numbers in a label that could be places."""
    words: Mapping[str, float] = lexicon().numbers.words
    found = {float(w) if w.isdecimal() else words.get(w, 0) for w in wording.split()}
    return {number for number in found if 1 <= number <= most}
