"""What every command builds the product from: scenarios, back office, database, the world of turns.

Only this module and its callers (`app`, `cli`, `commands`) see handlers, scenarios and config.
"""

import asyncio
import gc
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from secrets import token_hex
from zoneinfo import ZoneInfo

from bots import bundles
from config import settings as configuration
from config.keyfile import secret_key
from config.settings import Ask, Settings
from config.sources import gather
from core.backoffice.port import Backoffice
from core.bus.port import Bus
from core.bus.topics import PACES
from core.channel import Capabilities, StoredFile
from core.pacing import Meter
from core.scenario.model import Bundle, EscalateStep
from core.scenario.services import Service
from core.storage.address import address
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from core.understanding.reader import reader_of
from core.updates import Meaning
from handlers.paces import Paces, Shared
from handlers.world import Desk, World
from scenarios.services import SERVICES

DRIVER = "OTKLIK_BACKOFFICE__DRIVER"


def now() -> datetime:
    """The clock of the process, aware UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id nobody else has (UUID version 7): ids made one after another are neighbours in an
    index, which halves what a commit writes."""
    moment = int(time.time() * 1000)
    noise = int.from_bytes(os.urandom(10))
    high, low = noise >> 62 & 0xFFF, noise & (1 << 62) - 1
    return f"{moment:012x}{0x7000 | high:04x}{1 << 63 | low:016x}"


def row_id() -> str:
    """An id for rows, its first 12 hex digits the millisecond: rows made together lie together, so
    that a commit writes few pages. It tells when it was made, so it is no secret."""
    return f"{time.time_ns() // 1_000_000:012x}{token_hex(10)}"


def settled_memory() -> None:
    """Called once everything is loaded: what was made until now lives as long as the process, so
    the collector need not walk through it again and again (a tenth of the cost of a turn)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def load_settings(
    environ: Mapping[str, str], *, demo: bool = False, ask: Ask | None = None
) -> Settings:
    """The settings of the environment and of otklik.toml. Raises ConfigError.

    demo: the demo back office stands in where the settings name none. ask: see
    config.settings.load."""

    def read(path: str) -> str | None:
        try:
            return Path(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    named = gather(environ, read).tree.get("backoffice") if demo else None
    if demo and not (isinstance(named, dict) and "driver" in named):
        environ = {**environ, DRIVER: "demo"}
    return configuration.load(environ, read, ask)


class Parts:
    """What does not change while the process runs: settings, scenarios, billing, keys."""

    def __init__(
        self,
        settings: Settings,
        *,
        shelf: bundles.Shelf,
        backoffice: Backoffice,
        cipher: SivCipher,
        services: tuple[Service, ...] = SERVICES,
    ) -> None:
        self.settings = settings
        self.shelf = shelf
        self.backoffice = backoffice
        self.cipher = cipher
        self.services = services
        self.policy = configuration.policy(settings)
        self.zone = ZoneInfo(settings.zone)
        self.limits = configuration.attempt_limits(settings)

    @property
    def bundle(self) -> Bundle:
        """The bundle of new dialogs."""
        return self.shelf.active

    def seal(self, dialog: str, value: str) -> str:
        """Encrypts a secret of a dialog."""
        return self.cipher.seal(value, f"dialog:{dialog}")

    def unseal(self, dialog: str, sealed: str) -> str:
        """The secret again, for the service it belongs to."""
        return self.cipher.open(sealed, f"dialog:{dialog}")

    def file_key(self) -> bytes:
        """Signs links to files and cursors; follows from the installation's key."""
        return file_key(self.cipher)

    def world(
        self,
        capabilities: Callable[[str], Capabilities],
        desk: Desk,
    ) -> World:
        """What turns depend on."""
        return World(
            active=lambda: self.shelf.active,
            bundles=self.shelf,
            capabilities=capabilities,
            seal=self.seal,
            desk=desk,
            meaning=meaning,
            policy=self.policy,
            zone=self.zone,
        )


def file_key(cipher: SivCipher) -> bytes:
    """See Parts.file_key."""
    return hashlib.blake2b(cipher.seal("files", "purpose").encode()).digest()


