"""A process that turns what it files, for tests of it."""

from collections.abc import Callable, Sequence
from typing import Any

from core.store import Follower, Store, Turner
from core.store_values import CallJob, ChatClaim, Claimed, Done
from core.updates import CustomerMessage
from tests.storage.build import LEASE, turn

Make = Callable[[Claimed], Done | None]


def answer(claimed: Claimed) -> Done:
    """Every update is answered by a line."""
    turns, dialog = [], claimed.dialog
    for pending in claimed.updates:
        assert isinstance(pending.update, CustomerMessage)
        made = turn(dialog, heard=pending.update.text, said=("ответ",))
        turns.append((pending.seq, made))
        dialog = made.dialog
    return Done(dialog=dialog.id, epoch=claimed.epoch, seq=turns[-1][0], turns=tuple(turns))


class Works:
    """A process whose workers keep what they are given. make: the turns of a dialog."""

    def __init__(self, make: Make = answer) -> None:
        self.make = make
        self.turned: list[Done] = []
        self.asked: list[Claimed] = []
        self.later: list[Claimed] = []
        self.chats: list[ChatClaim] = []
        self.calls: list[CallJob] = []
        self.places = 99

    def follow(self, store: Store) -> None:
        store.follow(
            turner=Turner(lambda: self._turn, self.turned.extend),
            turns=self._follower(self.later),
            chats=self._follower(self.chats),
            calls=self._follower(self.calls),
        )

    def _turn(self, claims: Sequence[Claimed]) -> list[Done | None]:
        self.asked += claims
        return [self.make(claim) for claim in claims]

    def _follower(self, kept: list[Any]) -> Follower:
        def take(claims: Sequence[Any], left: bool) -> None:
            kept.extend(claims)

        return Follower("w", LEASE, lambda: self.places, take)

    def letters(self) -> list[str]:
        """What was handed over to be sent."""
        return [row.content.text for claim in self.chats for row in claim.rows]
