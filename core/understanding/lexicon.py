"""The short word lists of data/*.toml, read once and joined over the languages."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """words: value of a number word. scales: multiplies what stands before. glued: as scales, but
    only right behind digits. minus: makes the number behind it one below zero. places: of a thing
    in a row, -1 is the last. limits: before a number that is none of what is meant."""

    words: Mapping[str, float]
    scales: Mapping[str, int]
    glued: Mapping[str, int]
    minus: tuple[str, ...]
    places: Mapping[str, int]
    limits: tuple[str, ...]


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """units: Mbit/s of one. alone: units that name a speed without any number."""

    units: Mapping[str, float]
    alone: Mapping[str, float]


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Words for the currency and its hundredth."""

    units: tuple[str, ...]
    cents: tuple[str, ...]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """will, went: what somebody wants, and how a thing went; yes alone, no behind one of `not_`.
    between: may stand in between. beside: says nothing by itself beside a yes or a no. asks: what
    a thing is asked for with, besides those; things: of which kind it is. about: what asks to be
    told of it. unsure: behind one of `not_` no answer at all. other: a label with one of them means
    something else than what was asked. The `whole` lists are phrases that decide against the words
    they are made of."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    will: tuple[str, ...]
    went: tuple[str, ...]
    not_: tuple[str, ...] = msgspec.field(name="not")
    between: tuple[str, ...]
    beside: tuple[str, ...]
    asks: tuple[str, ...]
    things: tuple[str, ...]
    about: tuple[str, ...]
    unsure: tuple[str, ...]
    other: tuple[str, ...]
    yes_whole: tuple[str, ...]
    no_whole: tuple[str, ...]


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """marks: names of grades. cues: words that make any number beside them a rating. after: what
    may follow a number that is one. alone: number words too common to be one inside a text.
    words: judgement -> place on the scale, 0 worst, 1 best. opposite: words that turn it round.
    counted: ends of words that are counted, as in «four of five calls». leads, along, shades,
    courtesy: what a mark is said with, before it, in «with a plus», and around it."""

    from_words: tuple[str, ...]
    counted: tuple[str, ...]
    leads: tuple[str, ...]
    along: tuple[str, ...]
    shades: tuple[str, ...]
    courtesy: tuple[str, ...]
    marks: Mapping[str, int]
    cues: tuple[str, ...]
    after: tuple[str, ...]
    alone: tuple[str, ...]
    words: Mapping[str, float]
    opposite: Mapping[str, bool]


class Dates(msgspec.Struct, frozen=True, kw_only=True):
    """weekdays: Monday is 0. days: distance from today. before: prepositions of what is to come.
    spans: length in days. of_month: follows a day of no named month. number: may stand beside the
    number of a day. ordinals: days in words."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    days: Mapping[str, int]
    through: tuple[str, ...]
    before: tuple[str, ...]
    spans: Mapping[str, int]
    of_month: tuple[str, ...]
    number: tuple[str, ...]
    ordinals: Mapping[str, int]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """intro: what a name follows. stops: words that are never part of one. tails: of surnames."""

    intro: tuple[str, ...]
    stops: tuple[str, ...]
    tails: tuple[str, ...]


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """starts: what a correction may begin with. cries: what may come before even that. turns: the
    word in the middle of «not X but Y». beside: words that may stand with another
    value and add nothing to it."""

    phrases: tuple[str, ...]
    stems: tuple[str, ...]
    starts: tuple[str, ...]
    cries: tuple[str, ...]
    turns: tuple[str, ...]
    beside: tuple[str, ...]


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """asks: words of who needs time to answer. beside: what may stand with them. other: phrases of
    such words that ask for no time."""

    asks: tuple[str, ...]
    beside: tuple[str, ...]
    other: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """How people are refused or asked for. people: words for them besides those of bot.yaml.
    denies: before what is refused; of those, none: right before it, without: it is done without.
    needs: behind one of `none` the same as `denies`. hardly: beside one of `without`, it cannot be
    done. wants: what is denied. calls: for what people are there, behind a denied wish. spares:
    what the bot is not to do, right behind a denial. begs: asks for people. along: says nothing
    beside these. that: goes on behind a comma. given: forms of people who are given something.
    complains: makes of «you do not call people» a call for them."""

    people: tuple[str, ...]
    denies: tuple[str, ...]
    none: tuple[str, ...]
    without: tuple[str, ...]
    needs: tuple[str, ...]
    hardly: tuple[str, ...]
    wants: tuple[str, ...]
    calls: tuple[str, ...]
    spares: tuple[str, ...]
    begs: tuple[str, ...]
    along: tuple[str, ...]
    that: tuple[str, ...]
    given: tuple[str, ...]
    complains: tuple[str, ...]


class Thanking(msgspec.Struct, frozen=True, kw_only=True):
    """begins, along: thanks before a question. turns: what leads on to it."""

    begins: tuple[str, ...]
    along: tuple[str, ...]
    turns: tuple[str, ...]


class Filler(msgspec.Struct, frozen=True, kw_only=True):
    """Words that say nothing of what a message is about, swearing included."""

    words: tuple[str, ...]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of two keyboards, sign by sign."""

    latin: str
    cyrillic: str


class Lexicon(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of the languages; a `*` at the end of a key stands for any ending."""

    endings: tuple[str, ...]
    negations: tuple[str, ...]
    synonyms: Mapping[str, str]
    translit: Mapping[str, str]
    layout: Layout
    numbers: Numbers
    speed: Speed
    money: Money
    answers: Answers
    rating: Ratings
    date: Dates
    name: Names
    correction: Correction
    pause: Pause
    refusal: Refusal
    thanking: Thanking
    filler: Filler


@cache
def lexicon() -> Lexicon:
    """The lists of all languages together."""
    joined: dict[str, Any] = {}
    for item in sorted(files("core.understanding").joinpath("data").iterdir(), key=str):
        if item.name.endswith(".toml"):
            _join(joined, tomllib.loads(item.read_text(encoding="utf-8")))
    return msgspec.convert(joined, Lexicon)


def _join(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping):
            _join(into.setdefault(key, {}), value)
        elif isinstance(value, list):
            into[key] = [*into.get(key, []), *value]
        else:
            into[key] = value


def lookup(table: Mapping[str, T]) -> Callable[[str], T | None]:
    """A search in a table whose keys may end in `*`; exact keys win, then the longest."""
    exact = {key: value for key, value in table.items() if not key.endswith("*")}
    starred = {key[:-1]: value for key, value in table.items() if key.endswith("*")}
    lengths = sorted({len(key) for key in starred}, reverse=True)

    def found(word: str) -> T | None:
        value = exact.get(word)
        if value is not None:
            return value
        for length in lengths:
            value = starred.get(word[:length])
            if value is not None:
                return value
        return None

    return found
