"""What an operator's update does: take, reply, note, transfer, return, close, settle."""

from msgspec.structs import replace

from core import life, undo
from core.content import Outgoing
from core.effects import Rewrite, Settle, Sort, Unsend
from core.records import Author, Message
from core.scenario import interpreter
from core.state import Refusal
from core.turn import TurnDraft
from core.updates import (
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
    OperatorUpdate,
)


def stale(draft: TurnDraft, update: OperatorUpdate) -> bool:
    """Refuses a command made on an older view of the dialog."""
    if update.state_rev is None or update.state_rev == draft.dialog.state_rev:
        return False
    draft.refuse(Refusal(code="stale", detail=draft.dialog.state, by=draft.dialog.operator_name))
    return True


def foreign(draft: TurnDraft, update: OperatorUpdate) -> bool:
    """Refuses who does not own the dialog; a supervisor may act on any."""
    if update.supervisor or draft.dialog.operator == update.operator:
        return False
    draft.refuse(Refusal(code="not_owner", by=draft.dialog.operator_name))
    return True


def on_took(draft: TurnDraft, update: OperatorTook) -> None:
    """The first of any number of takers gets the waiting dialog."""
    if stale(draft, update):
        return
    life.hold(draft, update.operator, update.name, update.how)
    draft.why, draft.by = "taken", update.operator
    draft.tell(draft.text("operator_joined", name=update.name))


def on_took_from_bot(draft: TurnDraft, update: OperatorTook) -> None:
    """A supervisor takes over from the bot, unless the customer has only just returned to it."""
    if stale(draft, update):
        return
    if not update.supervisor:
        draft.refuse(Refusal(code="forbidden", detail="bot"))
        return
    life.escalate(draft, reason="taken_over", quiet=True)
    on_took(draft, replace(update, how="forced"))


def on_took_again(draft: TurnDraft, update: OperatorTook) -> None:
    """Taken already: by the same person nothing changes, a supervisor may take it over."""
    if draft.dialog.operator == update.operator:
        return
    if not (update.supervisor and update.how == "forced"):
        holding = draft.dialog.holding
        taken_at = holding.taken_at if holding else None
        draft.refuse(Refusal(code="taken", by=draft.dialog.operator_name, at=taken_at))
        return
    if stale(draft, update):
        return
    life.let_go(draft, "forced")
    life.hold(draft, update.operator, update.name, "forced")
    draft.why, draft.by = "taken", update.operator
    draft.tell(draft.text("operator_joined", name=update.name))


def on_opened(draft: TurnDraft, update: OperatorOpened) -> None:
    """An operator writes first; nobody else may be busy with the customer."""
    state = draft.dialog.state
    if state == "bot" and draft.last_n:
        draft.refuse(Refusal(code="taken", detail=state))
        return
    if state in ("rating", "closed"):
        life.reopen(draft)
    before = draft.dialog.escalation
    draft.change(queue=before.queue if before else draft.policy.default_queue)
    life.hold(draft, update.operator, update.name, "opened")
    _speak(draft, update, update.content, update.client_id)
    draft.why, draft.by = "opened", update.operator


def on_rewrote(draft: TurnDraft, update: OperatorRewrote) -> None:
    """A message was changed or taken back; what still waits of it is not sent."""
    if foreign(draft, update):
        return
    draft.effects.append(Rewrite(n=update.n, text=update.text, at=draft.now))
    if update.text is None:
        draft.effects.append(Unsend(lines=(update.n,)))
    draft.by = update.operator


def on_replied(draft: TurnDraft, update: OperatorReplied) -> None:
    """A message under the operator's name."""
    if foreign(draft, update):
        return
    _speak(draft, update, update.content, update.client_id)


def _speak(draft: TurnDraft, by: OperatorUpdate, content: Outgoing, client_id: str = "") -> None:
    """Words of an operator; the first ones answer a wait."""
    author = Author(kind="operator", id=by.operator, name=by.name)
    draft.deliver(content, kind="operator", author=author, client_id=client_id)
    draft.flush()
    n, now = draft.last_n, draft.now
    escalation, holding = draft.dialog.escalation, draft.dialog.holding
    # One that ended without a human text was missed, whoever writes first later.
    if escalation is not None and escalation.ended_at is None and not escalation.first_n:
        escalation = replace(escalation, first_n=n, first_human_at=now, first_operator=by.operator)
        draft.note(escalation)
    if holding is not None and holding.ended_at is None and not holding.first_n:
        holding = replace(holding, first_n=n, first_text_at=now)
        draft.note(holding)
    first = draft.dialog.first_human_at or now
    draft.change(
        escalation=escalation,
        holding=holding,
        human=True,
        first_human_at=first,
        last_human_at=now,
        waiting_since=None,
    )
    draft.start_timer("idle", now + draft.policy.auto_close)


