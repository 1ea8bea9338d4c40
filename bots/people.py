"""The desk's side of a process: queues, operators, assignment, and the first accounts."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from bots.timers import Job
from bots.wiring import new_id
from core.bus.port import Bus
from core.desk_store import DeskStore
from core.desk_values import NewOperator
from core.passwords import Passwords
from core.storage.desk import open_desk
from core.store import Store
from handlers.accounts import add_operator, offer_setup
from handlers.assignment import Assignment
from handlers.desk_facts import DeskFactsSource
from handlers.operator import Operators
from handlers.sign_in import Accounts

#: Logins of `serve --demo`: name as customers see it, roles.
DEMO = (("anna", "Анна", ("operator",)), ("olga", "Ольга", ("operator", "supervisor", "admin")))
DEMO_QUEUES = ("first_line", "identification", "sales")


def new_token() -> str:
    """256 bits that nobody guesses, fit for a cookie."""
    return secrets.token_urlsafe(32)


class People:
    """Operators of one process and everything that serves them."""

    def __init__(
        self, store: Store, desk: DeskStore, bus: Bus, clock: Callable[[], datetime]
    ) -> None:
        self.desk = desk
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
        )

    def jobs(self) -> Sequence[Job]:
        """Automatic assignment, and dialogs of operators who vanished."""
        return (Job("assignment", timedelta(seconds=1), self.assignment.step),)

    async def welcome(self, *, demo: bool, base: str) -> list[str]:
        """What must be told once at the first start: demo passwords, or the setup link."""
        if demo and not await self.desk.has_accounts():
            return ["  demo operators (shown only now):", *await self._demo()]
        token = new_token()
        if await offer_setup(self.desk, token, self.clock()):
            return [f"  nobody can sign in yet; make the first admin: {base}/desk/#setup={token}"]
        return []

    async def _demo(self) -> list[str]:
        told = []
        for login, name, roles in DEMO:
            password = secrets.token_urlsafe(12)
            new = NewOperator(
                login=login, name=name, password=password, roles=roles, queues=DEMO_QUEUES
            )
            await add_operator(self.desk, self.passwords, new, now=self.clock(), new_id=new_id)
            told.append(f"    {login}  {password}  ({', '.join(roles)})")
        return told


async def open_people(
    stack: AsyncExitStack, url: str, store: Store, bus: Bus, clock: Callable[[], datetime]
) -> People:
    """Opens the desk's store; the schema must be there already."""
    desk = await stack.enter_async_context(open_desk(url))
    people = People(store, desk, bus, clock)
    listening = asyncio.create_task(people.operators.run(), name="outcomes")

    async def ended() -> None:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    stack.push_async_callback(ended)
    return people
