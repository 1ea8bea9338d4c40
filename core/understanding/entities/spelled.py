"""Digits that are not written as such: in words, as dictation does it, or as letters like them."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from core.understanding.lexicon import lexicon

_PART = re.compile(r"[^\W\d_]+|\d+")
_DIGIT = re.compile(r"\d")
_MIXED = re.compile(r"[^\W_]{2,}")
_PAUSE = re.compile(r"[\s,.-]{0,3}")
_LOOKS = str.maketrans({"о": "0", "О": "0", "o": "0", "O": "0", "з": "3", "З": "3", "l": "1"})


class Spelled(NamedTuple):
    """Numbers in a row, at least one of them in words. end: where it ends in the text."""

    start: int
    end: int
    digits: str


def lookalikes(text: str) -> str:
    """The text with digits for letters that look like them and stand among digits: «77ОО12З4».
    It keeps its length."""
    return _MIXED.sub(_digits_for, text) if _DIGIT.search(text) else text


def _digits_for(found: re.Match[str]) -> str:
    word = found[0].translate(_LOOKS)
    return word if word.isdecimal() and any(map(str.isdecimal, found[0])) else found[0]


def spelled(text: str) -> Sequence[Spelled]:
    """The runs of numbers in words: «сто двадцать три, четыреста пятьдесят шесть» is 123456, for
    each number is written beside the one before."""
    return [] if _words().isdisjoint(_words_in(text)) else list(_runs(text))


def digits_for(text: str) -> str:
    """The text with its digits written as digits."""
    text = lookalikes(text)
    for run in reversed(spelled(text)):
        text = f"{text[: run.start]}{run.digits}{text[run.end :]}"
    return text


def _words_in(text: str) -> Iterator[str]:
    return (_folded(part) for part in _PART.findall(text))


def _folded(word: str) -> str:
    return word.lower().replace("ё", "е")


def _runs(text: str) -> Iterator[Spelled]:
    row: list[re.Match[str]] = []
    for part in _PART.finditer(text):
        if row and not _PAUSE.fullmatch(text, row[-1].end(), part.start()):
            yield from _run(row)
            row = []
        if part[0].isdecimal() or _folded(part[0]) in _words():
            row.append(part)
        else:
            yield from _run(row)
            row = []
    yield from _run(row)


def _run(row: Sequence[re.Match[str]]) -> Iterator[Spelled]:
    if all(part[0].isdecimal() for part in row):
        return
    written: list[str] = []
    number, room = 0, 0
    for part in row:
        value = _values().get(_folded(part[0]), -1)
        if 0 < value < room:
            number += value
            written[-1] = str(number)
        else:
            number = value
            written.append(part[0] if value < 0 else str(value))
        room = _room(value)
    yield Spelled(row[0].start(), row[-1].end(), "".join(written))


def _room(value: int) -> int:
    """What may still be part of a number: units after tens, tens after hundreds."""
    if value >= 100:
        return 100
    return 10 if value >= 20 and value % 10 == 0 else 0


@cache
def _values() -> dict[str, int]:
    words = lexicon().numbers.words
    return {word: int(value) for word, value in words.items() if value == int(value)}


@cache
def _words() -> frozenset[str]:
    return frozenset(_values())
