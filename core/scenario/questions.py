"""Putting questions before the customer: an `ask`, a `choose`, and the same one again."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from core.scenario.model import Ask, Choose, EscalateStep, Slot
from core.scenario.place import Question, Shown
from core.scenario.typed import Asked
from core.scenario.walk import Walk
from core.turn import Offer

_KEPT = 40  # tokens of one open question that stay good; it was shown often by then


def on_ask(walk: Walk, step: Ask) -> None:
    """A known slot is not asked for; a secret one always is."""
    known = walk.slots.get(step.slot)
    if known is None or walk.index.slots[step.slot].secret:
        present(walk, step)
        return
    if not _offered_again(walk, step, known):
        walk.fill(step.slot, None)
        present(walk, step)
        return
    walk.passed(step.id, answered=step.slot in walk.answered)
    walk.stand(step.next)


def on_choose(walk: Walk, step: Choose) -> None:
    """A choice always waits."""
    present(walk, step)


def _offered_again(walk: Walk, step: Ask, known: Any) -> bool:
    """Whether a known value is an answer to this very question: a choice that another scenario
    asked for under the same name may be none of its options."""
    if any(option.key == known for option in step.options):
        return True
    if step.options_from is not None:
        return _picked_again(walk, step, known)
    return not step.options or walk.index.slots[step.slot].type != "choice"


def _picked_again(walk: Walk, step: Ask, key: Any) -> bool:
    """Whether an earlier pick is still in the list; its element becomes the local again."""
    item = item_of(walk, step, str(key))
    source = step.options_from
    if item is None or source is None:
        return False
    if source.save_item:
        walk.keep(source.save_item, item)
    if step.slot not in walk.labels:
        label = walk.face(f"{step.id}.options_from.label", source.label)
        walk.labels[step.slot] = walk.text(label, item=item)
    return True


def present(
    walk: Walk, step: Ask | Choose, *, text: str = "", beside: Sequence[Offer] = ()
) -> None:
    """Asks, and waits for the answer. text: instead of the question's own. beside: more options.

    While the same question stays open, buttons of its earlier showings keep working."""
    before = walk.waiting.shown if isinstance(walk.waiting, Question) else ()
    walk.passed(step.id, answered=False)
    spoken = walk.draft.say(
        text or walk.text(question_text(walk, step)),
        offers=[*offers(walk, step), *beside] if beside else offers(walk, step),
        request_phone=_phone_button(walk, step),
    )
    walk.waiting = Question(
        shown=(*spoken.shown, *before)[:_KEPT] if before else spoken.shown,
        numbered=spoken.numbered,
    )


def again(walk: Walk, *, beside: Sequence[Offer] = ()) -> bool:
    """Shows the open question once more; False if none is open."""
    step = walk.question()
    if step is None:
        return False
    present(walk, step, beside=beside)
    return True


def calls_people(walk: Walk) -> bool:
    """Whether the open question has a button of its own that calls an operator."""
    question = walk.question()
    if question is None:
        return False
    steps = walk.scenario(walk.top).steps
    return any(isinstance(steps.get(button.do), EscalateStep) for button in question.buttons)


def question_text(walk: Walk, step: Ask | Choose) -> str:
    """The question in the dialog's language, its values not yet filled in."""
    return walk.face(f"{step.id}.{'text' if isinstance(step, Ask) else 'choose'}", step.text)


def _phone_button(walk: Walk, step: Ask | Choose) -> str:
    if not isinstance(step, Ask) or walk.index.slots[step.slot].type != "phone":
        return ""
    if not walk.draft.capabilities.phone_request:
        return ""
    return walk.draft.text("share_phone")


def offers(walk: Walk, step: Ask | Choose) -> Sequence[Offer]:
    """The options and buttons of a question as they apply now."""
    known, mark = walk.index.offers, (walk.top.scenario, step.id, walk.lang)
    if mark not in known:
        known[mark] = tuple(_offers(walk, step)) if _is_fixed(walk, step) else None
    fixed = known[mark]
    return _offers(walk, step) if fixed is None else fixed