def on_noted(draft: TurnDraft, update: OperatorNoted) -> None:
    """A line the customer never sees, in any state."""
    author = Author(kind="operator", id=update.operator, name=update.name)
    line = Message(
        n=0, at=draft.now, author=author, kind="note", text=update.text, client_id=update.client_id
    )
    draft.write(line)


def on_transferred(draft: TurnDraft, update: OperatorTransferred) -> None:
    """To a queue or to a colleague; the wait of a customer without an answer counts on."""
    if stale(draft, update) or foreign(draft, update):
        return
    waiting_since = draft.dialog.waiting_since or draft.now
    undo.offer(draft, update.undo, "transfer", update.operator)
    if draft.dialog.state == "queued":
        life.leave_queue(draft)
    life.let_go(draft, "transferred")
    draft.why, draft.by = "transferred", update.operator
    if update.comment:
        author = Author(kind="operator", id=update.operator, name=update.name)
        draft.write(Message(n=0, at=draft.now, author=author, kind="note", text=update.comment))
    if update.to_operator:
        life.hold(draft, update.to_operator, update.to_name, "transferred")
        draft.tell(draft.text("operator_joined", name=update.to_name))
        return
    info = life.queue_info(draft, update.to_queue)
    life.enter_queue(draft, update.to_queue, why="transferred")
    draft.change(waiting_since=waiting_since)
    life.tell_back(draft, info, draft.text("transferred"))


def on_returned(draft: TurnDraft, update: OperatorReturnedToBot) -> None:
    """The bot goes on, at a step marked as entry or by asking what else."""
    if stale(draft, update) or foreign(draft, update):
        return
    scenario = draft.bundle.scenarios.get(update.scenario) if update.scenario else None
    if update.scenario and scenario is None:
        draft.refuse(Refusal(code="validation", detail="scenario"))
        return
    if scenario is not None and update.step:
        step = scenario.steps.get(update.step)
        if step is None or not step.entry:
            draft.refuse(Refusal(code="validation", detail="step"))
            return
    if update.say:
        _speak(draft, update, Outgoing(text=update.say))
    life.let_go(draft, "returned")
    life.to_bot(draft, "operator")
    draft.by = update.operator
    if draft.dialog.public:
        # the bot waits for nothing here, but a dialog must come to an end
        draft.start_timer("silence", draft.now + draft.policy.auto_close)
    else:
        interpreter.hand_back(draft, update)


def on_closed(draft: TurnDraft, update: OperatorClosed) -> None:
    """The operator ends the dialog, unless the customer wrote something unseen."""
    if stale(draft, update) or foreign(draft, update):
        return
    if update.seen_n is not None and draft.dialog.last_customer_n > update.seen_n:
        draft.refuse(Refusal(code="new_message"))
        return
    undo.offer(draft, update.undo, "close", update.operator)
    if update.say:
        _speak(draft, update, Outgoing(text=update.say))
    life.close(
        draft, update.result, "operator", ask=update.ask_rating, skip_reason=update.skip_reason
    )


def on_sorted(draft: TurnDraft, update: OperatorSorted) -> None:
    """What the dialog is about; only who has it knows."""
    if stale(draft, update) or foreign(draft, update):
        return
    if update.topic is not None and update.topic != draft.dialog.topic:
        draft.change(topic=update.topic)
    if update.tags_add or update.tags_remove or update.priority is not None:
        draft.effects.append(
            Sort(add=update.tags_add, remove=update.tags_remove, priority=update.priority)
        )
    draft.by = update.operator


def on_operator_gone(draft: TurnDraft, update: OperatorGone) -> None:
    """The dialog returns to its queue with its original waiting time."""
    if draft.dialog.operator != update.operator:
        return
    queue = draft.dialog.queue or draft.policy.default_queue
    since = draft.dialog.waiting_since or draft.now
    life.let_go(draft, "operator_gone")
    life.enter_queue(draft, queue, why="operator_gone")
    draft.change(waiting_since=since)
    draft.why, draft.by = "queued", update.why
    life.tell_back(draft, life.queue_info(draft, queue), draft.text("operator_left"))


def on_settled(draft: TurnDraft, update: MessageSettled) -> None:
    """The operator says what became of a message of unknown delivery."""
    if foreign(draft, update):
        return
    draft.effects.append(Settle(n=update.n, resend=update.resend))
