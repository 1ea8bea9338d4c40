"""Whose words are these? The rules of SCENARIOS 7 for what a customer writes or presses."""

from collections.abc import Mapping
from datetime import date

from core.scenario import calls, ends, questions, rewind, starting, steps, topics
from core.scenario.heard import Heard
from core.scenario.model import Ask, Button, Choice, Choose, Slot
from core.scenario.place import Calling, More, Place, Question, Rephrase, Sealed, Shown, Suggest
from core.scenario.restated import restated
from core.scenario.typed import Asked, refusal, typed_label, typed_press
from core.scenario.walk import Walk
from core.state import Dialog
from core.understanding.entities import asks_to_wait, yes_no_alone
from core.updates import Meaning

_ANY_DAY = date(2026, 1, 1)
_NONE: Mapping[str, Sealed] = {}
_SURER = 0.15  # a new topic must be surer than usual to break into an open `ask`


def on_text(walk: Walk, heard: Heard) -> None:
    """What a text does, wherever the dialog stands."""
    if heard.language:
        topics.speak(walk.draft, heard.language)
        again_or_menu(walk)
        return
    group = heard.group
    if group == "operator":
        topics.call_operator(walk)
    elif group == "menu":
        starting.menu(walk)
    elif group == "cancel":
        cancel(walk)
    elif group == "back":
        _back(walk)
    elif isinstance(walk.waiting, Question):
        answer(walk, heard)
    elif isinstance(walk.waiting, Calling):
        calls.hold(walk, heard.text)
    elif isinstance(walk.waiting, More):
        _at_more(walk, heard, walk.waiting)
    elif isinstance(walk.waiting, Suggest):
        _at_suggest(walk, heard, walk.waiting)
    else:
        nothing_open(walk, heard)


def on_files(walk: Walk) -> None:
    """Files alone: people will see them; the second in a row offers people right away."""
    count = walk.media_misses + 1
    if count > 1 and not isinstance(walk.waiting, Calling):
        _offer_people(walk)
        return
    walk.draft.say(walk.draft.text("attachment"))
    if not isinstance(walk.waiting, Calling):
        again_or_menu(walk)
    walk.media_misses = count


def _offer_people(walk: Walk) -> None:
    """What is open stays open, with people beside it."""
    offer = () if questions.calls_people(walk) else (topics.operator_offer(walk),)
    if isinstance(walk.waiting, More):
        walk.draft.say(walk.draft.text("attachment"))
        ends.ask_more(walk, walk.waiting.result, beside=offer)
    elif walk.question() is None:
        topics.offer_operator(walk)
    else:
        walk.draft.say(walk.draft.text("attachment"))
        questions.again(walk, beside=offer)


def on_press(walk: Walk, token: str) -> None:
    """Rule 2: a button, of what is open or of the past."""
    waiting = walk.waiting
    shown: tuple[Shown, ...] = getattr(waiting, "shown", ())
    option = next((o for o in shown if o.token == token), None)
    if option is None:
        if token != walk.used and not isinstance(waiting, Calling):
            walk.draft.say(walk.draft.text("old_button"))
        if token != walk.used:
            again_or_menu(walk)
        return
    walk.used = token
    if isinstance(waiting, More):
        press_more(walk, option.key, waiting)
    elif isinstance(waiting, Suggest):
        topics.press_suggested(walk, option.key, waiting)
    else:
        step = walk.question()
        if step is not None:
            press(walk, step, option)


def nothing_open(walk: Walk, heard: Heard) -> None:
    """A new dialog, or the customer was asked for other words."""
    if heard.is_closing:
        ends.goodbye(walk, "left")
    elif not _set_aside(walk, heard):
        topics.understand(walk, heard)


def _set_aside(walk: Walk, heard: Heard) -> bool:
    """«Подождите» and «не надо оператора» are no answer and no miss: what is open stays open."""
    if heard.declines_people:
        if isinstance(walk.waiting, Suggest):  # people may stand among what was suggested
            walk.waiting = None
        again_or_menu(walk)
        return True
    if not asks_to_wait(heard.text):
        return False
    walk.draft.say(walk.draft.text("waiting"))
    walk.waiting = walk.waiting or Rephrase()
    return True


def cancel(walk: Walk) -> None:
    """Stops what runs and forgets what was told there; back to an interrupted question, or
    «Anything else?»."""
    if isinstance(walk.waiting, More):
        ends.goodbye(walk, walk.waiting.result)
        return
    walk.draft.say(walk.draft.text("cancelled"))
    walk.give_up()
    depths = range(len(walk.stack) - 1, 0, -1)
    depth = next((at for at in depths if walk.stack[at].via == "interrupt"), 0)
    rewind.forget_told(walk, depth)
    if depth:
        walk.drop(depth)
    else:
        ends.ask_more(walk, "left")


