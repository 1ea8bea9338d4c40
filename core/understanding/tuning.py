"""Thresholds by leave-one-out: each phrase is judged by a model trained on all the others."""

from collections.abc import Sequence
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
_ONE_BY_ONE = 160  # phrases up to which each has a model of its own
_FEWEST = 20  # models for many phrases
_WORK = 64 * 256**2  # models times phrases squared: about three seconds of CPU
_NOTHING = 1e-12
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
    """Row i: the confidences of phrase i, by the model of all phrases but i.

    Of many phrases several are left out at a time, each from another part of its class, since the
    cost of one training grows with their square. For the 256 phrases of the scenarios that ship,
    64 models find the same thresholds as 256 do, in an eighth of the time."""
    n = len(features)
    models = n if n <= _ONE_BY_ONE else min(n, max(_FEWEST, _WORK // n**2))
    groups = [np.arange(first, n, models) for first in range(models)]
    size = max(1, _BYTES // (8 * n * n))
    chances = np.zeros((n, classes))
    kernels = Kernels(features)
    for start in range(0, models, size):
        _solve_without(kernels, groups[start : start + size], labels, chances)
    return chances


class Kernels:
    """Gram matrices with the idf of all phrases but a few, without building every vector anew.

    With idf = L - l (L the same for all features, l = ln(1 + df) - 1) the products of two phrases
    are L²·S0 - 2L·S1 + S2, where S0..S2 weigh each feature by l⁰..l². Leaving phrases out changes
    L, and l only for the features of these."""

    def __init__(self, features: Sequence[Features]) -> None:
        self.counts, _ = training.gram_matrix(features)
        self.df = np.count_nonzero(self.counts, axis=0)
        low = np.log(1 + self.df) - 1
        self.sums = [(self.counts * low**power) @ self.counts.T for power in range(3)]
        dense = np.array([item.dense for item in features], dtype=np.float64)
        self.fixed = 1.0 + (dense @ dense.T if dense.size else 0.0)

    def without(self, out: NDArray[Any]) -> Matrix:
        """K of all phrases, idf counted without the phrases `out`."""
        theirs = np.count_nonzero(self.counts[out], axis=0)
        changed = np.flatnonzero(theirs)
        part, df = self.counts[:, changed], self.df[changed]
        large = np.log(1 + len(self.counts) - len(out))
        before = large - np.log(1 + df) + 1
        after = large - np.log(1 + df - theirs[changed]) + 1
        gram = large**2 * self.sums[0] - 2 * large * self.sums[1] + self.sums[2]
        gram += (part * (after**2 - before**2)) @ part.T
        length = np.sqrt(np.maximum(np.diag(gram), _NOTHING))
        return np.asarray(gram / length[:, None] / length + self.fixed, dtype=np.float64)


def _solve_without(
    kernels: Kernels, groups: Sequence[NDArray[Any]], labels: NDArray[Any], chances: Matrix
) -> None:
    """Trains one model for each group left out, side by side, and asks each about its group."""
    n, classes = chances.shape
    grams = np.stack([kernels.without(out) for out in groups])
    kept = np.ones((len(groups), n))
    for place, out in enumerate(groups):
        kept[place, out] = 0.0
    asked = [gram[out] * mask for gram, out, mask in zip(grams, groups, kept, strict=True)]
    grams *= kept[:, :, None]
    grams *= kept[:, None, :]
    targets = np.eye(classes)[labels] * kept[:, :, None]
    sizes = np.maximum(targets.sum(axis=1), 1.0)
    weights = kept * kept.sum(axis=1, keepdims=True) / (classes * sizes[:, labels])
    dual = training.solved(grams, targets, weights)
    for out, rows, answer in zip(groups, asked, dual, strict=True):
        chances[out] = training.softmaxed(rows @ answer)
