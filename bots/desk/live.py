"""The live socket of the desk: tells every tab what changed, and who looks and types.

One hub per process tails the desk's events; sockets resume by position, so any process serves any
tab. Bus messages are hints: with the bus dead the hub finds changes by looking once a second.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from bots.desk import guard
from bots.desk.context import DeskContext
from bots.desk.feed import AT_ONCE, Feed
from bots.desk.live_changes import changes_of
from bots.desk.live_deadlines import Deadlines
from bots.desk.live_door import Door
from bots.desk.live_frames import beside_rows, frames_of, is_rescoped
from bots.desk.live_present import Merged, Sees, Viewers
from bots.desk.live_socket import DEPLOY, SESSION_OVER, Connection, Frame
from bots.desk.schemas import Named, rfc3339
from bots.desk.surroundings import SurroundingsSource
from core.bus.topics import DESK, PRESENCE
from core.errors import StoreUnavailable
from core.store_values import DeskEvent

log = logging.getLogger(__name__)

RETRY_MS = 5000


class Hub:
    """Every live socket of one process."""

    def __init__(self, context: DeskContext, around: SurroundingsSource) -> None:
        self._context = context
        self._around = around
        self._feed = Feed(context.store, context.clock)
        self._viewers = Viewers(context)
        self._merged = Merged(context)
        self._door = Door(context, around, self._feed, self._viewers, self._merged)
        self._deadlines = Deadlines(context, around)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`GET /api/v1/live`. Cookie and Origin are checked before the upgrade."""
        return await self._door.serve(request)

    def viewers(self, dialog: str) -> list[Named]:
        """Who looks at a dialog now."""
        return self._viewers.of(dialog)

    # -- the loops

    async def run(self) -> None:
        """Tails events, beats and checks until cancelled."""
        context = self._context
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tail(), name="desk feed")
            tasks.create_task(self._listen(), name="desk presence")
            for seconds, work in (
                (context.beat_s, self._beat),
                (context.check_s, self._check),
                (context.touch_s, self._touch),
                (context.poll_s, self._flush),
                (context.deadline_s, self._ring),
            ):
                tasks.create_task(self._every(seconds, work), name=f"desk {work.__name__}")

    async def close(self) -> None:
        """The process ends: tabs come back somewhere else, not all at once."""
        self._door.is_closing = True
        bye = {"t": "bye", "retry_ms": RETRY_MS}
        closing = [one.close(DEPLOY, "restart", bye) for one in self._door.connections]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _tail(self) -> None:
        """Events of a failed attempt are told by the next one: no tab may miss any."""
        woken = await self._context.bus.subscribe(DESK)
        untold: list[DeskEvent] = []
        try:
            while True:
                try:
                    if not self._feed.started.is_set():
                        await self._feed.start()
                    while untold := untold or await self._feed.news():
                        is_all = len(untold) < AT_ONCE
                        await self._tell(untold)
                        untold = []
                        self._feed.told = self._feed.position
                        if is_all:  # whatever came meanwhile has woken us again
                            break
                except StoreUnavailable as error:
                    log.warning("the live feed waits for the database: %s", error)
                except Exception:
                    log.exception("the live feed failed; every tab loads anew")
                    untold = []
                    self._feed.told = self._feed.position
                    self._push({"t": "resync", "why": "too_old"})
                if not self._door.connections:
                    await self._quiet()
                await woken.wait(self._context.poll_s)
        finally:
            await woken.close()

    async def _quiet(self) -> None:
        """Nobody looks, so the feed only keeps up, however much goes on."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._context.poll_s):
                await self._door.somebody.wait()

    async def _every(self, seconds: float, work: Any) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except StoreUnavailable as error:
                log.warning("the desk's sockets wait for the database: %s", error)
            except Exception:
                log.exception("the desk's sockets: %s failed", work.__name__)

    async def _beat(self) -> None:
        at = rfc3339(self._context.clock())
        frame = {"t": "beat", "at": at, "seq": self._feed.told}
        for one in self._ready():
            if one.is_caught_up and not one.is_behind:
                one.push(frame)
        self._viewers.refresh(self._door.connections)

    async def _check(self) -> None:
        """What a fresh load would count, for tabs to compare; ended sessions lose their socket."""
        store, now = self._context.store, self._context.clock()
        for one in list(self._ready()):
            found = await store.session(one.session)
            if found is None or not guard.is_alive(*found, now):
                await one.close(SESSION_OVER, "session over")
                continue
            seq = self._feed.told
            counts = await store.counts(one.person)
            if one.is_caught_up:
                one.push({"t": "check", "seq": seq, "counts": msgspec.to_builtins(counts)})

    async def _touch(self) -> None:
        now = self._context.clock()
        for operator in sorted({one.person.id for one in self._ready()}):
            await self._context.store.seen(operator, now)

    async def _flush(self) -> None:
        self._push_to(await self._merged.frames(self._feed.told))

    async def _ring(self) -> None:
        self._push_to(await self._deadlines.frames(self._feed.told))

    def _push_to(self, frames: Sequence[tuple[Frame, Sees]]) -> None:
        for frame, sees in frames:
            for one in self._ready():
                if sees(one.person):
                    one.push(frame)

    def _ready(self) -> list[Connection]:
        return [one for one in self._door.connections if one.is_ready]

    def _push(self, frame: Frame) -> None:
        for one in self._ready():
            one.push(frame)

    # -- events

    async def _tell(self, events: Sequence[DeskEvent]) -> None:
        ready = self._ready()
        rows: list[tuple[Connection, Frame]] = []
        if ready:
            changes = await changes_of(self._context.store, events, ready)
            around, now = await self._around(), self._context.clock()
            for change in changes:
                for one in ready:
                    rows += [(one, frame) for frame in frames_of(change, one, around, now)]
        beside = [(one, *beside_rows(events, one.person)) for one in self._ready()]
        for one, before, _ in beside:
            for frame in before:
                one.push(frame)
        for one, frame in rows:
            one.push(frame)
        for one, _, behind in beside:
            for frame in behind:
                one.push(frame)
        for event in events:
            await self._heed(event)
        self._merged.mark(events)

    async def _heed(self, event: DeskEvent) -> None:
        """What changes who is told what from now on."""
        if event.topic == "queue":
            self._around.forget()
        for one in [one for one in self._door.connections if is_rescoped(event, one.person)]:
            account = await self._context.store.account(one.person.id)
            if account is not None:
                one.person = account.person()
                one.subscribed.clear()
                one.push({"t": "resync", "why": "scope_changed"})

    # -- things that are never stored

    async def _listen(self) -> None:
        async for raw in await self._context.bus.subscribe(PRESENCE):
            try:
                said = msgspec.json.decode(raw)
            except msgspec.DecodeError:
                continue
            if not isinstance(said, dict):
                continue
            try:
                await self._heard(said)
            except Exception:  # another build may say it in another way; no socket falls silent
                log.exception("the desk's sockets: what was said could not be told")

    async def _heard(self, said: Mapping[str, Any]) -> None:
        match said:
            case {"t": "session_over", "session": str(session)}:
                for one in [one for one in self._door.connections if one.session == session]:
                    await one.close(SESSION_OVER, "session over")
            case {"t": "typing", "dialog": str(dialog), "who": dict(who), **more}:
                frame = {"t": "typing", "dialog": dialog, "who": who}
                if isinstance(more.get("draft"), str) and more["draft"]:
                    frame["draft"] = more["draft"]
                for one in self._ready():
                    if dialog in one.subscribed and one.person.id != who.get("id"):
                        one.push(frame)
            case {"t": "viewing"}:
                for dialog in self._viewers.heard(said):
                    self._tell_viewers(dialog)

    def _tell_viewers(self, dialog: str) -> None:
        people = [one.model_dump() for one in self._viewers.of(dialog)]
        frame = {"t": "viewers", "dialog": dialog, "operators": people}
        for one in self._ready():
            if dialog in one.subscribed:
                one.push(frame)
