"""What people are called: VK's events name them by number only."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from bots.vk.client import Client
from core.errors import ChannelError
from core.updates import DeliveryReported, Received

#: Names kept; whoever is forgotten is asked for again.
MOST = 50_000
#: People asked for at once; VK's own limit of users.get.
TOGETHER = 1000
#: Seconds a webhook waits for a name; an event without one is better than a late answer.
PATIENCE = 1.0
#: Between two questions, so that a storm of strangers does not use up the rate of the token.
_PAUSE = 0.25
#: After a failure nobody waits for names so long.
_REST = timedelta(minutes=1)


class People:
    """Names of the people who write, asked for once and together."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
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
            self._asking = asyncio.create_task(self._ask())
        await asyncio.wait(waiting, timeout=PATIENCE)

    async def _ask(self) -> None:
        """Asks until nobody is wanted any more; whoever comes in a pause goes together."""
        while self._wanted:
            users = list(self._wanted)[:TOGETHER]
            try:
                question = {"user_ids": ",".join(users)}
                self._learn(users, await self._client.call("users.get", question))
            except ChannelError:
                self._rests_until = self._clock() + _REST
            for user in users:
                future = self._wanted.pop(user)
                if not future.done():
                    future.set_result(None)
            await asyncio.sleep(_PAUSE)

    def _learn(self, users: Sequence[str], answer: object) -> None:
        self._names.update(dict.fromkeys(users, ""))
        for person in answer if isinstance(answer, list) else ():
            if isinstance(person, dict):
                names = (person.get("first_name"), person.get("last_name"))
                name = " ".join(part for part in names if isinstance(part, str) and part)
                self._names[str(person.get("id"))] = name[:200]
        while len(self._names) > MOST:
            self._names.popitem(last=False)
