"""Where a text may be cut: counted in UTF-16 units, never inside what a reader sees as one sign."""

import unicodedata
from collections.abc import Callable

from core.content import utf16_len

ELLIPSIS = "…"
_ZWJ = "\u200d"
_KEPT_SPACES = "\u00a0\u2007\u202f"
_SENTENCE_ENDS = ".!?…"
_CLOSERS = "»”\"')]"
_VIRAMA = 9


def pieces(text: str, limit: int) -> list[tuple[int, int]]:
    """Ranges of `text`, in order, each at most `limit` UTF-16 units long.

    Between two ranges lies nothing but white space. Cuts are made at a paragraph, else a line, a
    sentence, a space, at last between two graphemes; only a grapheme longer than the limit is cut.
    """
    ranges: list[tuple[int, int]] = []
    start, size = 0, len(text)
    while start < size:
        end = _reach(text, start, limit)
        if end >= size:
            ranges.append((start, size))
            break
        end = _border(text, start, end)
        following = end
        while end > start and _breaks(text[end - 1]):
            end -= 1
        while following < size and _breaks(text[following]):
            following += 1
        if end < following < size and joined(text, following):
            following -= 1  # a combining mark stands on the last space
        if end > start:
            ranges.append((start, end))
        start = following
    return ranges


def shortened(text: str, limit: int) -> str:
    """The text within `limit` UTF-16 units, cut at a grapheme with an ellipsis if need be."""
    if len(text) * 2 <= limit or utf16_len(text) <= limit:
        return text
    end = _grapheme(text, 0, _reach(text, 0, limit - 1))
    return text[:end].rstrip() + ELLIPSIS


def joined(text: str, at: int) -> bool:
    """Whether the signs before and after `at` belong to one grapheme (after UAX 29)."""
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        return before == "\r" and after == "\n"
    if _extends(after):
        return before not in "\r\n"
    if before == _ZWJ:
        return after >= "\u00a9"
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _flag_letters_before(text, at) % 2 == 1
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    if unicodedata.combining(before) == _VIRAMA and after.isalpha():
        return True
    return _is_one_syllable(before, after)


def _reach(text: str, start: int, limit: int) -> int:
    """The farthest index such that text[start:index] keeps to the limit; at least one sign on."""
    end = min(len(text), start + limit)
    while (excess := utf16_len(text[start:end]) - limit) > 0:
        end -= (excess + 1) // 2
    return max(end, start + 1)


def _border(text: str, start: int, reach: int) -> int:
    """The best place to cut in (start, reach]; borders near its start would waste a message."""
    near = start + (reach - start) // 3
    for at in (text.rfind("\n\n", near, reach + 2), text.rfind("\n", near, reach + 1)):
        if at > near:
            return at
    for is_border in (_ends_sentence, _is_space):
        at = _last(text, near, reach, is_border)
        if at:
            return at
    return _last(text, start, near, _is_space) or _grapheme(text, start, reach)


def _last(text: str, low: int, high: int, is_border: Callable[[str, int], bool]) -> int:
    """The last border in (low, high], 0 for none."""
    return next((at for at in range(high, low, -1) if is_border(text, at)), 0)


def _is_space(text: str, at: int) -> bool:
    return _breaks(text[at])


def _ends_sentence(text: str, at: int) -> bool:
    return _breaks(text[at]) and text[max(0, at - 3) : at].rstrip(_CLOSERS)[-1:] in {
        *_SENTENCE_ENDS
    }


def _breaks(sign: str) -> bool:
    return sign.isspace() and sign not in _KEPT_SPACES


def _grapheme(text: str, start: int, reach: int) -> int:
    """The last grapheme border in (start, reach]; `reach` when one grapheme fills it all."""
    at = reach
    while at > start and at < len(text) and joined(text, at):
        at -= 1
    return at if at > start else reach


def _extends(sign: str) -> bool:
    code = ord(sign)
    if code < 0x300:
        return False
    return (
        sign in "\u200c\u200d\uff9e\uff9f"
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or unicodedata.category(sign) in {"Mn", "Me", "Mc"}
    )


def _is_flag_letter(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start


def _is_one_syllable(before: str, after: str) -> bool:
    """Korean letters that stand together as one block."""
    lead, vowel, tail = ("\u1100", "\u115f"), ("\u1160", "\u11a7"), ("\u11a8", "\u11ff")
    block = ("\uac00", "\ud7a3")

    def is_in(sign: str, *ranges: tuple[str, str]) -> bool:
        return any(low <= sign <= high for low, high in ranges)

    return (
        (is_in(before, lead) and is_in(after, lead, vowel, block))
        or (is_in(before, vowel, block) and is_in(after, vowel, tail))
        or (is_in(before, tail) and is_in(after, tail))
    )
