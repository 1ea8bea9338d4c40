"""A batch of turns as rows of tables; no SQL and no connection here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from core import effects as e
from core.content import Outgoing
from core.masking import mask_digits
from core.records import RECORD_KINDS, Escalation, Message, QueueStay, Rating, Record
from core.state import Dialog, Turn
from core.storage.sql_records import RECORD_COLUMNS
from core.storage.statement import micros, micros_or_none
from core.storage.taking import Claim
from core.store_values import CallJob, Done
from core.updates import ENCODER

PREVIEW = 120
_DIRECTION = {"customer": "in", "bot": "out", "operator": "out", "system": "out"}


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
        if last is not None:
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
                self._rare(seq, dialog, effect)
        for send in sends:
            parts = 1 if len(sends) == 1 else sum(other.n == send.n for other in sends)
            self.letters.append(send.content)
            self.outbox.append(self._outbox_row(dialog, send, parts))
        return preview

    def _rare(self, seq: int, dialog: Dialog, effect: e.AnyEffect) -> None:
        self.has_rare = True
        match effect:
            case e.Call():
                self.calls.append(self._call_row(dialog, effect))
            case e.Note():
                self._note(dialog, effect.record)
            case e.Grant(account=account, level=level, until=until):
                key = (dialog.identity, account)
                self.grants[key] = (*key, level, micros(until))
            case e.Remember(slot=slot, value=value, until=until):
                key = (dialog.identity, slot)
                self.remembered[key] = (*key, _json(value), micros(until))
            case e.Label(text=text, scenario=scenario):
                self.phrases[dialog.id, seq] = (dialog.id, seq, text, scenario, self.now)
            case _:
                self._chat(dialog, effect)

    def _chat(self, dialog: Dialog, effect: e.AnyEffect) -> None:
        match effect:
            case e.Amend(platform_id=platform_id, text=text, at=at, masked=masked):
                hidden = None if text is None else mask_digits(text)
                chat = (dialog.channel, dialog.chat)
                row = (*chat, platform_id, text, micros(at), hidden, masked)
                self.amends.append(row)
            case e.Hasten():
                self.hastens[dialog.channel, dialog.chat] = None
            case e.MarkDelivery():
                self.marks.append((dialog.channel, dialog.chat, effect))
            case e.Settle():
                self.settles.append((dialog, effect))
            case e.Reach(reason=reason):
                where = (dialog.channel, dialog.chat)
                self.reaches[where] = (*where, reason, self.now)
            case _:
                self._desk(dialog, effect)

    def _desk(self, dialog: Dialog, effect: e.AnyEffect) -> None:
        match effect:
            case e.Rewrite(n=n, text=text, at=at):
                self.rewrites.append((dialog.id, n, text, micros(at)))
            case e.Sort():
                self.sorts.append((dialog.id, effect))
            case e.KeepUndo():
                self.undos.append(self._undo_row(dialog, effect))
            case e.Unsend(lines=lines):
                self.unsends += [(dialog, n) for n in lines]
            case e.Forget(record=record, n=n):
                kind, place = RECORD_KINDS[record], (dialog.id, n)
                self.records.get(kind, {}).pop(place, None)
                self.forgets.setdefault(kind, set()).add(place)
            case e.AskedNps(at=asked):
                self.asked_nps[dialog.id] = (dialog.id, micros_or_none(asked))

    def _start(self, dialog: str, timer: e.StartTimer) -> None:
        key = (dialog, timer.timer)
        self.timers[key] = (*key, timer.gen, micros(timer.due_at))

    def _outbox_row(self, dialog: Dialog, send: e.Send, parts: int) -> tuple[Any, ...]:
        gone = unreachable(dialog)
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
        arguments = _json(dict(call.arguments))
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
            _json(call.sealed),
            call.timeout,
            "new",
            self.now if until is None else until,
            1 if is_taken else 0,
            1 if is_taken else 0,
            self.now,
            False,
            taking.worker if taking is not None and is_taken else None,
            until,
        )

    def _undo_row(self, dialog: Dialog, kept: e.KeepUndo) -> tuple[Any, ...]:
        return (
            kept.id,
            dialog.id,
            kept.operator,
            kept.action,
            dialog.state_rev,
            kept.before,
            self.now,
            micros(kept.until),
        )

    def _note(self, dialog: Dialog, record: Record) -> None:
        row = record_row(dialog, record)
        self.forgets.get(type(record), set()).discard((dialog.id, record.n))
        self.records.setdefault(type(record), {})[dialog.id, record.n] = row
        if isinstance(record, Escalation | QueueStay) and record.queue:
            title = record.queue
            self.queues[title] = (title, title, "", "", 0, 0, 0, "manual", False, self.now, 1)
        elif isinstance(record, Rating):
            if record.metric == "nps" and record.asked_at:
                self.asked_nps[dialog.id] = (dialog.id, micros(record.asked_at))
            if record.answered_at:
                self.rated[dialog.id] = (dialog.id, micros(record.answered_at))

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


def unreachable(dialog: Dialog) -> str:
    """Why nothing that is said now would arrive; it fails at once, and only a person tries it
    again. A window that closed says nothing of the next message."""
    return "" if dialog.gone == "window_closed" else dialog.gone


def dialog_row(dialog: Dialog, preview: Message | None, now: int) -> tuple[Any, ...]:
    """Parameters of sql_turn.SAVE_DIALOG."""
    kept, waiting = waiting_since(dialog)
    return (
        dialog.id,
        dialog.state,
        dialog.queue,
        dialog.operator,
        dialog.operator_name,
        dialog.version,
        dialog.state_rev,
        dialog.last_n,
        dialog.last_customer_n,
        dialog.lang,
        dialog.customer_name,
        dialog.topic,
        dialog.result,
        dialog.secret,
        dialog.human,
        dialog.gone,
        ENCODER.encode(dialog),
        None if preview is None else preview.author.kind,
        None if preview is None else preview.text[:PREVIEW],
        None if preview is None else len(preview.media),
        None if preview is None else micros(preview.at),
        kept,
        micros_or_none(waiting),
        now,
        micros_or_none(dialog.first_customer_at),
        micros_or_none(dialog.last_customer_at),
        micros_or_none(dialog.first_bot_at),
        micros_or_none(dialog.last_bot_at),
        micros_or_none(_bot_done_at(dialog)),
        micros_or_none(dialog.first_human_at),
        micros_or_none(dialog.last_human_at),
        micros_or_none(dialog.closed_at),
        "" if dialog.human or dialog.closing is None else dialog.result,
    )


def waiting_since(dialog: Dialog) -> tuple[bool, datetime | None]:
    """(keep an earlier moment, moment) since when the customer waits for a human.

    In a queue that is the escalation, through transfers and vanished operators; with an operator
    the first word not yet answered."""
    if dialog.state == "queued":
        escalation, stay = dialog.escalation, dialog.stay
        if escalation is not None and escalation.ended_at is None:
            return False, escalation.escalated_at
        return True, stay.entered_at if stay is not None else dialog.last_customer_at
    heard, answered = dialog.last_customer_at, dialog.last_human_at
    if dialog.state == "with_operator" and heard and (answered is None or answered < heard):
        return True, heard
    return False, None


def _bot_done_at(dialog: Dialog) -> datetime | None:
    if dialog.escalation is not None and dialog.escalation.n == 1:
        return dialog.escalation.escalated_at
    return None if dialog.closing is None else dialog.closing.closed_at


def message_row(dialog: str, message: Message, gone: str = "") -> tuple[Any, ...]:
    """Parameters of sql_turn.NEW_MESSAGE. gone: why it cannot be sent."""
    fails = gone and message.delivery == "new"
    extra = None
    if message.options or message.media or message.spans:
        extra = _json({"options": message.options, "media": message.media, "spans": message.spans})
    author = message.author
    seen = message.kind in ("text", "rating")
    return (
        dialog,
        message.n,
        micros(message.at),
        _DIRECTION[author.kind] if seen else "none",
        author.kind,
        author.id,
        author.name,
        message.kind,
        message.text,
        extra,
        "failed" if fails else message.delivery,
        message.platform_id,
        message.client_id,
        message.reply_to,
        message.masked,
        message.code,
        gone if fails else "",
    )


def record_row(dialog: Dialog, record: Record) -> tuple[Any, ...]:
    """Parameters of the record's statement in sql_records, keys first."""
    return tuple(_field(dialog, record, name) for name in RECORD_COLUMNS[type(record)])


def _field(dialog: Dialog, record: Record, name: str) -> Any:
    if name == "dialog":
        return dialog.id
    if isinstance(record, Rating) and name in ("channel", "scale_low", "scale_high"):
        low, high = record.scale
        return {"channel": dialog.channel, "scale_low": low, "scale_high": high}[name]
    value = getattr(record, name)
    if isinstance(value, datetime):
        return micros(value)
    return _json(value) if isinstance(value, tuple) else value


def _json(value: Any) -> str:
    return ENCODER.encode(value).decode()
