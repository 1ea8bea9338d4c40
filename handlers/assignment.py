"""Dialogs find their people: automatic assignment, and the way back when an operator vanishes."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.bus.port import Bus
from core.bus.topics import DESK, DIALOGS
from core.desk_store import DeskStore
from core.errors import StoreUnavailable
from core.queue import assigned
from core.store import Store
from core.store_values import Candidate, Waiting
from core.updates import OperatorGone
from handlers.operator import Operators

log = logging.getLogger(__name__)

#: An operator from none of whose tabs anything came for so long is lost.
SILENCE = timedelta(seconds=90)
#: Who did not look for so long was away: the machine slept, or the database did not answer.
AWAY = timedelta(seconds=20)
BATCH = 64
_LOCK = "#assign"
_LOCK_LIFE = timedelta(seconds=30)


class Assignment:
    """One process's share; any number of them may run, one works at a time."""

    def __init__(
        self,
        store: Store,
        desk: DeskStore,
        operators: Operators,
        bus: Bus,
        clock: Callable[[], datetime],
        *,
        silence: timedelta = SILENCE,
        began: datetime | None = None,
    ) -> None:
        """began: since when this process listens; now, if not given."""
        self.store = store
        self.desk = desk
        self.operators = operators
        self.bus = bus
        self.clock = clock
        self.silence = silence
        self.began = began or clock()
        self._looked: datetime | None = None

    async def miss(self) -> int:
        """Operators nobody hears of go offline; their dialogs return to their queues.

        Of a process that has only just begun it may be us who were away: pages need a moment to
        find it again. So it is after a time in which nothing could be looked up: nor could it be
        written that somebody was heard."""
        now = self.clock()
        if self._looked is not None and now - self._looked >= AWAY:
            self.began = now
        listens = now - self.began >= self.silence
        lost = await self.store.vanished(now - self.silence, now) if listens else ()
        if listens:
            await self._fetch_back(now)
        self._looked = now
        if lost:
            await self.desk.told_status(lost, now)
            self.bus.wake(DIALOGS)
            self.bus.wake(DESK)
            log.info("%d operators are offline (lost)", len(lost))
        return len(lost)

    async def _fetch_back(self, now: datetime) -> None:
        """Whoever is offline cannot get lost any more. A dialog they took all the same, or that
        came back to them as they left, returns once nobody hears of them."""
        left = await self.desk.left_behind(now - self.silence)
        for dialog, holding, operator in left:
            # until it is turned the next looks find it again
            update, key = OperatorGone(operator=operator), f"left:{holding}"
            await self.store.append(dialog, update, now, key)
        if left:
            self.bus.wake(DIALOGS)

    async def give(self) -> int:
        """Waiting dialogs of queues with automatic assignment go to free operators."""
        waiting, candidates = await self._to_assign()
        if not waiting or not candidates:
            return 0
        if await self.desk.claim_key("", _LOCK, "", self.clock(), _LOCK_LIFE) is not None:
            return 0
        try:
            return await self._give()
        finally:
            await self.desk.finish_key("", _LOCK, 0, b"", self.clock())

    async def _to_assign(self) -> tuple[tuple[Waiting, ...], tuple[Candidate, ...]]:
        now = self.clock()
        return await self.store.to_assign(BATCH, now - self.silence, now)

    async def _give(self) -> int:
        # Under the lock once more: what we saw before it may have been given away.
        waiting, candidates = await self._to_assign()
        given = []
        for one in assigned(waiting, candidates, self.clock()):
            try:
                refusal = await self.operators.give(
                    one.dialog, one.state_rev, one.operator, one.name
                )
            except StoreUnavailable as error:
                # Turns are late: more commands would only make the queue before them longer.
                log.warning("automatic assignment waits: %s", error)
                break
            if refusal is None:
                given.append(one.operator)
        if given:
            await self.desk.given(given, self.clock())
        return len(given)
