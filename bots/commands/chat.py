"""`otklik chat`: the real store, dispatcher, calls and delivery behind one terminal."""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bots import wiring
from bots.console.aside import Aside
from bots.console.capabilities import CAPABILITIES, PLAIN
from bots.console.channel import ConsoleChannel
from bots.console.chat import open_session
from bots.console.engine import CallEnded, CallStarted, Closed, Escalated, Event, Rated, Said
from config import logs
from core.effects import CancelTimer, Note, StartTimer
from core.records import Escalation, Rating
from core.store import Follower, Store
from core.store_values import CallJob, Done
from core.updates import Received, Sender
from handlers.calls import Calls, Company
from handlers.delivery import Delivery
from handlers.dispatch import Dispatcher
from handlers.intake import intake
from handlers.world import FixedDesk

CHANNEL = "console"
#: How often a live terminal looks for timers and operators' words while the customer is silent.
LOOK_EVERY = 0.5


class Clock:
    """Real time that can be moved ahead; `frozen` time stands still but for that."""

    def __init__(self, *, frozen: bool) -> None:
        self.frozen = frozen
        self._start = wiring.now()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The moment this conversation lives in, aware UTC."""
        return (self._start if self.frozen else wiring.now()) + self._ahead

    def move(self, to: datetime) -> None:
        """It is that moment now; never back."""
        self._ahead += max(to - self.now(), timedelta())

    async def sleep(self, seconds: float) -> None:
        """Lets time pass: at once on a frozen clock."""
        if self.frozen:
            self._ahead += timedelta(seconds=seconds)
        else:
            await asyncio.sleep(seconds)


class ChatEngine:
    """The whole product for one customer: what a turn says comes out, in its order.

    The database may hold other people, and `serve` may work on it: only this chat is touched, and
    what it makes ready is taken by the write itself, so that nobody else comes first."""

    def __init__(
        self, store: Store, parts: wiring.Parts, clock: Clock, *, chat: str, plain: bool
    ) -> None:
        self.store = store
        self.clock = clock
        self._events: list[Event] = []
        self._system: list[Event] = []
        self._timers: dict[tuple[str, str], datetime] = {}
        self._states: dict[str, str] = {}
        self._rated: dict[tuple[str, int], int] = {}
        self._asked: list[CallJob] = []
        self._lock = asyncio.Lock()
        capabilities = PLAIN if plain else CAPABILITIES
        channel = ConsoleChannel(CHANNEL, capabilities, self._said)
        self._take_in = intake(store, clock.now, lambda: None)
        world = parts.world(lambda name: capabilities, FixedDesk())
        worker = f"chat-{os.getpid()}"
        self._dispatcher = Dispatcher(
            store, world, worker=worker, clock=clock.now, saved=self._saved
        )
        self._delivery = Delivery(store, {CHANNEL: channel}, worker=worker, clock=clock.now)
        company = Company(
            services=parts.services,
            backoffice=parts.backoffice,
            attempts=wiring.StoreAttempts(store, clock.now),
            limits=parts.limits,
        )
        self._calls = Calls(
            store,
            company,
            unseal=parts.unseal,
            worker=worker,
            clock=clock.now,
            sleep=clock.sleep,
            started=lambda job: self._events.append(CallStarted(service=job.service)),
        )
        store.keep_to(CHANNEL, chat)
        self._follow(worker)

    def _follow(self, worker: str) -> None:
        dispatcher, delivery, calls = self._dispatcher, self._delivery, self._calls

        def turns(claims: Sequence[Any], left: bool) -> None:
            dispatcher.take(claims)
            if left:
                dispatcher.look()

        self.store.follow(
            turns=Follower(worker, dispatcher.lease, dispatcher.room, turns),
            chats=Follower(
                worker, delivery.lease, delivery.room, lambda claims, _: delivery.take(claims)
            ),
            # made when the words before them were shown
            calls=Follower(
                worker, calls.lease, calls.room, lambda jobs, _: self._asked.extend(jobs)
            ),
        )

    async def submit(self, received: Received) -> AsyncIterator[Event]:
        """Takes an update in; yields what it and the calls it makes cause."""
        async with self._lock:
            await self._take_in(CHANNEL, [received])
            async for event in self._pump():
                yield event

    async def advance(self, by: timedelta) -> AsyncIterator[Event]:
        """Moves the clock from timer to timer; yields what each causes."""
        async with self._lock:
            target = self.clock.now() + by
            while (due := self._next_due(target)) is not None:
                self.clock.move(due)
                await self._fire()
                async for event in self._pump():
                    yield event
            self.clock.move(target)
            await self._fire()
            async for event in self._pump():
                yield event

    async def news(self) -> AsyncIterator[Event]:
        """Timers that come due and words of operators, while the customer is silent."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            async with self._lock:
                # what was sent must be shown, so a line typed meanwhile waits for the end of it
                look = asyncio.ensure_future(self._look())
                try:
                    await asyncio.shield(look)
                except asyncio.CancelledError:
                    await look
                    raise
            events, self._events = self._events, []
            for event in events:
                yield event

    async def _fire(self) -> None:
        if await self.store.fire_timers(self.clock.now(), 100):
            self._dispatcher.look()

    async def _look(self) -> None:
        await self._fire()
        found = [event async for event in self._pump()]
        self._events = found + self._events

    def _next_due(self, target: datetime) -> datetime | None:
        due = min(self._timers.values(), default=None)
        if due is None or due > target:
            return None
        self._timers = {key: at for key, at in self._timers.items() if at > due}
        return due

    async def _pump(self) -> AsyncIterator[Event]:
        """Works until nothing is ready; messages of a turn come before its system lines."""
        for event in self._taken():
            yield event
        work = 1
        while work:
            work = await self._turned()
            for event in self._taken():
                yield event
            jobs, self._asked = self._asked, []
            self._calls.take(jobs)
            made = len(jobs) + await self._calls.step()
            if made:
                async for event in self._called():
                    yield event
                work += made
                yield CallEnded(service="")

    async def _called(self) -> AsyncIterator[Event]:
        """Until the calls under way are over; what comes due while a slow one lasts is told."""
        calls = asyncio.ensure_future(self._calls.drain())
        await asyncio.sleep(0)  # they begin, and say so
        while not calls.done():
            for event in self._taken():
                yield event
            await asyncio.wait({calls}, timeout=LOOK_EVERY)
            if not calls.done():
                await self._fire()
                await self._turned()

    async def _turned(self) -> int:
        """One batch of turns with all they say: how much was done."""
        work = await self._dispatcher.step()
        await self._delivery.drain()
        while await self._delivery.step():
            await self._delivery.drain()
            work += 1
        self._events += self._system
        self._system = []
        return work

    def _taken(self) -> Sequence[Event]:
        events, self._events = self._events, []
        return events

    def _said(self, content: object) -> None:
        self._events.append(Said(content=content))  # type: ignore[arg-type]  # always an Outgoing

    def _saved(self, done: Sequence[Done]) -> None:
        for item in done:
            before = self._states.get(item.dialog, "bot")
            for _, turn in item.turns:
                for effect in turn.effects:
                    self._heard(item.dialog, effect)
                state = turn.dialog.state
                if state == "closed" and before != "closed":
                    self._system.append(Closed(result=turn.dialog.result))
                before = state
            self._states[item.dialog] = before

    def _heard(self, dialog: str, effect: object) -> None:
        match effect:
            case StartTimer(timer=kind, due_at=due):
                self._timers[dialog, kind] = due
            case CancelTimer(timer=kind):
                self._timers.pop((dialog, kind), None)
            case Note(record=Escalation(ended_at=None, first_n=0) as record):
                self._system.append(Escalated(reason=record.reason, queue=record.queue))
            case Note(record=Rating(n=n, value=int() as value, scale=scale)):
                if self._rated.get((dialog, n)) != value:  # its comment comes with it once more
                    self._rated[dialog, n] = value
                    self._system.append(Rated(value=value, scale=scale))


