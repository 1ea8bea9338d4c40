"""One platform's double, the adapter opened as `serve` opens it, and what is behind its webhook.

`Door` has a pretended database, to look at the way in and at the channel alone; `House` has a real
one and the real engine, stepped by hand on a clock that tests move.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter

from bots import wiring
from bots.adapters import package_of, plain
from bots.bundles import Shelf
from bots.engine import Engine
from bots.transport import Transport
from bots.way import Opening, Way
from bots.web import application, serving
from config.channels import AnyChannel
from config.settings import Settings
from core.backoffice.none import NoBackoffice
from core.bus.local import LocalBus
from core.channel import Capabilities, Channel, Finding, Ingress, Letter, MessageClass, Sent, Tried
from core.content import Media
from core.counters import Counters
from core.ingress import Intake, Quarantine
from core.storage.apsw_driver import Connection as SqliteConnection
from core.store import Store
from core.updates import Received
from handlers.acknowledge import Acknowledger
from handlers.intake import intake
from handlers.world import FixedDesk
from tests.fakes.clock import Clock
from tests.fakes.fresh_store import CIPHER, fresh_store, url_of
from tests.fakes.intake import FakeIntake
from tests.fakes.platform import Answered, Event, Fault, PlatformDouble
from tests.storage.build import LEASE, NOW, done, text, turn
from tests.stories.shipped import bundle

T = TypeVar("T")
_CHANNEL: TypeAdapter[Any] = TypeAdapter(AnyChannel)


class Address(NamedTuple):
    """Where a process of ours listens."""

    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook(self) -> str:
        return f"{self.base}/webhooks/main"


def settings_of(double: PlatformDouble, **overrides: Any) -> BaseModel:
    """What the process makes of a double's settings. Raises ValueError."""
    own: BaseModel = _CHANNEL.validate_python(double.settings(**overrides))
    return own


def way_of(
    double: PlatformDouble, transport: Transport, clock: Clock, url: str, **overrides: Any
) -> Way:
    """The channel `main` as the process opens it from settings. Raises ConfigError, or ValueError
    where the settings themselves are refused."""
    own = settings_of(double, **overrides)
    opening = Opening(
        name="main",
        settings=plain(own),
        public_url=url,
        clock=clock,
        transport=transport,
        shared={},
        link=lambda key, file: f"https://support.example.org/media/{key}/{Path(file.path).name}",
    )
    way: Way = import_module(f"{package_of(double.platform)}.way").open_way(opening)
    return way


@asynccontextmanager
async def opened(double: PlatformDouble, clock: Clock, address: Address) -> AsyncIterator[Way]:
    """The way of a double's account, in webhook mode."""
    transport = Transport()
    way = way_of(double, transport, clock, address.base)
    try:
        yield way
    finally:
        await way.channel.close()
        await transport.close()


class Wires(NamedTuple):
    """What a webhook is connected to."""

    intake: Intake
    quarantine: Quarantine
    taken: Callable[[str, Sequence[Received]], None]
    counters: Counters


@asynccontextmanager
async def served(
    double: PlatformDouble, clock: Clock, wires: Wires
) -> AsyncIterator[tuple[Way, Ingress, Address]]:
    """Enters a double and opens its account, once the webhook has a port of its own."""
    ingresses: dict[str, Ingress] = {}
    app = application(
        ingresses=ingresses,
        intake=wires.intake,
        quarantine=wires.quarantine,
        taken=wires.taken,
        checks={},
        counters=wires.counters,
    )
    async with (
        double,
        serving(app, "127.0.0.1", 0, shutdown_timeout=0.5) as port,
        opened(double, clock, Address(port)) as way,
    ):
        assert way.ingress is not None, "the suite wants the webhook mode"
        ingresses["main"] = way.ingress
        yield way, way.ingress, Address(port)


class Door(NamedTuple):
    """A platform, its adapter, and a database in memory that can be told to fail."""

    double: PlatformDouble
    way: Way
    intake: FakeIntake
    address: Address
    counters: Counters

    @property
    def channel(self) -> Channel:
        return self.way.channel

    @property
    def can(self) -> Capabilities:
        return self.way.channel.capabilities

    @property
    def chat(self) -> str:
        return self.double.chats[0]

    async def post(self, event: Event | None) -> Answered:
        """The answer to an event, which must exist: without one quality.yaml says `exempt`."""
        assert event is not None, "the double has no such event, and quality.yaml does not say why"
        (answered,) = await self.double.deliver(self.address.webhook, event)
        return answered

    async def taken(self, event: Event | None) -> None:
        """Delivers an event that must be welcome."""
        answered = await self.post(event)
        assert answered.status == 200, answered


@asynccontextmanager
async def door(double: PlatformDouble) -> AsyncIterator[Door]:
    """Opens the webhook of a double."""
    counters, pretended = Counters(), FakeIntake()
    wires = Wires(pretended, pretended.quarantine, pretended.told, counters)
    async with served(double, Clock(NOW), wires) as (way, _, address):
        yield Door(double, way, pretended, address, counters)


async def silenced(double: PlatformDouble, sending: Awaitable[T]) -> T:
    """Gives a call up as soon as the platform has taken something more, and does not wait for the
    answer that never comes. Raises TimeoutError, as a timeout would."""
    before = len(double.sent())
    call = asyncio.ensure_future(sending)
    taken = asyncio.ensure_future(double.until(before + 1))
    await asyncio.wait((call, taken), return_when=asyncio.FIRST_COMPLETED)
    if call.done():
        taken.cancel()
        return call.result()
    call.cancel()
    await asyncio.wait((call,))
    raise TimeoutError


