"""What a new question is about: start it, ask which, or ask for other words."""

from datetime import timedelta

from core.scenario import questions, starting
from core.scenario.heard import Heard
from core.scenario.place import Rephrase, Suggest
from core.scenario.walk import Walk
from core.turn import Offer, TurnDraft
from core.updates import Meaning

_TITLES = 3  # suggestions shown
_LIKELY = 0.05  # less likely classes are not worth showing
_LANG_KEPT = timedelta(days=365)


def understand(walk: Walk, heard: Heard) -> None:
    """A text with nothing open, by the classifier's zone."""
    sure = heard.sure
    target = walk.bundle.scenarios.get(sure)
    if sure == "operator":
        call_operator(walk)
    elif target is not None and not target.internal:
        starting.start(walk, sure, heard.text)
    elif not (heard.meaning is not None and heard.meaning.zone != "rephrase") or not suggest(
        walk, heard
    ):
        rephrase(walk, heard.text)


def call_operator(walk: Walk) -> None:
    """The customer wants a human."""
    walk.escalate("customer_request")


def rephrase(walk: Walk, text: str) -> None:
    """Not understood: asks for other words, people after the second time in a row."""
    if missed(walk, text):
        return
    walk.draft.say(walk.draft.text("not_understood"))
    walk.waiting = Rephrase()


def missed(walk: Walk, text: str) -> bool:
    """Counts a text nobody understood; True when it was one too many and people take over."""
    walk.misses += 1
    if walk.misses < walk.bundle.bot.max_misses:
        return False
    walk.escalate("not_understood", summary=f"«{text}»" if text else "")
    return True


def suggest(walk: Walk, heard: Heard) -> bool:
    """«Did you mean»; False when there is nothing worth suggesting."""
    offers = _suggestions(walk, heard.meaning)
    if not offers:
        return False
    _offer(walk, heard.text, offers)
    return True


def _offer(walk: Walk, text: str, offers: list[Offer], question: str = "") -> None:
    other = Offer(key="other", label=walk.draft.text("other"), kind="suggest")
    spoken = walk.draft.say(question or walk.draft.text("suggest"), offers=[*offers, other])
    walk.waiting = Suggest(text=text, shown=spoken.shown, numbered=spoken.numbered)


def suggest_again(walk: Walk, waiting: Suggest) -> None:
    """The open suggestion once more."""
    offers = [Offer(key=o.key, label=o.label, kind="suggest") for o in waiting.shown[:-1]]
    _offer(walk, waiting.text, offers)


def _suggestions(walk: Walk, meaning: Meaning | None) -> list[Offer]:
    offers: list[Offer] = []
    for name, confidence in meaning.ranked if meaning is not None else ():
        if confidence < _LIKELY or len(offers) == _TITLES:
            break
        if name == "operator":
            offers.append(operator_offer(walk))
            continue
        scenario = walk.bundle.scenarios.get(name)
        if scenario is not None and not scenario.internal:
            offers.append(Offer(key=name, label=title(walk, name), kind="suggest"))
    return offers


def title(walk: Walk, scenario_id: str) -> str:
    """A scenario's title in the dialog's language."""
    source = walk.bundle.scenarios[scenario_id].title
    translation = walk.bundle.translations.get(walk.lang, {}).get(scenario_id)
    return source if translation is None else translation.texts.get("title", source)


def press_suggested(walk: Walk, key: str, waiting: Suggest) -> None:
    """One of the suggestions, or «other»; a press is a labelled phrase for the classifier."""
    walk.waiting = None
    if key == "other":
        _none_of_them(walk, waiting)
        return
    if waiting.text:
        walk.draft.label(waiting.text, key)
    if key == "operator":
        call_operator(walk)
        return
    if key not in walk.bundle.scenarios:
        _none_of_them(walk, waiting)
        return
    step = walk.question()
    if step is not None and step.interrupt == "return":
        starting.interrupt(walk, key, waiting.text)
    else:
        starting.start(walk, key, waiting.text)


def _none_of_them(walk: Walk, waiting: Suggest) -> None:
    if walk.question() is None:
        rephrase(walk, waiting.text)
    elif not missed(walk, waiting.text):
        walk.draft.say(walk.draft.text("choose_again"))
        questions.again(walk)


def answer_from(walk: Walk, meaning: Meaning) -> float:
    """The confidence from which the classifier that gave this meaning answers at once."""
    if meaning.answer_from:
        return meaning.answer_from
    thresholds = walk.bundle.thresholds.get("ngram")
    return thresholds.answer_from if thresholds is not None else 0.5


def speak(draft: TurnDraft, lang: str) -> None:
    """The customer chose a language: it holds from now on, for later dialogs too."""
    draft.change(lang=lang)
    draft.remember("lang", lang, draft.now + _LANG_KEPT)


def operator_offer(walk: Walk) -> Offer:
    """A button that calls people."""
    return Offer(key="operator", label=walk.draft.text("call_operator"), kind="suggest")


def offer_operator(walk: Walk) -> None:
    """People instead of a question that a bot cannot read."""
    _offer(walk, "", [operator_offer(walk)], walk.draft.text("attachment"))
