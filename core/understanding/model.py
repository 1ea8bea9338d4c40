"""A trained classifier as data: small, quick to store and to load, usable without numpy."""

import hashlib
import math
from collections.abc import Sequence
from functools import cached_property
from struct import iter_unpack, unpack

import msgspec

from core.understanding.corpus import Phrase
from core.understanding.encoders import Features
from core.understanding.features import SIZE

FORMAT = 1


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """digest: of what it was trained on. n: phrases. features: used ones, uint16. df: phrases
    with each of them, uint16. rows: a float32 per class for each used feature, then for each
    dense component. bias: a float64 per class. All little-endian."""

    format: int
    digest: str
    encoder: str
    classes: tuple[str, ...]
    n: int
    features: bytes
    df: bytes
    rows: bytes
    bias: bytes


class Model:
    """Tells how likely each class is."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.classes = stored.classes

    @cached_property
    def _bias(self) -> tuple[float, ...]:
        return unpack(f"<{len(self.classes)}d", self.stored.bias)

    @cached_property
    def _rows(self) -> dict[int, tuple[float, ...]]:
        used = [index for (index,) in iter_unpack("<H", self.stored.features)]
        rows = list(iter_unpack(f"<{len(self.classes)}f", self.stored.rows))
        dense = range(SIZE, SIZE + len(rows) - len(used))
        return dict(zip([*used, *dense], rows, strict=True))

    @cached_property
    def _idf(self) -> dict[int, float]:
        used = (index for (index,) in iter_unpack("<H", self.stored.features))
        counts = (df for (df,) in iter_unpack("<H", self.stored.df))
        return {i: idf(self.stored.n, df) for i, df in zip(used, counts, strict=True)}

    def confidences(self, features: Features) -> list[float]:
        """The probability of each class, in the order of `classes`."""
        known, rare = self._idf, idf(self.stored.n, 0)
        weighted = [
            (index, weight * known.get(index, rare)) for index, weight in features.grams.items()
        ]
        length = math.sqrt(sum(weight * weight for _, weight in weighted)) or 1.0
        scores = list(self._bias)
        rows = self._rows
        parts = [(index, weight / length) for index, weight in weighted if index in rows]
        parts += enumerate(features.dense, SIZE)
        for index, weight in parts:
            scores = [s + weight * r for s, r in zip(scores, rows[index], strict=True)]
        return softmax(scores)


def digest(corpus: Sequence[Phrase], encoder: str) -> str:
    """Names what a model is trained on."""
    told = hashlib.sha256(f"{FORMAT}\n{encoder}\n".encode())
    for phrase in corpus:
        told.update(f"{phrase.label}\t{phrase.text}\n".encode("utf-8", "surrogatepass"))
    return told.hexdigest()


def idf(n: int, df: int) -> float:
    """How much a feature that `df` of `n` phrases have tells."""
    return math.log((1 + n) / (1 + df)) + 1.0


def softmax(scores: Sequence[float]) -> list[float]:
    """Scores as probabilities."""
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def packed(model: Model) -> bytes:
    """The model as bytes."""
    return msgspec.msgpack.encode(model.stored)


def unpacked(raw: bytes) -> Model | None:
    """The model that `packed` wrote; None for anything else, also for one of another version."""
    try:
        stored = msgspec.msgpack.decode(raw, type=Stored)
    except msgspec.DecodeError:  # also a ValidationError
        return None
    classes, used = len(stored.classes), len(stored.features) // 2
    fits = (
        stored.format == FORMAT
        and classes > 0
        and len(stored.df) == len(stored.features) == 2 * used
        and len(stored.bias) == 8 * classes
        and len(stored.rows) % (4 * classes) == 0
        and len(stored.rows) >= 4 * classes * used
    )
    return Model(stored) if fits else None
