"""The desk's side of a process: queues, operators, assignment, and the first accounts."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from bots.bundles import Proofs
from bots.console.capabilities import PLAIN
from bots.desk.context import DeskContext
from bots.timers import Job
from bots.way import Way
from bots.web import SOCKETS
from bots.wiring import Parts, new_id, queues_of
from core.bus.port import Bus
from core.channel import Capabilities, Rewriting
from core.content import Media
from core.counters import Counters
from core.desk_accounts import NewOperator
from core.desk_values import DeskQueue
from core.errors import ChannelError, ChannelUnavailable, DeliveryUnknown, MessageRejected
from core.passwords import Passwords
from core.peer import networks_of, real_address
from core.scenario.model import Bundle
from core.storage.cipher import SivCipher
from core.storage.desk import SqlDeskStore, open_desk
from core.store import Store
from handlers.accounts import add_operator, offer_setup
from handlers.assignment import Assignment
from handlers.desk_facts import DeskFactsSource
from handlers.operator import Operators
from handlers.second_factor import SecondFactor
from handlers.sign_in import Accounts

#: Logins of `serve --demo`: name as customers see it, roles.
DEMO = (("anna", "Анна", ("operator",)), ("olga", "Ольга", ("operator", "supervisor", "admin")))
#: An operator waits for it, so it is short; the platform's own timeout is longer.
REWRITE_SECONDS = 15.0
#: Queues that the demo's scenarios name by these ids, as its operators see them.
DEMO_QUEUES = {
    "first_line": "Первая линия",
    "identification": "Подтверждение личности",
    "sales": "Подключение",
}


def new_token() -> str:
    """256 bits that nobody guesses, fit for a cookie."""
    return secrets.token_urlsafe(32)


class People:
    """Operators of one process and everything that serves them."""

    def __init__(
        self,
        store: Store,
        desk: SqlDeskStore,
        bus: Bus,
        clock: Callable[[], datetime],
        cipher: SivCipher,
    ) -> None:
        self.store = store
        self.desk = desk
        self.bus = bus
        self.clock = clock
        self.passwords = Passwords()
        self.operators = Operators(store, desk, bus, clock)
        self.assignment = Assignment(store, desk, self.operators, bus, clock)
        self.facts = DeskFactsSource(store, clock, people=desk)
        self.accounts = Accounts(
            desk,
            self.operators,
            self.passwords,
            bus,
            clock=clock,
            new_id=new_id,
            new_token=new_token,
            second=SecondFactor(
                desk,
                self.passwords,
                seal=lambda text, whose: cipher.seal(text, f"operator:{whose}"),
                unseal=lambda sealed, whose: cipher.open(sealed, f"operator:{whose}"),
                clock=clock,
                new_token=new_token,
            ),
        )

    def context(
        self,
        parts: Parts,
        ways: Mapping[str, Way],
        public_url: str,
        app: web.Application,
        counters: Counters,
    ) -> DeskContext:
        """What the desk's API is given."""
        troubles = counters.counter(
            "otklik_desk_troubles_total", "Troubles that pages of the desk reported", ("kind",)
        )
        settings = parts.settings
        channels = {name: way.channel for name, way in ways.items()}

        async def fetch(channel: str, media: Media) -> bytes:
            if channel not in channels:
                raise ChannelUnavailable("config", f"channel {channel} is not set up here")
            return await channels[channel].download(media)

        async def typing(dialog: str) -> None:
            found = await self.desk.chat_of(dialog)
            if found is not None and found[0] in channels:
                with contextlib.suppress(ChannelError):
                    await channels[found[0]].typing(found[1])

        async def rewrite(channel: str, address: str, ids: Sequence[str], text: str | None) -> None:
            found = channels.get(channel)
            if not isinstance(found, Rewriting):
                raise MessageRejected("unsupported", f"channel {channel} changes nothing sent")
            try:
                async with asyncio.timeout(REWRITE_SECONDS):
                    for id_ in ids:
                        if text is None:
                            await found.erase(address, id_)
                        else:
                            await found.edit(address, id_, text)
            except TimeoutError:
                raise DeliveryUnknown("timeout") from None

        return DeskContext(
            store=self.desk,
            files=self.store,
            commands=self.operators,
            accounts=self.accounts,
            bus=self.bus,
            clock=self.clock,
            new_id=new_id,
            public_url=public_url,
            zone=settings.zone,
            capabilities=lambda name: (
                channels[name].capabilities if name in channels else Capabilities(platform="")
            ),
            bundle=lambda: parts.bundle,
            folder=Path(settings.files),
            file_key=parts.file_key(),
            fetch_media=fetch,
            typing=typing,
            rewrite=rewrite,
            sockets=app[SOCKETS],
            address=address_through(settings.trusted_proxies),
            rating=parts.policy.rating,
            tests=Proofs(
                Path(settings.scenarios),
                parts.services,
                capabilities=PLAIN,
                policy=parts.policy,
            ),
            count=troubles.add,
            channels=lambda: {
                name: channel.capabilities.platform for name, channel in channels.items()
            },
        )

    def jobs(self, role: str) -> Sequence[Job]:
        """Automatic assignment, dialogs of operators who vanished, and what turns know of both.

        Who vanished is for processes that serve pages: while none runs, nobody can be heard."""
        second = timedelta(seconds=1)
        jobs = []
        if role in ("all", "web"):
            jobs.append(Job("presence", second, self.assignment.miss))
        if role in ("all", "worker"):
            jobs.append(Job("assignment", second, self.assignment.give))
            jobs.append(Job("desk facts", second, self.facts.refresh))
        return jobs

    async def make_queues(self, bundle: Bundle) -> None:
        """Queues that scenarios name exist before the first dialog comes to them, so that people
        can be put into them, transfer to them and give them hours. Open 24/7 until then."""
        known = {queue.id for queue in await self.desk.desk_queues(archived=True)}
        for name in sorted(queues_of(bundle) - known):
            await self.desk.put_queue(DeskQueue(id=name, title=name), self.clock())

    async def welcome(self, *, demo: bool, base: str) -> list[str]:
        """What must be told once at the first start: demo passwords, or the setup link."""
        if demo and not await self.desk.has_accounts():
            return ["  demo operators (shown only now):", *await self._demo()]
        token = new_token()
        if await offer_setup(self.desk, token, self.clock()):
            return [f"  nobody can sign in yet; make the first admin: {base}/desk/#setup={token}"]
        return []

    async def _demo(self) -> list[str]:
        for id_, title in DEMO_QUEUES.items():
            if not await self.desk.put_queue(DeskQueue(id=id_, title=title), self.clock()):
                await self.desk.change_queue(id_, 1, {"title": title}, self.clock())
        told = []
        for login, name, roles in DEMO:
            password = secrets.token_urlsafe(12)
            new = NewOperator(
                login=login, name=name, password=password, roles=roles, queues=(*DEMO_QUEUES,)
            )
            await add_operator(self.desk, self.passwords, new, now=self.clock(), new_id=new_id)
            told.append(f"    {login}  {password}  ({', '.join(roles)})")
        return told


def address_through(trusted: Sequence[str]) -> Callable[[web.Request], str]:
    """Tells where a request came from, believing these proxies."""
    networks = networks_of(trusted)

    def address(request: web.Request) -> str:
        forwarded = request.headers.getall("X-Forwarded-For", [])
        return real_address(request.remote or "", forwarded, networks)

    return address


async def open_people(
    stack: AsyncExitStack,
    url: str,
    store: Store,
    bus: Bus,
    clock: Callable[[], datetime],
    cipher: SivCipher,
) -> People:
    """Opens the desk's store; the schema must be there already."""
    desk = await stack.enter_async_context(open_desk(url))
    people = People(store, desk, bus, clock, cipher)
    listening = asyncio.create_task(people.operators.run(), name="outcomes")

    async def ended() -> None:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    stack.push_async_callback(ended)
    return people
