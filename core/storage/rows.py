"""A batch of turns as rows of tables; no SQL and no connection here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core import effects as e
from core.content import Outgoing
from core.masking import mask_digits
from core.records import RECORD_KINDS, Escalation, Message, QueueStay, Rating
from core.state import Dialog, Turn
from core.storage.row_shapes import (
    dialog_row,
    is_step,
    json_text,
    message_row,
    record_row,
    step_row,
    unreachable,
)
from core.storage.statement import micros, micros_or_none
from core.storage.taking import Claim
from core.store_values import CallJob, Done
from core.updates import ENCODER


class TurnRows:
    """Collects the rows of a batch; within it a later upsert of the same key replaces the earlier.

    Attributes are named after what they become; each is a list of parameter rows or, where a key
    may come twice, a dict of them. `letters` are the contents of `outbox`, row by row; `taken` the
    calls among `calls` that this process makes at once.
    """

    def __init__(self, now: datetime, calls: Claim | None = None) -> None:
        """calls: takes the first new service calls under lease, as far as its limit goes."""
        self.now = micros(now)
        self._taking = calls
        self.taken: list[CallJob] = []
        self.letters: list[Outgoing] = []
        self.ids: list[int] = []
        self.dialogs: list[tuple[Any, ...]] = []
        self.steps: list[tuple[Any, ...]] = []
        self.messages: list[tuple[Any, ...]] = []
        self.outbox: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.calls: list[tuple[Any, ...]] = []
        self.timers: dict[tuple[str, str], tuple[Any, ...] | None] = {}
        self.refusals: list[tuple[Any, ...]] = []
        self.records: dict[type, dict[tuple[str, int], tuple[Any, ...]]] = {}
        self.queues: dict[str, tuple[Any, ...]] = {}
        self.asked_nps: dict[str, tuple[Any, ...]] = {}
        self.rated: dict[str, tuple[Any, ...]] = {}
        self.grants: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.remembered: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.phrases: dict[tuple[str, int], tuple[Any, ...]] = {}
        self.amends: list[tuple[Any, ...]] = []
        self.hastens: dict[tuple[str, str], None] = {}
        self.marks: list[tuple[str, str, e.MarkDelivery]] = []
        self.settles: list[tuple[Dialog, e.Settle]] = []
        self.reaches: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.rewrites: list[tuple[Any, ...]] = []
        self.sorts: list[tuple[str, e.Sort]] = []
        self.undos: list[tuple[Any, ...]] = []
        self.unsends: list[tuple[Dialog, int]] = []
        self.forgets: dict[type, set[tuple[str, int]]] = {}
        self.has_rare = False

    def filled(self, done: Sequence[Done]) -> "TurnRows":
        """These rows, with all of `done` added."""
        for item in done:
            self.add(item)
        return self

    def add(self, done: Done) -> None:
        """The rows of one dialog's turns."""
        preview: Message | None = None
        last: Dialog | None = None
        for seq, turn in done.turns:
            if turn.refusal is not None:
                refusal = ENCODER.encode(turn.refusal).decode()
                self.refusals.append((done.dialog, seq, refusal))
                continue
            last = turn.dialog
            preview = self._effects(seq, turn) or preview
        if last is None:
            return
        if is_step(done.before, last):
            self.steps.append(step_row(last, preview, self.now))
        else:
            self.dialogs.append(dialog_row(last, preview, self.now))

    def _effects(self, seq: int, turn: Turn) -> Message | None:
        dialog, preview = turn.dialog, None
        gone = unreachable(dialog)
        sends: list[e.Send] = []
        for effect in turn.effects:
            kind = type(effect)
            if kind is e.Write:
                message = effect.message  # type: ignore[union-attr]  # an identity test of the class is faster than match
                self.messages.append(message_row(dialog.id, message, gone))
                if message.kind in ("text", "rating"):
                    preview = message
            elif kind is e.Send:
                sends.append(effect)  # type: ignore[arg-type]  # as above
            elif kind is e.NotifyDesk:
                self.events.append(self._event_row(dialog, effect))  # type: ignore[arg-type]  # as above
            elif kind is e.StartTimer:
                self._start(dialog.id, effect)  # type: ignore[arg-type]  # as above
            elif kind is e.CancelTimer:
                self.timers[dialog.id, effect.timer] = None  # type: ignore[union-attr]  # as above
            else:
                self.has_rare = True
                _RARE[kind](self, seq, dialog, effect)
        for send in sends:
            parts = 1 if len(sends) == 1 else sum([other.n == send.n for other in sends])
            self.letters.append(send.content)
            self.outbox.append(self._outbox_row(dialog, send, gone, parts))
        return preview

    def _start(self, dialog: str, timer: e.StartTimer) -> None:
        key = (dialog, timer.timer)
        self.timers[key] = (*key, timer.gen, micros(timer.due_at))

    def _outbox_row(self, dialog: Dialog, send: e.Send, gone: str, parts: int) -> tuple[Any, ...]:
        return (
            dialog.channel,
            dialog.chat,
            dialog.id,
            send.n,
            send.part,
            parts,
            send.kind,
            send.priority,
            ENCODER.encode(send.content),
            "failed" if gone else "new",
            0,
            micros_or_none(send.not_before),
            False,
            self.now,
            "",
            gone,
        )

    def _event_row(self, dialog: Dialog, event: e.NotifyDesk) -> tuple[Any, ...]:
        return (
            "dialog",
            dialog.id,
            dialog.version,
            event.why,
            event.by,
            event.first_n,
            self.now,
        )

    def _call_row(self, dialog: Dialog, call: e.Call) -> tuple[Any, ...]:
        taking = self._taking
        arguments = json_text(dict(call.arguments))
        is_taken = taking is not None and len(self.taken) < taking.limit
        if is_taken:
            self.taken.append(
                CallJob(
                    key=call.key,
                    dialog=dialog.id,
                    identity=dialog.identity,
                    channel=dialog.channel,
                    chat=dialog.chat,
                    service=call.service,
                    arguments=msgspec.json.decode(arguments),  # as a later maker would read them
                    sealed=call.sealed,
                    timeout=call.timeout,
                    tries=0,
                    epoch=1,
                )
            )
        until = taking.lease_until if taking is not None and is_taken else None
        return (
            call.key,
            dialog.id,
            dialog.channel,
            dialog.chat,
            dialog.identity,
            call.service,
            arguments,
            json_text(call.sealed),
            call.timeout,
            "new",
            self.now if until is None else until,
            1 if is_taken else 0,
            1 if is_taken else 0,
            self.now,
            False,
            taking.lease_micros if taking is not None else 0,
            taking.worker if taking is not None and is_taken else None,
        )

    # -- one method per rare effect, see _RARE

    def _call(self, _seq: int, dialog: Dialog, call: e.Call) -> None:
        self.calls.append(self._call_row(dialog, call))

    def _note(self, _seq: int, dialog: Dialog, note: e.Note) -> None:
        record, kind = note.record, type(note.record)
        if self.forgets:
            self.forgets.get(kind, set()).discard((dialog.id, record.n))
        row = record_row(dialog, record)
        self.records.setdefault(kind, {})[dialog.id, record.n] = row
        if isinstance(record, Rating):
            if record.metric == "nps" and record.asked_at:
                self.asked_nps[dialog.id] = (dialog.id, micros(record.asked_at))
            if record.answered_at:
                self.rated[dialog.id] = (dialog.id, micros(record.answered_at))
        elif isinstance(record, Escalation | QueueStay) and record.queue:
            title = record.queue
            self.queues[title] = (title, title, "", "", 0, 0, 0, "manual", False, self.now, 1)

    def _grant(self, _seq: int, dialog: Dialog, grant: e.Grant) -> None:
        key = (dialog.identity, grant.account)
        self.grants[key] = (*key, grant.level, micros(grant.until))

    def _remember(self, _seq: int, dialog: Dialog, kept: e.Remember) -> None:
        key = (dialog.identity, kept.slot)
        self.remembered[key] = (*key, json_text(kept.value), micros(kept.until))

    def _label(self, seq: int, dialog: Dialog, label: e.Label) -> None:
        self.phrases[dialog.id, seq] = (dialog.id, seq, label.text, label.scenario, self.now)

    def _amend(self, _seq: int, dialog: Dialog, amend: e.Amend) -> None:
        text = amend.text
        hidden = None if text is None else mask_digits(text)
        chat = (dialog.channel, dialog.chat, amend.platform_id)
        self.amends.append((*chat, text, micros(amend.at), hidden, amend.masked, amend.order))

    def _hasten(self, _seq: int, dialog: Dialog, _hasten: e.Hasten) -> None:
        self.hastens[dialog.channel, dialog.chat] = None

    def _mark(self, _seq: int, dialog: Dialog, mark: e.MarkDelivery) -> None:
        self.marks.append((dialog.channel, dialog.chat, mark))

    def _settle(self, _seq: int, dialog: Dialog, settle: e.Settle) -> None:
        self.settles.append((dialog, settle))

    def _reach(self, _seq: int, dialog: Dialog, reach: e.Reach) -> None:
        where = (dialog.channel, dialog.chat)
        self.reaches[where] = (*where, reach.reason, self.now)

    def _rewrite(self, _seq: int, dialog: Dialog, changed: e.Rewrite) -> None:
        self.rewrites.append((dialog.id, changed.n, changed.text, micros(changed.at)))

    def _sort(self, _seq: int, dialog: Dialog, sort: e.Sort) -> None:
        self.sorts.append((dialog.id, sort))

    def _keep_undo(self, _seq: int, dialog: Dialog, kept: e.KeepUndo) -> None:
        self.undos.append(
            (
                kept.id,
                dialog.id,
                kept.operator,
                kept.action,
                dialog.state_rev,
                kept.before,
                self.now,
                micros(kept.until),
            )
        )

    def _unsend(self, _seq: int, dialog: Dialog, unsend: e.Unsend) -> None:
        self.unsends += [(dialog, n) for n in unsend.lines]

    def _forget(self, _seq: int, dialog: Dialog, forget: e.Forget) -> None:
        kind, place = RECORD_KINDS[forget.record], (dialog.id, forget.n)
        self.records.get(kind, {}).pop(place, None)
        self.forgets.setdefault(kind, set()).add(place)

    def _asked_nps(self, _seq: int, dialog: Dialog, asked: e.AskedNps) -> None:
        self.asked_nps[dialog.id] = (dialog.id, micros_or_none(asked.at))

    def chats_to_wake(self) -> list[tuple[str, str, int]]:
        """(channel, chat, when) of every chat that gets something to send."""
        wanted: dict[tuple[str, str], int] = {}
        for row in self.outbox:
            if row[9] != "new":
                continue
            at = row[11] or self.now
            key = (row[0], row[1])
            wanted[key] = min(at, wanted.get(key, at))
        for dialog, _ in (*self.settles, *self.unsends):
            wanted[dialog.channel, dialog.chat] = self.now
        wanted.update(dict.fromkeys(self.hastens, self.now))
        return [(*key, at) for key, at in sorted(wanted.items())]


#: What a turn seldom decides; plan_turn asks about it only where has_rare is set.
_RARE: Mapping[type[e.Effect], Callable[[TurnRows, int, Dialog, Any], None]] = {
    e.Call: TurnRows._call,
    e.Note: TurnRows._note,
    e.Grant: TurnRows._grant,
    e.Remember: TurnRows._remember,
    e.Label: TurnRows._label,
    e.Amend: TurnRows._amend,
    e.Hasten: TurnRows._hasten,
    e.MarkDelivery: TurnRows._mark,
    e.Settle: TurnRows._settle,
    e.Reach: TurnRows._reach,
    e.Rewrite: TurnRows._rewrite,
    e.Sort: TurnRows._sort,
    e.KeepUndo: TurnRows._keep_undo,
    e.Unsend: TurnRows._unsend,
    e.Forget: TurnRows._forget,
    e.AskedNps: TurnRows._asked_nps,
}
