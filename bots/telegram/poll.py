"""Polling instead of a webhook: asks for updates, files each, moves on only after the commit."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientTimeout

from bots.telegram.capabilities import EVENTS
from bots.telegram.channel import TelegramChannel
from bots.telegram.parse import parse
from core.counters import Counters
from core.errors import ChannelError, RateLimited, StoreUnavailable, UnsupportedUpdate, UpdateError
from core.ingress import Cursors, Intake, Quarantine, fingerprint, sample
from core.updates import Received

log = logging.getLogger(__name__)

#: Telegram holds an empty request open for so long; ours must outlive it.
POLL_SECONDS = 50
_TIMEOUT = ClientTimeout(total=65, sock_connect=5)
#: After a silent week Telegram begins its numbers anew, perhaps below our offset, and would take
#: a higher offset for a confirmation of what we never saw.
_OFFSET_LIFE = timedelta(days=5)
_WAIT_FIRST, _WAIT_MOST = 1.0, 60.0
#: An update that cannot be filed for a reason that is no outage is given up after so many tries.
_TRIES = 5


class Poller:
    """Reads one bot's updates until it is cancelled."""

    def __init__(
        self,
        channel: TelegramChannel,
        intake: Intake,
        *,
        quarantine: Quarantine,
        taken: Callable[[str, Sequence[Received]], None],
        cursors: Cursors,
        counters: Counters,
        clock: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        """taken: told of updates once they are durable. rng: spreads the waits."""
        self._channel = channel
        self._intake = intake
        self._quarantine = quarantine
        self._taken = taken
        self._cursors = cursors
        self._clock = clock
        self._rng = rng
        self._received = counters.counter(
            "otklik_updates_total", "Updates taken in", ("channel", "kind")
        )
        self._unsupported = counters.counter(
            "otklik_unsupported_updates_total", "Events without a meaning", ("channel", "kind")
        )
        self._offset: int | None = None
        self._moved_at: datetime | None = None
        self._failing: tuple[int, int] = (0, 0)

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Polls for ever; failures are logged once and waited out, longer each time."""
        wait, told = 0.0, ""
        while True:
            try:
                if self._moved_at is None:
                    await self._resume()
                idle = await self.step(POLL_SECONDS)
            except (ChannelError, StoreUnavailable) as error:
                wait = self._longer(wait, error)
                if str(error) != told:
                    log.warning("channel %s: %s", self._channel.name, error)
                told = str(error)
            else:
                # an empty answer that came at once would make this a busy loop
                wait, told = (_WAIT_FIRST if idle else 0.0), ""
            if wait:
                await sleep(wait)

    async def step(self, seconds: int) -> bool:
        """One request and the filing of what it brought; whether it came back empty too soon."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        arguments: dict[str, Any] = {"timeout": seconds, "allowed_updates": list(EVENTS)}
        if self._offset is not None and self._is_fresh():
            arguments["offset"] = self._offset
        updates = await self._channel.client.call("getUpdates", arguments, _TIMEOUT)
        before = self._offset
        try:
            for raw in updates if isinstance(updates, list) else []:
                await self._file(raw)
        finally:
            if self._offset != before:
                self._moved_at = self._clock()
                value = f"{self._offset} {self._moved_at.isoformat()}"
                await self._cursors.put_cursor(self._channel.name, value, self._moved_at)
        return self._offset == before and loop.time() - started < _WAIT_FIRST

    async def _resume(self) -> None:
        """Goes on where an earlier process stopped, unless that was too long ago."""
        value = await self._cursors.cursor(self._channel.name)
        offset, _, moved_at = value.partition(" ")
        try:
            self._offset, self._moved_at = int(offset), datetime.fromisoformat(moved_at)
        except ValueError:
            # without an offset Telegram sends what was not confirmed; repeats are recognised
            self._offset, self._moved_at = None, self._clock()

    def _is_fresh(self) -> bool:
        return self._moved_at is not None and self._clock() - self._moved_at < _OFFSET_LIFE

    async def _file(self, raw: object) -> None:
        if not isinstance(raw, dict) or type(raw.get("update_id")) is not int:
            await self._set_aside(raw)
            return
        try:
            received = parse(raw)
        except UnsupportedUpdate as error:
            self._unsupported.add(self._channel.name, error.kind)
        except Exception as error:  # UpdateError, or a fault of ours that would come again
            detail = error if isinstance(error, UpdateError) else type(error).__name__
            log.warning("channel %s: malformed update, %s", self._channel.name, detail)
            await self._set_aside(raw)
        else:
            await self._take_in(raw, received)
        self._offset = raw["update_id"] + 1

    async def _take_in(self, raw: dict[str, Any], received: Sequence[Received]) -> None:
        name = self._channel.name
        try:
            await self._intake(name, received)
        except StoreUnavailable:
            raise
        except Exception as error:
            update_id = raw["update_id"]
            times = self._failing[1] + 1 if self._failing[0] == update_id else 1
            self._failing = (update_id, times)
            log.error("channel %s: filing failed, %s", name, type(error).__name__)  # noqa: TRY400  values
            if times < _TRIES:
                raise StoreUnavailable(f"filing failed: {type(error).__name__}") from None
            await self._set_aside(raw)
            return
        for item in received:
            self._received.add(name, type(item.update).__name__)
        self._taken(name, received)

    async def _set_aside(self, raw: object) -> None:
        body = json.dumps(raw).encode()
        await self._quarantine(self._channel.name, fingerprint(body), sample(body))

    def _longer(self, wait: float, error: Exception) -> float:
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after
        longer = min(max(_WAIT_FIRST, wait * 2), _WAIT_MOST)
        return longer * self._rng.uniform(0.8, 1.2)
