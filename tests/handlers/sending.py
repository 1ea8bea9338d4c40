"""A store that is a list and a platform that answers as told, for delivery."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bots.telegram.capabilities import CAPABILITIES as TELEGRAM
from core.channel import (
    Capabilities,
    Letter,
    MessageClass,
    Sent,
    Tried,
    UnknownRule,
)
from core.content import Outgoing
from core.errors import ChannelError, StoreUnavailable
from core.store_values import ChatClaim, Delivered, OutboxRow
from handlers.delivery import Delivery

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAME_KEY = Capabilities(
    platform="keyed",
    unknown={"operator": UnknownRule(action="resend", after=1.0, times=9, same_key=True)},
)


LOOKS = Capabilities(
    platform="looks",
    unknown={
        "answer": UnknownRule(action="resend", after=2.0, look=True),
        "operator": UnknownRule(action="hold", after=2.0, look=True),
    },
)

COUNTS = Capabilities(
    platform="counts",
    channel_rate=16.0,
    channel_burst=3,
    counts_calls=True,
    upload_calls=2,
    unknown={"answer": UnknownRule(action="resend", after=2.0, same_key=True, look=True)},
)

ASKED = Capabilities(
    platform="asked",
    unknown={
        "answer": UnknownRule(action="resend", after=2.0, times=3, same_key=True, look=True),
    },
)


class OneChat:
    """A store with one chat to be sent; keeps what is settled."""

    def __init__(self, rows: Sequence[OutboxRow], *, lease_lost: bool = False) -> None:
        self.claims = [ChatClaim(channel="main", chat="7", address="7", epoch=1, rows=tuple(rows))]
        self.settled: list[Delivered] = []
        self.released: list[bool] = []
        self.leases: list[timedelta | None] = []
        self.appended: list[Any] = []
        self.lease_lost = lease_lost
        self.away = 0  # attempts to write that find no database

    async def claim_chats(self, *_: object) -> tuple[ChatClaim, ...]:
        claims, self.claims = tuple(self.claims), []
        return claims

    async def settle(
        self,
        _w: str,
        _c: ChatClaim,
        outcomes: Sequence[Delivered],
        release: bool,
        _n: datetime,
        lease: timedelta | None = None,
    ) -> bool:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        if self.lease_lost:
            return False
        self.settled += outcomes
        self.released.append(release)
        self.leases.append(lease)
        return True

    async def append(self, dialog: str, update: Any, now: datetime, dedup_key: str = "") -> None:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        self.appended.append((dialog, update, dedup_key))


class BusyChat(OneChat):
    """A chat that is at work when its second row comes: until it is let go nobody gets it."""

    def __init__(self, first: OutboxRow, second: OutboxRow) -> None:
        super().__init__([first])
        self.later: ChatClaim | None = ChatClaim(
            channel="main", chat="7", address="7", epoch=2, rows=(second,)
        )
        self.is_leased = False
        self.looks = 0

    async def claim_chats(self, *_: object) -> tuple[ChatClaim, ...]:
        self.looks += 1
        if self.is_leased:
            return ()
        self.is_leased = True
        return await super().claim_chats()

    async def settle(
        self,
        _w: str,
        _c: ChatClaim,
        outcomes: Sequence[Delivered],
        release: bool,
        _n: datetime,
        lease: timedelta | None = None,
    ) -> bool:
        self.is_leased = not release
        if self.later is not None and release:
            self.claims, self.later = [self.later], None
        return await super().settle(_w, _c, outcomes, release, _n, lease)


class Platform:
    """Answers with what it was told, in order; then it takes everything."""

    def __init__(
        self, *answers: ChannelError | None, capabilities: Capabilities = TELEGRAM
    ) -> None:
        self.name = "main"
        self.capabilities = capabilities
        self.answers = list(answers)
        self.taken: list[int] = []
        self.letters: list[Letter] = []
        self.proof: Sent | ChannelError | None = None
        self.looked: list[Tried] = []

    async def find_sent(self, tried: Tried) -> Sent | None:
        self.looked.append(tried)
        if isinstance(self.proof, ChannelError):
            raise self.proof
        return self.proof

    async def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append(letter.id)
        return Sent(platform_id=f"p{letter.id}")


def row(id_: int, kind: MessageClass = "answer", **fields: Any) -> OutboxRow:
    """A row of the outbox."""
    content = Outgoing(text=f"text {id_}")
    given: dict[str, Any] = {
        "dialog": "d1",
        "n": id_,
        "part": 0,
        "priority": 0,
        "content": content,
        "since": NOW,
    }
    given.update(fields)
    return OutboxRow(id=id_, kind=kind, **given)


async def sent(store: OneChat, platform: Platform) -> list[Delivered]:
    """One step of delivery, to its end."""
    delivery = Delivery(store, {"main": platform}, worker="w", clock=lambda: NOW)  # type: ignore[arg-type, dict-item]  # the parts of the ports that delivery calls
    await delivery.step()
    await delivery.drain()
    return store.settled
