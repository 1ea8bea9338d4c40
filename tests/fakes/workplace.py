"""A whole workplace without HTTP: real stores, the real dispatcher turning, operators at work."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from core.access import Person
from core.bus.local import LocalBus
from core.channel import Capabilities
from core.desk_accounts import Account
from core.desk_values import Ending, Listed, ListQuery
from core.passwords import Passwords
from core.policy import Policy
from core.scenario.model import Bundle
from core.state import Refusal
from core.storage.desk import SqlDeskStore, open_desk
from core.store import Store
from core.store_values import Done
from core.updates import CustomerMessage, Received, Sender
from handlers.desk_facts import DeskFactsSource
from handlers.dispatch import Dispatcher, has_letter
from handlers.operator import Operators
from handlers.second_factor import SecondFactor
from handlers.worker import Worker
from handlers.world import World
from tests.fakes.bundles import small_bundle
from tests.fakes.fresh_store import fresh_store
from tests.fakes.talk import BUTTONS, NOTHING
from tests.fakes.world import Meant, Shelf

START = datetime(2027, 3, 1, 10, tzinfo=UTC)
CHANNEL = "site"
QUEUE = "first_line"


def new_id() -> str:
    """The ids of these tests."""
    return uuid.uuid4().hex  # noqa: TID251  # the composition root of these tests


def talkative_bundle() -> Bundle:
    """The small bundle with every sentence that people at the desk cause."""
    made = small_bundle()
    spoken = {key: f"<{key}>" for key in ("transferred", "operator_left")}
    return replace(made, texts={lang: {**own, **spoken} for lang, own in made.texts.items()})


class Workplace:
    """now: the clock of everything here; tests move it."""

    def __init__(self, store: Store, desk: SqlDeskStore, *, name: str = "one") -> None:
        self.now = START
        self.store = store
        self.desk = desk
        self.bus = LocalBus()
        self.operators = Operators(store, desk, self.bus, self.clock)
        self.facts = DeskFactsSource(store, self.clock, people=desk, ttl=timedelta())
        #: Set when the next batch of turns is saved.
        self.batch = asyncio.Event()
        self.bundle = talkative_bundle()
        self.dispatcher = Dispatcher(
            store, self._world(), worker=name, clock=self.clock, saved=self._saved
        )
        self._turning: asyncio.Task[None] | None = None
        self.turns = Worker("turns", self.dispatcher.step, period=0.02)

    def clock(self) -> datetime:
        """Now."""
        return self.now

    def later(self, **time: float) -> None:
        """Time passes."""
        self.now += timedelta(**time)

    def _saved(self, done: Sequence[Done]) -> None:
        self.operators.turned()
        if has_letter(done):
            self.bus.wake("chats")
        self.batch.set()
        self.batch = asyncio.Event()

    def _world(self) -> World:
        def capabilities(channel: str) -> Capabilities:
            return BUTTONS

        return World(
            active=lambda: self.bundle,
            bundles=Shelf(lambda: self.bundle),
            capabilities=capabilities,
            seal=lambda dialog, value: value,
            desk=self.facts,
            meaning=Meant(lambda bundle, text: NOTHING),
            policy=Policy(),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Workplace"]:
        """Turns go on beside the test."""
        waking = asyncio.create_task(self._wakes())
        self._turning = asyncio.create_task(self.turns.run())
        try:
            yield self
        finally:
            waking.cancel()
            await self.stand_still()
            await asyncio.gather(waking, return_exceptions=True)
            await self.bus.close()

    async def stand_still(self) -> None:
        """No turn is made any more; one under way is finished first."""
        self.turns.stop()
        if self._turning is not None:
            await asyncio.gather(self._turning, return_exceptions=True)

    async def _wakes(self) -> None:
        subscription = await self.bus.subscribe("dialogs")
        async for _ in subscription:
            self.turns.wake()

    # -- people

    async def hire(
        self,
        id_: str,
        *roles: str,
        queues: Sequence[str] = (QUEUE,),
        limit: int = 5,
        status: str = "online",
    ) -> Person:
        """An operator on the line."""
        account = Account(
            id=id_,
            login=id_,
            name=id_.title(),
            roles=roles or ("operator",),
            queues=tuple(queues),
            limit=limit,
        )
        assert await self.desk.put_account(account, self.now)
        if status != "offline":
            assert await self.desk.put_status(id_, status, "", id_, self.now)
        return account.person()

    async def writes(self, text: str, *, chat: str = "7", **about: Any) -> str:
        """A customer's message, turned; the dialog. about: what else is known of it."""
        return (await self.write(text, (chat,), **about))[0]

    async def write(self, text: str, chats: Sequence[str], **about: Any) -> list[str]:
        """The same of several customers at once."""
        received = [
            Received(
                chat=chat,
                sender=Sender(user=f"u{chat}", name="Ольга", lang="ru"),
                update=CustomerMessage(text=text, **about),
                dedup_key=new_id(),
            )
            for chat in chats
        ]
        accepted = await self.store.accept(CHANNEL, received, self.now)
        self.bus.wake("dialogs")
        for one in accepted:
            turned = self.batch
            while not (await self.store.outcome(one.dialog, one.seq))[0]:
                # Another workplace on the same database may have turned it, which we do not hear.
                await _first(turned)
                turned = self.batch
        return [one.dialog for one in accepted]

    async def asks_for_people(self, chat: str = "7") -> str:
        """A customer waits in the first line; the dialog."""
        return await self.writes("оператор", chat=chat)

    async def row(self, dialog: str, reader: Person | None = None) -> Listed:
        """The dialog as a list shows it."""
        reader = reader or Person(id="", name="", roles=frozenset())
        return (await self.desk.rows([dialog], reader))[dialog]

    async def listed(self, reader: Person, tab: str, **query: Any) -> list[str]:
        """Ids of a tab's first page."""
        page = await self.desk.page(reader, ListQuery(tab=tab, **query))
        return [row.id for row in page.rows]

    async def takes(self, who: Person, dialog: str, *, force: bool = False) -> Refusal | None:
        """Takes it on the newest view of it."""
        rev = (await self.row(dialog)).state_rev
        return await self.operators.take(who, dialog, state_rev=rev, key=new_id(), force=force)

    async def closes(self, who: Person, dialog: str) -> None:
        """The dialog ends without a question."""
        row = await self.row(dialog)
        answer = await self.operators.close(
            who,
            dialog,
            state_rev=row.state_rev,
            key=new_id(),
            ending=Ending(seen_n=row.last_n, ask_rating=False, skip_reason="spam"),
        )
        assert answer is None

    async def texts(self, dialog: str) -> list[tuple[str, str]]:
        """(author's kind, text) of the transcript."""
        lines = await self.desk.lines(dialog, limit=200)
        return [(line.author_kind, line.text) for line in lines.items]


def second_factor(place: Workplace, passwords: Passwords) -> SecondFactor:
    """Codes beside the password, their secrets sealed so that a test can see what is inside."""
    return SecondFactor(
        place.desk,
        passwords,
        seal=lambda text, whose: f"{whose}:{text}",
        unseal=lambda sealed, whose: sealed.removeprefix(f"{whose}:"),
        clock=place.clock,
        new_token=new_id,
    )


async def _first(event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(0.05):
            await event.wait()
    except TimeoutError:
        return


@asynccontextmanager
async def workplace(url: str, *, name: str = "one") -> AsyncIterator[Workplace]:
    """A workplace on a database, at work."""
    async with (
        fresh_store(url, new_id) as store,
        open_desk(url) as desk,
        Workplace(store, desk, name=name).open() as place,
    ):
        yield place
