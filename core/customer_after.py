"""What a customer does once the case is closed: a rating, thanks, or a reason to go on."""

from msgspec.structs import replace

from core import life, rating, undo
from core.customer_side import heard, is_second_tap, pressed_label, was_here
from core.scenario import interpreter
from core.turn import TurnDraft
from core.understanding.entities import beside, declines, is_bare
from core.understanding.entities import rating as rating_in
from core.updates import (
    ButtonPressed,
    CustomerMessage,
    CustomerStarted,
    RatingGiven,
    TimerFired,
    Update,
)


def on_rating_message(draft: TurnDraft, update: CustomerMessage) -> None:
    """A number or words are the rating; closing words and a mere «no» change nothing; the rest
    reopens.

    Before the question went out a number answers something else: it reopens like other words."""
    asked = draft.dialog.rating
    low, high = asked.scale if asked else (1, 5)
    no_mark = update.media or undo.is_ask_held(draft)
    value = None if no_mark else rating_in(update.text, low, high)
    heard(draft, update)
    if value is not None:
        _rated_in_words(draft, update, value, (low, high))
    elif interpreter.is_closing_words(update, draft.bundle) or _declines(update):
        pass
    elif not no_mark and is_bare(update.text):
        draft.tell(draft.text("rating_bad_value", low=low, high=high))
    else:
        reopened_by(draft, update)


def _declines(update: CustomerMessage) -> bool:
    return not update.media and declines(update.text)


def _rated_in_words(
    draft: TurnDraft, update: CustomerMessage, value: int, scale: tuple[int, int]
) -> None:
    """What is said beside the mark is its comment, or goes on as the next text would.

    The meaning is of the whole text: a mark beside a question changes it by next to nothing."""
    rest = replace(update, text=beside(update.text, value, *scale))
    is_judged = rating_in(update.text, *scale, judged=False) is None
    is_praise = is_judged and value * 2 > sum(scale)
    if not _asks(draft, rest) or (is_praise and _tells_of_the_case(draft, rest)):
        polite = interpreter.is_closing_words(CustomerMessage(text=rest.text), draft.bundle)
        rated(draft, value, "" if polite else rest.text)
        return
    # «Хорошо, как оплатить» judges nothing: beside a request only a number or a sign is a mark.
    if not is_judged and _taken(draft, value):
        draft.tell(draft.text("rating_thanks"))
    reopened_by(draft, rest)


def _asks(draft: TurnDraft, update: CustomerMessage) -> bool:
    """Whether the text is for the bot: one of the words that work anywhere, or a question that
    it is sure of. Closing words ask for nothing."""
    if not update.text or interpreter.is_closing_words(update, draft.bundle):
        return False
    sure = update.meaning is not None and update.meaning.zone == "answer"
    return sure or interpreter.word_group(update.text, draft.bundle) is not None


def _tells_of_the_case(draft: TurnDraft, update: CustomerMessage) -> bool:
    """«Отлично, пароль поменяла» says how the case that is judged went, and asks for nothing."""
    if update.meaning is None or interpreter.word_group(update.text, draft.bundle) is not None:
        return False
    scenario = draft.bundle.scenarios.get(update.meaning.best)
    return "?" not in update.text and scenario is not None and scenario.title == draft.dialog.topic


def rated(draft: TurnDraft, value: int, comment: str = "") -> None:
    """Takes the value and closes; a value outside the scale or the window changes nothing."""
    first = draft.dialog.rating is not None and draft.dialog.rating.value is None
    if _taken(draft, value, comment) and first:
        draft.tell(draft.text("rating_thanks" if comment else "rating_comment"))


def _taken(draft: TurnDraft, value: int, comment: str = "") -> bool:
    if not rating.give(draft, value, comment):
        return False
    draft.cancel_timer("rating")
    draft.change(state="closed", closed_at=draft.dialog.closed_at or draft.now)
    draft.why = "rated"
    return True


def on_rating_press(draft: TurnDraft, update: ButtonPressed) -> None:
    """A native rating button; later presses of it may change the value for a while."""
    was_here(draft)
    for option in draft.dialog.open_options:
        if option.token == update.token and option.kind == "rating":
            pressed_label(draft, option.label)
            rated(draft, int(option.key))
            return
    if not is_second_tap(draft, update):
        draft.tell(draft.text("old_button"))


def on_rating_given(draft: TurnDraft, update: RatingGiven) -> None:
    """A channel with a rating control of its own."""
    was_here(draft)
    rated(draft, update.value, update.comment)


def on_rating_timer(draft: TurnDraft, update: TimerFired) -> None:
    """The answer window is over."""
    if update.kind == "rating":
        draft.change(state="closed", open_options=())
        draft.why = "closed"


def on_rating_skipped(draft: TurnDraft, _update: Update) -> None:
    """The customer closes the chat instead of rating."""
    was_here(draft)
    draft.cancel_timer("rating")
    draft.change(state="closed", open_options=())
    draft.why = "closed"


def on_closed_message(draft: TurnDraft, update: CustomerMessage) -> None:
    """Another mark, a comment to the rating, a mere thanks, or a reason to reopen."""
    heard(draft, update)
    if interpreter.is_closing_words(update, draft.bundle):
        return
    if _is_other_mark(draft, update):
        draft.tell(draft.text("rating_thanks"))
    elif _takes_comment(draft) and update.text and not _asks(draft, update):
        rating.comment(draft, update.text)
        draft.tell(draft.text("rating_thanks"))
    else:
        reopened_by(draft, update)


def _is_other_mark(draft: TurnDraft, update: CustomerMessage) -> bool:
    """Takes a mark alone in place of the one this close was given, while that may be changed.

    Judgements in words are none: «хорошо объяснили» is the comment that was asked for."""
    given = draft.dialog.rating
    if given is None or not _is_of_this_close(draft) or update.media or not is_bare(update.text):
        return False
    value = rating_in(update.text, *given.scale)
    return value is not None and _taken(draft, value)


def _takes_comment(draft: TurnDraft) -> bool:
    return _is_of_this_close(draft) and rating.takes_comment(draft)


def _is_of_this_close(draft: TurnDraft) -> bool:
    """Whether the mark was given to the close at hand. Where the dialog was reopened since, a
    number or a text answers something else."""
    given, closed_at = draft.dialog.rating, draft.dialog.closed_at
    if given is None or given.answered_at is None:
        return False
    return closed_at is None or given.answered_at >= closed_at


def reopened_by(draft: TurnDraft, update: CustomerMessage) -> None:
    """Without a human text before, the bot goes on; otherwise people do."""
    if draft.dialog.human:
        life.reopen_with_humans(draft)
        return
    life.reopen(draft)
    draft.change(state="bot", queue="")
    interpreter.fresh(draft)
    interpreter.converse(draft, update)


def on_closed_start(draft: TurnDraft, update: CustomerStarted) -> None:
    """Opening the chat anew asks for the bot, whoever had the dialog before."""
    was_here(draft)
    life.reopen(draft)
    draft.change(state="bot", queue="")
    interpreter.fresh(draft)
    interpreter.converse(draft, update)


def on_closed_press(draft: TurnDraft, update: ButtonPressed) -> None:
    """A rating button changes the value; any other is out of date."""
    on_rating_press(draft, update)
