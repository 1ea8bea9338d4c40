"""Turns updates: at once, in the transaction that files them, or later, in batches of its own.

At once is the common way: everything the turn must know lies in memory, and what an update causes
is durable together with it. Later is for what takes time (a bundle to be read, a slow classifier)
and for whatever was left behind: ready dialogs are claimed, turned, saved and let go.

Nothing is decided here: `core.dialog.advance` decides. One dialog that raises leaves its batch
alone; one that raises again and again is handed to people instead of standing still.
"""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from core.dialog import advance, rescue
from core.effects import Call, Send
from core.errors import StoreUnavailable
from core.scenario.interpreter import needs_meaning
from core.scenario.model import Bundle, Level
from core.state import Dialog, Facts, Setting, Turn
from core.store import Store, TurnNow
from core.store_values import Claimed, Done, Pending
from core.updates import AnyUpdate, CustomerMessage, Meaning
from handlers.world import DeskFacts, World

log = logging.getLogger(__name__)

#: Measured: a commit of 128 costs little more than one of 64; beyond, answers come late.
BATCH = 128
LEASE = timedelta(seconds=30)
#: However busy it is, a worker looks into the database as often: a lost wake-up costs no more.
SWEEP = timedelta(seconds=1)
#: Dialogs handed over and not yet turned, at most: far fewer than are turned within a lease.
WAITING = 8 * BATCH
#: A turn that failed so often is given to people.
RESCUE_AFTER = 3
#: A batch that the database would not take so often in a row, though it answers, waits for the end
#: of its leases: it may be the batch itself, and the dialogs behind it must not stand still.
SAVES = 3


_NO_LEVELS: Mapping[str, Level] = MappingProxyType({})


T = TypeVar("T")


class WantBundle(NamedTuple):
    """A question that a turn asks: the bundle of this hash, None when it is gone or broken."""

    name: str


class WantMeaning(NamedTuple):
    """A question that a turn asks: what the classifier makes of a text."""

    bundle: Bundle
    text: str


Question = WantBundle | WantMeaning
#: A turn on its way: it asks, is sent answers, and returns what it came to.
Turning = Generator[Question, Any, T]


