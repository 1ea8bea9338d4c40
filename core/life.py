"""The moves of a dialog between its owners: each changes state, records and timers together."""

from datetime import datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from core import rating, undo
from core.channel import MessageClass
from core.records import Closing, Escalation, Holding, QueueStay
from core.scenario.handoff import handoff
from core.state import QueueInfo
from core.turn import Offer, TurnDraft

ClosedBy = Literal["customer", "operator", "bot", "timer"]
_BOT_TIMERS = ("silence", "call_wait", "secret")


def escalate(
    draft: TurnDraft,
    *,
    reason: str,
    queue: str = "",
    say: str = "",
    summary: str = "",
    quiet: bool = False,
) -> None:
    """Gives the dialog to a queue, the place frozen; `say` replaces the standard sentence.

    quiet: says nothing, since somebody takes the dialog in this very turn."""
    queue = queue or draft.policy.default_queue
    info = queue_info(draft, queue)
    kind: Literal["first", "again"] = "again" if draft.dialog.escalation else "first"
    _open_escalation(draft, kind=kind, reason=reason, info=info, summary=summary)
    for timer in _BOT_TIMERS:
        draft.cancel_timer(timer)
    enter_queue(draft, queue, why="escalated")
    draft.change(waiting_since=draft.now)
    draft.why, draft.by = "queued", reason
    if quiet:
        return
    if say:
        draft.say(say)
    else:
        draft.tell(draft.text("to_operator"))
    tell_queue(draft, info)


def _open_escalation(
    draft: TurnDraft,
    *,
    kind: Literal["first", "again", "reopened"],
    reason: str,
    info: QueueInfo,
    summary: str,
) -> None:
    scenario, step, slots, intent, confidence, misses = handoff(draft)
    escalation = Escalation(
        n=draft.next_number("escalation"),
        kind=kind,
        reason=reason,
        queue=info.id,
        escalated_at=draft.now,
        in_hours=info.open_now,
        summary=summary,
        scenario=scenario,
        step=step,
        slots=slots,
        intent=intent,
        confidence=confidence,
        misses=misses,
    )
    draft.note(escalation)
    draft.change(escalation=escalation)


def end_escalation(draft: TurnDraft, by: str) -> None:
    """The wait for a human is over; with a human text in it, it was answered."""
    escalation = draft.dialog.escalation
    if escalation is not None and escalation.ended_at is None:
        escalation = replace(escalation, ended_at=draft.now, ended_by=by)
        draft.note(escalation)
        draft.change(escalation=escalation)


def queue_info(draft: TurnDraft, queue: str) -> QueueInfo:
    """The queue as the desk has it; one that nobody made is open at all times."""
    return draft.facts.queues.get(queue) or QueueInfo(id=queue, online=0)


def enter_queue(draft: TurnDraft, queue: str, why: str) -> None:
    """The queue owns the dialog from now on."""
    stay = QueueStay(n=draft.next_number("queue_stay"), queue=queue, entered_at=draft.now, why=why)
    draft.note(stay)
    draft.change(
        state="queued", queue=queue, operator="", operator_name="", stay=stay, told_at=draft.now
    )
    draft.start_timer("waiting", draft.now + draft.policy.waiting_note)


def leave_queue(draft: TurnDraft) -> None:
    """Nobody waits in a queue any more."""
    draft.cancel_timer("waiting")
    stay = draft.dialog.stay
    if stay is not None and stay.left_at is None:
        stay = replace(stay, left_at=draft.now)
        draft.note(stay)
        draft.change(stay=stay)
    draft.change(open_options=(), told_place=0)


def tell_queue(draft: TurnDraft, info: QueueInfo) -> None:
    """What one who has just entered a queue has to wait for."""
    if info.open_now:
        tell_place(draft, info.waiting + 1, "queue_place", "answer")
    else:
        tell_away(draft, info)


def tell_back(draft: TurnDraft, info: QueueInfo, text: str) -> None:
    """Somebody had the dialog already and it waits again, with the way back to the bot.

    It waits since the customer does, so its place need not be the last one: the queue knows it once
    the dialog stands in it, and the timer tells it then."""
    if not info.open_now:
        draft.tell(text)
        tell_away(draft, info)
        return
    spoken = draft.tell(text, offers=[_way_back(draft)])
    draft.change(open_options=spoken.shown, told_at=draft.now)
    held = draft.undo.until + draft.policy.undo_grace if draft.undo else draft.now
    draft.start_timer("waiting", held)


