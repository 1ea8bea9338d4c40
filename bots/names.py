"""What people are called, for platforms whose events name them by number only."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from core.errors import ChannelError
from core.masking import clean
from core.updates import DeliveryReported, Received

_LONGEST = 200
#: Names kept; whoever is forgotten is asked for again.
MOST = 50_000
#: Seconds a webhook waits for a name; an event without one is better than a late answer.
PATIENCE = 1.0
#: Between two questions, so that a storm of strangers does not use up the rate of the token.
_PAUSE = 0.25
#: After a failure nobody waits for names so long.
_REST = timedelta(minutes=1)


#: Ids of people -> their names, as far as the platform tells them. Raises ChannelError.
Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


class Names:
    """Names of the people who write, asked for once and together."""

    def __init__(self, ask: Ask, clock: Callable[[], datetime], *, together: int) -> None:
        """together: how many people `ask` may be asked for at once."""
        self._ask = ask
        self._clock = clock
        self._together = together
        self._names: OrderedDict[str, str] = OrderedDict()
        self._wanted: dict[str, asyncio.Future[None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._rests_until: datetime | None = None

    async def named(self, received: Sequence[Received]) -> list[Received]:
        """The same with the names of their senders, as far as they can be learned in time."""
        unknown = {
            item.sender.user
            for item in received
            if item.sender.user not in self._names and not isinstance(item.update, DeliveryReported)
        }
        if unknown and not self._is_resting():
            await self._learned(unknown)
        return self.known(received)

    def known(self, received: Sequence[Received]) -> list[Received]:
        """The same with the names that are known by now."""
        return [self._with_name(item) for item in received]

    async def close(self) -> None:
        """Stops asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait((self._asking,))

    def _with_name(self, item: Received) -> Received:
        name = self._names.get(item.sender.user, "")
        return replace(item, sender=replace(item.sender, name=name)) if name else item

    def _is_resting(self) -> bool:
        return self._rests_until is not None and self._clock() < self._rests_until

    async def _learned(self, users: set[str]) -> None:
        loop = asyncio.get_running_loop()
        waiting = [self._wanted.setdefault(user, loop.create_future()) for user in users]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        await asyncio.wait(waiting, timeout=PATIENCE)

    async def _ask_all(self) -> None:
        """Asks until nobody is wanted any more; whoever comes in a pause goes together."""
        while self._wanted:
            users = list(self._wanted)[: self._together]
            try:
                self._learn(users, await self._ask(users))
            except ChannelError:
                self._rests_until = self._clock() + _REST
            for user in users:
                future = self._wanted.pop(user)
                if not future.done():
                    future.set_result(None)
            await asyncio.sleep(_PAUSE)

    def _learn(self, users: Sequence[str], names: Mapping[str, str]) -> None:
        # who has no name is not asked for again
        self._names.update({user: names.get(user, "") for user in users})
        while len(self._names) > MOST:
            self._names.popitem(last=False)


def full_name(person: object) -> str:
    """The name of a person as platforms tell it, in two parts; empty where they tell none."""
    if not isinstance(person, dict):
        return ""
    parts = (person.get("first_name"), person.get("last_name"))
    return clean(" ".join(part for part in parts if isinstance(part, str) and part))[:_LONGEST]
