"""Reading updates instead of being called: asks, files each, moves on only after the commit."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from bots.way import In
from core.desk_values import ChannelState
from core.errors import (
    ChannelError,
    DeliveryUnknown,
    RateLimited,
    StoreUnavailable,
    UnsupportedUpdate,
    UpdateError,
)
from core.ingress import Arrivals, fingerprint, sample
from core.updates import Received

log = logging.getLogger(__name__)

_WAIT_FIRST, _WAIT_MOST = 1.0, 60.0
#: Nothing could be read for so long: somebody must be told.
_TOLD_AFTER = timedelta(seconds=60)
#: An update that cannot be filed for a reason that is no outage is given up after so many tries.
_TRIES = 5


class Position(NamedTuple):
    """How far a channel has read. cursor: in the platform's own words, empty at first. moved_at:
    when it last changed; None: never."""

    cursor: str = ""
    moved_at: datetime | None = None


class Item(NamedTuple):
    """One raw update. cursor: where reading goes on once it is durable; empty: says nothing."""

    raw: Any
    cursor: str = ""


class Page(NamedTuple):
    """What one request brought. cursor: once all of it is durable; empty: as the last item says."""

    items: Sequence[Item]
    cursor: str = ""


class Portion:
    """How many updates to ask for at once: fewer after an answer that did not arrive whole, since
    one that is too long never would, and all of its messages would wait for ever."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = most

    @contextmanager
    def asked(self) -> Iterator[int]:
        """Around the request."""
        try:
            yield self._size
        except DeliveryUnknown:
            self._size = max(1, self._size // 2)
            raise
        self._size = min(self._most, self._size * 2)


class Source(Protocol):
    """A platform that can be asked for updates.

    account: whose they are, where the platform says; a cursor of another account, whose channel
    had this name before, would tell this one's updates read before anybody saw them."""

    name: str
    account: str

    async def page(self, position: Position) -> Page:
        """One request; waits for news as long as the platform allows. Raises ChannelError."""

    def parse(self, raw: Any) -> Sequence[Received]:
        """What an item means. Raises UnsupportedUpdate or MalformedUpdate."""


class Poller:
    """Reads one channel's updates until it is cancelled."""

    def __init__(
        self, source: Source, way: In, *, clock: Callable[[], datetime], rng: random.Random
    ) -> None:
        """rng: spreads the waits."""
        self._source = source
        self._way = way
        self._clock = clock
        self._rng = rng
        self._arrivals = Arrivals(way.counters)
        self._unsupported = way.counters.counter(
            "otklik_unsupported_updates_total", "Events without a meaning", ("channel", "kind")
        )
        self._position: Position | None = None
        self._failing: tuple[str, int] = ("", 0)
        self._failing_since: datetime | None = None
        self._logged = ""
        self._told = ChannelState()

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Polls for ever; failures are logged once and waited out, longer each time."""
        wait = 0.0
        while True:
            try:
                idle = await self.step()
            except (ChannelError, StoreUnavailable) as error:
                wait = self._longer(wait, error)
                await self._failed(str(error))
            except Exception as error:  # a fault of ours must not end the reading for good
                wait = self._longer(wait, error)
                log.exception("channel %s: reading failed", self._source.name)
                await self._failed(type(error).__name__)
            else:
                # an empty answer that came at once would make this a busy loop
                wait = _WAIT_FIRST if idle else 0.0
                await self._succeeded()
            if wait:
                await sleep(wait)

    async def _failed(self, reason: str) -> None:
        if reason != self._logged:
            log.warning("channel %s: %s", self._source.name, reason)
        self._logged = reason
        now = self._clock()
        self._failing_since = self._failing_since or now
        if now - self._failing_since >= _TOLD_AFTER:
            await self._tell(ChannelState("down", f"nothing can be read: {reason}"))

    async def _succeeded(self) -> None:
        self._logged, self._failing_since = "", None
        await self._tell(ChannelState())

    async def _tell(self, found: ChannelState) -> None:
        if found != self._told:
            self._told = found
            await self._way.fares(self._source.name, found)

    async def step(self) -> bool:
        """One request and the filing of what it brought; whether it came back empty too soon."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        before = self._position or await self._resumed()
        self._position = before
        page = await self._source.page(before)
        cursor = before.cursor
        try:
            for item in page.items:
                await self._file(item.raw)
                cursor = item.cursor or cursor
            cursor = page.cursor or cursor
        finally:
            if cursor != before.cursor:
                await self._moved(cursor)
        return cursor == before.cursor and loop.time() - started < _WAIT_FIRST

    async def _moved(self, cursor: str) -> None:
        now = self._clock()
        self._position = Position(cursor, now)
        value = f"{cursor} {now.isoformat()} {self._source.account}".rstrip()
        await self._way.cursors.put_cursor(self._source.name, value, now)

    async def _resumed(self) -> Position:
        """Where an earlier process stopped; the beginning if nobody can tell."""
        value = await self._way.cursors.cursor(self._source.name)
        try:
            cursor, moved_at, *whose = value.split(" ")
            moved = datetime.fromisoformat(moved_at)
        except ValueError:
            return Position()
        return Position(cursor, moved) if "".join(whose) == self._source.account else Position()

    async def _file(self, raw: Any) -> None:
        name = self._source.name
        try:
            received = self._source.parse(raw)
        except UnsupportedUpdate as error:
            self._unsupported.add(name, error.kind)
        except Exception as error:  # UpdateError, or a fault of ours that would come again
            detail = error if isinstance(error, UpdateError) else type(error).__name__
            log.warning("channel %s: malformed update, %s", name, detail)
            await self._set_aside(raw)
        else:
            await self._take_in(raw, received)

    async def _take_in(self, raw: Any, received: Sequence[Received]) -> None:
        name = self._source.name
        try:
            accepted = await self._way.intake(name, received)
        except StoreUnavailable:
            raise
        except Exception as error:
            mark = fingerprint(_bytes(raw))
            times = self._failing[1] + 1 if self._failing[0] == mark else 1
            self._failing = (mark, times)
            log.error("channel %s: filing failed, %s", name, type(error).__name__)  # noqa: TRY400  values
            if times < _TRIES:
                raise StoreUnavailable(f"filing failed: {type(error).__name__}") from None
            await self._set_aside(raw)
            return
        self._arrivals.count(name, received, accepted)
        self._way.taken(name, received)

    async def _set_aside(self, raw: Any) -> None:
        body = _bytes(raw)
        await self._way.quarantine(self._source.name, fingerprint(body), sample(body))

    def _longer(self, wait: float, error: Exception) -> float:
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after
        longer = min(max(_WAIT_FIRST, wait * 2), _WAIT_MOST)
        return longer * self._rng.uniform(0.8, 1.2)


def _bytes(raw: Any) -> bytes:
    return json.dumps(raw).encode()
