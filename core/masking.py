"""Secrets out of texts, before anything is stored: cards, codes of cards, passwords, passports.

Pure, never raises on any text, and a second pass leaves a masked text as it is: each rule needs
digits or letters that the mask does not have.
"""

import re
from collections.abc import Container, Iterator

from core.understanding.entities.spelled import lookalikes, spelled

MASK = "••••••"

# What may stand between the digits of one number: blanks, dashes and signs nobody sees.
_GAP = r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff\u20e3\-‐‑‒–—―−]"
_DIGIT = re.compile(r"\d")
_CHAIN = re.compile(rf"\d(?:{_GAP}*\d)+")
_GROUP = re.compile(r"\d+")
_DOTTED_CARD = re.compile(r"(?<!\d)(\d{4})([./_,*|])\d{4}\2\d{4}\2\d{4}(?!\d)")
_CARD_LENGTHS = range(13, 20)
_ISSUERS = frozenset("23456")  # first digits of payment cards
_PAN = 16  # digits of most cards
_USUAL = [4, 4, 4, 4]  # how cards are printed
_CVV_LENGTH = 3
_ACCOUNT = 8
_PHONES = range(10, 12)

_CVV = re.compile(
    r"(?i)(?<!\w)(?:cvv2?|cvc2?|цвв2?|цвц2?|свв|код\s+(?:с|на)\s+(?:об|обр|зад)\w*\s+сторон\w*)"
    r"(?:[\s:=.,-]|код|is|это){0,6}(?P<secret>\d{3,4})(?!\d)"
)
# Behind a card: the month it is good for, then the code on its back.
_AFTER_CARD = re.compile(
    r"[\s,;]{1,3}(?:(?:до\s+)?\d{2}\s?[/.-]\s?(?:\d{4}|\d{2})[\s,;]{1,3})?(?P<secret>\d{3})"
    r"(?!\d|\s?(?:р|₽|т\.|тыс|мб|мег|дн|раз|минут|час))"
)

_SECRET_WORD = re.compile(
    r"(?i)(?<!\w)(?:парол\w{0,3}|password|passwd|passcode|pass|pwd"
    r"|пин(?:-?код\w{0,2})?|pin(?:-?code)?)(?!\w)"
)
_BEFORE_VALUE = re.compile(r"[\s:=>\-–—\"'«“(]*")
_BETWEEN_VALUES = re.compile(r"(?:[\s,;/]|(?:или|либо|or|and|и|а)(?=\s)|нов\w+(?=\s)|new(?=\s))*")
_VALUE = re.compile(r"\S+")
_EDGES = ".,;:!?)»”\"'("
_FILLERS = frozenset(
    {"это", "мой", "моя", "такой", "вот", "был", "стоит", "новый", "старый", "код"}
)
_FILLERS |= {"у", "меня", "is", "was", "my", "new", "old", "code"}
_OWNERS = frozenset({"от", "для", "for", "to", "of", "к"})  # «пароль от вайфая …»
_SKIPPED = _FILLERS | _OWNERS
_MOST_FILLERS = 3
_NAMES = re.compile(r"(?i)wi-?fi\w*|i(?:phone|pad|mac)|macbook|youtube|whatsapp|[345]g|tp-?link")
_SHORTEST = 4
_LONGEST = 64

_SERIES = r"(?<!\d)\d{2}[\s-]?\d{2}(?:[\s,;:№#.-]|номер|number|no){0,12}\d{6}(?!\d)"
_PASSPORT = re.compile(rf"(?i)паспорт[^\d•]{{0,40}}?(?P<secret>{_SERIES})")
_PASSPORT_EN = re.compile(rf"(?i)passport[^\d•]{{0,40}}?(?P<secret>{_SERIES})")
_PASSPORT_AFTER = re.compile(rf"(?i)(?P<secret>{_SERIES})(?=[^\d•]{{0,20}}(?:паспорт|passport))")
_OTHER_NUMBER = re.compile(r"(?i)тел|phone|сч[её]т|account")