def tell_place(draft: TurnDraft, place: int, key: str, kind: MessageClass = "notice") -> None:
    """Tells a waiting customer the place in the queue, with the way back to the bot."""
    spoken = draft.tell(draft.text(key, place=place), offers=[_way_back(draft)], kind=kind)
    draft.change(open_options=spoken.shown, told_place=place, told_at=draft.now)


def tell_away(draft: TurnDraft, info: QueueInfo, kind: MessageClass = "answer") -> None:
    """Nobody works now: says when somebody will, and offers the bot meanwhile. A place told before
    is none to count on any more."""
    if info.opens_at is None:
        text = draft.text("operators_away_long")
    else:
        zone = ZoneInfo(draft.bundle.bot.timezone)
        text = draft.text("operators_away", opens_at=_moment(info.opens_at, draft.now, zone))
    spoken = draft.tell(text, offers=[_way_back(draft)], kind=kind)
    draft.change(open_options=spoken.shown, told_place=0, told_at=draft.now)


def _way_back(draft: TurnDraft) -> Offer:
    return Offer(key="bot", label=draft.text("return_to_bot"), kind="desk")


def _moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    time = local.strftime("%H:%M")
    return time if local.date() == today else f"{local.strftime('%d.%m')} {time}"


def hold(draft: TurnDraft, operator: str, name: str, how: str) -> None:
    """The operator owns the dialog from now on."""
    leave_queue(draft)
    holding = Holding(
        n=draft.next_number("holding"),
        operator=operator,
        name=name,
        queue=draft.dialog.queue,
        how=how,
        taken_at=draft.now,
    )
    draft.note(holding)
    draft.change(state="with_operator", operator=operator, operator_name=name, holding=holding)


def let_go(draft: TurnDraft, why: str) -> None:
    """The operator no longer has the dialog."""
    draft.cancel_timer("idle")
    holding = draft.dialog.holding
    if holding is not None and holding.ended_at is None:
        holding = replace(holding, ended_at=draft.now, ended_why=why)
        draft.note(holding)
        draft.change(holding=holding)
    draft.change(operator="", operator_name="")


def to_bot(draft: TurnDraft, by: str) -> None:
    """The bot owns the dialog again; whoever calls this lets it speak next."""
    leave_queue(draft)
    end_escalation(draft, by)
    draft.change(state="bot", queue="", operator="", operator_name="", waiting_since=None)
    draft.why = "returned"


def close(
    draft: TurnDraft, result: str, by: ClosedBy, *, ask: bool = True, skip_reason: str = ""
) -> None:
    """Ends the dialog with `result`; asks for a rating where the policy wants one.

    skip_reason: why an operator does not ask; counted."""
    dialog = draft.dialog
    if dialog.state == "queued":
        leave_queue(draft)
    for timer in (*_BOT_TIMERS, "idle"):
        draft.cancel_timer(timer)
    end_escalation(draft, by)
    closing = Closing(
        n=draft.next_number("closing"),
        closed_at=draft.now,
        closed_by=by,
        result=result,
        operator=dialog.operator,
    )
    let_go(draft, "closed")
    draft.note(closing)
    draft.change(
        state="closed",
        closing=closing,
        result=result,
        closed_at=draft.now,
        queue="",
        waiting_since=None,
        open_options=(),
    )
    draft.why, draft.by = "closed", by
    reason = rating.why_not(draft, result, by) if ask else skip_reason or "operator"
    if reason:
        rating.skip(draft, reason)
    else:
        rating.ask(draft)


def reopen(draft: TurnDraft) -> None:
    """A closed dialog lives again: the old figures stay, an open ask is withdrawn."""
    closing = draft.dialog.closing
    rating.withdraw(draft)
    undo.withdraw_ask(draft)
    if closing is not None and closing.reopened_at is None:
        closing = replace(closing, reopened_at=draft.now)
        draft.note(closing)
    draft.change(closing=closing, closed_at=None, result="", open_options=())
    draft.why = "reopened"


def reopen_with_humans(draft: TurnDraft) -> None:
    """A dialog that people answered goes back to people: to its last operator when on the line
    and free, else to the queue, with a wait of its own."""
    holding, before = draft.dialog.holding, draft.dialog.escalation
    queue = before.queue if before else draft.policy.default_queue
    info = queue_info(draft, queue)
    reopen(draft)
    _open_escalation(draft, kind="reopened", reason="reopened", info=info, summary="")
    draft.change(queue=queue, waiting_since=draft.now)
    if holding is not None and holding.operator in draft.facts.available:
        hold(draft, holding.operator, holding.name, "auto")
        draft.why = "reopened"
        return
    enter_queue(draft, queue, why="reopened")
    draft.tell(draft.text("to_operator"))
    tell_queue(draft, info)
