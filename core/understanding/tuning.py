"""Thresholds by leave-one-out: each phrase is judged by a model trained on all the others."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.scenario.model import Bundle, Thresholds
from core.understanding import training
from core.understanding.corpus import OOS, Phrase
from core.understanding.encoders import Encoder, Features, Ngrams
from core.understanding.model import digest
from core.understanding.reader import Reader
from core.understanding.zones import MARGIN, Guess, guess

_BYTES = 48 * 1024 * 1024  # of Gram matrices solved side by side
_ANSWER = [n / 100 for n in range(25, 91)]
_LOWEST = 0.05
_MAY_LOSE = 0.03
_AMONG = 3

Matrix = training.Matrix


class Judged(NamedTuple):
    """A phrase and what the model trained on the others says of it."""

    phrase: Phrase
    guess: Guess

    @property
    def sure(self) -> float:
        """Confidence of the best scenario, 0 if `oos` is on top."""
        return 0.0 if self.guess.best == OOS else self.guess.first

    @property
    def is_right(self) -> bool:
        """Whether the class on top is the phrase's own."""
        return self.guess.best == self.phrase.label

    @property
    def is_among(self) -> bool:
        """Whether its class is one of the three that could be suggested."""
        return any(name == self.phrase.label for name, _ in self.guess.ranked[:_AMONG])


class Confusion(NamedTuple):
    """A phrase that would start another class than its own. text: as staff wrote it."""

    text: str
    label: str
    taken_for: str
    confidence: float


#: Judgements of the last corpora: thresholds and confusions are asked for one after the other.
_KEPT: dict[str, tuple[Judged, ...]] = {}
_MOST = 2


def thresholds(bundle: Bundle, encoder: Encoder | None = None) -> Thresholds:
    """`answer_from` and `suggest_from` for these phrases and this encoder (SCENARIOS 15)."""
    return chosen(judged(bundle, encoder), bundle.bot.wrong_at_once)


def confusions(bundle: Bundle, encoder: Encoder | None = None) -> list[Confusion]:
    """The phrases answered at once and wrongly at the bundle's thresholds, surest first."""
    encoder = encoder or Ngrams()
    all_judged = judged(bundle, encoder)
    kept = bundle.thresholds.get(encoder.name)
    limits = kept or chosen(all_judged, bundle.bot.wrong_at_once)
    found = [
        Confusion(one.phrase.source, one.phrase.label, one.guess.best, one.sure)
        for one in all_judged
        if not one.is_right and one.sure >= limits.answer_from and one.guess.margin >= MARGIN
    ]
    return sorted(found, key=lambda confusion: -confusion.confidence)


def chosen(all_judged: Sequence[Judged], wrong_at_once: float) -> Thresholds:
    """The thresholds that these judgements ask for."""
    if not all_judged:
        return Thresholds(answer_from=_ANSWER[-1], suggest_from=_LOWEST)
    wrong = sorted(
        one.sure for one in all_judged if not one.is_right and one.guess.margin >= MARGIN
    )
    allowed = wrong_at_once * len(all_judged)
    answer = next((t for t in _ANSWER if sum(s >= t for s in wrong) <= allowed), _ANSWER[-1])
    real = [one for one in all_judged if one.phrase.label != OOS]
    among = [one.sure for one in real if one.is_among]
    lost = sum(s < _LOWEST for s in among) + _MAY_LOSE * len(real)
    steps = [n / 100 for n in range(5, round(100 * answer) - 4)]
    suggest = max((t for t in steps if sum(s < t for s in among) <= lost), default=_LOWEST)
    return Thresholds(answer_from=answer, suggest_from=suggest)


def judged(bundle: Bundle, encoder: Encoder | None = None) -> Sequence[Judged]:
    """Every training phrase, judged without itself."""
    encoder = encoder or Ngrams()
    corpus = Reader(bundle, encoder=encoder).phrases
    mark = digest(corpus, encoder.name)
    if mark not in _KEPT:
        while len(_KEPT) >= _MOST:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[mark] = _judged(corpus, encoder)
    return _KEPT[mark]


def _judged(corpus: Sequence[Phrase], encoder: Encoder) -> tuple[Judged, ...]:
    classes = sorted({phrase.label for phrase in corpus})
    if len(corpus) < 2 or len(classes) < 2:
        return ()
    labels = np.array([classes.index(phrase.label) for phrase in corpus])
    chances = held_out(encoder.encode([phrase.text for phrase in corpus]), labels, len(classes))
    pairs = zip(corpus, chances, strict=True)
    return tuple(Judged(phrase, guess(classes, row.tolist())) for phrase, row in pairs)


def held_out(features: Sequence[Features], labels: NDArray[Any], classes: int) -> Matrix:
    """Row i: the confidences of phrase i, by the model of all phrases but i."""
    n = len(features)
    chances = np.zeros((n, classes))
    kernels = Kernels(features)
    for block in _blocks(n):
        grams = np.stack([kernels.without(i) for i in block])
        chances[block] = _solved_without(grams, labels, classes, block)
    return chances


def _blocks(n: int) -> Iterator[list[int]]:
    size = max(1, _BYTES // (8 * n * n))
    for start in range(0, n, size):
        yield list(range(start, min(n, start + size)))


class Kernels:
    """Gram matrices with the idf of all phrases but one, without building every vector anew.

    With idf = L - l (L the same for all features, l = ln(1 + df) - 1) the products of two phrases
    are L²·S0 - 2L·S1 + S2, where S0..S2 weigh each feature by l⁰..l². Leaving phrase i out
    changes L, and l only for the features of i."""

    def __init__(self, features: Sequence[Features]) -> None:
        self.counts, _ = training.gram_matrix(features)
        self.df = np.count_nonzero(self.counts, axis=0)
        low = np.log(1 + self.df) - 1
        self.sums = [(self.counts * low**power) @ self.counts.T for power in range(3)]
        dense = np.array([item.dense for item in features], dtype=np.float64)
        self.fixed = 1.0 + (dense @ dense.T if dense.size else 0.0)

    def without(self, i: int) -> Matrix:
        """K of all phrases, idf counted without phrase i."""
        n = len(self.counts)
        mine = np.flatnonzero(self.counts[i])
        part, df = self.counts[:, mine], self.df[mine]
        large = np.log(n)  # ln(1 + n') for n' = n - 1 phrases
        before, after = large - np.log(1 + df) + 1, large - np.log(df) + 1
        gram = large**2 * self.sums[0] - 2 * large * self.sums[1] + self.sums[2]
        gram += (part * (after**2 - before**2)) @ part.T
        length = np.sqrt(np.maximum(np.diag(gram), 1e-12))
        return np.asarray(gram / length[:, None] / length + self.fixed, dtype=np.float64)


def _solved_without(
    grams: NDArray[Any], labels: NDArray[Any], classes: int, block: Sequence[int]
) -> Matrix:
    """Trains one model for each left-out phrase, side by side, and asks each about its phrase."""
    places = np.arange(len(block))
    asked = grams[places, block].copy()
    kept = np.ones((len(block), len(labels)))
    kept[places, block] = 0.0
    asked *= kept
    grams *= kept[:, :, None]
    grams *= kept[:, None, :]
    targets = np.eye(classes)[labels] * kept[:, :, None]
    sizes = targets.sum(axis=1)
    weights = kept * (len(labels) - 1) / (classes * np.maximum(sizes[:, labels], 1.0))
    dual = training.solved(grams, targets, weights)
    return training.softmaxed(np.einsum("bn,bnk->bk", asked, dual))