def run(words: argparse.Namespace) -> int:
    """Talks until the end of input."""
    asyncio.run(_chat(words))
    return 0


async def _chat(words: argparse.Namespace) -> None:
    settings = wiring.load_settings(os.environ, demo=True)
    clock = Clock(frozen=words.plain)
    async with AsyncExitStack() as stack:
        url = settings.database_url
        if words.user is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-"))
            url = f"sqlite+aiosqlite:///{Path(folder) / 'chat.db'}"
        parts = await wiring.open_parts(
            stack,
            settings,
            clock=clock.now,
            folder=Path(words.scenarios or settings.scenarios),
            url=url,
            lang=words.lang or settings.lang or "ru",
            fixed_code="123456",
        )
        store = await wiring.open_database(stack, url, settings, parts.cipher)
        if words.user is not None:  # the conversation may go on another day, under these scenarios
            await parts.shelf.keep(store, clock.now())
        lang = words.lang or settings.lang or parts.bundle.bot.languages[0]
        sender = Sender(user=words.user or "you", lang=lang)
        session = open_session(
            ChatEngine(store, parts, clock, chat=sender.user, plain=words.plain),
            stdin=sys.stdin,
            stdout=sys.stdout,
            environ=os.environ,
            plain=words.plain,
            lang=lang,
            sender=sender,
            run=f"{wiring.new_id()}-" if words.user else "",
        )
        if session.is_live:
            aside = Aside(session.remark, asyncio.get_running_loop())
            logs.set_up("text", aside, logging.WARNING)
        await session.run(greet=not words.plain)
