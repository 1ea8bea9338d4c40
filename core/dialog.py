"""Every rule of a dialog's life: which update may come in which state, and where it leads.

`RULES` lists all pairs that are allowed, `REFUSED` all that are answered with a reason; a pair in
neither does not exist (tests see to it). `advance` is pure: no I/O, no clock, no randomness.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

from core import customer_after as after
from core import customer_side as customer
from core import life, undo
from core import operator_side as operator
from core.errors import IllegalTransition
from core.policy import Policy
from core.scenario import interpreter
from core.scenario.model import Bundle
from core.state import Dialog, Facts, Refusal, Setting, State, Turn
from core.turn import TurnDraft
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerAllowed,
    CustomerClosed,
    CustomerCommented,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    CustomerTyping,
    CustomerUpdate,
    DeliveryReported,
    MessageSettled,
    OperatorClosed,
    OperatorGone,
    OperatorNoted,
    OperatorOpened,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorRewrote,
    OperatorSorted,
    OperatorTook,
    OperatorTransferred,
    OperatorUndid,
    RatingGiven,
    TimerFired,
    Update,
)

Handler = Callable[[TurnDraft, Any], None]
Kind = type[Update]
STATES: tuple[State, ...] = get_args(State)

#: What leads where, the same in every state.
_ALWAYS: Mapping[Kind, Handler] = {
    CustomerCommented: customer.on_commented,
    CustomerEdited: customer.on_edited,
    CustomerDeleted: customer.on_deleted,
    CustomerAllowed: customer.on_allowed,
    CustomerTyping: customer.nothing,
    DeliveryReported: customer.on_delivery,
    OperatorNoted: operator.on_noted,
    OperatorSorted: operator.on_sorted,
    OperatorRewrote: operator.on_rewrote,
}

_BOT: Mapping[Kind, Handler] = {
    CustomerMessage: customer.on_bot_message,
    ButtonPressed: customer.on_bot_update,
    CustomerStarted: customer.on_bot_update,
    CallReturned: customer.on_bot_update,
    CallFailed: customer.on_bot_update,
    TimerFired: customer.on_bot_update,
    CustomerClosed: customer.on_customer_closed,
    CustomerGone: customer.on_gone_from_bot,
    RatingGiven: customer.nothing,
    OperatorOpened: operator.on_opened,
    OperatorTook: operator.on_took_from_bot,
    OperatorGone: customer.nothing,
    MessageSettled: operator.on_settled,
}
_QUEUED: Mapping[Kind, Handler] = {
    CustomerMessage: customer.on_queued_message,
    ButtonPressed: customer.on_queued_press,
    CustomerStarted: customer.on_queued_start,
    CallReturned: customer.on_late_call,
    CallFailed: customer.on_late_call,
    TimerFired: customer.on_queued_timer,
    CustomerClosed: customer.on_customer_closed,
    CustomerGone: customer.on_gone,
    RatingGiven: customer.nothing,
    OperatorTook: operator.on_took,
    OperatorTransferred: operator.on_transferred,
    OperatorReturnedToBot: operator.on_returned,
    OperatorClosed: operator.on_closed,
    OperatorUndid: undo.on_undid,
    OperatorGone: customer.nothing,
    MessageSettled: operator.on_settled,
}
_WITH_OPERATOR: Mapping[Kind, Handler] = {
    CustomerMessage: customer.on_held_message,
    ButtonPressed: customer.on_held_press,
    CustomerStarted: customer.on_allowed,
    CallReturned: customer.on_late_call,
    CallFailed: customer.on_late_call,
    TimerFired: customer.on_held_timer,
    CustomerClosed: customer.on_customer_closed,
    CustomerGone: customer.on_gone,
    RatingGiven: customer.nothing,
    OperatorTook: operator.on_took_again,
    OperatorReplied: operator.on_replied,
    OperatorTransferred: operator.on_transferred,
    OperatorReturnedToBot: operator.on_returned,
    OperatorClosed: operator.on_closed,
    OperatorUndid: undo.on_undid,
    OperatorGone: operator.on_operator_gone,
    MessageSettled: operator.on_settled,
}
_RATING: Mapping[Kind, Handler] = {
    CustomerMessage: after.on_rating_message,
    ButtonPressed: after.on_rating_press,
    CustomerStarted: after.on_closed_start,
    CallReturned: customer.on_late_call,
    CallFailed: customer.on_late_call,
    TimerFired: after.on_rating_timer,
    CustomerClosed: after.on_rating_skipped,
    CustomerGone: customer.on_gone,
    RatingGiven: after.on_rating_given,
    OperatorOpened: operator.on_opened,
    OperatorUndid: undo.on_undid,
    OperatorGone: customer.nothing,
    MessageSettled: operator.on_settled,
}
_CLOSED: Mapping[Kind, Handler] = {
    CustomerMessage: after.on_closed_message,
    ButtonPressed: after.on_closed_press,
    CustomerStarted: after.on_closed_start,
    CallReturned: customer.on_late_call,
    CallFailed: customer.on_late_call,
    TimerFired: customer.nothing,
    CustomerClosed: customer.nothing,
    CustomerGone: customer.on_gone,
    RatingGiven: after.on_rating_given,
    OperatorOpened: operator.on_opened,
    OperatorUndid: undo.on_undid,
    OperatorGone: customer.nothing,
    MessageSettled: operator.on_settled,
}
RULES: Mapping[State, Mapping[Kind, Handler]] = {
    "bot": {**_ALWAYS, **_BOT},
    "queued": {**_ALWAYS, **_QUEUED},
    "with_operator": {**_ALWAYS, **_WITH_OPERATOR},
    "rating": {**_ALWAYS, **_RATING},
    "closed": {**_ALWAYS, **_CLOSED},
}

#: Commands of operators that come at the wrong time; customers are never refused.
REFUSED: Mapping[State, Mapping[Kind, str]] = {
    "bot": {
        OperatorReplied: "not_owner",
        OperatorTransferred: "not_owner",
        OperatorReturnedToBot: "not_owner",
        OperatorClosed: "not_owner",
        OperatorUndid: "stale",
    },
    "queued": {OperatorReplied: "not_owner", OperatorOpened: "taken"},
    "with_operator": {OperatorOpened: "taken"},
    "rating": {
        OperatorTook: "closed",
        OperatorReplied: "closed",
        OperatorTransferred: "closed",
        OperatorReturnedToBot: "closed",
        OperatorClosed: "closed",
    },
    "closed": {
        OperatorTook: "closed",
        OperatorReplied: "closed",
        OperatorTransferred: "closed",
        OperatorReturnedToBot: "closed",
        OperatorClosed: "closed",
    },
}

#: The moves that exist; anything else is a mistake of ours and raises IllegalTransition.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    "bot": frozenset({"bot", "queued", "with_operator", "rating", "closed"}),
    "queued": frozenset({"queued", "with_operator", "bot", "rating", "closed"}),
    "with_operator": frozenset({"with_operator", "queued", "bot", "rating", "closed"}),
    "rating": frozenset({"rating", "closed", "bot", "queued", "with_operator"}),
    # to a rating only through the bot: reopened by words that a scenario settles at once
    "closed": frozenset({"closed", "rating", "bot", "queued", "with_operator"}),
}


def advance(  # the engine's one door: each argument is one kind of knowledge
    dialog: Dialog,
    update: AnyUpdate,
    setting: Setting,
    policy: Policy,
    facts: Facts,
    now: datetime,
) -> Turn:
    """What one update does to a dialog, as data. The same arguments give the same turn.

    Raises IllegalTransition if a rule led to a state that its state cannot lead to.
    """
    kind = type(update)
    code = REFUSED[dialog.state].get(kind)
    if code is not None:
        by = dialog.operator_name
        return Turn(dialog=dialog, refusal=Refusal(code=code, by=by, detail=dialog.state))  # type: ignore[arg-type]  # the table holds codes
    if kind is TimerFired and dialog.gens.get(update.kind) != update.gen:  # type: ignore[union-attr]  # is a TimerFired
        return Turn(dialog=dialog)
    draft = TurnDraft(dialog, bundle_for(dialog, setting, policy, now), policy, facts, now)
    if isinstance(update, CustomerUpdate) and update.lacks is not None:
        draft.narrow(update.lacks)
    if dialog.lang not in draft.bundle.bot.languages:
        draft.change(lang=draft.bundle.bot.languages[0])
    interpreter.settle_bundle(draft)
    RULES[dialog.state][kind](draft, update)
    if draft.refusal is None and (draft.undo is not None or dialog.undo is not None):
        draft.flush()
        undo.sealed(draft)
    turn = draft.finish()
    if turn.dialog.state not in TRANSITIONS[dialog.state]:
        raise IllegalTransition(dialog.state, kind.__name__)
    return turn


def bundle_for(dialog: Dialog, setting: Setting, policy: Policy, now: datetime) -> Bundle:
    """A dialog stays on the bundle it began with; an old one, or one whose bundle is gone or
    broken, moves to the active bundle."""
    own = setting.bundle
    if own is None or now - dialog.opened_at >= policy.bundle_age:
        return setting.active
    return own


def rescue(
    dialog: Dialog,
    update: AnyUpdate,
    setting: Setting,
    policy: Policy,
    facts: Facts,
    now: datetime,
) -> Turn:
    """A turn for an update whose own turn keeps failing: nothing is lost, people take over.

    The message stays in the transcript; a dialog the bot had goes to the default queue.
    """
    draft = TurnDraft(dialog, setting.active, policy, facts, now)
    if isinstance(update, CustomerMessage):
        customer.heard(draft, update)
    elif isinstance(update, CustomerCommented):
        customer.on_commented(draft, update)
    draft.service("engine_error", type(update).__name__)
    if dialog.state == "bot" and not draft.dialog.public:
        life.escalate(draft, reason="engine_error")
    return draft.finish()
