"""What a customer's update, a timer or a platform's report does in each state of a dialog."""

from typing import Any

from core import life
from core.content import Option, Outgoing
from core.effects import Amend, Hasten, MarkDelivery, Reach
from core.keyboard import kind_for
from core.masking import mask_codes, mask_digits
from core.records import Author, Message
from core.scenario import interpreter
from core.scenario.ahead import secret_lengths
from core.scenario.typed import numbered_one
from core.turn import TurnDraft
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerCommented,
    CustomerDeleted,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    CustomerUpdate,
    DeliveryReported,
    TimerFired,
    Update,
)

# -- shared by all states


def heard(draft: TurnDraft, update: CustomerMessage) -> None:
    """The message becomes a line of the transcript; a secret answer shows no digits there."""
    text, masked = hidden(draft, update.text)
    if update.contact is not None:
        text = text or update.contact.phone
    message = Message(
        n=0,
        at=draft.now,
        author=Author(kind="customer", id=draft.dialog.identity, name=draft.dialog.customer_name),
        text=text,
        media=update.media,
        platform_id=update.platform_id,
        reply_to=update.reply_to,
        masked=update.masked or masked,
    )
    draft.write(message)
    was_here(draft, last_customer_n=draft.last_n, album=update.album)
    if update.masked and not draft.dialog.told_masked:
        draft.change(told_masked=True)
        draft.tell(draft.text("masked"))


def hidden(draft: TurnDraft, text: str) -> tuple[str, bool]:
    """The text as people may read it, and whether something may have been cut out.

    Where the bot left a secret question to people, the question may open again, so its answer is
    no text for them; other numbers are, unless a rescue does not know the question."""
    if not draft.dialog.secret:
        return text, False
    place = draft.dialog.place
    is_known = place is not None and place.bundle == draft.bundle.hash
    if draft.dialog.state == "bot" or not is_known:
        return mask_digits(text), True
    shown = mask_codes(text, secret_lengths(draft))
    return shown, shown != text


def was_here(draft: TurnDraft, **fields: Any) -> None:
    """The customer did something: moments, and the chat is reachable again. fields: of the
    dialog, which change with them."""
    first = draft.dialog.first_customer_at or draft.now
    draft.change(first_customer_at=first, last_customer_at=draft.now, **fields)
    if draft.facts.capabilities.reply_ends_limit:
        draft.effects.append(Hasten())
    if draft.dialog.gone:
        draft.change(gone="")
        draft.effects.append(Reach(reason=""))


def pressed_label(draft: TurnDraft, label: str) -> None:
    """A press is a line of the transcript too, so that people can follow the dialog."""
    author = Author(kind="customer", id=draft.dialog.identity, name=draft.dialog.customer_name)
    draft.write(Message(n=0, at=draft.now, author=author, text=label, code="pressed"))


def on_commented(draft: TurnDraft, update: CustomerCommented) -> None:
    """Words under a post are kept; the first ones are answered by an invitation to write in
    private. Nothing starts by them: everybody reads along there."""
    first = not draft.dialog.public
    draft.change(public=True)
    heard(
        draft,
        CustomerMessage(
            text=update.text,
            media=update.media,
            platform_id=update.platform_id,
            masked=update.masked,
        ),
    )
    if first:
        invitation = draft.text("comment_invitation")
        draft.invite(Outgoing(text=invitation, reply_to=update.platform_id))
    if draft.dialog.state == "bot":
        # the bot waits for nothing here, but a dialog must come to an end
        draft.start_timer("silence", draft.now + draft.policy.auto_close)
    elif draft.dialog.state == "with_operator":
        unanswered(draft)


def on_edited(draft: TurnDraft, update: CustomerEdited) -> None:
    """The transcript shows the new text; nothing starts by it."""
    text, masked = hidden(draft, update.text)
    amend = Amend(
        platform_id=update.platform_id,
        text=text,
        at=draft.now,
        masked=update.masked or masked,
        order=update.order_key,
    )
    draft.effects.append(amend)


