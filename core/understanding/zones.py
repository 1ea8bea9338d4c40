"""From confidences to what is done about them."""

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from core.scenario.model import Thresholds
from core.understanding.corpus import OOS
from core.updates import Meaning

MARGIN = 0.10  # how far the best class must be ahead of the next
CAREFUL = 0.10  # how much surer a start of a careful scenario must be
_KEPT = 8  # classes named in a meaning; nobody looks further
_PARTS = 8
_PART_WORDS = 2
_END = re.compile(r"(?<![.!?…;])[.!?…;]+(?=\s|$)|[\r\n]+")
_WORD = re.compile(r"[^\W_]+")
_LONG = 8  # words up to which a sentence is heard as a whole only
_STRETCH = 6  # words of a stretch: about as long as what classes are known by
_STRIDE = 2
_STRETCHES = 24


class Guess(NamedTuple):
    """What the classifier says: the class on top and all but `oos`, best first."""

    best: str
    top: float
    ranked: tuple[tuple[str, float], ...]

    @property
    def first(self) -> float:
        """Confidence of the best class that is not `oos`."""
        return self.ranked[0][1] if self.ranked else 0.0

    @property
    def margin(self) -> float:
        """How far that class is ahead of the next."""
        return self.first - (self.ranked[1][1] if len(self.ranked) > 1 else 0.0)


def guess(classes: Sequence[str], confidences: Sequence[float]) -> Guess:
    """The classes by confidence."""
    pairs = sorted(zip(classes, confidences, strict=True), key=lambda pair: -pair[1])
    ours = tuple(pair for pair in pairs if pair[0] != OOS)
    return Guess(pairs[0][0], pairs[0][1], ours)


def parts(text: str) -> list[str]:
    """The sentences of a long message that say something, or the whole text."""
    pieces = [part for part in _END.split(text) if len(_WORD.findall(part)) >= _PART_WORDS]
    return pieces[:_PARTS] if len(pieces) > 1 else [text]


def stretches(text: str) -> list[str]:
    """The words of a long sentence a few at a time, overlapping: who speaks into the phone makes
    no sentences. text: words joined by spaces."""
    words = text.split()
    if len(words) <= _LONG:
        return []
    begins = range(0, len(words) - _STRETCH + _STRIDE, _STRIDE)
    return [" ".join(words[at : at + _STRETCH]) for at in begins][:_STRETCHES]


def with_stretches(
    guesses: Sequence[Guess], torn: Sequence[Guess], polite: frozenset[str], limits: Thresholds
) -> Guess:
    """What decides of the sentences and the stretches torn out of them: a stretch must be surer,
    and where two of them mean different things, both are as likely: the customer is asked."""
    enough = (limits.answer_from + limits.suggest_from) / 2
    telling = [g for g in torn if g.best not in polite and g.top >= enough]
    found = surest([*guesses, *telling], polite, limits.suggest_from)
    if found not in telling:
        return found
    ranked = {**dict(found.ranked), **{other.best: found.first for other in telling}}
    return found._replace(ranked=tuple(sorted(ranked.items(), key=lambda pair: -pair[1])))


def surest(guesses: Sequence[Guess], polite: frozenset[str], suggest_from: float) -> Guess:
    """The part of a message that decides. polite: classes (thanks, greetings, `oos`) that decide
    only if no other part says anything."""
    telling = [g for g in guesses if g.best not in polite and g.top >= suggest_from]
    return max(telling or guesses, key=lambda g: g.top)


def meaning(
    found: Guess, thresholds: Thresholds, careful: Callable[[str], bool], understood: bool
) -> Meaning:
    """The zone of a guess. understood: the bot knows at least one word of the text."""
    wanted = thresholds.answer_from + (CAREFUL if careful(found.best) else 0.0)
    zone: Literal["answer", "suggest", "rephrase"] = "rephrase"
    if understood and found.best != OOS and found.ranked:
        if found.first >= wanted and found.margin >= MARGIN:
            zone = "answer"
        elif found.first >= thresholds.suggest_from:
            zone = "suggest"
    return Meaning(
        zone=zone,
        best=found.best,
        ranked=tuple((name, round(p, 4)) for name, p in found.ranked[:_KEPT]),
        answer_from=thresholds.answer_from,
    )
