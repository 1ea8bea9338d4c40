"""Who wants people or none, and what else the message says: «оператор не нужен, как оплатить?»."""

import re
from collections.abc import Sequence, Set
from functools import cache
from typing import NamedTuple

from core.understanding.lexicon import lexicon
from core.understanding.normalise import stem

_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[,.;:!?…()\n]|(?<=\s)-(?=\s)")
_EDGES = " \t\r\n,.;:!?…-"


class _Token(NamedTuple):
    word: str
    begin: int
    end: int


class _Words(NamedTuple):
    denies: frozenset[str]
    none: frozenset[str]
    without: frozenset[str]
    hardly: frozenset[str]
    needs: frozenset[str]
    wants: frozenset[str]
    calls: frozenset[str]
    spares: frozenset[str]
    begs: frozenset[str]
    along: frozenset[str]
    complains: frozenset[str]
    beside: frozenset[str]
    polite: frozenset[str]
    people: frozenset[str]
    that: frozenset[str]
    given: frozenset[str]


@cache
def _words() -> _Words:
    lists, answers = lexicon().refusal, lexicon().answers
    polite = (*answers.yes, *answers.no, *answers.will, *answers.between, *answers.beside)
    return _Words(
        denies=frozenset((*lists.denies, *lists.none, *lists.without)),
        none=frozenset(lists.none),
        without=frozenset(lists.without),
        hardly=frozenset(lists.hardly),
        needs=frozenset(lists.needs),
        wants=frozenset(lists.wants),
        calls=frozenset(lists.calls),
        spares=frozenset(lists.spares),
        begs=frozenset(lists.begs),
        along=frozenset(lists.along),
        complains=frozenset(lists.complains),
        beside=frozenset((*lists.along, *answers.beside, *answers.between)),
        polite=frozenset((*polite, *lists.along)),
        people=frozenset(map(stem, lists.people)),
        that=frozenset(lists.that),
        given=frozenset(lists.given),
    )


def beside_refusal(text: str, people: Set[str]) -> str | None:
    """What a text says besides refusing people, empty for nothing but courtesy; None if it does
    not refuse them. «Не могу дозвониться до оператора» complains of people and refuses nobody.

    text: folded. people: stems of the words that call them."""
    words = _words()
    tokens = [_Token(found[0], *found.span()) for found in _TOKEN.finditer(text)]
    if words.denies.isdisjoint(token.word for token in tokens):
        return None
    known = people | words.people
    spans = [span for clause in _clauses(tokens) for span in _refusals(clause, known)]
    if not spans:
        return None
    left, after = [], 0
    for begin, end in spans:
        left.append(text[after:begin].rstrip())
        after = max(after, end)
    rest = " ".join([*left, text[after:].lstrip()]).lstrip(_EDGES).rstrip(_EDGES.replace("?", ""))
    said = [found[0] for found in _TOKEN.finditer(rest) if found[0].isalnum()]
    return rest if any(word not in words.polite for word in said) else ""


def asks_for_people(text: str, people: Set[str]) -> bool:
    """Whether a text asks in so many words to be given to people: «…, позовите человека».

    text, people: as of `beside_refusal`; refusals are left out of the text."""
    words = _words()
    known = people | words.people
    for clause in _clauses([_Token(found[0], *found.span()) for found in _TOKEN.finditer(text)]):
        begged = False
        for token in clause:
            if begged and stem(token.word) in known and token.word not in words.given:
                return True
            begged = token.word in words.begs or (begged and token.word in words.along)
    return False


def _clauses(tokens: Sequence[_Token]) -> list[list[_Token]]:
    """Words between two signs; «не хочу, чтобы …» is one thought."""
    clauses: list[list[_Token]] = [[]]
    for at, token in enumerate(tokens):
        if token.word[0].isalnum():
            clauses[-1].append(token)
        elif token.word != "," or not {t.word for t in tokens[at + 1 : at + 2]} & _words().that:
            clauses.append([])
    return clauses


def _refusals(clause: Sequence[_Token], people: Set[str]) -> list[tuple[int, int]]:
    """Where a clause refuses people: places in the text."""
    said = [token.word for token in clause]
    found, after = [], 0
    for at, word in enumerate(said):
        if at < after or stem(word) not in people:
            continue
        span = _denied_before(said, at) or _denied_after(said, at)
        if span is not None:
            after = span[1]
            found.append((clause[span[0]].begin, clause[after - 1].end))
    return found


def _denied_before(said: Sequence[str], at: int) -> tuple[int, int] | None:
    """«Не хочу говорить с X», «не переводите на X», «без X»: the words that say so."""
    words = _words()
    links = words.wants | words.calls | words.spares | words.along
    begin = at - 1
    while begin >= 0 and said[begin] not in words.denies:
        if said[begin] not in links:
            return None
        begin -= 1
    if begin < 0 or not _refuses(said, begin, at):
        return None
    return _spread(said, begin, at + 1)


def _refuses(said: Sequence[str], begin: int, at: int) -> bool:
    """Whether what stands between a «not» and the people makes a refusal of the two."""
    words = _words()
    denial, between = said[begin], said[begin + 1 : at]
    telling = [word for word in between if word not in words.along]
    if denial in words.without:
        others = (*said[:begin], *said[at + 1 :])
        return not telling and words.hardly.isdisjoint(others)
    if denial in words.none and not (between and between[0] in words.needs):
        # «No operator» refuses; «no operator answers» and «no no no operator» do not.
        around = (*said[:begin], *said[at + 1 :])
        return not between and (words.polite - words.none).issuperset(around)
    if not telling:
        return True
    if telling[0] in words.wants:
        return words.calls.issuperset(telling[1:])
    # «Не переводите на …»; but «почему не переводите на …» asks for it.
    return len(telling) == 1 and telling[0] in words.spares and words.complains.isdisjoint(said)


def _denied_after(said: Sequence[str], at: int) -> tuple[int, int] | None:
    """«X не нужен», «с X говорить не хочу»: the words that say so."""
    words = _words()
    end = at + 1
    while end < len(said) and said[end] in words.along | words.calls:
        end += 1
    if end == len(said) or said[end] not in words.denies - words.without - words.none:
        return None
    end += 1
    while end < len(said) and said[end] in words.along:
        end += 1
    if end == len(said) or said[end] not in words.wants:
        return None
    begin, end = _spread(said, at, end + 1)
    begged = begin > 0 and said[begin - 1] in words.begs | words.wants
    return None if begged else (begin, end)


def _spread(said: Sequence[str], begin: int, end: int) -> tuple[int, int]:
    """The span with the words around it that belong to it."""
    words = _words()
    while begin > 0 and said[begin - 1] in words.beside | words.calls - words.begs:
        begin -= 1
    while end < len(said) and said[end] in words.along | words.calls:
        end += 1
    return begin, end
