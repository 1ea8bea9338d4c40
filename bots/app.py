"""The composition root of `otklik serve`: opens everything as one stack, closes it in order."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from bots import adapters, bundles, start, wiring
from bots.demo.shop import attach_demo
from bots.desk.app import attach
from bots.engine import Engine, listening
from bots.links import Links, Shelves, attach_links
from bots.people import People, open_people
from bots.ready import Migrations, Storing
from bots.start import Options
from bots.timers import Job, ticking
from bots.watch import Watch
from bots.way import In, Way
from bots.web import application
from config.settings import Settings
from core.backoffice.demo import DemoBackoffice
from core.bus.local import LocalBus
from core.bus.port import Bus
from core.counters import Counters
from core.desk_values import ChannelPart, ChannelState
from core.errors import ConfigError, ScenarioError, StoreUnavailable
from core.policy import Policy
from core.scenario.model import Bundle, unpacked
from core.storage.cipher import SivCipher
from core.storage.open import beyond_us, clock_ahead
from core.store import Store
from core.updates import Received
from handlers.acknowledge import Acknowledger
from handlers.intake import intake
from handlers.paces import Paces
from handlers.rating_choice import RatingChoices
from handlers.typing import Typists
from handlers.welcome import Welcomes
from scenarios.services import SERVICES

log = logging.getLogger(__name__)

#: How often a process looks whether another one published scenarios, and after its channels.
REFRESH = timedelta(seconds=5)
WATCH = timedelta(minutes=5)
SHUTDOWN = 20.0


class Started(NamedTuple):
    """A process that serves. port: where it listens, 0 for roles without HTTP.

    notices: what a person must be told once, such as generated passwords."""

    port: int
    store: Store
    parts: wiring.Parts
    channels: Sequence[str]
    notices: list[str]


async def serve(
    settings: Settings, options: Options, started: Callable[[Started], Awaitable[None]]
) -> None:
    """Serves until SIGTERM or SIGINT. started: called once everything listens.

    Raises ConfigError, ScenarioError or StoreUnavailable when it cannot start."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with opened(settings, options) as ready:
        await started(ready)
        await stop.wait()
        log.info("stopping: what is under way is finished first")


@asynccontextmanager
async def opened(settings: Settings, options: Options) -> AsyncIterator[Started]:
    """The whole process, for as long as the block runs."""
    clock = wiring.now
    if start.homeless(settings, options):
        raise ConfigError(start.wrong_with(settings, options))
    if not options.port:
        options = options._replace(port=start.free_port(options.host))
    async with AsyncExitStack() as stack:
        public_url = start.base(settings, options)
        cipher = SivCipher(wiring.key_of(settings, settings.database_url))
        links = Links(wiring.file_key(cipher), clock)
        ways = adapters.open_ways(settings, public_url, clock, links.link)
        stack.push_async_callback(adapters.close_ways, ways)
        store = await wiring.open_database(
            stack, settings.database_url, settings, cipher, exclusive=True
        )
        if disappointing := start.apart(await clock_ahead(settings.database_url, clock)):
            log.warning(disappointing)
        shelf = await adopted(store, Path(settings.scenarios), clock(), options.lang)
        backoffice = await wiring.open_backoffice(stack, settings, clock)
        parts = wiring.Parts(settings, shelf=shelf, backoffice=backoffice, cipher=cipher)
        bus = await _bus(stack, settings)
        people = await open_people(stack, settings.database_url, store, bus, clock, cipher)
        await people.make_queues(shelf.active)
        paces = wiring.paces_of(store, settings.database_url, bus, ways.meters)
        process = Process(store, parts, ways.by_name, bus, people, options, links, paces)
        port = await process.start(stack)
        wiring.settled_memory()
        base = start.base(settings, options)
        told = await people.welcome(demo=options.demo, base=base) if port else []
        yield Started(
            port=port, store=store, parts=parts, channels=tuple(ways.by_name), notices=told
        )


#: Who made a bundle active: the start of `otklik serve`.
BY_START = "serve"


