"""Sends what turns decided to say: in order per chat, each outcome written down at once.

A row is sent, tried later, parked as unknown, failed or cancelled; nothing is guessed. What to do
when a platform may or may not have taken a message is data of the channel (UnknownRule).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import TypeVar

from core.channel import (
    Channel,
    Letter,
    Sent,
    StoredFile,
    Tried,
    UnknownRule,
)
from core.desk_values import ChannelState
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
    StoreUnavailable,
)
from core.store import Store
from core.store_values import ChatClaim, Delivered, OutboxRow
from core.updates import CustomerGone
from handlers.again import stored
from handlers.letters import letter_of, wish_of
from handlers.paces import Paces, Wish
from handlers.pacing import Pace

log = logging.getLogger(__name__)
T = TypeVar("T")

LEASE = timedelta(seconds=60)
#: Longer than any adapter's own timeout, shorter than half of the lease.
SEND_TIMEOUT = 25.0
CHATS = 256
#: A row waits for its turn so long, and its outcome to be written; it is not begun where the lease
#: does not last for that and a call.
SLACK, CALL = timedelta(seconds=5), timedelta(seconds=SEND_TIMEOUT)
#: Seconds between attempts to write an outcome while the database is away; the last one goes on.
WRITE_AGAIN = (0.2, 0.5, 1.0)
_HOLD = UnknownRule(action="hold")
_WELL = ChannelState()

#: Told of (channel, whether it can send).
Fares = Callable[[str, ChannelState], Awaitable[None]]


async def _unheard(channel: str, found: ChannelState) -> None:
    """Nobody wants to know how a channel fares."""


class Delivery:
    """One worker's share of the sending."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        *,
        worker: str,
        clock: Callable[[], datetime],
        sent: Callable[[str, Delivered], None] = lambda channel, delivered: None,
        pictures: Callable[[str], StoredFile | None] = lambda path: None,
        lease: timedelta = LEASE,
        paces: Paces | None = None,
    ) -> None:
        """sent: told of each outcome (metrics). pictures: of scenarios, by path below media/.
        lease: more than twice SEND_TIMEOUT. paces: shared with whoever else calls these
        channels here. `again` is called when a chat that was at work is let go and may have more,
        `fares` when a channel cannot send any more, or can again, `sleep` between attempts to
        write while the database is away; whoever runs the steps sets them."""
        self.again: Callable[[], None] = lambda: None
        self.fares: Fares = _unheard
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self.pictures = pictures
        self.lease = lease
        self.store = store
        self.channels = channels
        self.worker = worker
        self.clock = clock
        self.sent = sent
        self.paces = paces or Paces(clock)
        self._told: dict[str, ChannelState] = {}
        self._busy: set[asyncio.Task[bool]] = set()
        self._missed = False
        self._unwritten = 0

    async def step(self) -> int:
        """Takes chats that have something to send and sends it; how many chats it took."""
        if self._unwritten:  # or a chat whose lease ended meanwhile would be sent to once more
            self._missed = True
            return 0
        room = CHATS - len(self._busy)
        if room <= 0:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            return 1
        # what comes for a chat at work cannot be taken now, and nobody would say so again
        self._missed = bool(self._busy)
        claims = await self.store.claim_chats(
            self.worker, self.clock(), room, self.lease, tuple(self.channels)
        )
        self.take(claims)
        return len(claims)

    def room(self) -> int:
        """How many more chats may be handed over; see core.store.Follower."""
        return CHATS - len(self._busy)

    def take(self, claims: Sequence[ChatClaim]) -> None:
        """Sends what these chats have; each on its own."""
        for claim in claims:
            task = asyncio.create_task(self._chat(claim))
            self._busy.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[bool]) -> None:
        self._busy.discard(task)
        if self._missed or (not task.cancelled() and task.result()):
            self._missed = False
            self.again()

    async def drain(self) -> None:
        """Waits for the sends under way; called when the process stops."""
        while self._busy:
            await asyncio.wait(self._busy)

    async def _chat(self, claim: ChatClaim) -> bool:
        """Whether the chat was let go with rows that nobody tried."""
        try:
            return await self._rows(claim)
        except Exception:  # the lease ends by itself; another attempt follows
            log.exception("sending to chat %s failed", claim.chat)
            return False

    async def _rows(self, claim: ChatClaim) -> bool:
        until = claim.until
        for index, row in enumerate(claim.rows):
            needed = SLACK + CALL * (2 if row.unsure else 1)
            if until is not None and until - self.clock() < needed:
                # we were held up: somebody else may be at the chat before the row arrives
                return await self._settle(claim, [], release=True)
            outcome = await self._row(claim, row)
            last = index == len(claim.rows) - 1
            stop = last or outcome.state == "failed" or outcome.not_before is not None
            until = self.clock() + self.lease
            held = await self._settle(claim, [outcome], release=stop)
            self.sent(claim.channel, outcome)
            await self._tell(claim.channel)
            if outcome.gone and held:
                await self._say_gone(row, outcome.gone)
            if stop or not held:
                return held and not last
        if not claim.rows:
            await self._settle(claim, [], release=True)
        return False

    async def _settle(
        self, claim: ChatClaim, outcomes: Sequence[Delivered], *, release: bool
    ) -> bool:
        """Writes what became of rows, however long the database is away: a row that was sent and
        not written down would be sent again."""

        def write() -> Awaitable[bool]:
            now, lease = self.clock(), None if release else self.lease
            return self.store.settle(self.worker, claim, outcomes, release, now, lease)

        return await self._stored(write)

    async def _say_gone(self, row: OutboxRow, reason: str) -> None:
        gone = CustomerGone(reason=reason)
        await self._stored(
            lambda: self.store.append(row.dialog, gone, self.clock(), f"gone:{row.id}")
        )

    async def _stored(self, write: Callable[[], Awaitable[T]]) -> T:
        try:
            return await write()
        except StoreUnavailable as error:
            log.warning("an outcome of sending is written later: %s", error)
        self._unwritten += 1
        try:
            return await stored(write, chain(WRITE_AGAIN, repeat(WRITE_AGAIN[-1])), self.sleep)
        finally:
            self._unwritten -= 1

    async def _tell(self, name: str) -> None:
        pace = self.paces.known(name)
        if pace is not None and pace.trouble != self._told.get(name, _WELL):
            self._told[name] = pace.trouble
            await self.fares(name, pace.trouble)

    async def _row(self, claim: ChatClaim, row: OutboxRow) -> Delivered:
        channel = self.channels[claim.channel]
        now = self.clock()
        rule = channel.capabilities.unknown.get(row.kind, _HOLD)
        pace = self.paces.of(claim.channel, channel.capabilities)
        if row.unsure and rule.look:
            found = await self._looked(channel, pace, claim, row)
            if found is not None:
                return found
        if row.unsure and not _may_repeat(rule, row.tries):
            return Delivered(row=row.id, state="unknown", at=now, tries=row.tries, hold=True)
        letter = self._letter(channel, claim, row)
        wish = wish_of(channel.capabilities, row, letter)
        asked = self.clock()
        gate = await self._stored(lambda: self.paces.not_before(claim.channel, pace, wish))
        if gate is None and self.clock() - asked > SLACK:
            gate = asked  # the database was away, and the lease may be over by now
        if gate is not None:
            return _later(row, now, gate)
        with self.paces.paid(claim.channel, wish.price):
            return await self._attempt(channel, pace, claim, row, letter)

    async def _attempt(
        self, channel: Channel, pace: Pace, claim: ChatClaim, row: OutboxRow, letter: Letter
    ) -> Delivered:
        tries = row.tries + 1
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                sent = await channel.send(letter)
        except TimeoutError:
            return self._unknown(channel, row, tries, "timeout")
        except ChannelError as error:
            return await self._failed(channel, pace, claim, row, error)
        except Exception as error:  # an adapter must not raise this; the row is not lost by it
            log.exception("channel %s raised", claim.channel)
            return self._unknown(channel, row, tries, type(error).__name__)
        await self.paces.succeeded(claim.channel, pace, claim.chat)
        return Delivered(
            row=row.id,
            state="sent",
            at=self.clock(),
            tries=tries,
            platform_id=sent.platform_id,
            files={key: id_ for key, id_ in sent.platform_files.items() if key in row.files},
        )

    async def _looked(
        self, channel: Channel, pace: Pace, claim: ChatClaim, row: OutboxRow
    ) -> Delivered | None:
        """The platform's own evidence that it took the row; None: it has none, or cannot say.

        Where a key makes repeats harmless, but not for ever, a platform that cannot be asked just
        now is asked again before anything is repeated."""
        rule = channel.capabilities.unknown.get(row.kind, _HOLD)
        if channel.capabilities.counts_calls:
            wish = Wish(claim.chat, row.priority)
            gate = await self._stored(lambda: self.paces.not_before(claim.channel, pace, wish))
            if gate is not None:
                return _later(row, self.clock(), gate)
        try:
            with self.paces.paid(claim.channel, 1):
                sent = await self._found(channel, claim, row)
        except (TimeoutError, ChannelError) as error:
            if not rule.same_key or isinstance(error, MessageRejected | RecipientGone):
                return None
            if isinstance(error, RateLimited | ChannelUnavailable):
                return await self._failed(channel, pace, claim, row, error)
            if not _may_repeat(rule, row.tries):
                return None
            cause = error.cause if isinstance(error, DeliveryUnknown) else "timeout"
            return self._unknown(channel, row, row.tries + 1, cause)
        if sent is None:
            return None
        return Delivered(
            row=row.id,
            state="sent",
            at=self.clock(),
            tries=row.tries,
            platform_id=sent.platform_id,
        )

    async def _found(self, channel: Channel, claim: ChatClaim, row: OutboxRow) -> Sent | None:
        async with asyncio.timeout(SEND_TIMEOUT):
            return await channel.find_sent(Tried(self._letter(channel, claim, row), row.since))

    def _letter(self, channel: Channel, claim: ChatClaim, row: OutboxRow) -> Letter:
        days = channel.capabilities.file_id_days
        known = None if days is None else self.clock() - timedelta(days=days)
        return letter_of(claim, row, self.pictures, known)

    def _unknown(
        self, channel: Channel, row: OutboxRow, tries: int, cause: str, *, repeat: bool = True
    ) -> Delivered:
        """Parked, or once more after the channel's own delay."""
        rule = channel.capabilities.unknown.get(row.kind, _HOLD)
        now = self.clock()
        later = repeat and (_may_repeat(rule, tries) or rule.look)
        wait = min(rule.after * 2 ** min(tries - 1, 20), rule.most)
        return Delivered(
            row=row.id,
            state="unknown",
            at=now,
            tries=tries,
            code=cause,
            not_before=now + timedelta(seconds=wait) if later else None,
            hold=not later,
        )

    async def _failed(
        self,
        channel: Channel,
        pace: Pace,
        claim: ChatClaim,
        row: OutboxRow,
        error: ChannelError,
    ) -> Delivered:
        now, tries = self.clock(), row.tries
        if isinstance(error, DeliveryUnknown):
            return self._unknown(channel, row, tries + 1, error.cause, repeat=error.repeat)
        if isinstance(error, RateLimited):
            until = await self.paces.limited(claim.channel, pace, claim.chat, error)
            return _later(row, now, until)
        if isinstance(error, ChannelUnavailable):
            log.warning("channel %s: %s", claim.channel, error)
            return _later(row, now, pace.unavailable(error, now), code=error.reason)
        if isinstance(error, RecipientGone) and error.new_address:
            return _later(row, now, now, address=error.new_address)
        if isinstance(error, RecipientGone):
            return Delivered(
                row=row.id,
                state="failed",
                at=now,
                tries=tries + 1,
                code=error.reason,
                gone=error.reason,
            )
        code = error.code if isinstance(error, MessageRejected) else type(error).__name__
        return Delivered(row=row.id, state="failed", at=now, tries=tries + 1, code=code)


def _may_repeat(rule: UnknownRule, tries: int) -> bool:
    return rule.action == "resend" and tries <= rule.times


def _later(
    row: OutboxRow, now: datetime, until: datetime, *, code: str = "", address: str = ""
) -> Delivered:
    """The row as it was: this attempt did not happen, and an earlier doubt stays."""
    return Delivered(
        row=row.id,
        state="unknown" if row.unsure else "new",
        at=now,
        tries=row.tries,
        not_before=until,
        code=code,
        address=address,
    )
