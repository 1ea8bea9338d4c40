"""The conversations of tests.e2e.mortal: a password reset, and a talk with an operator; both end
with a rating."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from random import Random
from typing import Any

from bots import bundles
from bots.telegram.capabilities import CAPABILITIES
from core.backoffice.demo import DemoBackoffice
from core.channel import Letter, Sent
from core.content import Outgoing
from core.policy import Policy
from core.scenario.model import Bundle
from core.scenario.services import Service
from core.storage.cipher import SivCipher
from core.storage.open import open_store
from core.store import Store
from core.updates import (
    AnyUpdate,
    CustomerMessage,
    OperatorClosed,
    OperatorReplied,
    OperatorTook,
    Received,
    Sender,
)
from handlers.calls import Calls, Company
from handlers.delivery import Delivery
from handlers.dispatch import Dispatcher
from handlers.following import Following, follow
from handlers.intake import intake
from handlers.world import FixedDesk, World
from scenarios.services import SERVICES
from tests.e2e.mortal import Moments, append_line, mortal, torn
from tests.fakes.world import Meant, Shelf

ROOT = Path(__file__).resolve().parents[2]
CIPHER = SivCipher("k" * 40)
_ANNA: Mapping[str, Any] = {"operator": "anna", "name": "Анна"}

#: Words of the customer, or what the operator does.
TALKS: Mapping[str, Sequence[str | AnyUpdate]] = {
    "reset": ("забыл пароль", "77001234", "123456", "да", "5"),
    "operator": (
        "позовите человека",
        OperatorTook(**_ANNA),
        OperatorReplied(**_ANNA, client_id="c1", content=Outgoing(text="Здравствуйте, слушаю.")),
        "не работает интернет",
        OperatorReplied(**_ANNA, client_id="c2", content=Outgoing(text="Починили, проверьте.")),
        OperatorClosed(**_ANNA),
        "4",
    ),
}
#: The other side knows these by their keys, so they may be made again after a crash.
KEYED = frozenset(("auth.check_code", "auth.send_reset_link"))

_PREPARED: list[Bundle] = []


def prepare() -> None:
    """Imports and compiles everything once, before any child is forked."""
    from core.understanding.reader import reader_of

    cache = bundles.cache_folder(os.environ)
    sources = bundles.read_sources(ROOT / "scenarios")
    bundle = bundles.compiled(sources, SERVICES, lang="ru", cache=cache)
    reader_of(bundle).meaning("забыл пароль")
    _PREPARED.append(bundle)


async def run(order: Mapping[str, Any], wall: Callable[[], datetime]) -> dict[str, Any]:
    """Says everything of a talk (what was said before, the platform repeats), and after each word
    works until nothing is left.

    order: talk, url, platform and company (files of what they were asked), die_at (0 never),
    torn, ahead (seconds by which the clock is), follow (whether writes hand over what they made
    ready, as in a process that has all workers). Returns the moments passed.
    """
    moments = Moments(int(order["die_at"]))
    ahead = timedelta(seconds=float(order["ahead"]))
    ids = iter(range(10**6))

    def clock() -> datetime:
        return wall() + ahead

    async with open_store(
        order["url"],
        cipher=CIPHER,
        new_id=lambda: f"{order['ahead']}-{next(ids)}",
        reopen_window=timedelta(hours=24),
    ) as real:
        store: Store
        if order["torn"]:
            store = torn(real, moments.pass_by)
            house = _House(store, order, _ignored, clock)
        else:
            store = mortal(real, moments.pass_by)
            house = _House(store, order, moments.pass_by, clock)
        await house.work()
        await house.talk(TALKS[order["talk"]])
        await store.fire_timers(clock(), 100)
        await house.work()
        return {"moments": moments.names}


def _ignored(name: str) -> None:
    """Not the moments this run is about."""


class _Platform:
    """Takes every message: a line on disk, then it answers."""

    name = "main"
    capabilities = CAPABILITIES

    def __init__(self, path: Path, passing: Callable[[str], None]) -> None:
        self._path = path
        self._passing = passing

    async def send(self, letter: Letter) -> Sent:
        """The process may die after the platform has it and before we know."""
        append_line(self._path, {"id": letter.id, "text": letter.content.text})
        self._passing("platform")
        return Sent(platform_id=str(letter.id))


class _House:
    """All workers of one process, stepped by hand."""

    def __init__(
        self,
        store: Store,
        order: Mapping[str, Any],
        passing: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        bundle = _PREPARED[0]
        worker = f"w{order['ahead']}"  # two lives of a process are two workers
        platform: Any = _Platform(Path(order["platform"]), passing)
        self._store = store
        self._clock = clock
        self._take_in = intake(store, clock, lambda: None)
        self._dispatcher = Dispatcher(
            store, _world(bundle), worker=worker, clock=clock, saved=lambda done: None
        )
        self._delivery = Delivery(store, {"main": platform}, worker=worker, clock=clock)
        company = Company(
            services=tuple(_recorded(s, Path(order["company"]), passing) for s in SERVICES),
            backoffice=DemoBackoffice(clock=clock, rng=Random(1), new_id=lambda: "id"),
            attempts=_Unlimited(),
        )
        self._calls = Calls(
            store,
            company,
            unseal=lambda dialog, value: CIPHER.open(value, f"dialog:{dialog}"),
            worker=worker,
            clock=clock,
            sleep=_no_sleep,
        )
        if order["follow"]:
            who = Following(self._dispatcher, self._delivery, self._calls)
            follow(store, who, nudge=lambda: None, wake=self._look)

    def _look(self, topic: str) -> None:
        if topic == "dialogs":
            self._dispatcher.look()

    async def talk(self, script: Sequence[str | AnyUpdate]) -> None:
        """Everything in its order, each thing with a key of its own."""
        dialog = ""
        for number, said in enumerate(script):
            if isinstance(said, str):
                received = Received(
                    chat="7",
                    sender=Sender(user="7", lang="ru"),
                    update=CustomerMessage(text=said, platform_id=str(number)),
                    dedup_key=f"m{number}",
                )
                (accepted,) = await self._take_in("main", [received])
                dialog = accepted.dialog
            else:
                await self._store.append(dialog, said, self._clock(), f"o{number}")
            await self.work()

    async def work(self) -> None:
        """Until nothing is left."""
        work = 1
        while work:
            work = await self._dispatcher.step()
            work += await self._delivery.step()
            await self._delivery.drain()
            work += await self._calls.step()
            await self._calls.drain()


def _world(bundle: Bundle) -> World:
    from core.understanding.reader import reader_of

    return World(
        active=lambda: bundle,
        bundles=Shelf(lambda: bundle, at_once=True),
        capabilities=lambda name: CAPABILITIES,
        seal=lambda dialog, value: CIPHER.seal(value, f"dialog:{dialog}"),
        desk=FixedDesk(),
        meaning=Meant(lambda of, text: reader_of(of).meaning(text), at_once=True),
        policy=Policy(),
    )


def _recorded(service: Service, path: Path, passing: Callable[[str], None]) -> Service:
    """The service over a company that says yes and keeps a line of it."""

    @wraps(service.func)
    async def func(call: Any, **arguments: Any) -> None:
        append_line(path, {"key": call.key, "service": service.name, **arguments})
        passing(f"service {service.name}")

    return replace(service, func=func, keyed=service.name in KEYED)


async def _no_sleep(seconds: float) -> None:
    """Answers of opaque services need no padding here."""


class _Unlimited:
    """No limit of attempts: they are not what dies here."""

    async def spend(self, keys: Sequence[str], limit: int, window: timedelta) -> bool:
        return True