def _is_fixed(walk: Walk, step: Ask | Choose) -> bool:
    """Whether a question has the same options at all times, whatever the customer told."""
    if isinstance(step, Ask) and step.options_from is not None:
        return False
    labels = [walk.face(f"{step.id}.buttons.{b.key}", b.label) for b in step.buttons]
    texts = "".join([*labels, *(button.url for button in step.buttons)])
    return "{" not in texts and "}" not in texts and not any(b.show_if for b in step.buttons)


def _offers(walk: Walk, step: Ask | Choose) -> list[Offer]:
    made = _options(walk, step) if isinstance(step, Ask) else []
    for button in step.buttons:
        if button.show_if and not walk.holds(button.show_if):
            continue
        label = walk.text(walk.face(f"{step.id}.buttons.{button.key}", button.label))
        made.append(Offer(key=button.key, label=label, url=walk.text(button.url), kind="button"))
    return made


def _options(walk: Walk, step: Ask) -> list[Offer]:
    made = [
        Offer(
            key=option.key,
            label=walk.face(f"{step.id}.options.{option.key}", option.label),
            kind="option",
        )
        for option in step.options
    ]
    source = step.options_from
    if source is not None:
        label = walk.face(f"{step.id}.options_from.label", source.label)
        for item in _items(walk, step):
            key = str(item[source.key])
            made.append(Offer(key=key, label=walk.text(label, item=item), kind="option"))
    return made


def _items(walk: Walk, step: Ask) -> list[Mapping[str, Any]]:
    """The elements that can be chosen, each by a key of its own: one without a key, or with the
    key of one before it, is none, for the answer would lead to another element."""
    source = step.options_from
    found = walk.value(source.of) if source is not None else None
    if source is None or not isinstance(found, list | tuple):
        return []
    by_key: dict[str, Mapping[str, Any]] = {}
    for item in found:
        key = item.get(source.key) if isinstance(item, Mapping) else None
        if key not in (None, ""):
            by_key.setdefault(str(key), item)
    return list(by_key.values())


def item_of(walk: Walk, step: Ask, key: str) -> Mapping[str, Any] | None:
    """The element of the list that an option with this key was made of."""
    source = step.options_from
    if source is None:
        return None
    return next((i for i in _items(walk, step) if str(i[source.key]) == key), None)


def would_stand(walk: Walk, step: Ask | Choose) -> Asked:
    """A question of the running scenario as it would stand before the customer now."""
    shown = tuple(
        Shown(token="", key=o.key, label=o.label, kind=o.kind) for o in offers(walk, step)
    )
    return Asked(walk.index, walk.lang, walk.top.scenario, step, shown, numbered=False)


def accept(walk: Walk, step: Ask, value: Any, label: str = "") -> None:
    """The answer to the open question is known: it is kept, and the scenario may go on. value: of
    a secret it may be sealed already."""
    slot: Slot = walk.index.slots[step.slot]
    walk.waiting = None
    walk.mark("answer")
    walk.passed(step.id, answered=True)
    if slot.secret:
        walk.seal(step.slot, value)
    else:
        walk.fill(step.slot, value, label)
        item = item_of(walk, step, str(value))
        if item is not None and step.options_from is not None and step.options_from.save_item:
            walk.keep(step.options_from.save_item, item)
    understood(walk)
    walk.stand(step.next)


def refuse(walk: Walk, step: Ask) -> None:
    """The answer does not fit: once more, until the tries are used up."""
    frame = walk.top
    tries = frame.tries + 1
    if tries >= step.tries:
        walk.waiting = None
        walk.mark("on_fail")
        walk.stand(step.on_fail)
        return
    walk.stack[-1] = replace(frame, tries=tries)
    present(walk, step, text=walk.text(walk.face(f"{step.id}.wrong", step.wrong)))


def understood(walk: Walk) -> None:
    """The customer was understood: what counts misses in a row begins anew."""
    walk.misses = 0
    walk.media_misses = 0