def _back(walk: Walk) -> None:
    if isinstance(walk.waiting, Calling) and rewind.is_changing(walk):
        calls.hold(walk, "")
        return
    if not walk.stack:
        again_or_menu(walk)
        return
    if isinstance(walk.waiting, Calling):
        walk.give_up()
    if not rewind.back(walk):
        again_or_menu(walk)


def again_or_menu(walk: Walk) -> None:
    """Whatever is open once more; the menu if nothing is."""
    waiting = walk.waiting
    if isinstance(waiting, Calling):
        calls.hold(walk, "")
    elif isinstance(waiting, More):
        ends.ask_more(walk, waiting.result)
    elif isinstance(waiting, Suggest):
        topics.suggest_again(walk, waiting)
    elif not questions.again(walk):
        starting.menu(walk)


def _at_more(walk: Walk, heard: Heard, waiting: More) -> None:
    if heard.group == "enough":  # the «yes» of «да, всё» wants nothing more
        ends.goodbye(walk, waiting.result)
        return
    option = typed_label(walk.index, heard, waiting.shown, waiting.numbered)
    if option is not None:
        press_more(walk, option.key, waiting)
    elif heard.is_closing:
        ends.goodbye(walk, waiting.result)
    elif not _set_aside(walk, heard):
        topics.understand(walk, heard)


def press_more(walk: Walk, key: str, waiting: More) -> None:
    """Yes or no to «Anything else?», or the people offered beside it."""
    if key == "yes":
        starting.menu(walk)
    elif key == "operator":
        topics.call_operator(walk)
    else:
        ends.goodbye(walk, waiting.result)


def _at_suggest(walk: Walk, heard: Heard, waiting: Suggest) -> None:
    option = typed_label(walk.index, heard, waiting.shown, waiting.numbered)
    if option is not None:
        topics.press_suggested(walk, option.key, waiting)
    elif walk.question() is not None:
        answer(walk, heard)
    elif heard.group == "enough" or not heard.has_letters:
        nothing_open(walk, heard)
    elif (said := yes_no_alone(heard.text)) is not None:
        _suggested_rightly(walk, waiting, said)
    else:
        nothing_open(walk, heard)


def _suggested_rightly(walk: Walk, waiting: Suggest, said: bool) -> None:
    """«Да» to the only topic suggested starts it, to several it asks which; «нет» is «other»."""
    topics_shown = [option.key for option in waiting.shown[:-1]]
    if not said:
        topics.press_suggested(walk, "other", waiting)
    elif len(topics_shown) == 1:
        topics.press_suggested(walk, topics_shown[0], waiting)
    else:
        topics.suggest_again(walk, waiting)


def answer(walk: Walk, heard: Heard) -> None:
    """A text while a question is open."""
    step = walk.question()
    if step is None:
        nothing_open(walk, heard)
        return
    if _fits(walk, step, heard) or rewind.correct(walk, heard.text) or _set_aside(walk, heard):
        return
    if heard.is_closing:
        _closing(walk, step, heard)
    elif heard.sure == "operator":
        topics.call_operator(walk)
    elif not (
        _other_topic(walk, step, heard)
        or restated(walk, step, heard)
        or _refused(walk, step, heard)
    ):
        _not_fitting(walk, step, heard)


def offer_held(walk: Walk, text: str, sealed: Mapping[str, Sealed] = _NONE) -> None:
    """The text that came during a call, offered once to the question that follows. sealed: what
    of it is kept instead where it may be a secret, by slot."""
    step = walk.question() if isinstance(walk.waiting, Question) else None
    if isinstance(step, Ask) and step.slot in sealed and walk.index.slots[step.slot].secret:
        questions.accept(walk, step, sealed[step.slot])
        steps.run(walk)
        return
    if step is None or not text:
        return
    heard = Heard(text, walk.index)
    if _fits(walk, step, heard) or rewind.correct(walk, text):
        steps.run(walk)


def _fits(walk: Walk, step: Ask | Choose, heard: Heard) -> bool:
    """Rules 3 and 4: a typed button, or a value for the slot."""
    asked = _asked(walk, step)
    option = typed_press(asked, heard)
    if option is not None:
        press(walk, step, option)
        return True
    if not isinstance(step, Ask):
        return False
    slot = walk.index.slots[step.slot]
    value = walk.find(slot, heard.text, choices(slot, asked.shown))
    if value is None:
        return False
    label = next((o.label for o in asked.shown if o.kind == "option" and o.key == value), "")
    questions.accept(walk, step, value, label)
    return True


def choices(slot: Slot, shown: tuple[Shown, ...]) -> tuple[Choice, ...]:
    """The options of a question, for the search of a choice's value."""
    if slot.type != "choice":
        return ()
    return tuple(Choice(key=o.key, label=o.label) for o in shown if o.kind == "option")


