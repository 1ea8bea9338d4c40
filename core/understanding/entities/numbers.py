"""Numbers that name something: account, contract, phone, code."""

import re

from core.understanding.entities.plain import LONGEST, may_have_digit, plain
from core.understanding.entities.spelled import digits_for
from core.understanding.lexicon import lexicon

_ACCOUNT = 8
_RUN = re.compile(r"(?<![0-9+])\+?[0-9](?:[ \u00a0-]{0,3}[0-9])*")
_BARE = re.compile(r"[0-9]+")
_ISO = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-(?:19|20)[0-9]{2})(?![0-9])"
)
_CONTRACT = re.compile(
    r"(?<![^\W_])([^\W\d_]{1,3})[ .№#-]{0,3}([0-9]{4,8})(?: ?/ ?([0-9]{2,4}))?(?![0-9])"
)
_PHONE = re.compile(r"(?<![0-9])\+?[0-9](?:[ \u00a0().-]{0,3}[0-9])*")
_PHONE_INSIDE = re.compile(
    r"(?<![0-9])(?:\+?[78][ (-]{0,2}9[0-9]{2}|9[0-9]{2})[ )-]{0,2}"
    r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}(?![0-9])"
)
_NOT_BEFORE = 12  # characters in which a «not» stands before what it denies
_WORDS = re.compile(r"[^\W\d_]+")
_PAUSES = frozenset(",.;:!?-\n")


def account(text: str, length: int = _ACCOUNT) -> str | None:
    """The account named last: exactly `length` digits, grouped anyhow; also in words, and with
    letters that look like digits."""
    if _is_bare(text):
        return text if len(text) == length else None
    plain_text = _ISO.sub(" ", _plain(text))
    found = _digits_of(plain_text, length) if may_have_digit(text) else None
    return found or _digits_said(plain_text, length)


def digits(text: str, length: int | None = None) -> str | None:
    """A code or a reading: the last run of `length` digits, any run without it."""
    if _is_bare(text):
        return text if length in (None, len(text)) else None
    plain_text = _plain(text)
    found = _digits_of(plain_text, length) if may_have_digit(text) else None
    return found or (_digits_said(plain_text, length) if length else None)


def _digits_said(text: str, length: int) -> str | None:
    """As `_digits_of`, for digits that are not written as such."""
    written = digits_for(text)
    return None if written == text else _digits_of(written, length)


def _plain(text: str) -> str:
    """The text without «№», which unfolds to «no»."""
    return plain(text.replace("№", " "))


def _is_bare(text: str) -> bool:
    """Whether a text is one number and nothing else, as most answers are."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST


def _digits_of(text: str, length: int | None) -> str | None:
    found: list[tuple[int, str]] = []
    for run in _RUN.finditer(text):
        if run[0].startswith("+"):
            continue
        bare = "".join(_BARE.findall(run[0]))
        if length is None or len(bare) == length:
            found.append((run.start(), bare))
        else:
            # Several numbers in a row: a group that has the right length by itself is one.
            groups = _BARE.finditer(run[0])
            found += [(run.start() + g.start(), g[0]) for g in groups if len(g[0]) == length]
    return last_meant(text, found)


def last_meant(text: str, found: list[tuple[int, str]]) -> str | None:
    """The value named last that is not denied («not A, but B», «B, and not A»). A «no» that
    answers denies nothing: «no, A», «A, oh no, B». A lone «not A» names none."""
    meant = None
    for at, value in found:
        denial = _denial(text, at)
        if not denial or _is_answer(denial):
            meant = value
    return meant


def _denial(text: str, at: int) -> str:
    """The «not» right before a place and what stands between the two, empty without one."""
    before = text[max(0, at - _NOT_BEFORE) : at]
    words = list(_WORDS.finditer(before))
    return before[words[-1].start() :] if words and words[-1][0] in lexicon().negations else ""


def _is_answer(denial: str) -> bool:
    """Whether a «no» stands for itself: «нет 77001234», «не, 77001234»."""
    starts = lexicon().correction.starts
    return not _PAUSES.isdisjoint(denial) or _WORDS.findall(denial)[0] in starts


def contract(text: str) -> str | None:
    """A contract number: letters, digits, perhaps a year: `СПБ-12345/21`."""
    if not may_have_digit(text):
        return None
    found = None
    for letters, number, tail in _CONTRACT.findall(plain(text).replace("№", " ")):
        found = f"{letters.upper()}-{number}" + (f"/{tail}" if tail else "")
    return found


def phone(text: str) -> str | None:
    """The phone named last, E.164; numbers without a country are Russian."""
    folded = plain(text)
    found = _phone(folded) if may_have_digit(text) else None
    return found or _phone(digits_for(folded))


def _phone(folded: str) -> str | None:
    found = None
    for run in _PHONE.finditer(folded):
        number = _e164(run[0])
        if number is None:
            inside = _PHONE_INSIDE.search(run[0])
            number = _e164(inside[0]) if inside else None
        found = number or found
    return found


def _e164(run: str) -> str | None:
    bare = "".join(_BARE.findall(run))
    if len(bare) == 11 and bare[0] in "78" and (not run.startswith("+8") or bare[1] == "9"):
        return f"+7{bare[1:]}"
    if run.startswith("+"):
        return f"+{bare}" if 8 <= len(bare) <= 15 and bare[0] != "0" else None
    return f"+7{bare}" if len(bare) == 10 and bare[0] == "9" else None
