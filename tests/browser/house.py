"""A whole desk for browsers: real stores, dispatcher and server, in a thread of their own.

Browsers are driven from a test's own thread, so the server needs a loop elsewhere: `run` does
something there and waits for it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.access import Person
from core.bus.topics import DESK
from core.desk_accounts import NewOperator
from core.store_values import Accepted
from core.updates import AnyUpdate, CustomerMessage, Received, Sender
from handlers.accounts import offer_setup
from tests.browser.thread_loop import ThreadLoop
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import CHANNEL, QUEUE, Workplace, new_id, workplace

PASSWORD = "correct horse battery"
_SECONDS = 30
#: Between two customers who write.
EVERY_S = 0.1
_AT_ONCE = 250


def asks_for_people(chat: str, name: str) -> Received:
    """A customer of that name wants a human."""
    return Received(
        chat=chat,
        sender=Sender(user=f"u{chat}", name=name, lang="ru"),
        update=CustomerMessage(text="оператор"),
        dedup_key=new_id(),
    )


class House:
    """url: of the server. Everything that touches the loop goes through `run`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.loop = ThreadLoop()
        self.run = self.loop.run
        self.place: Workplace
        self.desk: DeskServer

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.desk.url}/desk/"

    def start(self, **changes: Any) -> None:
        """Opens database and server."""
        self.run(self._open(changes))

    def stop(self) -> None:
        """Closes everything; browsers hear it."""
        self.loop.close()

    async def _open(self, changes: dict[str, Any]) -> None:
        whole = workplace(f"sqlite+aiosqlite:///{self._folder / 'otklik.db'}")
        self.place = await self.loop.stack.enter_async_context(whole)
        server = DeskServer(self.place, self._folder / "files")
        self.desk = await self.loop.stack.enter_async_context(
            server.open(**{"build": "", **changes})
        )

    # -- people

    def hire(self, login: str, *roles: str, name: str = "", **how: Any) -> Person:
        """Somebody with PASSWORD who may sign in; on the line, unless an admin and nothing else."""
        return self.run(self._hire(login, roles or ("operator",), name or login.title(), how))

    async def _hire(
        self, login: str, roles: tuple[str, ...], name: str, how: dict[str, Any]
    ) -> Person:
        queues = tuple(how.get("queues", (QUEUE,)))
        limit = how.get("limit", 5)
        new = NewOperator(
            login=login, name=name, password=PASSWORD, roles=roles, queues=queues, limit=limit
        )
        by = Person(id="tests", name="", roles=frozenset({"admin"}))
        accounts = self.desk.context().accounts
        made = await accounts.add(new, by)
        if how.get("status", "online") == "online" and roles != ("admin",):
            await self.place.desk.put_status(made.id, "online", "", made.id, self.place.now)
        return made.person()

    def setup_token(self) -> str:
        """What the first start prints."""
        token = new_id()
        assert self.run(offer_setup(self.place.desk, token, self.place.now))
        return token

    def api(self, person: Person) -> Browser:
        """The API as this person."""
        return self.run(self.desk.browser(person))

    # -- customers

    def asks(self, chat: str = "7") -> str:
        """A customer waits in the first line; the dialog."""
        return self.run(self.place.asks_for_people(chat))

    def writes(self, text: str, chat: str = "7", **about: Any) -> str:
        """A customer writes; the dialog. Desks are told at once, as by a whole process."""
        return self.run(self._writes(text, chat, about))

    async def _writes(self, text: str, chat: str, about: dict[str, Any]) -> str:
        dialog = await self.place.writes(text, chat=chat, **about)
        self.place.bus.wake(DESK)
        return dialog

    @contextmanager
    def writing(self, chats: Iterator[str]) -> Iterator[list[tuple[str, str]]]:
        """As long as this lasts customers write ten times a second, whatever else is done: the chat
        and the text of each message, once it is in the transcript."""
        said: list[tuple[str, str]] = []
        stop = self.run(self._event())
        writing = self.loop.start(self._go_on_writing(chats, said, stop))
        try:
            yield said
        finally:
            self.run(self._over(stop))
            writing.result(_SECONDS)

    async def _event(self) -> asyncio.Event:
        return asyncio.Event()

    async def _over(self, stop: asyncio.Event) -> None:
        stop.set()

    async def _go_on_writing(
        self, chats: Iterator[str], said: list[tuple[str, str]], stop: asyncio.Event
    ) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        while not stop.is_set():
            chat, text = next(chats), f"пока листают: {len(said)}."
            await self._writes(text, chat, {})
            said.append((chat, text))
            # the pace is that of the clock, not of the machine: what is late is caught up with
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), began + len(said) * EVERY_S - clock())

    def happens(self, dialog: str, update: AnyUpdate) -> None:
        """Something else than a message comes from the platform, and is turned."""
        self.run(self._happens(dialog, update))

    async def _happens(self, dialog: str, update: AnyUpdate) -> None:
        place = self.place
        accepted = await place.store.append(dialog, update, place.now, new_id())
        place.bus.wake("dialogs")
        while not (await place.store.outcome(accepted.dialog, accepted.seq))[0]:
            await place.batch.wait()

    def fill(self, count: int) -> None:
        """So many customers wait, in chats `many0`, `many1`, …"""
        self.run(self._fill(count))

    async def _fill(self, count: int) -> None:
        place = self.place
        accepted: list[Accepted] = []
        for start in range(0, count, _AT_ONCE):
            numbers = range(start, min(count, start + _AT_ONCE))
            received = [asks_for_people(f"many{n}", f"Клиент {n}") for n in numbers]
            accepted += await place.store.accept(CHANNEL, received, place.now)
            place.bus.wake("dialogs")
        for one in accepted:
            while not (await place.store.outcome(one.dialog, one.seq))[0]:
                await place.batch.wait()

    # -- looking

    def said(self, dialog: str) -> list[str]:
        """Every text of the transcript."""
        return [text for _, text in self.run(self.place.texts(dialog))]

    def until_said(self, dialog: str, text: str) -> None:
        """Returns once a text is in the transcript."""
        self.run(self._until_said(dialog, text))

    async def _until_said(self, dialog: str, text: str) -> None:
        woken = await self.place.bus.subscribe(DESK)
        try:
            async with asyncio.timeout(_SECONDS):
                while text not in {said for _, said in await self.place.texts(dialog)}:
                    await woken.wait(0.2)
        finally:
            await woken.close()

    def sign_out(self, login: str) -> None:
        """Ends every session of a person, as an admin may."""
        self.run(self._sign_out(login))

    async def _sign_out(self, login: str) -> None:
        people = await self.place.desk.accounts()
        person = next(one.id for one in people if one.login == login)
        await self.desk.context().accounts.sign_out(operator=person)

    def sockets(self) -> int:
        """Live sockets that are open now."""
        return sum(not one.closed for one in self.desk.sockets)


@contextmanager
def house(folder: Path, now: datetime | None = None, **changes: Any) -> Iterator[House]:
    """An open house. now: what its clock shows, the real moment if not given."""
    made = House(folder)
    made.start(**changes)
    made.place.now = now or datetime.now(UTC)  # noqa: TID251  # the browser has a real clock too
    try:
        yield made
    finally:
        made.stop()
