"""A mark a customer gives, in digits, words or signs."""

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

from core.understanding.entities.answers import wants_more
from core.understanding.entities.plain import LONGEST, Amount, Piece, amounts, pieces, plain
from core.understanding.lexicon import lexicon, lookup

_SCALES = frozenset({5, 10, 100})
_SLASHES = frozenset("/\\")
_STARS = frozenset("⭐★🌟🌠✭")
_HOLLOW = frozenset("☆✩")
_BEST = frozenset("👍💯🔥😍🤩👏❤💖")
_WORST = frozenset("👎🤬😡💩🤮")
_KEYCAPS = {ord("🔟"): "10", 0x20E3: None}
_FEW = 3  # words in which any number may be the mark
_SOME = 6  # words in which a judgement may be the mark
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+(?:[.,][0-9]+)?|[^\s]")
#: What a mark is said with, a letter a token: number, grade, star, scale of another (f), cue,
#: lead, with (w), plus, courtesy (v), punctuation.
_CORE = r"(?:n{1,3}c?(?:f{1,2}n{1,2})?|gc?(?:f{1,2}n{1,2})?|s+)"
_SAID_FIRST = re.compile(rf"[.clv]*{_CORE}(?:c|wp|[pvs])*")
_SAID_LAST = re.compile(rf"[clv]*{_CORE}(?:c|wp|[pvs.])*$")
_EDGES = " \t\n\r,;:-–—"
_PUNCTUATION = frozenset(".,!;:)(-+…*\"'")
_DENIED = 2  # words up to which a negation reaches: «не поставлю 5»
_NOT_T = frozenset("'t")  # what «don't» ends in


def rating(text: str, low: int, high: int, *, judged: bool = True) -> int | None:
    """The mark a text gives on the scale from low to high, None if it gives none of that scale.

    judged: a judgement in words is a mark too, such as «отлично»."""
    folded = plain(text.translate(_KEYCAPS))
    found = pieces(folded)
    if not found:
        return None
    numbers = amounts(found)
    fraction = _fraction(found, numbers, low, high)
    if fraction is not None:
        return fraction if low <= fraction <= high else None
    words = 0 if "?" in folded else sum(piece.text.isalnum() for piece in found)
    marks = {_half_up(a.value) for a in numbers if _is_mark(found, a, words)} | _grades(found)
    marks |= {_half_up(a.value) for a in numbers if _is_instead(found, a.start)}
    if marks or _is_number(found, numbers):
        mark = next(iter(marks)) if len(marks) == 1 else -1
        return mark if low <= mark <= high else None
    if numbers and not any(_stars(folded)):
        return None
    sign = _signs(folded, low, high)  # zero is a mark too
    if sign is not None or not judged:
        return sign
    return _judged(found, folded, low, high)


def is_bare(text: str) -> bool:
    """Whether a text says one mark and nothing else, be it on the scale or not."""
    letters = "".join(_letter(token[0]) for token in _TOKEN.finditer(text[:LONGEST])).rstrip(".")
    if _SAID_FIRST.fullmatch(letters):
        return True
    found = pieces(plain(text.translate(_KEYCAPS)))
    return _is_number(found, amounts(found))


def declines(text: str) -> bool:
    """Whether a text is a mere «no» to the question for a mark, as «не хочу оценивать»; «не
    работает» is news of the case."""
    return wants_more(text, known=" ".join(lexicon().rating.cues)) is False


def beside(text: str, mark: int, low: int, high: int) -> str:
    """What a text with this mark says besides it: of «5, всё супер» it is «всё супер»."""
    tokens = list(_TOKEN.finditer(text[:LONGEST]))
    letters = "".join(_letter(token[0]) for token in tokens)
    first = _SAID_FIRST.match(letters)
    if first and rating(text[: tokens[first.end() - 1].end()], low, high) == mark:
        return _bare(text[tokens[first.end() - 1].end() :], ".!)" + _EDGES)
    last = _SAID_LAST.search(letters)
    if last and rating(text[tokens[last.start()].start() :], low, high) == mark:
        if all(_only_leads(token[0]) for token in tokens[: last.start()]):
            return ""
        return _bare(text[: tokens[last.start()].start()], _EDGES)
    return text.strip() if letters.count("x") > _FEW - 1 else _behind(text, tokens, mark, low, high)