def on_deleted(draft: TurnDraft, update: CustomerDeleted) -> None:
    """The transcript keeps the place of a message that its author took away."""
    draft.effects.append(Amend(platform_id=update.platform_id, text=None, at=draft.now))


def on_delivery(draft: TurnDraft, update: DeliveryReported) -> None:
    """A platform's word on our message; an echo without our id was written by a person there."""
    if update.state == "echo" and not update.outbox and update.text:
        author = Author(kind="operator", name=draft.dialog.channel)
        line = Message(
            n=0,
            at=draft.now,
            author=author,
            text=update.text,
            platform_id=update.platform_id,
            delivery="sent",
        )
        draft.write(line)
        return
    proves = draft.facts.capabilities.delivered_proves
    proves = proves and update.state == "delivered" and not update.up_to
    draft.effects.append(
        MarkDelivery(
            platform_id=update.platform_id,
            state="sent" if update.state == "echo" else update.state,
            up_to=update.up_to,
            until=update.until,
            outbox=update.outbox,
            code=update.code,
            proves=proves,
            at=draft.now,
        )
    )


def on_allowed(draft: TurnDraft, _update: Update) -> None:
    """We may write again."""
    was_here(draft)


def on_gone(draft: TurnDraft, update: CustomerGone) -> None:
    """The customer blocked us: what waits to be sent is cancelled, operators see it."""
    draft.change(gone=update.reason)
    draft.effects.append(Reach(reason=update.reason))
    draft.service("customer_gone", update.reason)


def on_gone_from_bot(draft: TurnDraft, update: CustomerGone) -> None:
    """Nobody is left to talk to: the bot's dialog is over."""
    on_gone(draft, update)
    life.close(draft, "left", "customer", ask=False, skip_reason="unreachable")


def nothing(_draft: TurnDraft, _update: Update) -> None:
    """Allowed, and changes nothing here."""


def on_late_call(draft: TurnDraft, update: CallReturned | CallFailed) -> None:
    """A call came back when the bot no longer has the dialog: people learn of changes made."""
    interpreter.late_call(draft, update)


# -- the bot has the dialog


def on_bot_message(draft: TurnDraft, update: CustomerMessage) -> None:
    """The bot hears it; of files sent as one it hears the first, and what has words beside it."""
    goes_on = update.album != "" and update.album == draft.dialog.album
    heard(draft, update)
    if not goes_on or update.text:
        interpreter.converse(draft, update)


def on_bot_update(draft: TurnDraft, update: AnyUpdate) -> None:
    """A press, a start, a call's answer or a timer for the scenario."""
    if isinstance(update, CustomerUpdate):
        was_here(draft)
    if draft.dialog.public:
        if isinstance(update, TimerFired):
            life.close(draft, "left", "timer")
        return
    if isinstance(update, ButtonPressed):
        pressed_now(draft, update)
    interpreter.converse(draft, update)


def pressed_now(draft: TurnDraft, update: ButtonPressed) -> None:
    """Writes the label of an option that is open; other presses leave no line."""
    shown = draft.dialog.open_options
    waiting = draft.dialog.place.waiting if draft.dialog.place else None
    shown += getattr(waiting, "shown", ())
    if is_second_tap(draft, update):
        return
    for option in shown:
        if option.token == update.token:
            pressed_label(draft, option.label)
            return


def is_second_tap(draft: TurnDraft, update: ButtonPressed) -> bool:
    """The button that was pressed last, pressed again: it means nothing, whatever it led to."""
    place = draft.dialog.place
    return place is not None and place.used == update.token


def on_customer_closed(draft: TurnDraft, _update: Update) -> None:
    """The customer ends the dialog."""
    was_here(draft)
    result = "closed_by_customer" if draft.dialog.state == "with_operator" else "left"
    life.close(draft, result, "customer")


# -- the dialog waits for an operator


