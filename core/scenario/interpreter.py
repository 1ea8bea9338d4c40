"""The interpreter: one update of a dialog that the bot owns, and the ways back to the bot.

The place is data (core.scenario.place); a Walk is its mutable twin for the time of one update.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from core.errors import UnknownStep
from core.masking import mask_digits
from core.scenario import calls, ends, moving, questions, silence, starting, steps, topics, words
from core.scenario.heard import Heard, heard
from core.scenario.index import index_of
from core.scenario.model import Ask, Bundle, Signature
from core.scenario.moving import settle_bundle
from core.scenario.place import Calling, More
from core.scenario.walk import Walk
from core.state import Dialog
from core.turn import TurnDraft
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerMessage,
    CustomerStarted,
    CustomerUpdate,
    OperatorReturnedToBot,
    TimerFired,
    Update,
)

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def converse(draft: TurnDraft, update: AnyUpdate) -> None:
    """What the bot makes of an update: it always ends in a question, a call, a close or people.

    Answers of calls nobody waits for and timers that came too late change nothing."""
    handler = _HANDLERS.get(type(update))
    by_customer = isinstance(update, CustomerUpdate)
    if handler is None or (draft.dialog.place is None and not by_customer):
        return
    walk = Walk(draft)
    if draft.dialog.place is None:
        _own_language(walk)
    if by_customer:
        walk.calls = {}
    _turn(walk, partial(handler, walk, update), heeded=by_customer)


def _turn(walk: Walk, act: Callable[[], None], *, heeded: bool = True) -> None:
    """Acts, then runs steps; a place that does not fit its bundle starts anew. heeded: the
    customer was here, so that silence counts from now on."""
    before = walk.waiting
    try:
        act()
        steps.run(walk)
    except UnknownStep:
        _recover(walk)
    if walk.over:
        return
    if heeded or walk.waiting is not before:
        silence.listen(walk)
    walk.save()
    _watch_size(walk)


def _recover(walk: Walk) -> None:
    try:
        moving.start_anew(walk)
        steps.run(walk)
    except UnknownStep:
        walk.drop()
        walk.give_up()
        walk.escalate("engine_error")


def _watch_size(walk: Walk) -> None:
    """A state that grew beyond its limit goes to people, without what made it grow."""
    place = walk.draft.dialog.place
    if len(_ENCODER.encode(place)) <= walk.draft.policy.state_bytes:
        return
    walk.give_up()
    walk.stack = [replace(frame, locals={}) for frame in walk.stack]
    walk.escalate("engine_loop")


def _own_language(walk: Walk) -> None:
    """A new dialog speaks the language the person chose before."""
    lang = walk.draft.facts.remembered.get("lang")
    if lang in walk.bundle.bot.languages and lang != walk.lang:
        walk.draft.change(lang=lang)


# -- one function per update


def _on_message(walk: Walk, update: CustomerMessage) -> None:
    said = heard(update, walk.bundle)
    meaning = update.meaning
    if meaning is not None:
        best = meaning.ranked[0] if meaning.ranked else (meaning.best, 0.0)
        walk.intent, walk.confidence = meaning.best, best[1]
    if walk.outdated and said.group not in ("operator", "menu"):
        moving.start_anew(walk)
        steps.run(walk)
        _offer_after_change(walk, said.text)
    elif update.media and not said.text:
        words.on_files(walk)
    else:
        words.on_text(walk, said)


def _offer_after_change(walk: Walk, text: str) -> None:
    """The text that met a change of the bundle, offered once to the question asked anew. What may
    have been the answer to a secret one is for such a question alone."""
    step = walk.question()
    asks_secret = isinstance(step, Ask) and walk.index.slots[step.slot].secret
    may_be_secret = walk.draft.dialog.secret and not asks_secret
    words.offer_held(walk, mask_digits(text) if may_be_secret else text)


def _on_press(walk: Walk, update: ButtonPressed) -> None:
    if walk.outdated:
        moving.start_anew(walk)
    else:
        words.on_press(walk, update.token)


def _on_start(walk: Walk, update: CustomerStarted) -> None:
    named = walk.bundle.scenarios.get(update.payload)
    if named is not None and not named.internal:
        starting.start(walk, named.id)
    else:
        starting.menu(walk)


def _on_call(walk: Walk, update: CallReturned | CallFailed) -> None:
    waiting = walk.waiting
    awaited = isinstance(waiting, Calling) and waiting.key == update.key
    if walk.outdated and awaited:
        moving.start_anew(walk)
    call = calls.come_back(walk, update)
    if call is None or not (call.held or call.sealed) or walk.over:
        return
    steps.run(walk)
    if isinstance(walk.waiting, Calling):
        calls.hold_on(walk, call)
    else:
        words.offer_held(walk, call.held, call.sealed)


def _on_timer(walk: Walk, update: TimerFired) -> None:
    if update.kind == "silence":
        silence.fired(walk)
    elif update.kind == "call_wait" and not walk.outdated:
        calls.tell_wait(walk)
    elif update.kind == "secret":
        walk.secrets.clear()


_HANDLERS: Mapping[type[Update], Callable[[Walk, Any], None]] = {
    CustomerMessage: _on_message,
    ButtonPressed: _on_press,
    CustomerStarted: _on_start,
    CallReturned: _on_call,
    CallFailed: _on_call,
    TimerFired: _on_timer,
}

# -- the ways back to the bot


def hand_back(draft: TurnDraft, update: OperatorReturnedToBot) -> None:
    """An operator gives the dialog back, at an entry of a scenario with slots, or to «Anything
    else?»."""
    walk = Walk(draft)
    walk.outdated = False
    walk.misses = walk.media_misses = 0
    walk.calls = {}
    walk.give_up()
    walk.drop()
    _turn(walk, lambda: _enter(walk, update))


def _enter(walk: Walk, update: OperatorReturnedToBot) -> None:
    if not update.scenario:
        ends.ask_more(walk)
        return
    starting.begin(walk, update.scenario, "start")
    for name, given in update.slots.items():
        slot = walk.index.slots.get(name)
        if slot is None or slot.secret:
            continue
        value = walk.find(slot, given) if isinstance(given, str) else given
        walk.fill(name, given if value is None else value)
    if update.step:
        step = walk.scenario(walk.top).steps.get(update.step)
        if isinstance(step, Ask) and step.slot not in update.slots:
            walk.forget(step.slot)
        walk.stand(update.step)


def menu(draft: TurnDraft) -> None:
    """A waiting customer wants the bot's menu instead."""
    walk = Walk(draft)
    walk.calls = {}
    _turn(walk, lambda: starting.menu(walk))