def pictures(folder: Path) -> Callable[[str], StoredFile | None]:
    """Pictures of scenarios: path below `media/` of the folder -> the file, None if it is gone."""

    def found(path: str) -> StoredFile | None:
        file = folder / "media" / path
        if not file.is_file():
            return None
        mime = "image/png" if file.suffix.lower() == ".png" else "image/jpeg"
        return StoredFile(path=str(file), name=file.name, mime=mime, size=file.stat().st_size)

    return found


class Classifier:
    """What the classifier says; a millisecond when the phrase is new, else a look-up. See
    handlers.world.Meanings."""

    async def __call__(self, bundle: Bundle, text: str) -> Meaning:
        """For whoever may wait for it."""
        return self.at_hand(bundle, text)

    def at_hand(self, bundle: Bundle, text: str) -> Meaning:
        """For everybody."""
        return reader_of(bundle).meaning(text)


meaning = Classifier()


class StoreAttempts:
    """Counters of tries in the database; see core.scenario.services.Attempts."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def spend(self, keys: Sequence[str], limit: int, window: timedelta) -> bool:
        """One try under each key, none of which may be over the limit."""
        return await self._store.attempt(keys, window, limit, self._clock())


async def open_backoffice(
    stack: AsyncExitStack, settings: Settings, clock: Callable[[], datetime], fixed_code: str = ""
) -> Backoffice:
    """The billing the settings name."""
    own = settings.backoffice
    token = own.token.get_secret_value() if own.token else ""
    if own.driver == "demo":
        from core.backoffice.demo import DemoBackoffice

        zone = ZoneInfo(settings.zone)
        return DemoBackoffice(
            clock=clock, rng=SystemRandom(), new_id=new_id, fixed_code=fixed_code, zone=zone
        )
    if own.driver == "none":
        from core.backoffice.none import NoBackoffice

        return NoBackoffice()
    if own.driver == "http":
        import aiohttp

        from core.backoffice.http import HttpBackoffice

        # A kept cookie would go with the next call, which is about another customer.
        session = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        )
        return HttpBackoffice(
            session, url=own.url or "", token=token, clock=time.monotonic, rng=SystemRandom()
        )
    from core.backoffice.custom import custom_driver

    return custom_driver(own.driver, url=own.url or "", token=token)


async def open_parts(
    stack: AsyncExitStack,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    folder: Path,
    url: str,
    lang: str = "ru",
    fixed_code: str = "",
) -> Parts:
    """Everything but the database. url: of that database; its key lies beside a SQLite file.

    Raises ScenarioError when the scenarios are broken, ConfigError for a wrong setting."""
    bundle = bundles.compiled(
        bundles.read_sources(folder), SERVICES, lang=lang, cache=bundles.cache_folder(os.environ)
    )
    return Parts(
        settings,
        shelf=bundles.Shelf(bundle),
        backoffice=await open_backoffice(stack, settings, clock, fixed_code),
        cipher=SivCipher(key_of(settings, url)),
    )


def queues_of(bundle: Bundle) -> set[str]:
    """Ids of the queues that scenarios name."""
    return {
        step.queue
        for scenario in bundle.scenarios.values()
        for step in scenario.steps.values()
        if isinstance(step, EscalateStep)
    }


def paces_of(store: Store, url: str, bus: Bus, meters: Mapping[str, Meter]) -> Paces:
    """How fast the channels of this process may be called. On a SQLite file (url) nobody else
    calls them, so nothing has to be asked of the database."""
    is_alone = address(url).kind == "sqlite"
    shared = None if is_alone else Shared(store, lambda: bus.wake(PACES))
    return Paces(now, rng=SystemRandom(), sleep=asyncio.sleep, meters=meters, shared=shared)


def key_of(settings: Settings, url: str) -> str:
    """The installation's secret key."""
    where = address(url)
    is_file = where.kind == "sqlite" and not where.is_memory
    return secret_key(settings, Path(where.target) if is_file else None)


async def open_database(
    stack: AsyncExitStack,
    url: str,
    settings: Settings,
    cipher: SivCipher,
    *,
    exclusive: bool = False,
) -> Store:
    """The store of a URL, at the newest schema."""
    return await stack.enter_async_context(
        open_store(
            url,
            cipher=cipher,
            new_id=row_id,
            reopen_window=settings.reopen.window,
            exclusive=exclusive,
            files=settings.files,
        )
    )