_SECRET_DIGITS = re.compile(rf"\d(?:(?:{_GAP}|[./,…:;*_|+]|[^\W\d_](?=\d)){{0,3}}\d){{3,}}")
_SECRET_LENGTH = 4  # digits of what may be a code


def mask(text: str) -> tuple[str, bool]:
    """The text without card numbers, their codes, passwords and passports, and whether anything
    was cut out. Account numbers, phones and codes from messages stay."""
    if len(text) < _CARD_LENGTHS[0] and text.isdecimal():
        return text, False  # an account or a code alone, as most questions want it
    masked, before = text, ""
    while masked != before:  # what one rule cuts out may leave a number for another to see
        before = masked
        if _DIGIT.search(masked):
            masked = _CVV.sub(_secret_masked, _without_cards(masked))
            for pattern in (_PASSPORT, _PASSPORT_EN, _PASSPORT_AFTER):
                masked = pattern.sub(_passport_masked, masked)
        masked = _without_passwords(masked)
    return masked, masked != text


def clean(text: str) -> str:
    """Without lone surrogates and NUL, which databases refuse; they become U+FFFD."""
    if text.isprintable() or (text.isascii() and "\x00" not in text):
        return text  # neither of the two can be printed
    return (
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
        .replace("\x00", "\ufffd")
    )


def mask_digits(text: str) -> str:
    """A secret answer as the transcript shows it: no run of four digits and more, however they
    are spaced or written («12 34 56» and «сто двадцать три, четыреста пятьдесят шесть» answer a
    question for a code as well as «123456»)."""
    shown = lookalikes(text)  # of the same length
    spans = [found.span() for found in _SECRET_DIGITS.finditer(shown)]
    spans += [(s.start, s.end) for s in spelled(shown) if len(s.digits) >= _SECRET_LENGTH]
    return _cut(text, spans) if spans else text


def mask_codes(text: str, lengths: Container[int]) -> str:
    """As `mask_digits`, but only numbers of so many digits go: accounts and phones stay."""

    def masked(found: re.Match[str]) -> str:
        run = found[0]
        if sum(map(str.isdecimal, run)) in lengths:
            return MASK
        return _GROUP.sub(lambda group: MASK if len(group[0]) in lengths else group[0], run)

    return _SECRET_DIGITS.sub(masked, text)


def _secret_masked(found: re.Match[str]) -> str:
    start, end = found.start("secret") - found.start(), found.end("secret") - found.start()
    return found[0][:start] + MASK + found[0][end:]


def _passport_masked(found: re.Match[str]) -> str:
    head = found[0][: found.start("secret") - found.start()]
    return found[0] if _OTHER_NUMBER.search(head) else _secret_masked(found)


# -- cards


def _without_cards(text: str) -> str:
    spans = [span for chain in _CHAIN.finditer(text) for span in _cards(text, chain)]
    dotted = _DOTTED_CARD.finditer(text)
    spans += [d.span() for d in dotted if _is_luhn(d[0].translate({ord(d[2]): None}))]
    if not spans:
        return text
    spans += [after.span("secret") for _, end in spans if (after := _AFTER_CARD.match(text, end))]
    return _cut(text, spans)


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    out = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            out += [text[at:start], MASK]
        at = max(at, end)
    return "".join([*out, text[at:]])


def _cards(text: str, chain: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Where the cards of one chain of digit groups are."""
    groups = [found.span() for found in _GROUP.finditer(text, chain.start(), chain.end())]
    if sum(end - start for start, end in groups) < _CARD_LENGTHS[0]:
        return
    waiting = [groups]
    while waiting:
        part = waiting.pop()
        found = _first_card(text, part)
        if found is None:
            continue
        first, last = found
        yield part[first][0], part[last][1]
        # What is left of the chain is judged as if it stood alone, as a second pass would do.
        before, after = part[:first], part[last + 1 :]
        if before and _length(before[-1]) == _CVV_LENGTH:
            yield before.pop()
        waiting += [before, after]


def _first_card(text: str, groups: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Numbers of the first and the last group of a card: four times four digits, else the whole
    chain, else any part of it that begins like a payment card."""
    digits = ["".join(text[start:end]) for start, end in groups]
    found = list(_parts(digits))
    for first, last in found:
        if [len(group) for group in digits[first : last + 1]] == _USUAL:
            return first, last
    whole = "".join(digits)
    if len(whole) in _CARD_LENGTHS and _is_luhn(whole) and not _is_several(digits):
        return 0, len(groups) - 1
    if not found:
        return None
    first, last = found[0]
    for start, end in found:  # which of several is the card cannot be known: all of them go
        if start <= last:
            last = max(last, end)
    return first, last


def _parts(digits: list[str]) -> Iterator[tuple[int, int]]:
    """The parts of a chain that may be payment cards, by where they begin."""
    for first in range(len(digits)):
        number = ""
        for last in range(first, len(digits)):
            number += digits[last]
            if len(number) > _CARD_LENGTHS[-1]:
                break
            if _is_issued(number) and len(number) in _CARD_LENGTHS and _is_luhn(number):
                yield first, last
        if len(digits[first]) > _PAN and _is_issued(number) and _is_luhn(digits[first][:_PAN]):
            yield first, first  # with its date and code written on without a blank


def _is_issued(number: str) -> bool:
    return str(int(number[0])) in _ISSUERS


def _is_several(digits: list[str]) -> bool:
    """Whether a chain is rather an account beside a phone or another account."""
    if _is_issued(digits[0]):
        return False
    return any(
        len(account) == _ACCOUNT and _is_telling("".join(rest))
        for account, rest in ((digits[0], digits[1:]), (digits[-1], digits[:-1]))
    )


def _is_telling(digits: str) -> bool:
    """Whether digits are as many as an account or a phone has."""
    phone = len(digits) in _PHONES and digits[0] in ("78" if len(digits) == _PHONES[-1] else "9")
    return phone or len(digits) == _ACCOUNT


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def _is_luhn(digits: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(digits)):
        digit = int(sign) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


# -- passwords


def _without_passwords(text: str) -> str:
    spans: list[tuple[int, int]] = []
    for word in _SECRET_WORD.finditer(text):
        spans += _values(text, word.end())
    return _cut(text, spans) if spans else text


def _values(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Passwords that follow a word for one: the next word, and others joined to it by «or»."""
    at = _after(_BEFORE_VALUE, text, at)
    for _ in range(_MOST_FILLERS):
        word = _VALUE.match(text, at)
        if word is None or word[0].lower() not in _SKIPPED:
            break
        at = _after(_BEFORE_VALUE, text, word.end())
        if word[0].lower() in _OWNERS and (owned := _VALUE.match(text, at)):
            at = _after(_BEFORE_VALUE, text, owned.end())
            break
    while (word := _VALUE.match(text, at)) is not None:
        value = word[0][: _LONGEST * 2].rstrip(_EDGES)
        if value == MASK:
            pass  # cut out before; what it is joined to is still to be seen
        elif _is_password(value):
            yield at, at + len(value)
        else:
            return
        at = _after(_BETWEEN_VALUES, text, at + len(value))


def _after(skipped: re.Pattern[str], text: str, at: int) -> int:
    found = skipped.match(text, at)
    return found.end() if found else at


def _is_password(word: str) -> bool:
    """A digit or mixed case; a capital first letter alone, an account number, a phone is none."""
    if word.isalpha() and word.islower():
        return False
    if not _SHORTEST <= len(word) <= _LONGEST or MASK in word or _NAMES.fullmatch(word):
        return False
    bare = re.sub(r"[+()-]", "", word)
    if bare.isdigit() and len(bare) >= _ACCOUNT:
        return False
    mixed = any(map(str.islower, word)) and any(map(str.isupper, word[1:]))
    return mixed or any(map(str.isdecimal, word))