def _behind(text: str, tokens: Sequence[re.Match[str]], mark: int, low: int, high: int) -> str:
    """What follows a judgement or a sign that says the mark by itself: «ужасно, оператора»."""
    for token in tokens:
        if token[0].isalnum():
            continue
        rest = _bare(text[token.end() :], ".!)" + _EDGES)
        if rating(text[: token.end()], low, high) == mark and rating(rest, low, high) is None:
            return rest
    return ""


def _only_leads(token: str) -> bool:
    """«Не 3, а» before the mark says nothing besides it."""
    word = plain(token)
    if word in lexicon().rating.opposite or word in lexicon().correction.turns:
        return True
    return _letter(token) != "x"


def _bare(text: str, edges: str) -> str:
    """The text without what tied it to the mark; nothing, if no words are left."""
    rest = text.lstrip(edges).rstrip(_EDGES)
    return rest if any(sign.isalnum() for sign in rest) else ""


def _letter(token: str) -> str:
    """The part a token plays in saying a mark, `x` for none."""
    word = plain(token)
    lists = lexicon().rating
    if token[0].isdigit() or word in lexicon().numbers.words:
        return "n"
    if any(sign in _STARS | _HOLLOW for sign in token):
        return "s"
    if word in lists.from_words or token in _SLASHES:
        return "f"
    for letter, group in (("l", lists.leads), ("w", lists.along), ("p", lists.shades)):
        if word in group:
            return letter
    if word in lists.courtesy:
        return "v"
    if _cue()(word):
        return "c"
    if _mark()(word) is not None:
        return "g"
    return "x" if token.isalnum() else "."


def _fraction(found: Sequence[Piece], numbers: Sequence[Amount], low: int, high: int) -> int | None:
    """«4 из 5», «девять из десяти», «10/10», brought to our scale; below it for a share of
    something else."""
    graded = [
        Amount(mark, at, at + 1)
        for at, piece in enumerate(found)
        if (mark := _mark()(piece.text)) is not None
    ]
    parts = sorted([*numbers, *graded], key=lambda one: one.start)
    denied = None
    for part, whole in pairwise(parts):
        if not _joined(found, part, whole):
            continue
        if _is_denied(found, part.start):
            denied = low - 1
            continue
        counts = _counts(_word_after(found, whole.end))
        if counts or part.value > whole.value or whole.value not in _SCALES | {high}:
            return low - 1
        if whole.value == high:
            return _half_up(part.value)
        return max(low, _half_up(part.value / whole.value * high))
    return denied


def _joined(found: Sequence[Piece], part: Amount, whole: Amount) -> bool:
    """Whether the second number is the scale of the first; a third one makes it a date."""
    between = [one.text for one in found[part.end : whole.start] if not _cue()(one.text)]
    if len(between) == 1 and between[0] in _SLASHES:
        around = (*found[max(0, part.start - 1) : part.start], *found[whole.end : whole.end + 1])
        return not any(one.text in _SLASHES for one in around)
    words = lexicon().rating.from_words
    return 0 < len(between) <= 2 and all(word in words for word in between)


def _counts(word: str) -> bool:
    """«Из пяти каналов»: the word is what was counted, the number before it no scale."""
    if not word or word in lexicon().rating.after or _cue()(word):
        return False
    return len(word) > 3 and word.endswith(lexicon().rating.counted)


def _half_up(value: float) -> int:
    return math.floor(value + 0.5)


def _is_number(found: Sequence[Piece], numbers: Sequence[Amount]) -> bool:
    """The text is a number and nothing else: a mark, on our scale or beside it."""
    if len(numbers) != 1:
        return False
    rest = [*found[: numbers[0].start], *found[numbers[0].end :]]
    return all(piece.text in _PUNCTUATION for piece in rest)


