"""The workers of one process: turns, calls, delivery, timers, and what wakes them."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bots.timers import Job
from bots.wiring import Parts, StoreAttempts, new_id, pictures
from core.bus.port import Bus, Subscription
from core.bus.topics import PACES
from core.channel import Capabilities, Channel
from core.counters import Counters
from core.store import Store
from core.store_values import CallJob, Delivered, Done
from core.updates import CallFailed, CallReturned
from handlers.calls import Calls, Company
from handlers.delivery import Delivery
from handlers.dispatch import Dispatcher, has_call, has_letter
from handlers.following import Following, follow
from handlers.paces import Paces
from handlers.patience import Patience
from handlers.worker import Worker
from handlers.world import Desk

log = logging.getLogger(__name__)

#: Longer than any service call or send under way needs; what is left then is the next start's.
DRAIN = 20.0
#: Of a channel that the settings no longer name: its dialogs live on, its letters wait.
NOBODY = Capabilities(platform="")


class Engine:
    """Everything that works on dialogs in this process. `workers` run according to its role."""

    def __init__(
        self,
        store: Store,
        parts: Parts,
        channels: Mapping[str, Channel],
        bus: Bus,
        counters: Counters,
        *,
        clock: Callable[[], datetime],
        desk: Desk,
        role: str = "all",
    ) -> None:
        self.store = store
        self.channels = channels
        self.bus = bus
        self.clock = clock
        self.role = role
        self._turns = counters.counter("otklik_turns_total", "Updates turned", ("state",))
        self._sent = counters.counter(
            "otklik_deliveries_total", "Outcomes of sends", ("channel", "state")
        )
        self._called = counters.histogram(
            "otklik_call_seconds", "Service calls", ("service", "outcome")
        )
        name = f"{socket.gethostname()}-{os.getpid()}-{new_id()[:6]}"
        world = parts.world(self._capabilities, desk)
        self.dispatcher = Dispatcher(store, world, worker=name, clock=clock, saved=self._saved)
        self.delivery = Delivery(
            store,
            channels,
            worker=name,
            clock=clock,
            sent=self.delivered,
            pictures=pictures(Path(parts.settings.scenarios)),
        )
        self.patience = Patience(channels)
        company = Company(
            services=parts.services,
            backoffice=parts.backoffice,
            attempts=StoreAttempts(store, clock),
            limits=parts.limits,
        )
        self.calls = Calls(
            store,
            company,
            unseal=parts.unseal,
            worker=name,
            clock=clock,
            started=self.patience.begun,
            ended=self._returned,
        )
        self.calls.over = self.patience.over
        self.workers = self._chosen()
        if "chats" in self.workers:
            self.delivery.again = self.workers["chats"].nudge

    def _capabilities(self, name: str) -> Capabilities:
        channel = self.channels.get(name)
        return channel.capabilities if channel is not None else NOBODY

    def _chosen(self) -> Mapping[str, Worker]:
        """Topic of the bus -> the worker it wakes, for this role."""
        works = {
            "dialogs": ("worker", Worker("turns", self.dispatcher.step, self.dispatcher.look)),
            "calls": ("worker", Worker("calls", self.calls.step)),
            "chats": ("delivery", Worker("delivery", self.delivery.step)),
        }
        return {
            topic: worker for topic, (role, worker) in works.items() if self.role in ("all", role)
        }

    def keep_to(self, paces: Paces) -> None:
        """Sends at the pace that whoever else calls these channels keeps to; called before
        anything runs."""
        self.delivery.paces = paces
        channels = {name: channel.capabilities for name, channel in self.channels.items()}

        async def look() -> int:
            await paces.look(channels)
            return 0

        if paces.is_shared:
            self.workers = {**self.workers, PACES: Worker("paces", look)}

    def jobs(self) -> Sequence[Job]:
        """What the ticker does for the engine."""
        if self.role not in ("all", "worker"):
            return ()
        return (
            Job("timers", timedelta(seconds=1), self._fire_timers),
            Job("sweep", timedelta(minutes=10), self._sweep),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the block runs; leaving it finishes what is under way, within DRAIN."""
        # no TaskGroup: it would wrap what goes wrong in the block, which has nothing to do with us
        listeners, works = [], []
        for topic, worker in self.workers.items():
            subscription = await self.bus.subscribe(topic)
            listeners.append(asyncio.create_task(listening(subscription, worker.wake)))
            works.append(asyncio.create_task(worker.run(), name=worker.name))
        self._follow()
        try:
            yield
        finally:
            self.store.follow()
            for worker in self.workers.values():
                worker.stop()
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, *works, return_exceptions=True)
            await self.dispatcher.drain()
            await self._drained()

    def _follow(self) -> None:
        """What a write makes ready goes straight to the worker of this process, if it has one."""
        turns = self.workers.get("dialogs")
        who = Following(
            self.dispatcher if "dialogs" in self.workers else None,
            self.delivery if "chats" in self.workers else None,
            self.calls if "calls" in self.workers else None,
        )
        nudge = turns.nudge if turns is not None else _nothing
        follow(self.store, who, nudge=nudge, wake=self.bus.wake)

    @property
    def follows_intake(self) -> bool:
        """Nobody has to be woken for an update that this process files."""
        return "dialogs" in self.workers

    async def _drained(self) -> None:
        self.delivery.paces.close()
        try:
            async with asyncio.timeout(DRAIN):
                await asyncio.gather(self.delivery.drain(), self.calls.drain())
        except TimeoutError:
            log.warning("some sends or calls did not end in time; the next start takes them up")
        await self.patience.close()

    # -- what one part tells the others

    def _saved(self, done: Sequence[Done]) -> None:
        for item in done:
            for _, turn in item.turns:
                self._turns.add(turn.dialog.state)
        if "chats" not in self.workers and has_letter(done):
            self.bus.wake("chats")
        if "calls" not in self.workers and has_call(done):
            self.bus.wake("calls")
        self.bus.wake("desk")

    def delivered(self, channel: str, outcome: Delivered) -> None:
        """Told of each outcome of a send: counts it and wakes whom it concerns."""
        self._sent.add(channel, outcome.state)
        if outcome.gone:
            self.bus.wake("dialogs")
        self.bus.wake("desk")

    def _returned(self, job: CallJob, outcome: CallReturned | CallFailed, seconds: float) -> None:
        name = outcome.name if isinstance(outcome, CallFailed) else "ok"
        self._called.observe(seconds, job.service, name)
        if not self.follows_intake:
            self.bus.wake("dialogs")

    async def _fire_timers(self) -> None:
        if await self.store.fire_timers(self.clock(), 500):
            self.bus.wake("dialogs")

    async def _sweep(self) -> None:
        # bounded, so that a sweep of a neglected database leaves room for the hot path
        for _ in range(100):
            if not await self.store.sweep(self.clock()):
                return


async def listening(subscription: Subscription, wake: Callable[[], None]) -> None:
    """Wakes somebody with every message, until cancelled."""
    async for _ in subscription:
        wake()


def _nothing() -> None:
    """This process has no loop of turns."""
