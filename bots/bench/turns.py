"""`otklik bench turns`: durable turns with a canned platform, on SQLite and PostgreSQL."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from bots import bundles, wiring
from bots.bench.conversation import (
    SCRIPT,
    TEXTS,
    TURNS,
    Agreeable,
    Canned,
    Customer,
    Unlimited,
    no_wait,
)
from bots.bench.figures import Figures, Stopwatch
from config.settings import Settings
from core.channel import Letter
from core.errors import OtklikError
from core.storage.cipher import SivCipher
from core.store import Store
from core.store_values import Done
from core.updates import Received
from handlers.calls import Calls, Company
from handlers.delivery import Delivery
from handlers.dispatch import Dispatcher
from handlers.following import Following, follow
from handlers.intake import Intake, intake
from handlers.worker import Worker
from handlers.world import FixedDesk
from scenarios.services import SERVICES

#: Nothing of the machine under test depends on it; it only has to be long enough.
KEY = "bench" * 10
TOO_LONG = 120.0


class Bench:
    """The engine with many scripted customers at once."""

    def __init__(self, customers: int) -> None:
        self.waiting: dict[str, Customer] = {}
        self.pool = [Customer(number) for number in range(customers)]
        self.waits: list[float] = []
        self.done = asyncio.Event()
        self.left = 0
        self._ready: list[Received] = []
        self._take_in: Callable[[Sequence[Received]], None] = lambda received: None

    def begin(self, rounds: int, take_in: Callable[[Sequence[Received]], None]) -> None:
        """Every customer starts the first of `rounds` conversations."""
        self._take_in = take_in
        self.left = len(self.pool) * rounds
        self._number = len(self.pool)
        for customer in self.pool:
            self._act(customer)
        self._flush()

    def heard(self, letter: Letter) -> None:
        """A message arrived at a customer: the next step, or the next conversation."""
        customer = self.waiting.get(letter.chat)
        if customer is None or not customer.expects(letter):
            return
        self.waits.append(time.perf_counter() - customer.sent_at)
        customer.step += 1
        if customer.step == len(SCRIPT):
            self._finished(customer)
        else:
            self._act(customer)
        self._flush()

    def _finished(self, customer: Customer) -> None:
        del self.waiting[customer.chat]
        self.left -= 1
        if not self.left:
            self.done.set()
        elif self.left >= len(self.waiting) + 1:
            self._number += 1
            self._act(Customer(self._number))

    def _act(self, customer: Customer) -> None:
        self.waiting[customer.chat] = customer
        customer.sent_at = time.perf_counter()
        self._ready.append(customer.received())

    def _flush(self) -> None:
        ready, self._ready = self._ready, []
        if ready:
            self._take_in(ready)


async def measure(
    settings: Settings, url: str, name: str, *, customers: int, rounds: int
) -> Figures:
    """One line of the table: `customers` at once, each with `rounds` conversations."""
    async with AsyncExitStack() as stack:
        sources = bundles.read_sources(Path(settings.scenarios))
        bundle = bundles.compiled(sources, SERVICES, cache=bundles.cache_folder(os.environ))
        clock = wiring.now
        parts = wiring.Parts(
            settings,
            shelf=bundles.Shelf(bundle),
            backoffice=Agreeable(),
            cipher=SivCipher(KEY),
        )
        store = await wiring.open_database(stack, url, settings, parts.cipher)
        bench = Bench(customers)
        workers = _engine(bench, store, parts, clock)
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        take_in = intake(store, clock, lambda: None)
        filing: set[asyncio.Task[object]] = set()

        def file(received: Sequence[Received]) -> None:
            task: asyncio.Task[object] = asyncio.ensure_future(_filed(take_in, received))
            filing.add(task)
            task.add_done_callback(filing.discard)

        await wiring.meaning(bundle, TEXTS[0])  # the classifier is loaded once, at the start
        wiring.settled_memory()  # as `serve` does
        stopwatch = Stopwatch()
        bench.begin(rounds, file)
        await _done(bench)
        total = customers * rounds
        figures = stopwatch.figures(
            name, turns=total * TURNS, conversations=total, waits=bench.waits
        )
        for worker in workers:
            worker.stop()
        await asyncio.gather(*tasks)
        return figures


async def _filed(take_in: Intake, received: Sequence[Received]) -> None:
    await take_in("bench", received)


async def _done(bench: Bench) -> None:
    try:
        async with asyncio.timeout(TOO_LONG):
            await bench.done.wait()
    except TimeoutError:
        raise OtklikError(
            f"{bench.left} conversations did not end within {TOO_LONG:.0f} s"
        ) from None


def _engine(
    bench: Bench, store: Store, parts: wiring.Parts, clock: Callable[[], datetime]
) -> list[Worker]:
    from bots.telegram.capabilities import CAPABILITIES

    channel = Canned(CAPABILITIES, bench.heard)

    def saved(done: Sequence[Done]) -> None:
        """Followers know by themselves."""

    dispatcher = Dispatcher(
        store,
        parts.world(lambda name: CAPABILITIES, FixedDesk()),
        worker="bench",
        clock=clock,
        saved=saved,
    )
    delivery = Delivery(store, {"bench": channel}, worker="bench", clock=clock)
    calls = Calls(
        store,
        Company(services=SERVICES, backoffice=parts.backoffice, attempts=Unlimited()),
        unseal=parts.unseal,
        worker="bench",
        clock=clock,
        sleep=no_wait,
    )
    workers = [
        Worker("turns", dispatcher.step, dispatcher.look),
        Worker("delivery", delivery.step),
        Worker("calls", calls.step),
    ]
    delivery.again = workers[1].nudge
    by_topic = dict(zip(("dialogs", "chats", "calls"), workers, strict=True))
    who = Following(dispatcher, delivery, calls)
    follow(store, who, nudge=workers[0].nudge, wake=lambda topic: by_topic[topic].wake())
    return workers
