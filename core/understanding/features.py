"""Which pieces of its words a text is made of: hashed n-grams of letters."""

import math
from functools import lru_cache
from zlib import crc32

#: Numbers of the n-gram features are below this; an encoder's own components follow.
SIZE = 8192
_SHORTEST, _LONGEST = 2, 5
_WORD_LETTERS = 40  # a longer "word" is no word, and costs four features a letter
_WORDS = 300


@lru_cache(maxsize=16384)
def _of_word(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    grams = [
        padded[at : at + length]
        for length in range(_SHORTEST, _LONGEST + 1)
        for at in range(len(padded) - length + 1)
    ]
    grams.append("w" + word)
    return tuple(crc32(gram.encode("utf-8", "surrogatepass")) % SIZE for gram in grams)


def grams(text: str) -> dict[int, float]:
    """Feature -> 1 + ln of how often it occurs, for a normalised text."""
    counts: dict[int, int] = {}
    for word in text.split()[:_WORDS]:
        for index in _of_word(word[:_WORD_LETTERS]):
            counts[index] = counts.get(index, 0) + 1
    return {index: 1.0 + math.log(count) for index, count in counts.items()}
