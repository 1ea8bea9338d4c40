"""Taking back a close or a transfer for a few seconds: as if it had never been.

While it may be taken back, its texts to the customer wait in the outbox. The state before is kept
beside the dialog (`KeepUndo`), not in it: it would double what every turn reads and writes.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from core.effects import AskedNps, Forget, KeepUndo, Send, Unsend, Write
from core.records import RECORD_KINDS
from core.state import Dialog, Refusal, Undoable
from core.turn import TurnDraft
from core.updates import ENCODER, OperatorUndid

#: The fields of a dialog that name who owns it and why.
_OWNER = (
    *("state", "queue", "operator", "operator_name", "result", "closed_at", "secret"),
    *("open_options", "told_place", "told_at", "human", "first_human_at", "last_human_at"),
)
_RECORDS = ("escalation", "stay", "holding", "rating", "closing")


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo restores. asked_nps_at: of the customer, before the ask that was taken back."""

    dialog: Dialog
    asked_nps_at: datetime | None = None


_BEFORE = msgspec.json.Decoder(Before)


def offer(draft: TurnDraft, id_: str, action: Literal["close", "transfer"], operator: str) -> None:
    """This turn may be taken back under `id_`; called before it changes anything.

    Its texts wait a second longer than the offer stands: a command accepted at the last moment
    finds them unsent."""
    if not id_:
        return
    until = draft.now + draft.policy.undo
    draft.settle()
    before = Before(dialog=draft.dialog, asked_nps_at=draft.facts.asked_nps_at)
    draft.hold(until + draft.policy.undo_grace)
    draft.undo = Undoable(id=id_, until=until)
    draft.effects.append(
        KeepUndo(
            id=id_,
            action=action,
            operator=operator,
            before=ENCODER.encode(before),
            until=until,
        )
    )


def sealed(draft: TurnDraft) -> None:
    """Called at the end of a turn: completes its own offer, ends an older one that it overtook."""
    if draft.undo is not None:
        lines = tuple(sorted({one.n for one in draft.effects if isinstance(one, Send)}))
        asks = [
            one.message.n
            for one in draft.effects
            if isinstance(one, Write) and one.message.kind == "rating"
        ]
        ask = asks[0] if asks else 0
        draft.change(undo=msgspec.structs.replace(draft.undo, lines=lines, ask=ask))
    elif draft.before.undo is not None and draft.dialog.undo is draft.before.undo:
        owner = ("state", "queue", "operator", *_RECORDS)
        if any(getattr(draft.dialog, name) != getattr(draft.before, name) for name in owner):
            draft.change(undo=None)


def is_ask_held(draft: TurnDraft) -> bool:
    """Whether the question about the rating still waits to be sent: the customer saw none."""
    own = draft.dialog.undo
    return own is not None and own.ask > 0 and draft.now < own.until + draft.policy.undo_grace


def withdraw_ask(draft: TurnDraft) -> None:
    """The customer goes on before the question about the rating went out: it stays unsent."""
    own = draft.dialog.undo
    if own is not None and is_ask_held(draft):
        draft.effects.append(Unsend(lines=(own.ask,)))


def on_undid(draft: TurnDraft, update: OperatorUndid) -> None:
    """The dialog is where it was; what the customer wrote meanwhile stays."""
    own, dialog = draft.dialog.undo, draft.dialog
    if own is None or own.id != update.undo:
        draft.refuse(Refusal(code="stale", by=dialog.operator_name, detail=dialog.state))
        return
    if draft.now >= own.until + draft.policy.undo_grace:
        draft.refuse(Refusal(code="undo_expired"))
        return
    before = _BEFORE.decode(update.before)
    _restore_records(draft, before)
    _restore_owner(draft, before.dialog)
    _restore_timers(draft, before.dialog)
    if own.lines:
        draft.effects.append(Unsend(lines=own.lines))
    draft.why, draft.by = "undone", update.operator


def _restore_owner(draft: TurnDraft, before: Dialog) -> None:
    fields: dict[str, Any] = {name: getattr(before, name) for name in _OWNER}
    waits = before.waiting_since
    if waits is None and draft.dialog.last_customer_n > before.last_n:
        waits = draft.dialog.last_customer_at
    draft.change(undo=None, waiting_since=waits, **fields)


def _restore_records(draft: TurnDraft, before: Before) -> None:
    """Records the action began never were; those it ended go on. A closing is kept as undone, for
    the timeline."""
    old, now = before.dialog, draft.dialog
    for name in RECORD_KINDS:
        for n in range(old.counts.get(name, 0) + 1, now.counts.get(name, 0) + 1):
            if name != "closing":
                draft.effects.append(Forget(record=name, n=n))
        field = "stay" if name == "queue_stay" else name
        was, is_now = getattr(old, field), getattr(now, field)
        if was == is_now:
            continue
        if name == "closing" and is_now is not None:
            draft.note(replace(is_now, undone_at=draft.now))
        if was is not None:
            draft.note(was)
        draft.change(**{field: was})
        if name == "rating" and is_now is not None and is_now.metric == "nps":
            draft.effects.append(AskedNps(at=before.asked_nps_at))
    counts = {**old.counts, "closing": now.counts.get("closing", 0)}
    draft.change(counts={name: count for name, count in counts.items() if count})


def _restore_timers(draft: TurnDraft, before: Dialog) -> None:
    draft.cancel_timer("rating")
    if before.state == "queued":
        draft.start_timer("waiting", draft.now + draft.policy.waiting_note)
    else:
        draft.cancel_timer("waiting")
    if before.gens.get("idle", 0) > 0:
        draft.start_timer("idle", (before.last_human_at or draft.now) + draft.policy.auto_close)