def on_queued_message(draft: TurnDraft, update: CustomerMessage) -> None:
    """Kept for the operator; «english» changes the language; «меню», «отмена» and the way back,
    typed, give the dialog back to the bot."""
    heard(draft, update)
    if interpreter.speaks(draft, update.text):
        tell_waiting(draft)
        return
    group = interpreter.word_group(update.text, draft.bundle)
    if _is_way_back(draft, update.text) or group in ("menu", "cancel"):
        back_to_bot(draft, to_menu=group == "menu")
        return
    told_at = draft.dialog.told_at
    if told_at is None or draft.now - told_at >= draft.policy.waiting_note:
        tell_waiting(draft)


def _is_way_back(draft: TurnDraft, text: str) -> bool:
    """Whether the text is the label of the way back, or its number where numbers are shown."""
    offered = draft.dialog.open_options
    if any(interpreter.is_label(text, one.label, draft.bundle) for one in offered):
        return True
    if numbered_one(text, offered) is None:
        return False
    options = [Option(key=one.key, label=one.label, token=one.token) for one in offered]
    return kind_for(options, draft.capabilities, text="", has_phone=False) == "none"


def back_to_bot(draft: TurnDraft, *, to_menu: bool, token: str = "") -> None:
    """The customer no longer wants to wait. token: of the button they pressed."""
    life.to_bot(draft, "customer")
    if to_menu:
        interpreter.menu(draft)
    else:
        interpreter.resume(draft, token)


def tell_waiting(draft: TurnDraft) -> None:
    """Says the place in the queue, or when somebody will be back."""
    info = life.queue_info(draft, draft.dialog.queue)
    if info.open_now:
        life.tell_place(draft, draft.facts.place or info.waiting or 1, "still_waiting")
    else:
        life.tell_away(draft, info)


def on_queued_press(draft: TurnDraft, update: ButtonPressed) -> None:
    """«Return to the bot», or a button of a scenario that is frozen now."""
    was_here(draft)
    if any(option.token == update.token for option in draft.dialog.open_options):
        pressed_now(draft, update)
        back_to_bot(draft, to_menu=False, token=update.token)
        return
    if is_second_tap(draft, update):
        return
    draft.tell(draft.text("old_button"))
    tell_waiting(draft)


def on_queued_start(draft: TurnDraft, update: CustomerStarted) -> None:
    """Opening the chat anew is the word «menu», or the scenario its link names."""
    was_here(draft)
    life.to_bot(draft, "customer")
    interpreter.converse(draft, update)


def on_queued_timer(draft: TurnDraft, update: TimerFired) -> None:
    """A waiting customer hears of another place, and that people went home; silence is spared
    repeating the same."""
    if update.kind != "waiting":
        return
    place, told = draft.facts.place, draft.dialog.told_place
    info = life.queue_info(draft, draft.dialog.queue)
    if not info.open_now and told:
        life.tell_away(draft, info, "notice")
    elif info.open_now and place and place != told:
        life.tell_place(draft, place, "still_waiting" if told else "queue_place")
    draft.start_timer("waiting", draft.now + draft.policy.waiting_note)


# -- an operator has the dialog


def on_held_message(draft: TurnDraft, update: CustomerMessage) -> None:
    """The operator reads it; the bot is silent."""
    heard(draft, update)
    unanswered(draft)


def unanswered(draft: TurnDraft) -> None:
    """The customer waits for the operator's words from now on, unless they waited already."""
    draft.cancel_timer("idle")
    if draft.dialog.waiting_since is None:
        draft.change(waiting_since=draft.now)


def on_held_press(draft: TurnDraft, update: ButtonPressed) -> None:
    """An old button: the operator sees that something was pressed."""
    was_here(draft)
    pressed_now(draft, update)


def on_held_timer(draft: TurnDraft, update: TimerFired) -> None:
    """The customer has not answered the operator for long."""
    if update.kind == "idle":
        life.close(draft, "no_answer", "timer")