def _is_mark(found: Sequence[Piece], amount: Amount, words: int) -> bool:
    """Whether a number of a text is a mark and no count of days, roubles or questions.

    words: how many the text has, 0 for a question."""
    before, after = _word_before(found, amount.start), _word_after(found, amount.end)
    cue = _cue()
    if amount.start == 1 and found[0].text == "-":
        return False  # below zero
    if _is_denied(found, amount.start):
        return False
    if amount.value != int(amount.value) and (amount.worded or len(found) > _FEW):
        return False
    if (before and cue(before)) or (after and cue(after)):
        return True
    if after and after not in lexicon().rating.after:
        return False
    if found[amount.start].text in lexicon().rating.alone:
        return words == 1
    if not words:
        return False
    ends = amount.end == len(found) or found[amount.end].text in _PUNCTUATION
    return words <= _FEW or amount.start == 0 or (ends and _begins_clause(found, amount.start))


def _begins_clause(found: Sequence[Piece], start: int) -> bool:
    return start == 0 or found[start - 1].text in _PUNCTUATION


def _is_denied(found: Sequence[Piece], at: int) -> bool:
    """«Не 5», «никогда не поставлю пять»: a negation of the same clause stands close before."""
    words = 0
    for piece in reversed(found[:at]):
        if piece.text in _NOT_T:
            continue
        words += 1
        if piece.text in _PUNCTUATION or words > _DENIED:
            return False
        if piece.text in lexicon().rating.opposite:
            return True
    return False


def _is_instead(found: Sequence[Piece], at: int) -> bool:
    """«Не 3, а 5»: the number stands for the one that was denied."""
    if at < 1 or found[at - 1].text not in lexicon().correction.turns:
        return False
    numbers = amounts(found[: at - 1])
    return bool(numbers) and _is_denied(found, numbers[-1].start)


def _word_before(found: Sequence[Piece], at: int) -> str:
    """The word right before a place, over prepositions of one or two letters and signs."""
    for piece in reversed(found[max(0, at - 3) : at]):
        if len(piece.text) > 2 and piece.text.isalpha():
            return piece.text
    return ""


def _word_after(found: Sequence[Piece], at: int) -> str:
    """The word that belongs to a number: no punctuation lies between."""
    if at < len(found) and found[at].text not in _PUNCTUATION:
        return found[at].text if found[at].text.isalpha() or found[at].text == "%" else ""
    return ""


@cache
def _cue() -> Callable[[str], bool | None]:
    return lookup(dict.fromkeys(lexicon().rating.cues, True))


@cache
def _mark() -> Callable[[str], int | None]:
    return lookup(lexicon().rating.marks)


def _grades(found: Sequence[Piece]) -> set[int]:
    """Marks by name: «двойка», «пятёрка»."""
    named = ((at, _mark()(piece.text)) for at, piece in enumerate(found))
    return {mark for at, mark in named if mark is not None and not _is_denied(found, at)}


def _stars(text: str) -> list[str]:
    return [sign for sign in text if sign in _STARS]


def _signs(text: str, low: int, high: int) -> int | None:
    stars = len(_stars(text))
    if stars:
        return stars if low <= stars <= high else None
    best = any(sign in _BEST for sign in text)
    worst = any(sign in _WORST for sign in text)
    if best == worst:
        return None
    return high if best else low


def _judged(found: Sequence[Piece], text: str, low: int, high: int) -> int | None:
    """«Отлично», «не очень хорошо»: a place on the scale."""
    words = [piece.text for piece in found if piece.text.isalpha()]
    if len(words) > _SOME or "?" in text:
        return None
    lists = lexicon().rating
    places = []
    for at, word in enumerate(words):
        place = lists.words.get(word)
        if place is not None:
            turned = any(before in lists.opposite for before in words[max(0, at - 2) : at])
            places.append(_turned(place) if turned else place)
    if not places:
        return None
    return low + _half_up(min(places) * (high - low))


def _turned(place: float) -> float:
    """«Не отлично» is poor, «не ужасно» is fair: never the other end."""
    return 0.25 if place > 0.5 else 0.75 if place == 0.25 else 0.5
