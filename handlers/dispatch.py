"""Claims ready dialogs, turns their updates, saves the batch, lets go.

Nothing is decided here: `core.dialog.advance` decides. One dialog that raises leaves its batch
alone; one that raises again and again is handed to people instead of standing still.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType

from msgspec.structs import replace

from core.channel import Capabilities
from core.dialog import advance, rescue
from core.effects import Call, Send
from core.policy import Policy
from core.scenario.interpreter import needs_meaning
from core.scenario.model import Bundle, Level
from core.state import Dialog, Facts, QueueInfo, Setting, Turn
from core.store import Store
from core.store_values import Claimed, Done, Pending
from core.updates import AnyUpdate, CustomerMessage, Meaning

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


_NO_LEVELS: Mapping[str, Level] = MappingProxyType({})


class DeskFacts:
    """What turns know of queues and operators; a snapshot that is seconds old at most.

    queues: kept up with the turns made on this snapshot, so that people who come within the same
    second are told places of their own."""

    def __init__(
        self, queues: Mapping[str, QueueInfo], available: frozenset[str] = frozenset()
    ) -> None:
        self.queues = dict(queues)
        self.available = available

    def moved(self, before: Dialog, after: Dialog) -> None:
        """A dialog went through a turn: it may have left one queue and entered another."""
        if "queued" not in (before.state, after.state):
            return
        for dialog, step in ((before, -1), (after, 1)):
            if dialog.state == "queued":
                info = self.queues.get(dialog.queue) or QueueInfo(id=dialog.queue, online=0)
                self.queues[info.id] = replace(info, waiting=max(info.waiting + step, 0))


Bundles = Callable[[str], Awaitable[Bundle | None]]


class World:
    """Everything outside the dialog that turns depend on, given by the composition root.

    active: the bundle of new dialogs. bundle_of: a bundle by hash, None when gone or broken.
    capabilities: of a channel. seal: (dialog, value) -> sealed text. desk: facts as of now.
    meaning: of a text under a bundle; it may be slow and is asked only when needed. zone: of the
    organisation, whose days count.
    """

    def __init__(  # one name for each kind of knowledge; always given by name
        self,
        *,
        active: Callable[[], Bundle],
        bundle_of: Bundles,
        capabilities: Callable[[str], Capabilities],
        seal: Callable[[str, str], str],
        desk: Callable[[], Awaitable[DeskFacts]],
        meaning: Callable[[Bundle, str], Awaitable[Meaning]],
        policy: Policy,
        zone: tzinfo = UTC,
    ) -> None:
        self.active = active
        self.bundle_of = bundle_of
        self.capabilities = capabilities
        self.seal = seal
        self.desk = desk
        self.meaning = meaning
        self.policy = policy
        self.zone = zone


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
        self._handed: deque[Claimed] = deque()
        self._must_look = True
        self._only_handed = False
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def room(self) -> int:
        """How many more dialogs may be handed over; see core.store.Follower."""
        return WAITING - len(self._handed)

    def take(self, claims: Sequence[Claimed]) -> None:
        """Dialogs that were taken with the update that came in; turned by the next steps."""
        self._handed.extend(claims)

    def look(self) -> None:
        """The next step asks the database too, not only what was handed over."""
        self._must_look = True

    async def step(self) -> int:
        """One batch: how many dialogs were turned."""
        claims = await self._claims()
        if not claims:
            return 0
        desk = await self.world.desk()
        done = [await self._turned(claim, desk) for claim in claims]
        lost = await self.store.save(self.worker, done, self.clock())
        for dialog in lost:
            log.info("lease of dialog %s was lost, its turns were dropped", dialog)
        self.saved([item for item in done if item.dialog not in lost])
        return len(claims)

    async def drain(self) -> None:
        """Turns what was handed over; called when the process stops and nothing more is."""
        while self._handed:
            await self.step()

    async def _claims(self) -> Sequence[Claimed]:
        """What was handed over, then what the database has; neither can starve the other."""
        most = BATCH // 2 if self._must_look else BATCH
        claims = [self._handed.popleft() for _ in range(min(most, len(self._handed)))]
        now = self.clock()
        is_due = self._must_look or not timedelta() <= now - self._looked_at < SWEEP
        if not is_due and (claims or self._only_handed):
            # what else became ready would have been handed over, or somebody would have said so
            self._only_handed = bool(claims)
            return claims
        limit = BATCH - len(claims)
        self._must_look = self._only_handed = False
        self._looked_at = now
        found = await self.store.claim(self.worker, now, limit, self.lease)
        self._must_look = self._must_look or len(found) == limit
        return [*claims, *found]

    async def _turned(self, claim: Claimed, desk: DeskFacts) -> Done:
        dialog, turns, seq = claim.dialog, [], 0
        error = ""
        for pending in claim.updates:
            try:
                turn = await self._turn(dialog, claim, pending, desk)
            except Exception as failure:  # whatever it is, the neighbours' turns must not suffer
                log.exception("turn %s:%s failed", dialog.id, pending.seq)
                error = type(failure).__name__
                break
            desk.moved(dialog, turn.dialog)
            dialog, seq = turn.dialog, pending.seq
            turns.append((pending.seq, turn))
        if not error:
            return Done(dialog=dialog.id, epoch=claim.epoch, seq=seq, turns=tuple(turns))
        wait = timedelta(seconds=min(2**claim.tries, 60))
        return Done(
            dialog=dialog.id,
            epoch=claim.epoch,
            seq=seq,
            turns=tuple(turns),
            error=error,
            retry_at=self.clock() + wait,
        )

    async def _turn(
        self, dialog: Dialog, claim: Claimed, pending: Pending, desk: DeskFacts
    ) -> Turn:
        world, now = self.world, self.clock()
        place, active = dialog.place, world.active()
        setting = Setting(active=active, bundle=active)
        if place is not None and place.bundle != active.hash:
            setting = Setting(active=active, bundle=await world.bundle_of(place.bundle))
        update: AnyUpdate = pending.update
        facts = Facts(
            seq=pending.seq,
            capabilities=world.capabilities(dialog.channel),
            grants=levels(claim.grants, now),
            remembered=claim.remembered,
            queues=desk.queues,
            place=claim.place,
            seal=lambda value: world.seal(dialog.id, value),
            available=desk.available,
            asked_nps_at=claim.asked_nps_at,
            answered_today=is_same_day(claim.rated_at, now, world.zone),
        )
        if claim.tries >= RESCUE_AFTER and pending is claim.updates[0]:
            return rescue(dialog, update, setting, world.policy, facts, now)
        if type(update) is CustomerMessage:
            update = await self._understood(dialog, update, setting)
        return advance(dialog, update, setting, world.policy, facts, now)

    async def _understood(
        self, dialog: Dialog, update: CustomerMessage, setting: Setting
    ) -> CustomerMessage:
        bundle = setting.bundle or setting.active
        if not needs_meaning(dialog, update, bundle):
            return update
        return replace(update, meaning=await self.world.meaning(bundle, update.text))


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