class Dispatcher:
    """One worker's share of the turns."""

    def __init__(
        self,
        store: Store,
        world: World,
        *,
        worker: str,
        clock: Callable[[], datetime],
        saved: Callable[[Sequence[Done]], None],
        lease: timedelta = LEASE,
    ) -> None:
        """saved: told of each batch after its commit; wakes delivery, calls and desks."""
        self.lease = lease
        self.store = store
        self.world = world
        self.worker = worker
        self.clock = clock
        self.saved = saved
        # a dialog once at most: of two leases of it only the later one holds
        self._handed: dict[str, Claimed] = {}
        self._unsaved = 0
        self._must_look = True
        self._only_handed = False
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def ready(self) -> TurnNow | None:
        """What turns dialogs at once; see core.store.Turner."""
        desk = self.world.desk.at_hand()
        return None if desk is None else partial(self._at_once, desk)

    def _at_once(self, desk: DeskFacts, claims: Sequence[Claimed]) -> list[Done | None]:
        now = self.clock()
        return [self._without_waiting(claim, desk, now) for claim in claims]

    def room(self) -> int:
        """How many more dialogs may be handed over; see core.store.Follower."""
        return WAITING - len(self._handed)

    def take(self, claims: Sequence[Claimed]) -> None:
        """Dialogs that were taken with the update that came in; turned by the next steps."""
        self._handed |= {claim.dialog.id: claim for claim in claims}

    def look(self) -> None:
        """The next step asks the database too, not only what was handed over."""
        self._must_look = True

    async def step(self) -> int:
        """One batch: how many dialogs were turned."""
        # before anything is claimed: whoever claims and then learns nothing keeps it from others
        await self.world.desk()
        claims = await self._claims()
        if not claims:
            return 0
        try:
            done, lost = await self._turn_all(claims)
        except StoreUnavailable:
            self._take_back(claims)
            raise
        self._unsaved = 0
        for dialog in lost:
            log.info("lease of dialog %s was lost, its turns were dropped", dialog)
        self.saved([item for item in done if item.dialog not in lost])
        return len(claims)

    async def _turn_all(self, claims: Sequence[Claimed]) -> tuple[list[Done], Sequence[str]]:
        """The turns of a batch, saved, and the dialogs whose lease was lost."""
        desk = await self.world.desk()  # the claim may have taken its time
        done = [await self._later(claim, desk) for claim in claims]
        try:
            lost = await self.store.save(self.worker, done, self.clock())
        except StoreUnavailable:
            for claim, item in zip(claims, done, strict=True):
                if item.turns:  # it is where it was
                    desk.moved(item.turns[-1][1].dialog, claim.dialog)
            raise
        return done, lost

    async def drain(self) -> None:
        """Turns what was handed over; called when the process stops and nothing more is."""
        try:
            while self._handed:
                await self.step()
        except StoreUnavailable as error:
            log.warning("some turns are left to whoever works next: %s", error)

    async def _claims(self) -> Sequence[Claimed]:
        """What was handed over, then what the database has; neither can starve the other."""
        most = BATCH // 2 if self._must_look else BATCH
        now = self.clock()
        is_due = self._must_look or not timedelta() <= now - self._looked_at < SWEEP
        if not is_due and (self._handed or self._only_handed):
            # what else became ready would have been handed over, or somebody would have said so
            self._only_handed = bool(self._handed)
            return self._next(most)
        most = min(most, len(self._handed))
        limit = BATCH - most
        self._must_look = self._only_handed = False
        try:
            found = await self.store.claim(self.worker, now, limit, self.lease)
        except StoreUnavailable:
            self._must_look = True
            raise
        self._looked_at = now
        self._must_look = self._must_look or len(found) == limit
        for claim in found:  # what was handed over too long ago
            self._handed.pop(claim.dialog.id, None)
        return [*self._next(most), *found]

    def _next(self, most: int) -> list[Claimed]:
        """The first of what was handed over."""
        return [self._handed.pop(dialog) for dialog in [*islice(self._handed, most)]]

    def _take_back(self, claims: Sequence[Claimed]) -> None:
        """Of a batch that was not saved: the dialogs are ours still, and are turned again as soon
        as the database answers. Should it have been saved, or somebody else have them by then, the
        epoch makes that harmless."""
        self._must_look = True  # which also tells whether it answers
        self._unsaved += 1
        if self._unsaved < SAVES:
            self._handed = {claim.dialog.id: claim for claim in claims} | self._handed
        else:
            self._unsaved = 0

    async def _later(self, claim: Claimed, desk: DeskFacts) -> Done:
        """The turns of a dialog, with all they ask for."""
        turning = self._turned(claim, desk, self.clock())
        try:
            question = next(turning)
            while True:
                try:
                    answer = await self._answer(question)
                except Exception as failure:  # the turn fails of it, as of anything else
                    question = turning.throw(failure)
                else:
                    question = turning.send(answer)
        except StopIteration as end:
            done: Done = end.value
            return done

    def _without_waiting(self, claim: Claimed, desk: DeskFacts, now: datetime) -> Done | None:
        """The same at once, None where that cannot be."""
        turning = self._turned(claim, desk, now)
        try:
            question = next(turning)
            while True:
                try:
                    answer = self._answer_now(question)
                except Exception as failure:
                    question = turning.throw(failure)
                    continue
                if answer is None:
                    return None
                question = turning.send(answer)
        except StopIteration as end:
            done: Done = end.value
            return done

    async def _answer(self, question: Question) -> Bundle | Meaning | None:
        if isinstance(question, WantBundle):
            return await self.world.bundles.of(question.name)
        return await self.world.meaning(*question)

    def _answer_now(self, question: Question) -> Bundle | Meaning | None:
        if isinstance(question, WantBundle):
            return self.world.bundles.at_hand(question.name)
        return self.world.meaning.at_hand(*question)

    def _turned(self, claim: Claimed, desk: DeskFacts, now: datetime) -> Turning[Done]:
        dialog, turns, seq = claim.dialog, [], claim.updates[0].seq - 1
        error = ""
        for pending in claim.updates:
            try:
                turn = yield from self._turn(dialog, claim, pending, desk, now)
            except Exception as failure:  # whatever it is, the neighbours' turns must not suffer
                log.exception("turn %s:%s failed", dialog.id, pending.seq)
                error = type(failure).__name__
                break
            dialog, seq = turn.dialog, pending.seq
            turns.append((pending.seq, turn))
        desk.moved(claim.dialog, dialog)
        if not error:
            return Done(
                dialog=dialog.id,
                epoch=claim.epoch,
                seq=seq,
                turns=tuple(turns),
                before=claim.dialog,
            )
        wait = timedelta(seconds=min(2**claim.tries, 60))
        return Done(
            dialog=dialog.id,
            epoch=claim.epoch,
            seq=seq,
            turns=tuple(turns),
            error=error,
            retry_at=now + wait,
        )

    def _turn(
        self, dialog: Dialog, claim: Claimed, pending: Pending, desk: DeskFacts, now: datetime
    ) -> Turning[Turn]:
        world = self.world
        place, active = dialog.place, world.active()
        setting = Setting(active=active, bundle=active)
        if place is not None and place.bundle != active.hash:
            setting = Setting(active=active, bundle=(yield WantBundle(place.bundle)))
        update: AnyUpdate = pending.update
        facts = Facts(
            seq=pending.seq,
            capabilities=world.capabilities(dialog.channel),
            grants=levels(claim.grants, now),
            remembered=claim.remembered,
            queues=desk.queues,
            place=claim.place,
            seal=partial(world.seal, dialog.id),
            available=desk.available,
            asked_nps_at=claim.asked_nps_at,
            answered_today=is_same_day(claim.rated_at, now, world.zone),
        )
        if claim.tries >= RESCUE_AFTER and pending is claim.updates[0]:
            return rescue(dialog, update, setting, world.policy, facts, now)
        if type(update) is CustomerMessage:
            update = yield from _understood(dialog, update, setting)
        return advance(dialog, update, setting, world.policy, facts, now)


def _understood(
    dialog: Dialog, update: CustomerMessage, setting: Setting
) -> Turning[CustomerMessage]:
    bundle = setting.bundle or setting.active
    if not needs_meaning(dialog, update, bundle):
        return update
    return replace(update, meaning=(yield WantMeaning(bundle, update.text)))


def is_same_day(then: datetime | None, now: datetime, zone: tzinfo) -> bool:
    """Whether both moments are of one day in the zone."""
    return then is not None and then.astimezone(zone).date() == now.astimezone(zone).date()


def levels(grants: Mapping[str, tuple[Level, datetime]], now: datetime) -> Mapping[str, Level]:
    """Levels in force: a `verified` one that ended is `linked` from then on."""
    if not grants:
        return _NO_LEVELS
    return {
        account: level if now < until or level != "verified" else "linked"
        for account, (level, until) in grants.items()
    }


def has_call(done: Sequence[Done]) -> bool:
    """Whether a batch asked for a service."""
    return _has(done, Call)


def has_letter(done: Sequence[Done]) -> bool:
    """Whether a batch has something to send."""
    return _has(done, Send)


def _has(done: Sequence[Done], kind: type[object]) -> bool:
    return any(
        isinstance(effect, kind)
        for item in done
        for _, turn in item.turns
        for effect in turn.effects
    )
