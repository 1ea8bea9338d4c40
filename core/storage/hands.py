"""Workers of this process who go on with what a write makes ready; see Store.follow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from core.storage.taking import Claim, Handed, Kin
from core.store import Follower, Turner, TurnNow


class AtOnce(NamedTuple):
    """Turns in the transaction that files the updates. chats, calls: who goes on with what the
    turns make ready, None: nobody here."""

    turn: TurnNow
    chats: Claim | None = None
    calls: Claim | None = None


class Hands:
    """Who follows now; asked once for every transaction, on whatever thread carries it out."""

    def __init__(self) -> None:
        self._followers: dict[Kin, Follower] = {}
        self._turner: Turner | None = None
        # what is under way was taken for whoever followed then
        self._receivers: dict[Kin, Follower] = {}
        self._told: Turner | None = None

    def follow(self, followers: dict[Kin, Follower | None], turner: Turner | None) -> None:
        """From now on it is these."""
        self._turner, self._told = turner, turner or self._told
        self._followers = {kin: one for kin, one in followers.items() if one is not None}
        self._receivers |= self._followers

    def claim(self, kin: Kin, now: datetime) -> Claim | None:
        """The lease under which the follower would take something; None: nobody follows."""
        one = self._followers.get(kin)
        if one is None:
            return None
        limit, channels = max(one.room(), 0), one.channels
        return Claim(worker=one.worker, now=now, limit=limit, lease=one.lease, channels=channels)

    def at_once(self, now: datetime) -> AtOnce | None:
        """Who turns in this transaction; None: nobody can at present."""
        turn = None if self._turner is None else self._turner.ready()
        if turn is None:
            return None
        return AtOnce(turn, self.claim("chats", now), self.claim("calls", now))

    def give(self, handed: Handed) -> None:
        """Once the transaction is durable; called in the event loop."""
        if handed.kin == "turned":
            self._tell(handed.claims)
            return
        follower = self._receivers.get(handed.kin)
        if follower is not None and (handed.claims or handed.left):
            follower.take(handed.claims, handed.left)

    def _tell(self, done: Sequence[Any]) -> None:
        if self._told is not None:
            self._told.turned(done)
