"""Where updates end up in tests of the ways in: in memory, with the store's manners."""

import asyncio
from collections.abc import Sequence

from core.errors import StoreUnavailable
from core.store_values import Accepted
from core.updates import AnyUpdate, Received


class FakeIntake:
    """An Intake and a Quarantine. `down`: the database is gone. `broken`: what filing raises.

    `gate`: while cleared, filing hangs. `asked`: set by the first filing. `calls`: how often
    anything was asked of it.
    """

    def __init__(self) -> None:
        self.filed: list[Received] = []
        self.samples: dict[str, str] = {}
        self.taken: list[tuple[str, AnyUpdate]] = []
        self.calls = 0
        self.down = False
        self.broken: Exception | None = None
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._keys: set[tuple[str, str]] = set()
        self._poison: set[tuple[str, str]] = set()

    async def __call__(self, channel: str, received: Sequence[Received]) -> Sequence[Accepted]:
        self.calls += 1
        self.asked.set()
        await self.gate.wait()
        if self.down:
            raise StoreUnavailable("database is locked")
        if self.broken is not None:
            raise self.broken
        return [self._accepted(channel, item) for item in received]

    def _accepted(self, channel: str, item: Received) -> Accepted:
        key = (channel, item.dedup_key)
        repeat = key in self._keys
        if not repeat:
            self._keys.add(key)
            self.filed.append(item)
        return Accepted(dialog=item.chat, seq=len(self.filed), repeat=repeat)

    async def quarantine(self, channel: str, sha256: str, sample: str) -> bool:
        self.calls += 1
        if self.down:
            raise StoreUnavailable("database is locked")
        self.samples[sha256] = sample
        is_repeat = (channel, sha256) in self._poison
        self._poison.add((channel, sha256))
        return is_repeat

    def told(self, channel: str, received: Sequence[Received]) -> None:
        """The callback for what is durable."""
        self.taken += [(channel, item.update) for item in received]

    @property
    def updates(self) -> list[AnyUpdate]:
        """What was filed, in order."""
        return [item.update for item in self.filed]