async def adopted(store: Store, folder: Path, now: datetime, lang: str) -> bundles.Shelf:
    """The scenarios to run: those of the folder when they are whole and nobody chose others, else
    the active ones of the database; a broken folder never replaces what runs."""
    stored = await store.active_bundle()
    active = unpacked(stored.content) if stored is not None else None
    try:
        found = await asyncio.to_thread(_compiled, folder, lang)
    except ScenarioError as error:
        if active is None:
            raise
        log.error("the scenarios of %s are broken, the last good ones run on: %s", folder, error)  # noqa: TRY400  the findings say it all
        return bundles.Shelf(active, store)
    shelf = bundles.Shelf(active or found, store)
    if stored is not None and found.hash == shelf.active.hash:
        return shelf
    known = await store.bundle(found.hash)
    was_active = known is not None and known.activated_at is not None
    if stored is None or stored.activated_by == BY_START or not was_active:
        await shelf.publish(found, BY_START, now)
    else:
        # somebody published or rolled back after this folder was new, which no restart must undo
        log.warning(
            "the scenarios of %s (%s) are older than what was chosen by «%s» (%s), which runs on:"
            " `otklik scenarios publish` takes them up",
            folder,
            bundles.short(found.hash),
            stored.activated_by,
            bundles.short(shelf.active.hash),
        )
    return shelf


def _compiled(folder: Path, lang: str) -> Bundle:
    sources = bundles.read_sources(folder)
    return bundles.compiled(sources, SERVICES, lang=lang, cache=bundles.cache_folder(os.environ))


async def _bus(stack: AsyncExitStack, settings: Settings) -> Bus:
    if settings.nats_url is not None:
        from core.bus.nats import open_nats

        return await stack.enter_async_context(open_nats(settings.nats_url))
    bus = LocalBus()
    stack.push_async_callback(bus.close)
    return bus


