"""The world of one dialog: turns are made, checked and carried out, whoever plays with it."""

from typing import Any, TypeVar

import msgspec
from hypothesis.stateful import invariant
from msgspec.structs import replace

from core.dialog import advance
from core.effects import Call, CancelTimer, Forget, KeepUndo, Note, StartTimer, Write
from core.policy import Policy
from core.records import RECORD_KINDS, Closing, Escalation, Holding, QueueStay, Rating, Record
from core.scenario.place import Calling
from core.state import Dialog, Facts, QueueInfo, Setting, Turn
from core.updates import AnyUpdate, TimerFired, encoded
from tests.core.dialog_promises import HUMAN, OVER, SAID, Step, promises_kept
from tests.fakes.bundles import small_bundle
from tests.fakes.talk import BUTTONS, NOW
from tests.stories.shipped import texts

BUNDLE = replace(small_bundle(), texts=texts())
Kind = TypeVar("Kind", bound=Record)


class World:
    """One dialog, its world kept as the store would keep it; who plays with it is for others.

    public: the chat is one author's comments under a post. kept: what may be taken back yet, and
    the dialog before it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setting = Setting(active=BUNDLE, bundle=BUNDLE)
        self.capabilities = BUTTONS
        self.now = NOW
        self.seq = 0
        self.before = self.dialog = Dialog(
            id="d1", channel="main", chat="7", identity="i1", lang="ru", opened_at=NOW
        )
        self.lines: list[Write] = []
        self.calls: dict[str, Call] = {}
        self.timers: dict[str, StartTimer] = {}
        self.stale: list[TimerFired] = []
        self.tokens: list[str] = []
        self.records: dict[tuple[type[Record], int], Record] = {}
        self.desk = QueueInfo(id="first_line", waiting=2)
        self.place = 0
        self.public = False
        self.kept: tuple[KeepUndo, Dialog] | None = None

    # -- one turn

    def turn(self, update: AnyUpdate) -> Turn:
        """Advances, checks what one turn must keep, and takes over its effects."""
        self.seq += 1
        before, facts = self.dialog, self.facts()
        made = advance(before, update, self.setting, Policy(), facts, self.now)
        again = advance(reread(before), update, self.setting, Policy(), facts, self.now)
        assert made == again, "the same update gives the same turn, from storage too"
        if made.refusal is not None:
            assert made.dialog == before
            assert not made.effects
            return made
        promises_kept(Step(before, update, made, self.now))
        encoded(update)
        self.before, self.dialog = before, made.dialog
        for effect in made.effects:
            self._take(effect)
        return made

    def facts(self, **more: Any) -> Facts:
        """What the turn may know. more: of the person who writes."""
        return Facts(
            seq=self.seq,
            capabilities=self.capabilities,
            queues={"first_line": self.desk},
            place=self.place,
            seal=lambda value: f"sealed:{value}",
            available=frozenset({"anna"}),
            **more,
        )

    def _take(self, effect: object) -> None:
        match effect:
            case Write():
                self.lines.append(effect)
                self.tokens += [option.token for option in effect.message.options if option.token]
            case Call():
                self.calls[effect.key] = effect
            case StartTimer():
                self._forget(effect.timer)
                self.timers[effect.timer] = effect
            case CancelTimer():
                self._forget(effect.timer)
            case Note(record=record):
                self.records[type(record), record.n] = record
            case Forget(record=name, n=n):
                self.records.pop((RECORD_KINDS[name], n), None)
            case KeepUndo():
                self.kept = (effect, self.before)

    def _forget(self, kind: str) -> None:
        old = self.timers.pop(kind, None)
        if old is not None:
            self.stale.append(TimerFired(kind=kind, gen=old.gen))

    def _records(self, kind: type[Kind]) -> list[Kind]:
        return [record for record in self.records.values() if isinstance(record, kind)]

    # -- what always holds

    @invariant()
    def exactly_one_owner(self) -> None:
        dialog = self.dialog
        assert bool(dialog.operator) == (dialog.state == "with_operator")
        assert bool(dialog.queue) == (dialog.state in HUMAN)
        if dialog.state == "bot" and dialog.last_customer_n and not dialog.public:
            assert dialog.place is not None

    @invariant()
    def records_tell_the_same_as_the_dialog(self) -> None:
        state = self.dialog.state
        held = [one for one in self._records(Holding) if one.ended_at is None]
        assert [one.operator for one in held] == [self.dialog.operator] * (state == "with_operator")
        stays = [one for one in self._records(QueueStay) if one.left_at is None]
        assert [one.queue for one in stays] == [self.dialog.queue] * (state == "queued")
        waits = [one for one in self._records(Escalation) if one.ended_at is None]
        assert len(waits) <= (state in HUMAN)
        ends = [one for one in self._records(Closing) if not (one.reopened_at or one.undone_at)]
        assert len(ends) == (state in OVER)

    @invariant()
    def one_answer_per_dialog(self) -> None:
        ratings = self._records(Rating)
        assert sum(rating.value is not None for rating in ratings) <= 1, "a rating once per dialog"
        is_open = [
            one for one in ratings if one.asked_at and not (one.answered_at or one.withdrawn_at)
        ]
        assert len(is_open) <= 1, "one question at a time"

    @invariant()
    def masking_is_told_once(self) -> None:
        assert sum(SAID["masked"] in line.message.text for line in self.lines) <= 1

    @invariant()
    def timers_in_force_are_known(self) -> None:
        for kind, timer in self.timers.items():
            assert self.dialog.gens[kind] == timer.gen

    @invariant()
    def what_the_bot_waits_for_comes_to_an_end(self) -> None:
        dialog = self.dialog
        waiting = dialog.place.waiting if dialog.place is not None else None
        calling = isinstance(waiting, Calling)
        if dialog.state == "bot" and (dialog.public or (waiting is not None and not calling)):
            assert "silence" in self.timers

    @invariant()
    def state_survives_storage(self) -> None:
        assert reread(self.dialog) == self.dialog


def reread(dialog: Dialog) -> Dialog:
    """The dialog as it comes back from the store."""
    return msgspec.json.decode(msgspec.json.encode(dialog), type=Dialog)
