"""Those who wait for a channel's tokens: the urgent first, then whoever came first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from core.pacing import LOT, Ask, Granted
from handlers.pacing import NOTICE

Sleep = Callable[[float], Awaitable[None]]

#: Seconds between two questions to a keeper that had nothing to give.
BREATH = 1 / 16
#: So many of those who wait may be notices, or they would leave no room for answers.
NOTICES = 1 / 4


class _Waiting(NamedTuple):
    """Who waits; sorted by what comes first. at: which place in the order of coming."""

    priority: int
    at: int
    price: int
    turn: "asyncio.Future[datetime | None]"


class Line:
    """Of one channel in this process.

    take: asks for tokens. gate: until when nobody may write, None while that is not forbidden.
    sleep: None for who steps by hand: nobody waits here, the row does. room: how many may wait
    here; each of them keeps the lease of its chat. rate: tokens per second.
    """

    def __init__(
        self,
        take: Callable[[Ask], Awaitable[Granted]],
        *,
        clock: Callable[[], datetime],
        gate: Callable[[], datetime | None],
        sleep: Sleep | None,
        room: int,
        rate: float,
        lot: int = 0,
    ) -> None:
        """lot: how many tokens more than needed are asked for; see core.pacing.lot_of."""
        self._take = take
        self._clock = clock
        self._gate = gate
        self._sleep = sleep
        self._room = room
        self._rate = rate
        self._lot = lot
        self._saved, self._saved_until = 0, clock()
        self._waiting: list[_Waiting] = []
        self._came = 0
        self._end = clock()
        self._urgent = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def admitted(self, priority: int, price: int = 1) -> datetime | None:
        """None: go now, the tokens are taken; else when to come again. Raises StoreUnavailable."""
        if price <= self._saved and self._clock() < self._saved_until:
            self._saved -= price
            return None
        if not self._is_behind_others(priority):
            granted = await self._asked(priority, price)
            if granted.first or granted.then:
                return None
            if self._sleep is None or self._is_full(priority):
                return self._later(granted.wait)
        elif self._is_full(priority):
            return self._later(0.0)
        return await self._turn(priority, price)

    async def spare(self) -> bool:
        """Whether there is a token that nobody else wants; it is taken."""
        if self._waiting:
            return False
        return bool((await self._take(Ask(then=(1,)))).then)

    def close(self) -> None:
        """Lets everybody go, to come again some other time."""
        self._sleep = None
        self._urgent.set()

    def _is_behind_others(self, priority: int) -> bool:
        return any(one.priority <= priority for one in self._waiting)

    def _is_full(self, priority: int) -> bool:
        if priority < NOTICE:
            return len(self._waiting) >= self._room
        notices = sum(one.priority >= NOTICE for one in self._waiting)
        return notices >= self._room * NOTICES

    async def _asked(self, priority: int, price: int) -> Granted:
        if priority >= NOTICE:
            return await self._take(Ask(then=(price,)))
        granted = await self._take(Ask(first=(price,), extra=self._lot))
        self._save(granted.extra)
        return granted

    def _save(self, extra: int) -> None:
        if extra:
            self._saved = extra
            self._saved_until = self._clock() + timedelta(seconds=LOT)

    def _later(self, wait: float) -> datetime:
        """A moment of its own for each, or all would come back together for one token."""
        self._end = max(self._end, self._clock() + timedelta(seconds=wait))
        moment, self._end = self._end, self._end + timedelta(seconds=1 / self._rate)
        return moment

    async def _turn(self, priority: int, price: int) -> datetime | None:
        turn: asyncio.Future[datetime | None] = asyncio.get_running_loop().create_future()
        self._came += 1
        self._waiting.append(_Waiting(priority, self._came, price, turn))
        if priority < NOTICE:
            self._urgent.set()
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve(), name="line")
        return await turn

    async def _serve(self) -> None:
        try:
            while self._waiting:
                self._urgent.clear()
                gate = self._gate()
                if gate is not None or self._sleep is None:
                    self._send_away(gate)
                    return
                wait = await self._serve_some()
                if self._waiting:
                    await self._nap(self._sleep, max(wait, BREATH))
        except Exception as error:  # whoever waits must hear of it
            for one in self._left():
                one.turn.set_exception(error)
        finally:
            self._serving = None

    async def _serve_some(self) -> float:
        """Lets go as many as there are tokens for; seconds until there is one more."""
        self._waiting = sorted(one for one in self._waiting if not one.turn.done())
        first = [one for one in self._waiting if one.priority < NOTICE]
        then = [one for one in self._waiting if one.priority >= NOTICE]
        prices = [tuple(one.price for one in some) for some in (first, then)]
        granted = await self._take(Ask(first=prices[0], then=prices[1]))
        for one in (*first[: granted.first], *then[: granted.then]):
            if not one.turn.done():
                one.turn.set_result(None)
        self._waiting = [one for one in self._waiting if not one.turn.done()]
        return granted.wait

    def _send_away(self, until: datetime | None) -> None:
        for one in self._left():
            one.turn.set_result(until or self._later(0.0))

    def _left(self) -> list[_Waiting]:
        left, self._waiting = sorted(self._waiting), []
        return [one for one in left if not one.turn.done()]

    async def _nap(self, sleep: Sleep, seconds: float) -> None:
        """Until there may be tokens, or somebody comes who may need fewer of them."""
        nap = asyncio.ensure_future(sleep(seconds))
        called = asyncio.ensure_future(self._urgent.wait())
        try:
            await asyncio.wait((nap, called), return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            called.cancel()
