"""The pace of every channel of this process, and what it shares with other processes.

One process alone keeps its buckets in memory. Processes on one database take tokens from there,
together never more than the platform allows; a pause that the platform wants is written there and
heard of over the bus. The database is the truth: a lost word costs one look at it.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from core.channel import Capabilities
from core.errors import RateLimited, StoreUnavailable
from core.pacing import CHANNEL, MEDIA, Ask, Granted, Keeper, Meter, limits_of, lot_of
from handlers.line import Line, Sleep
from handlers.pacing import Pace, asked, scope_of

log = logging.getLogger(__name__)

#: Of one channel so many may wait for tokens at once, and at least so many; each keeps a lease.
ROOM, ROOM_LEAST = 64, 16
#: A line moves so many seconds' worth of messages before its last one is served.
PATIENCE = 1.5
_UNCOUNTED = nullcontext()


class Wish(NamedTuple):
    """What somebody wants to do. chat: whom it concerns, empty for nobody. price: calls of a
    platform that counts them. plays: a message with sound or moving pictures."""

    chat: str
    priority: int
    price: int = 1
    plays: bool = False


class Shared(NamedTuple):
    """What several processes have in common. tell: there is news of paces for the others."""

    keeper: Keeper
    tell: Callable[[], None]


class Paces:
    """One object serves one process.

    rng: spreads waits without a hint. sleep: None for who steps by hand. meters: by channel, of
    platforms that count every call. shared: None where nobody else serves these channels.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        rng: Random | None = None,
        sleep: Sleep | None = None,
        meters: Mapping[str, Meter] | None = None,
        shared: Shared | None = None,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._sleep = sleep
        self._meters = meters or {}
        self._shared = shared
        self._paces: dict[str, Pace] = {}
        self._lines: dict[str, Line] = {}

    def of(self, name: str, capabilities: Capabilities) -> Pace:
        """The pace of a channel."""
        pace = self._paces.get(name)
        if pace is None:
            pace = self._paces[name] = Pace(capabilities, self._rng)
            self._lines[name] = self._line(name, pace)
        return pace

    @property
    def is_shared(self) -> bool:
        """Other processes may serve the same channels."""
        return self._shared is not None

    def known(self, name: str) -> Pace | None:
        """The pace of a channel that was written to."""
        return self._paces.get(name)

    async def not_before(self, name: str, pace: Pace, wish: Wish) -> datetime | None:
        """When it may be done; None: now, and it is paid. Waits while the wait is short.

        Raises StoreUnavailable where tokens are shared."""
        if pace.is_carefree(wish.priority):
            return None
        now = self._clock()
        gate = pace.gate(wish.chat, now)
        if gate is not None:
            return gate
        for scope in pace.scopes(wish.chat, wish.priority, now, plays=wish.plays):
            if scope == CHANNEL:
                return await self._lines[name].admitted(wish.priority, wish.price)
            granted = await self._take(name, pace, scope, asked(scope, wish.priority))
            if granted.wait:
                return now + timedelta(seconds=granted.wait)
        return None

    async def spare(self, name: str, pace: Pace) -> bool:
        """Whether something that nobody waits for may be done now; then it is paid."""
        now = self._clock()
        if pace.gate("", now) is not None or pace.is_slowed(CHANNEL, now):
            return False
        return not pace.capabilities.counts_calls or await self._lines[name].spare()

    def paid(self, name: str, price: int) -> AbstractContextManager[None]:
        """A block that makes calls which were paid for; what it does not make is given back, where
        calls are what is paid for."""
        meter, pace = self._meters.get(name), self._paces.get(name)
        if meter is None or pace is None or not pace.capabilities.counts_calls:
            return _UNCOUNTED
        return meter.paid(price)

    # -- what the platform says

    async def limited(self, name: str, pace: Pace, chat: str, error: RateLimited) -> datetime:
        """The platform said «too fast»: until when nobody of any process writes there."""
        now, scope = self._clock(), scope_of(chat, error)
        how = pace.refusal(error)
        until = pace.limited(chat, error, now, how)
        if self._shared is None or pace.is_own(error):
            return until
        limits = limits_of(pace.capabilities, scope)
        try:
            kept = await self._shared.keeper.complain(name, scope, limits, how, now)
        except StoreUnavailable as failure:
            log.warning("channel %s: others were not told of a pause: %s", name, failure)
            return until
        pace.put(kept, now)
        self._shared.tell()
        return pace.rests(scope, now)

    async def succeeded(self, name: str, pace: Pace, chat: str) -> None:
        """A message went through."""
        now = self._clock()
        eased = pace.succeeded(chat, now)
        if self._shared is None:
            return
        try:
            for scope in eased:
                await self._shared.keeper.relent(name, scope, now)
        except StoreUnavailable as error:  # the next pause is longer than it need be
            log.warning("channel %s: others were not told of its recovery: %s", name, error)

    async def look(self, channels: Mapping[str, Capabilities]) -> None:
        """Learns what other processes were told. Called on their word, and once a second."""
        if self._shared is None:
            return
        now = self._clock()
        for kept in await self._shared.keeper.complaints(now):
            capabilities = channels.get(kept.channel)
            if capabilities is not None:
                self.of(kept.channel, capabilities).put(kept, now)

    def close(self) -> None:
        """Whoever waits comes again after the next start."""
        for line in self._lines.values():
            line.close()

    # -- tokens

    def _line(self, name: str, pace: Pace) -> Line:
        limits = limits_of(pace.capabilities, CHANNEL)
        rate = limits.rate or 1.0
        return Line(
            partial(self._take, name, pace, CHANNEL),
            clock=self._clock,
            gate=lambda: pace.gate("", self._clock()),
            sleep=self._sleep,
            room=max(ROOM_LEAST, min(ROOM, int(rate * PATIENCE))),
            rate=rate,
            lot=lot_of(limits) if self._shared is not None else 0,
        )

    async def _take(self, name: str, pace: Pace, scope: str, ask: Ask) -> Granted:
        now = self._clock()
        meter = self._meters.get(name)
        if meter is not None and scope == CHANNEL:
            ask = replace(ask, owed=meter.owed())
        if self._shared is None:
            return pace.take(scope, ask, now)
        limits = limits_of(pace.capabilities, scope)
        kept = await self._shared.keeper.take_tokens(name, scope, limits, ask, now)
        if scope in (CHANNEL, MEDIA) or pace.is_slowed(scope, now):
            pace.put(kept, now)
        return kept.granted
