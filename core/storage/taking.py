"""Leases: who takes what, for how long, and what a write hands over together with its answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from core.storage.statement import micros

_MICROSECOND = timedelta(microseconds=1)

#: What may be handed over, after the names of Store.follow; `turned` is what was made at once.
Kin = Literal["turns", "chats", "calls", "turned"]


#: A channel and a chat of it.
Chat = tuple[str, str]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `claim`, `claim_chats` or `claim_calls`, or what a follower would take.

    only: the chat to which the taker keeps, None: to none. channels: whose letters it can send,
    None: those of all."""

    worker: str
    now: datetime
    limit: int
    lease: timedelta
    only: Chat | None = None
    channels: tuple[str, ...] | None = None

    def row(self) -> tuple[Any, ...]:
        """Parameters of a claiming statement."""
        common = (self.worker, micros(self.now), self.lease_micros, self.limit)
        if self.only is None and self.channels is not None:
            return (*common, list(self.channels))
        return (*common, *(self.only or ()))

    @property
    def lease_micros(self) -> int:
        """The length of the lease."""
        return self.lease // _MICROSECOND

    @property
    def lease_until(self) -> int:
        """The end of the lease by the clock of the worker."""
        return micros(self.now + self.lease)


class Handed(NamedTuple):
    """Claims that a write took for a follower. left: it made more ready than that."""

    kin: Kin
    claims: Sequence[Any]
    left: bool


class Answer(NamedTuple):
    """The answer to one job, and what is handed over once its transaction is durable."""

    value: Any
    handed: tuple[Handed, ...] = ()
