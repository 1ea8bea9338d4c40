"""Training: multinomial logistic regression with L2, in its dual form. The only user of numpy
beside tuning, imported when a model is really made."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.understanding.corpus import Phrase
from core.understanding.encoders import Encoder, Features
from core.understanding.features import SIZE
from core.understanding.model import FORMAT, Model, Stored, digest

Matrix = NDArray[np.float64]
C = 10.0
STEPS = 400
_ROUNDS = 8
_TINY = 1e-9  # keeps the guess positive where a phrase is left out


def trained(corpus: Sequence[Phrase], encoder: Encoder) -> Model:
    """The model of these phrases; the same phrases give the same model."""
    features = encoder.encode([phrase.text for phrase in corpus])
    classes = sorted({phrase.label for phrase in corpus})
    labels = np.array([classes.index(phrase.label) for phrase in corpus])
    counts, used = gram_matrix(features)
    df = np.count_nonzero(counts, axis=0)
    vectors = weighted(counts, df, len(corpus))
    dense = np.array([item.dense for item in features], dtype=np.float64)
    if dense.size:
        vectors = np.hstack([vectors, dense])
    weights = class_weights(labels, len(classes))
    targets = np.eye(len(classes))[labels]
    dual = solved(vectors @ vectors.T + 1.0, targets, weights)
    return Model(
        Stored(
            format=FORMAT,
            digest=digest(corpus, encoder.name),
            encoder=encoder.name,
            classes=tuple(classes),
            n=len(corpus),
            features=used.astype("<u2").tobytes(),
            df=np.minimum(df, 65535).astype("<u2").tobytes(),
            rows=np.ascontiguousarray(vectors.T @ dual).astype("<f4").tobytes(),
            bias=dual.sum(axis=0).astype("<f8").tobytes(),
        )
    )


def gram_matrix(features: Sequence[Features]) -> tuple[Matrix, NDArray[np.int64]]:
    """One row of n-gram weights per phrase, over the features that occur at all."""
    full = np.zeros((len(features), SIZE))
    for row, item in enumerate(features):
        full[row, list(item.grams.keys())] = list(item.grams.values())
    used = np.flatnonzero(full.any(axis=0))
    return full[:, used], used


def weighted(counts: Matrix, df: NDArray[Any], n: int) -> Matrix:
    """The rows with idf, each of length 1."""
    vectors = counts * (np.log((1 + n) / (1 + df)) + 1.0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1.0, lengths), dtype=np.float64)


def class_weights(labels: NDArray[np.int64], classes: int) -> Matrix:
    """A weight per phrase that makes small classes count as much as large ones."""
    sizes = np.bincount(labels, minlength=classes)
    return np.asarray(len(labels) / (classes * sizes[labels]), dtype=np.float64)


def solved(kernel: Matrix, targets: Matrix, weights: Matrix) -> Matrix:
    """The dual coefficients, by accelerated gradient steps in the kernel's own metric.

    Any leading axes are independent problems of the same size, solved side by side."""
    step = (1.0 / (0.5 * C * weights.max(axis=-1) * largest(kernel) + 1.0))[..., None, None]
    cost = C * weights[..., None]
    now = before = np.zeros_like(targets)
    for t in range(STEPS):
        ahead = now + t / (t + 3) * (now - before)
        before = now
        now = ahead - step * (ahead + cost * (softmaxed(kernel @ ahead) - targets))
    return now


def largest(kernel: Matrix) -> NDArray[Any]:
    """The largest eigenvalue, from above (Collatz and Wielandt), for a tenth of the price of all
    eigenvalues. Every phrase shares the constant part, so a few rounds meet it closely."""
    positive = np.abs(kernel)
    vector = positive.sum(axis=-1) + _TINY
    for _ in range(_ROUNDS):
        image = (positive @ vector[..., None])[..., 0]
        found = (image / vector).max(axis=-1)
        vector = image / image.max(axis=-1, keepdims=True) + _TINY
    return np.asarray(found)


def softmaxed(scores: Matrix) -> Matrix:
    """Scores along the last axis as probabilities."""
    powers = np.asarray(scores - scores.max(axis=-1, keepdims=True), dtype=np.float64)
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers
