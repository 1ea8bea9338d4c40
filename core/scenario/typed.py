"""Typed buttons: which of the shown options a text presses."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from core.scenario.heard import Heard
from core.scenario.index import Index
from core.scenario.model import Ask, Choose
from core.scenario.place import Shown
from core.understanding.choices import by_place, is_named, same_words
from core.understanding.correction import takes_back
from core.understanding.entities import asks_for, only_wants, side, wants_more, yes_no, yes_no_alone

#: Types whose answers are numbers, so that a typed number is the answer and no place in a list.
NUMERIC = frozenset({"account", "phone", "digits", "money", "speed", "rating", "date", "contract"})
_NO_WORDINGS: Mapping[str, str] = MappingProxyType({})
_PART = re.compile(r"[,.;!\n]+")
_ALIKE = 0.85
_LONG = 5  # letters a label needs to be recognised by similarity
_OPTION_WORDS = 6
_SAME_WORDS = 8
_REASON_WORDS = 3
_SEVERAL = 2  # buttons from which on a place word tells one from another


class Asked(NamedTuple):
    """A question as it stands before the customer."""

    lookups: Index
    lang: str
    scenario: str
    step: Ask | Choose
    shown: tuple[Shown, ...]
    numbered: bool


def typed_press(asked: Asked, heard: Heard) -> Shown | None:
    """The option or button a text means: by its wording, its number, its label in a sentence, yes
    or no, or by being much alike. Of one question it is found once."""
    known = heard.pressed
    if known is None or known[0] != asked:
        known = heard.pressed = asked, _typed_press(asked, heard)
    return known[1]


def _typed_press(asked: Asked, heard: Heard) -> Shown | None:
    now = unique(asked.shown)
    index = asked.lookups
    wording = heard.wording
    also = index.aliases(asked.scenario, asked.step, asked.lang)
    whole = _worded(index, wording, now, also) or _by_parts(index, heard, now, also)
    if whole is not None:
        return whole
    if not heard.has_letters:
        number = numbered_one(heard.text, now) if _takes_numbers(asked) else None
        return number or _by_yes_no(heard, now, also)
    if heard.text.endswith("…"):  # a label the platform has no room for, sent back by its button
        begins = heard.text[:-1].rstrip()
        return next((option for option in now if option.label.startswith(begins)), None)
    return (
        _by_words(index, heard, now)
        or _by_yes_no(heard, now, also)
        or alike(index, heard, now)
        or _nearly_other(index, heard, now, also)
        or _in_same_words(asked, heard, now, also)
        or _by_place(index, heard, _in_order(asked, now))
    )


def _worded(
    index: Index, wording: str, now: Sequence[Shown], also: Mapping[str, str]
) -> Shown | None:
    """The option with this label or other wording."""
    key = also.get(wording)
    return next((o for o in now if key == o.key or index.normal(o.label) == wording), None)


def _by_parts(
    index: Index, heard: Heard, now: Sequence[Shown], also: Mapping[str, str]
) -> Shown | None:
    """The option that each part of a text means: «уже пробовал, не помогло», «да, вроде горят»."""
    if not heard.has_letters or len(heard.words) > _OPTION_WORDS:
        return None
    normal = index.reader.normal  # it keeps no numbers, as index.normal would
    parts = [part for text in _PART.split(heard.text) if (part := normal(text))]
    if len(parts) < 2:
        return None
    found = [_worded(index, part, now, also) or _sided(part, now) for part in parts]
    return found[0] if all(one == found[0] for one in found) else None


def _sided(text: str, now: Sequence[Shown]) -> Shown | None:
    """The only option of the side that a «да» or «нет» takes."""
    answer = yes_no_alone(text)
    return None if answer is None else _only_one_of_side(answer, now)


def _takes_numbers(asked: Asked) -> bool:
    if not asked.numbered:
        return False
    slot = asked.lookups.slots[asked.step.slot] if isinstance(asked.step, Ask) else None
    return slot is None or slot.type not in NUMERIC


def unique(shown: tuple[Shown, ...]) -> list[Shown]:
    """What the customer sees now: the newest showing of each option, in its order."""
    seen: dict[tuple[str, str], Shown] = {}
    for option in shown:
        seen.setdefault((option.kind, option.key), option)
    return list(seen.values())


def numbered_one(text: str, now: Sequence[Shown]) -> Shown | None:
    """The option a typed number stands for."""
    digits = text.strip().rstrip(".)!,")
    if not digits.isdecimal() or len(digits) > 2:
        return None
    number = int(digits)
    return now[number - 1] if 1 <= number <= len(now) else None


def _in_same_words(
    asked: Asked, heard: Heard, now: Sequence[Shown], also: Mapping[str, str]
) -> Shown | None:
    """The only button whose wording a text says in another order, or among words that say nothing
    beside it, as the title of what is asked for: «не пришёл код», «ну ещё раз отправь»."""
    if len(heard.words) > _SAME_WORDS or "?" in heard.text:
        return None
    index, light = asked.lookups, _title(asked).split()
    buttons = [option for option in now if option.kind == "button"]
    wordings = [(index.normal(option.label), option.key) for option in buttons]
    keys = {
        key
        for wording, key in (*wordings, *also.items())
        if same_words(heard.normal, wording, light)
    }
    return next((option for option in buttons if {option.key} == keys), None)


def _title(asked: Asked) -> str:
    """What the open question asks for, in the language of the scenarios and the dialog's."""
    if not isinstance(asked.step, Ask):
        return ""
    name, index = asked.step.slot, asked.lookups
    foreign = index.bundle.translations.get(asked.lang, {}).get(asked.scenario)
    translated = foreign.texts.get(f"data.{name}.title", "") if foreign is not None else ""
    return f"{index.normal(index.slots[name].title)} {index.normal(translated)}"


def _in_order(asked: Asked, now: Sequence[Shown]) -> Sequence[Shown]:
    """What place words count: the buttons, or all that has a number; at a question its options
    only, for its buttons lead elsewhere."""
    if isinstance(asked.step, Ask):
        options = [option for option in now if option.kind == "option"]
        return now if asked.numbered and options else options
    # A link is seen among the buttons, and nothing that is written presses it.
    linked = any(button.url for button in asked.step.buttons)
    return () if linked and not asked.numbered else now


def _by_place(index: Index, heard: Heard, now: Sequence[Shown]) -> Shown | None:
    """«Второе, пожалуйста»: what stands at that place."""
    if len(heard.words) > _OPTION_WORDS or "?" in heard.text or len(now) < _SEVERAL:
        return None
    labels = [(str(at), index.normal(option.label)) for at, option in enumerate(now)]
    key = by_place(heard.normal, labels, only_wants)
    if key is None:
        return None
    answer, says = yes_no(heard.text), side(now[int(key)].label)
    contradicts = answer is not None and says is not None and answer is not says
    return None if contradicts else now[int(key)]


def _by_words(index: Index, heard: Heard, now: list[Shown]) -> Shown | None:
    if len(heard.words) > _OPTION_WORDS:
        return None
    text = f" {heard.normal} "
    labelled = [(option, f" {index.normal(option.label)} ") for option in now]
    found = [
        (option, label)
        for option, label in labelled
        if label.strip() and label in text
        if _is_asked_for(heard, label)
        or (option.kind == "option" and is_named(label.strip(), heard.normal))
    ]
    # «Роутер» stands in «Роутер и приставка» too, and is not meant by it.
    longest = [o for o, label in found if all(label not in of or label == of for _, of in found)]
    return longest[0] if len(longest) == 1 else None


def _is_asked_for(heard: Heard, label: str) -> bool:
    """Whether a sentence asks for the button whose label stands in it: a press may change
    something, so that nothing else may be said beside it."""
    before, after = f" {heard.normal} ".split(label, 1)
    return "?" not in heard.text and asks_for(label.split(), before.split(), after.split())


def _by_yes_no(
    heard: Heard, now: list[Shown], also: Mapping[str, str] = _NO_WORDINGS
) -> Shown | None:
    """The only button of the side that a text takes, if it says nothing besides but what the
    button says: «нет, послезавтра» may be a correction, «нет интернета» a new question.

    also: other wordings -> key of their button."""
    answer = yes_no(heard.text) if len(heard.words) <= _OPTION_WORDS else None
    option = None if answer is None else _only_one_of_side(answer, now)
    if option is None or (option.kind == "more" and heard.is_sign):
        return None  # a thumb there is thanks
    known = " ".join([option.label, *(text for text, key in also.items() if key == option.key)])
    alone = wants_more if option.kind == "more" else yes_no_alone
    return option if alone(heard.text, known=known) is answer else None


def refusal(index: Index, heard: Heard, shown: tuple[Shown, ...]) -> Shown | None:
    """The only «no» among the buttons, for a short text that refuses for a reason nobody
    understood: «нет, дорого». «Не надо базовый» refuses one of them, «нет, не то» all options."""
    if len(heard.words) > _REASON_WORDS or yes_no(heard.text) is not False:
        return None
    now, said = unique(shown), f" {heard.normal} "
    others = [option for option in now if side(option.label) is None]
    if any(f" {index.normal(option.label)} " in said for option in others):
        return None
    if any(option.kind == "option" for option in now) and takes_back(heard.text):
        return None
    return _only_one_of_side(False, now)


def _only_one_of_side(answer: bool, now: Sequence[Shown]) -> Shown | None:
    found = [option for option in now if side(option.label) is answer]
    return found[0] if len(found) == 1 else None


def alike(index: Index, heard: Heard, now: list[Shown]) -> Shown | None:
    """The only button whose label is nearly what was written."""
    found = [o for o in now if o.kind != "option" and _nearly(index, heard, index.normal(o.label))]
    return found[0] if len(found) == 1 else None


def _nearly_other(
    index: Index, heard: Heard, now: list[Shown], also: Mapping[str, str]
) -> Shown | None:
    """The only button with another wording that is nearly what was written."""
    keys = {key for wording, key in also.items() if _nearly(index, heard, wording)}
    return next((o for o in now if {o.key} == keys and o.kind != "option"), None)


def _nearly(index: Index, heard: Heard, wording: str) -> bool:
    longest = max(len(wording), len(heard.normal))
    if len(wording) < _LONG or abs(len(wording) - len(heard.normal)) > (1 - _ALIKE) * longest:
        return False  # too different in length to be alike, and this is asked for every text
    return index.reader.similar(heard.normal, wording) >= _ALIKE


def typed_label(
    index: Index, heard: Heard, shown: tuple[Shown, ...], numbered: bool
) -> Shown | None:
    """The engine's own option (more, suggestion) that a text means."""
    now = unique(shown)
    wording = heard.wording
    for option in now:
        if index.normal(option.label) == wording:
            return option
    if not heard.has_letters:
        number = numbered_one(heard.text, now) if numbered else None
        return number or _by_yes_no(heard, now)
    return (
        _by_words(index, heard, now)
        or _by_yes_no(heard, now)
        or alike(index, heard, now)
        or _by_place(index, heard, now)
    )
