"""What the classifier learns from, and which words the bot knows."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.scenario.model import Ask, Bundle, Choose
from core.understanding.normalise import words_of

OOS = "oos"


class Phrase(NamedTuple):
    """A normalised training phrase, its class, and the phrase as staff wrote it."""

    text: str
    label: str
    source: str


def phrases(bundle: Bundle, normal: Callable[[str], str]) -> list[Phrase]:
    """All training phrases, each class's once; what is only a `not_example` is `oos`."""
    found: dict[tuple[str, str], Phrase] = {}
    for label, source in _examples(bundle):
        if text := normal(source):
            found.setdefault((text, label), Phrase(text, label, source))
    named = {text for text, _ in found}
    for source in _not_examples(bundle):
        text = normal(source)
        if text and text not in named:
            found.setdefault((text, OOS), Phrase(text, OOS, source))
    return list(found.values())


def _examples(bundle: Bundle) -> Iterator[tuple[str, str]]:
    for name, scenario in sorted(bundle.scenarios.items()):
        if scenario.internal:
            continue
        for text in (*scenario.examples, *_translated(bundle, name, "examples")):
            yield name, text
    for label, texts in sorted(bundle.common.items()):
        for text in texts:
            yield label, text


def _not_examples(bundle: Bundle) -> Iterator[str]:
    for name, scenario in sorted(bundle.scenarios.items()):
        yield from scenario.not_examples
        yield from _translated(bundle, name, "not_examples")


def _translated(bundle: Bundle, scenario: str, what: str) -> Iterator[str]:
    for _, faces in sorted(bundle.translations.items()):
        if scenario in faces:
            yield from getattr(faces[scenario], what)


def known_words(bundle: Bundle) -> set[str]:
    """The words of examples, labels, other wordings, bot.yaml's words and cities, folded."""
    words = words_of(text for label, text in _examples(bundle) if label != OOS)
    words |= words_of(_labels(bundle))
    words |= words_of(text for texts in bundle.bot.words.values() for text in texts)
    words |= words_of(name for city in bundle.cities.values() for name in city.names)
    for key, value in bundle.bot.synonyms.items():
        words |= words_of((key, value))
    return words


def _labels(bundle: Bundle) -> Iterator[str]:
    for scenario in bundle.scenarios.values():
        for step in scenario.steps.values():
            if isinstance(step, Ask | Choose):
                yield from _worded(step.buttons)
            if isinstance(step, Ask):
                yield from _worded(step.options)
    for faces in bundle.translations.values():
        for face in faces.values():
            yield from (t for key, t in face.texts.items() if _is_label(key))
            yield from (text for also in face.also.values() for text in also)


def _is_label(key: str) -> bool:
    return ".buttons." in key or ".options." in key


def _worded(items: Iterable[object]) -> Iterator[str]:
    for item in items:
        yield getattr(item, "label", "")
        yield from getattr(item, "also", ())
