"""How a text becomes numbers: the port for encoders, and the n-grams that are always there."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from core.understanding.features import grams


class Features(NamedTuple):
    """grams: feature below features.SIZE -> weight before idf. dense: components of length 1 that
    are appended to the n-grams as they are; always as many for one encoder."""

    grams: Mapping[int, float]
    dense: Sequence[float] = ()


class Encoder(Protocol):
    """Turns normalised texts into features. `encode` may take milliseconds, so it is never called
    on the event loop; it may be repeated and always gives the same.

    name: under which a bundle keeps the thresholds found for this encoder."""

    @property
    def name(self) -> str:
        """Key of Bundle.thresholds."""

    def encode(self, texts: Sequence[str]) -> list[Features]:
        """The features of each text."""


class Ngrams:
    """Pieces of words alone: no model to load, and understands typing errors."""

    name = "ngram"

    def encode(self, texts: Sequence[str]) -> list[Features]:
        """The n-grams of each text, nothing appended."""
        return [Features(grams(text)) for text in texts]