class Hasty:
    """A Channel that hands everything on. hurry: so many calls give up once the platform has taken
    the message. trouble: asked before each letter for faults of the platform."""

    def __init__(self, channel: Channel, double: PlatformDouble) -> None:
        self.name = channel.name
        self.capabilities = channel.capabilities
        self.calls = 0
        self.hurry = 0
        self.trouble: Callable[[Letter], Sequence[Fault]] = lambda letter: ()
        self._channel = channel
        self._double = double

    async def send(self, letter: Letter) -> Sent:
        self.calls += 1
        self._double.fail(*self.trouble(letter))
        if self.hurry:
            self.hurry -= 1
            return await silenced(self._double, self._channel.send(letter))
        return await self._channel.send(letter)

    async def find_sent(self, tried: Tried) -> Sent | None:
        return await self._channel.find_sent(tried)

    async def acknowledge(self, callback_id: str) -> None:
        await self._channel.acknowledge(callback_id)

    async def retire_options(self, address: str, platform_id: str) -> None:
        await self._channel.retire_options(address, platform_id)

    async def typing(self, address: str) -> None:
        await self._channel.typing(address)

    async def download(self, media: Media) -> bytes:
        return await self._channel.download(media)

    async def health(self) -> tuple[Finding, ...]:
        return await self._channel.health()

    async def close(self) -> None:
        await self._channel.close()


class House:
    """A platform, its adapter, a real database and the engine."""

    def __init__(
        self,
        double: PlatformDouble,
        ingress: Ingress,
        channel: Hasty,
        store: Store,
        engine: Engine,
        acknowledger: Acknowledger,
        clock: Clock,
        address: Address,
        path: Path,
    ) -> None:
        self.double = double
        self.ingress = ingress
        self.channel = channel
        self.can = channel.capabilities
        self.chat = double.chats[0]
        self.store = store
        self.engine = engine
        self.acknowledger = acknowledger
        self.clock = clock
        self.address = address
        self._path = path
        self._numbers = itertools.count()

    async def post(self, event: Event | None) -> None:
        """Delivers an event, which must exist and be welcome."""
        assert event is not None, "the double has no such event, and quality.yaml does not say why"
        (answered,) = await self.double.deliver(self.address.webhook, event)
        assert answered.status == 200, answered

    async def work(self) -> None:
        """Turns and sends until nothing is left for now."""
        await self.acknowledger.drain()
        while await self.engine.dispatcher.step() + await self.engine.delivery.step():
            await self.engine.delivery.drain()

    async def wait(self, seconds: float) -> None:
        """Lets time go by and works."""
        self.clock.now += timedelta(seconds=seconds)
        await self.work()

    async def say(self, chat: str, *words: str, kind: MessageClass = "answer") -> None:
        """Puts messages of a class into the outbox, as a turn would."""
        await self.store.accept("main", [text("?", chat=chat, key=self._key())], self.clock())
        (claimed,) = await self.store.claim("fill", self.clock(), 64, LEASE)
        made = turn(claimed.dialog, said=words, kind=kind, now=self.clock())
        assert await self.store.save("fill", [done(claimed, made)], self.clock()) == ()

    def _key(self) -> str:
        return f"fill-{next(self._numbers)}"

    def states(self) -> dict[str, str]:
        """Text of each row of the outbox -> its state."""
        return dict(self.look("SELECT json_extract(content, '$.text'), state FROM outbox"))

    def look(self, sql: str) -> list[tuple[Any, ...]]:
        """As a person with a SQL client would."""
        beside = SqliteConnection(str(self._path))
        try:
            return beside.execute(sql).fetchall()
        finally:
            beside.close()

    def heard(self, chat: str) -> list[str]:
        """Texts the customer sees, in order."""
        return [message.text for message in self.double.sent(chat)]


@asynccontextmanager
async def house(double: PlatformDouble, folder: Path) -> AsyncIterator[House]:
    """Opens a double's webhook onto a database in a folder."""
    clock, path, numbers = Clock(NOW), folder / "otklik.db", Random(1)
    channels: dict[str, Channel] = {}
    acknowledger = Acknowledger(channels)
    async with fresh_store(url_of(folder), lambda: f"{numbers.getrandbits(96):x}") as store:

        async def quarantine(channel: str, digest: str, sample: str) -> bool:
            return await store.seen_poison(channel, digest, sample, clock())

        take_in = intake(store, clock, lambda: None)
        wires = Wires(take_in, quarantine, acknowledger, Counters())
        async with served(double, clock, wires) as (way, ingress, address):
            channel = Hasty(way.channel, double)
            channels["main"] = channel
            engine = _engine(store, channels, clock)
            yield House(double, ingress, channel, store, engine, acknowledger, clock, address, path)


def _engine(store: Store, channels: Mapping[str, Channel], clock: Clock) -> Engine:
    parts = wiring.Parts(
        Settings(), shelf=Shelf(bundle()), backoffice=NoBackoffice(), cipher=CIPHER
    )
    return Engine(store, parts, channels, LocalBus(), Counters(), clock=clock, desk=FixedDesk())