def _asked(walk: Walk, step: Ask | Choose) -> Asked:
    """The open question; under a suggestion, what it would show."""
    waiting = walk.waiting
    if not isinstance(waiting, Question):
        return questions.would_stand(walk, step)
    shown, numbered = waiting.shown, waiting.numbered
    return Asked(walk.index, walk.lang, walk.top.scenario, step, shown, numbered)


def is_plain(dialog: Dialog, place: Place, heard: Heard) -> bool:
    """Whether a text means something at the open question without any classifier: a typed
    button, or a value for the asked slot. Texts during calls are only kept."""
    waiting = place.waiting
    if isinstance(waiting, Calling):
        return True
    if not isinstance(waiting, Question) or not place.stack or place.outdated:
        return False
    top, index = place.stack[-1], heard.index
    scenario = index.bundle.scenarios.get(top.scenario)
    step = scenario.steps.get(top.step) if scenario is not None else None
    if type(step) is not Ask and type(step) is not Choose:
        return False
    asked = Asked(index, dialog.lang, top.scenario, step, waiting.shown, waiting.numbered)
    if typed_press(asked, heard) is not None:
        return True
    if not isinstance(step, Ask):
        return False
    slot, options = index.slots[step.slot], choices(index.slots[step.slot], waiting.shown)
    # Whether a date is named does not depend on the day.
    return index.reader.find(slot, heard.text, today=_ANY_DAY, choices=options) is not None


def press(walk: Walk, step: Ask | Choose, option: Shown) -> None:
    """A button or option of the open question, pressed or typed."""
    if option.kind == "suggest":
        topics.call_operator(walk)
        return
    if option.kind == "option" and isinstance(step, Ask) and _offered(walk, step, option.key):
        questions.accept(walk, step, option.key, option.label)
        return
    is_button = option.kind == "button"
    button = next((b for b in step.buttons if is_button and b.key == option.key), None)
    if button is None:
        # The bundle changed under an open question, and this is no more, pressed or typed.
        walk.waiting = None
        questions.again(walk)
        return
    walk.waiting = None
    questions.understood(walk)
    walk.mark(f"button.{button.key}")
    walk.passed(step.id, answered=True)
    _follow(walk, step, button)


def _follow(walk: Walk, step: Ask | Choose, button: Button) -> None:
    if button.go:
        steps.go_to(walk, button.go)
    elif button.run:
        starting.begin(walk, button.run, "run")
    else:
        walk.stand(button.do or step.next)


def _closing(walk: Walk, step: Ask | Choose, heard: Heard) -> None:
    """Rule 6: closing words."""
    button = next((b for b in step.buttons if b.closes), None)
    if button is not None:
        press(walk, step, Shown(token="", key=button.key, label=button.label))
    elif isinstance(step, Choose):
        ends.goodbye(walk, "left")
    elif heard.group == "enough":
        cancel(walk)
    else:
        walk.draft.say(walk.draft.text("welcome"))


def _other_topic(walk: Walk, step: Ask | Choose, heard: Heard) -> bool:
    """Rule 7: the text is surely about another scenario."""
    wanted, meaning = heard.sure, heard.meaning
    target = walk.bundle.scenarios.get(wanted)
    if target is None or target.internal or meaning is None or wanted == walk.top.scenario:
        return False
    if isinstance(step, Ask) and not _surely(walk, meaning):
        return False
    key = walk.index.starter(walk.scenario(walk.top), step, wanted)
    if key and _offered(walk, step, key):
        walk.text_of_start = heard.text
        press(walk, step, Shown(token="", key=key, label=""))
        return True
    if step.interrupt == "never":
        return False
    if step.interrupt == "leave":
        starting.start(walk, wanted, heard.text)
    else:
        starting.interrupt(walk, wanted, heard.text)
    return True


def _offered(walk: Walk, step: Ask | Choose, key: str) -> bool:
    return any(offer.key == key for offer in questions.offers(walk, step))


def _surely(walk: Walk, meaning: Meaning) -> bool:
    return (
        bool(meaning.ranked) and meaning.ranked[0][1] >= topics.answer_from(walk, meaning) + _SURER
    )


def _refused(walk: Walk, step: Ask | Choose, heard: Heard) -> bool:
    """A «no» with other words that mean nothing here still presses the button that says no."""
    option = refusal(walk.index, heard, _asked(walk, step).shown)
    if option is not None:
        press(walk, step, option)
    return option is not None


def _not_fitting(walk: Walk, step: Ask | Choose, heard: Heard) -> None:
    """Rule 8: neither an answer nor another topic."""
    if isinstance(step, Ask):
        questions.refuse(walk, step)
        return
    if heard.sure == walk.top.scenario:  # it is what the question is about: no miss
        questions.again(walk)
        return
    suggested = heard.meaning is not None and heard.meaning.zone == "suggest"
    if suggested and step.interrupt != "never" and topics.suggest(walk, heard):
        return
    if topics.missed(walk, heard.text):
        return
    walk.draft.say(walk.draft.text("choose_again"))
    questions.again(walk)
