"""The way every command of the desk goes: filed, turned, answered; one hand at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from core.access import Person, View, view
from core.bus.port import Bus
from core.bus.topics import DESK, DIALOGS
from core.desk_store import DeskStore
from core.desk_values import Line, Listed
from core.errors import StoreUnavailable
from core.state import Refusal
from core.store import Store
from core.store_values import Accepted
from core.updates import AnyUpdate, OperatorNoted, OperatorReplied

#: Seconds a command waits for its turn, and the pauses between looks when nobody wakes it.
PATIENCE = 5.0
_PAUSES = (0.01, 0.02, 0.04, 0.08, 0.15, 0.25)
#: A message refused before may be sent again with the same client id; so often at most.
_RESENDS = 50
_TAKING = "#take"
_TAKING_LIFE = timedelta(seconds=10)
NOT_FOUND = Refusal(code="not_found")


class Commands:
    """Files an update and waits for what its turn says."""

    def __init__(
        self,
        store: Store,
        desk: DeskStore,
        bus: Bus,
        clock: Callable[[], datetime],
        *,
        patience: float = PATIENCE,
    ) -> None:
        """patience: seconds to wait for a turn."""
        self.store = store
        self.desk = desk
        self.bus = bus
        self.clock = clock
        self.patience = patience
        self._locks: dict[str, asyncio.Lock] = {}
        self._turned = asyncio.Event()

    def turned(self) -> None:
        """Turns were saved: whoever waits looks again. Called after each batch, or by `run`."""
        self._turned.set()
        self._turned = asyncio.Event()

    async def run(self) -> None:
        """Listens for turns of other processes until cancelled; without it waiting takes longer."""
        subscription = await self.bus.subscribe(DESK)
        try:
            async for _ in subscription:
                self.turned()
        finally:
            await subscription.close()

    async def _seen(self, person: Person, dialog: str) -> tuple[Listed | None, View]:
        row = (await self.desk.rows([dialog], person)).get(dialog)
        return row, "none" if row is None else view(person, row.whose)

    async def _message(
        self, dialog: str, update: OperatorReplied | OperatorNoted, client_id: str
    ) -> Line | Refusal:
        """Keys are kept for days, lines for ever: the line is looked for first. A refused message
        may come again, after its author took the dialog, hence the number behind the key."""
        known = await self.desk.line_of(dialog, client_id)
        if known is not None:
            return known
        refusal: Refusal | None = None
        for number in range(_RESENDS):
            accepted = await self._filed(dialog, update, f"message:{client_id}:{number}")
            refusal = NOT_FOUND if accepted is None else await self._outcome(accepted)
            if refusal is None:
                return await self.desk.line_of(dialog, client_id) or NOT_FOUND
            if accepted is None or not accepted.repeat:
                break
        return refusal or NOT_FOUND

    async def _command(self, dialog: str, update: AnyUpdate, key: str) -> Refusal | None:
        accepted = await self._filed(dialog, update, key and f"command:{key}")
        return NOT_FOUND if accepted is None else await self._outcome(accepted)

    async def _filed(self, dialog: str, update: AnyUpdate, key: str) -> Accepted | None:
        try:
            accepted = await self.store.append(dialog, update, self.clock(), key)
        except KeyError:
            return None
        self.bus.wake(DIALOGS)
        return accepted

    async def _outcome(self, accepted: Accepted) -> Refusal | None:
        """What the turn said. Raises StoreUnavailable when none came in time."""
        try:
            async with asyncio.timeout(self.patience):
                look = 0
                while True:
                    turned = self._turned
                    done, refusal = await self.store.outcome(accepted.dialog, accepted.seq)
                    if done:
                        return refusal
                    await _first(turned, _PAUSES[min(look, len(_PAUSES) - 1)])
                    look += 1
        except TimeoutError:
            raise StoreUnavailable("no worker turned the command in time") from None

    @asynccontextmanager
    async def _hands(self, operator: str) -> AsyncIterator[int]:
        """How many dialogs an operator has, while nobody else gives them one.

        Turns of different dialogs run side by side, so the limit needs a lock of its own: in this
        process a lock, over processes a row that expires."""
        lock = self._locks.setdefault(operator, asyncio.Lock())
        async with lock:
            await self._claim(operator)
            try:
                yield len(await self.desk.in_hand(operator))
            finally:
                await self.desk.finish_key(operator, _TAKING, 0, b"", self.clock())

    async def _claim(self, operator: str) -> None:
        for _ in range(int(self.patience / _PAUSES[2])):
            now = self.clock()
            kept = await self.desk.claim_key(operator, _TAKING, "", now, _TAKING_LIFE)
            if kept is None:
                return
            await asyncio.sleep(_PAUSES[2])
        raise StoreUnavailable("another command of this operator is under way")


async def _first(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