class Process:
    """The parts of one process, wired."""

    def __init__(
        self,
        store: Store,
        parts: wiring.Parts,
        ways: Mapping[str, Way],
        bus: Bus,
        people: People,
        options: Options,
        links: Links,
        paces: Paces,
    ) -> None:
        self.people = people
        self.paces = paces
        self.links = links
        self.store = store
        self.parts = parts
        self.ways = adapters.paced_ways(ways, paces, wiring.now)
        self.bus = bus
        self.options = options
        self.counters = Counters()
        self.channels = {name: way.channel for name, way in self.ways.items()}
        self.acknowledge = Acknowledger(self.channels)
        self.typists = Typists(people.desk, bus)
        self.watch = Watch(self.ways, self._alarm)
        self._untold: dict[tuple[str, ChannelPart], ChannelState] = {}
        self._alarms = self.counters.gauge(
            "otklik_channel_alarm", "1 while a channel needs somebody", ("channel",)
        )

    async def start(self, stack: AsyncExitStack) -> int:
        """Starts everything on the stack; the port it listens on."""
        role = self.options.role
        engine = Engine(
            self.store,
            self.parts,
            self.channels,
            self.bus,
            self.counters,
            clock=wiring.now,
            desk=self.people.facts,
            role=role,
        )
        engine.keep_to(self.paces)
        engine.delivery.fares = partial(self._alarm, part="sending")
        await self._forget_alarms()
        chosen = self._choices(engine)
        await chosen.step()
        await stack.enter_async_context(engine.running())
        way_in = intake(self.store, wiring.now, self._filed(engine))
        self.storing = Storing(way_in, self.store, wiring.now)
        port = 0
        if role in ("all", "web"):
            port = await self._listen(stack, await self._welcomes(stack, engine))
            await self._connect(stack)
        jobs = [*engine.jobs(), *self._jobs(), Job("rating", REFRESH, chosen.step)]
        await stack.enter_async_context(ticking(jobs))
        return port

    def _filed(self, engine: Engine) -> Callable[[], None]:
        """What is done once an update is durable."""
        if engine.follows_intake:
            return lambda: None
        return lambda: self.bus.wake("dialogs")

    def _choices(self, engine: Engine) -> RatingChoices:
        """Brings what people chose at the desk into the turns of this process."""
        world = engine.dispatcher.world

        def put(policy: Policy) -> None:
            world.policy = policy

        return RatingChoices(self.people.desk, lambda: world.policy, put)

    def _jobs(self) -> Sequence[Job]:
        jobs = [
            Job("scenarios", REFRESH, self.parts.shelf.refresh),
            Job("alarms", REFRESH, self._tell_again),
        ]
        if self.options.role in ("all", "web"):
            jobs.append(Job("channels", WATCH, self.watch.look))
        return [*jobs, *self.people.jobs(self.options.role)]

    async def _alarm(self, name: str, found: ChannelState, part: ChannelPart = "account") -> None:
        """Tells desks and metrics how an account fares; metrics also what other processes say."""
        platform, desk, now = (
            self.channels[name].capabilities.platform,
            self.people.desk,
            wiring.now,
        )
        state: str = found.state
        try:
            if await desk.put_channel_state(name, platform, found, now(), part):
                self.bus.wake("desk")
            known = (await desk.channels_now(now())).get(name)
        except StoreUnavailable as error:
            log.warning("channel %s: its state was not stored: %s", name, error)
            self._untold[name, part] = found
        else:
            self._untold.pop((name, part), None)
            state = "ok" if known is None else known.health.get("state", "ok")
        self._alarms.set(0 if state == "ok" else 1, name)

    async def _tell_again(self) -> None:
        for (name, part), found in list(self._untold.items()):
            await self._alarm(name, found, part)

    async def _forget_alarms(self) -> None:
        """What an earlier process could not do is seen anew by this one."""
        role = self.options.role
        parts: list[ChannelPart] = ["reading"] if role in ("all", "web") else []
        parts += ["sending"] if role in ("all", "delivery") else []
        for name in self.channels:
            for part in parts:
                await self._alarm(name, ChannelState(), part)

    async def _welcomes(self, stack: AsyncExitStack, engine: Engine) -> Welcomes | None:
        """For platforms that take some messages only in the answer to their own request."""
        renders = {name: way.welcome for name, way in self.ways.items() if way.welcome}
        if not renders:
            return None
        welcomes = Welcomes(
            self.store,
            renders,
            clock=wiring.now,
            sent=engine.delivered,
            pictures=engine.delivery.pictures,
        )
        subscription = await self.bus.subscribe("chats")
        task = asyncio.create_task(listening(subscription, welcomes.wake))

        async def ended() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await subscription.close()

        stack.push_async_callback(ended)
        return welcomes

    async def _listen(self, stack: AsyncExitStack, welcomes: Welcomes | None) -> int:
        url = self.parts.settings.database_url
        app = application(
            ingresses={name: way.ingress for name, way in self.ways.items() if way.ingress},
            intake=self.storing.take_in,
            quarantine=self._quarantine,
            taken=self._taken,
            checks={
                "database": self.storing.check,
                "migrations": Migrations(partial(beyond_us, url), wiring.now).check,
                "bus": self._bus_state,
            },
            counters=self.counters,
            greeting=welcomes,
        )
        settings = self.parts.settings
        base = start.base(settings, self.options)
        desk = self.people.context(self.parts, self.ways, base, app, self.counters)
        attach(app, replace(desk, nearby=start.nearby(settings, self.options)))
        attach_links(app, self.links, self._shelves())
        backoffice = self.parts.backoffice
        if self.options.demo and isinstance(backoffice, DemoBackoffice):
            attach_demo(app, backoffice, clock=wiring.now)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self.options.host, self.options.port)
        try:
            await site.start()
        except (OSError, UnicodeError) as error:
            raise ConfigError([start.not_here(self.options, error)]) from error
        return int(runner.addresses[0][1])

    def _shelves(self) -> Shelves:
        settings = self.parts.settings
        return Shelves(
            attachment=self.store.attachment,
            folder=Path(settings.files),
            pictures=wiring.pictures(Path(settings.scenarios)),
        )

    async def _connect(self, stack: AsyncExitStack) -> None:
        """Tells platforms where we are and starts pollers, each on its own."""
        fares = partial(self._alarm, part="reading")
        take_in = self.storing.take_in
        way_in = In(take_in, self._quarantine, self._taken, self.store, self.counters, fares)
        tasks = []
        for name, way in self.ways.items():
            tasks.append(asyncio.create_task(self.watch.register(name)))
            if way.poll is not None:
                tasks.append(asyncio.create_task(way.poll(way_in), name=f"poll {name}"))

        async def ended() -> None:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.acknowledge.drain()
            await self.typists.drain()

        stack.push_async_callback(ended)

    def _taken(self, name: str, received: Sequence[Received]) -> None:
        """What was taken in may want an answer at once, or a look of the desks."""
        self.acknowledge(name, received)
        self.typists(name, received)

    async def _quarantine(self, channel: str, digest: str, sample: str) -> bool:
        return await self.store.seen_poison(channel, digest, sample, wiring.now())

    async def _bus_state(self) -> str:
        return "" if self.bus.is_connected else "not connected"
