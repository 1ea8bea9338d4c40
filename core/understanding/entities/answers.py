"""Yes or no."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from core.understanding.entities.plain import plain
from core.understanding.lexicon import lexicon

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_FEW = 6  # words of an answer; in a longer text only its beginning answers
_REACH = 3  # words between a «not» and what it denies
_BEGINNING = 5  # letters by which forms of a word are the same word
_MOST_SIGNS = 4
_YES_SIGNS = frozenset("+👍✅✔👌☑")
_NO_SIGNS = frozenset("-👎❌✖")
_LOOKS = re.compile("[\ufe0f\u200d🏻🏼🏽🏾🏿\\s]")


class _Words(NamedTuple):
    yes: frozenset[str]
    no: frozenset[str]
    will: frozenset[str]
    went: frozenset[str]
    can: frozenset[str]
    nots: frozenset[str]
    between: frozenset[str]
    unsure: frozenset[str]
    known: frozenset[str]
    asking: frozenset[str]
    about: frozenset[str]
    things: frozenset[str]
    other: frozenset[str]
    whole: dict[str, bool]
    denying: frozenset[str]


@cache
def _words() -> _Words:
    lists = lexicon().answers
    yes, no, will, went = map(frozenset, (lists.yes, lists.no, lists.will, lists.went))
    nots, between = frozenset(lists.not_), frozenset(lists.between)
    courteous = yes | will | between | frozenset(lists.beside)
    return _Words(
        yes=yes,
        no=no,
        will=will,
        went=went,
        can=will | went,
        nots=nots,
        between=between,
        unsure=frozenset(lists.unsure),
        known=courteous | no | went | nots,
        asking=(courteous | frozenset(lists.asks) | frozenset(lists.things)) - no - nots,
        about=frozenset(lists.about),
        things=frozenset(lists.things),
        other=frozenset(lists.other),
        whole=dict.fromkeys(lists.yes_whole, True) | dict.fromkeys(lists.no_whole, False),
        denying=(nots | frozenset(lexicon().negations)) - no,
    )


def yes_no(text: str) -> bool | None:
    """Whether a text agrees; a «no» anywhere in it counts before any «yes»; a question is no
    answer."""
    if text.isdigit():
        return None
    signs = _LOOKS.sub("", text[:20])
    if 0 < len(signs) <= _MOST_SIGNS and set(signs) <= _YES_SIGNS:
        return True
    if 0 < len(signs) <= _MOST_SIGNS and set(signs) <= _NO_SIGNS:
        return False
    said = [] if "?" in text else _said(text)
    return _meant(said) if said else None


def yes_no_alone(text: str, *, known: str = "") -> bool | None:
    """`yes_no` of a text that says nothing besides: each of its words agrees, refuses, is polite,
    or is a form of a word of `known`."""
    answer = yes_no(text)
    said = _said(text)
    if answer is None or len(said) > _FEW or " ".join(said) in _words().whole:
        return answer if len(said) <= _FEW else None
    words = _words()
    if answer and any(word in words.nots for word in said):
        return None  # «да, не подключайте»
    beginnings = {word[:_BEGINNING] for word in _said(known)}
    alone = all(word in words.known or word[:_BEGINNING] in beginnings for word in said)
    return answer if alone else None


def wants_more(text: str, *, known: str = "") -> bool | None:
    """`yes_no_alone` as an answer to «Anything else?»: how it went is news there, no answer.

    «Не работает» is a question of its own; «нет, всё работает» still says no."""
    answer = yes_no_alone(text, known=known)
    said, words = _said(text), _words()
    if answer is None or not said or " ".join(said) in words.whole:
        return answer
    if _denied(said, words.went, words):
        return None
    if answer:
        return True if any(word in words.yes or word in words.will for word in said) else None
    wanted = sum(word in words.will for word in said)
    return False if wanted <= len(_denied(said, words.will, words)) else None


@lru_cache(maxsize=1024)
def side(label: str) -> bool | None:
    """Whether a button says yes or no: with its first word, or as a whole, as «Получилось»."""
    said, words = _said(label), _words()
    means = yes_no(label)
    if means is None or not said:  # «Точно не знаю» begins with a yes and is none
        return means
    if said[0] in words.no:
        return False
    return True if said[0] in words.yes else yes_no_alone(label)


def asks_for(label: Sequence[str], before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the words around a button's label only ask for it: «хочу вернуть», «да, вернуть».

    «No» may come first where the label itself denies or names another: «нет, другой день»."""
    words = _words()
    if before and before[0] in words.no:
        if (words.nots | words.no | words.other).isdisjoint(label):
            return False
        before = before[1:]
    return words.asking.issuperset((*before, *after))


def only_asks(said: Sequence[str]) -> bool:
    """Whether words say nothing but that something is wanted, or that one wants to be told of it:
    «расскажите про …, пожалуйста»."""
    words = _words()
    return all(word in words.asking or word in words.about for word in said)


def only_wants(said: Sequence[str]) -> bool:
    """Whether words say nothing but that something is wanted, whatever it is: «мне, пожалуйста»,
    but not «тариф, пожалуйста»."""
    words = _words()
    return words.asking.difference(words.things).issuperset(said)


def is_denied(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the words around a thing say that it is not meant: «не …», «не надо …», «… не
    нужен», «… не подходит»; a «нет» is an answer of its own."""
    words = _words()
    ahead = [*before]
    while ahead and (ahead[-1] in words.will or ahead[-1] in words.between):
        ahead.pop()
    if ahead and ahead[-1] in words.denying:
        return True
    return 0 in _denied(after, words.can, words)


def _said(text: str) -> list[str]:
    return _WORD.findall(plain(text))


def _meant(said: Sequence[str]) -> bool | None:
    words = _words()
    if len(said) <= _FEW and (whole := words.whole.get(" ".join(said))) is not None:
        return whole
    counted = said if len(said) <= _FEW else said[:2]
    if _denied(said, words.unsure, words):
        return None
    denied = _denied(said, words.can, words)
    if any(at < len(counted) for at in denied) or any(word in words.no for word in counted):
        return False
    if any(word in words.yes or word in words.can for word in counted):
        return True
    return None


def _denied(said: Sequence[str], what: frozenset[str], words: _Words) -> list[int]:
    """Places of a «not» that stands before one of `what`."""
    found = []
    for at, word in enumerate(said):
        if word not in words.nots:
            continue
        for follower in said[at + 1 : at + 1 + _REACH]:
            if follower in what:
                found.append(at)
            if follower not in words.between:
                break
    return found