def resume(draft: TurnDraft, token: str = "") -> None:
    """A waiting customer wants the bot back: the interrupted question, or «Anything else?».

    token: of the button that said so, which may be tapped twice."""
    walk = Walk(draft)
    walk.used = token or walk.used
    walk.calls = {}
    walk.misses = walk.media_misses = 0
    _turn(walk, lambda: _go_on(walk))


def _go_on(walk: Walk) -> None:
    if walk.outdated:
        moving.start_anew(walk)
    elif walk.question() is not None:  # perhaps below a suggestion
        walk.draft.say(walk.draft.text("back_to"))
        questions.again(walk)
    elif isinstance(walk.waiting, Calling):
        calls.hold(walk, "")
    elif isinstance(walk.waiting, More):
        ends.ask_more(walk, walk.waiting.result)
    else:
        # Nobody helped: the wait for people was given up, by «cancel» or by the way back.
        walk.give_up()
        ends.ask_more(walk, "left")


def fresh(draft: TurnDraft) -> None:
    """A closed dialog lives again: nothing is open, what the customer told is still known."""
    walk = Walk(draft)
    walk.give_up()
    walk.drop()
    walk.secrets.clear()
    walk.calls = {}
    walk.misses = walk.media_misses = 0
    walk.outdated = False
    walk.save()


# -- what others ask about words


def word_group(text: str, bundle: Bundle) -> str | None:
    """The group of bot.yaml's words that the whole normalised text is."""
    return Heard(text, index_of(bundle)).group


def speaks(draft: TurnDraft, text: str) -> bool:
    """Whether the text asks for a language and nothing else, which holds from now on."""
    lang = Heard(text, index_of(draft.bundle)).language
    if lang:
        topics.speak(draft, lang)
    return bool(lang)


def is_label(text: str, label: str, bundle: Bundle) -> bool:
    """Whether the text is the label of a button, typed instead of pressed."""
    index = index_of(bundle)
    return text != "" and Heard(text, index).wording == index.normal(label)


def is_closing_words(update: CustomerMessage, bundle: Bundle) -> bool:
    """Whether the message ends a conversation politely and asks for nothing."""
    said = heard(update, bundle)
    return bool(said.text) and said.is_closing


def needs_meaning(dialog: Dialog, update: AnyUpdate, bundle: Bundle) -> bool:
    """Whether the classifier's answer could matter; asking it costs a millisecond."""
    if not isinstance(update, CustomerMessage) or not update.text.strip():
        return False
    if dialog.state in ("queued", "with_operator"):
        return False
    said = heard(update, bundle)
    if said.group is not None or said.is_thanks:
        return False
    place = dialog.place
    if dialog.state != "bot" or place is None or place.bundle != bundle.hash:
        return True
    return not words.is_plain(dialog, place, said)


def late_call(draft: TurnDraft, update: CallReturned | CallFailed) -> None:
    """A call came back when the bot no longer has the dialog: people learn of changes made."""
    walk = Walk(draft)
    waiting = walk.waiting
    if isinstance(waiting, Calling) and waiting.key == update.key:
        walk.give_up()
    if calls.late(walk, update) or walk.waiting is not waiting:
        walk.save()


def awaited_service(draft: TurnDraft) -> Signature | None:
    """The service of the call the place stands at."""
    place = draft.dialog.place
    if place is None or not place.stack:
        return None
    return index_of(draft.bundle).service_at(place.stack[-1])


__all__ = [
    "awaited_service",
    "converse",
    "fresh",
    "hand_back",
    "is_closing_words",
    "is_label",
    "late_call",
    "menu",
    "needs_meaning",
    "resume",
    "settle_bundle",
    "speaks",
    "word_group",
]
