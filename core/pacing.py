"""How fast one scope of a channel may be written to: the account itself, or one chat of it.

Pure arithmetic over moments in seconds of any one clock. A process that is alone keeps a Tempo in
memory; processes that share a database keep it there (core.storage.plan_pace), by the same rules.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from core.channel import Capabilities

#: Names of scopes that are no chat; none begins with a space.
CHANNEL, MEDIA = "", " media"
#: Of what is saved up, notices leave so much to those who wait for an answer.
SPARED = 0.7
#: After a complaint: tokens per second that the speed grows by in each second that uses it up.
STEP = 1.0
#: It is never slower than this part of the rate, and free again at so many times the rate.
LEAST, ENOUGH = 1 / 16, 10.0
#: Seconds without a complaint after which there never was one.
QUIET = 600.0
#: Tokens taken from a shared store for messages to come are worth nothing after so many seconds.
#: What goes in one second is then at most rate × (1 + LOT) + burst; see Capabilities.
LOT = 1 / 16
#: A lot smaller than this saves nobody a question, and would only keep tokens from others.
_LOT_LEAST = 4
_SLACK = 0.5
_NEARLY = 1e-6


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform allows in one scope.

    rate: tokens per second, None where nothing is known. burst: how many may be saved up.
    free: answers cost nothing until the platform complains. adapts: a complaint halves the speed,
    which then grows again. hint, most: seconds to wait after a complaint without a number, the
    first time, and at most after doubling.
    """

    rate: float | None = None
    burst: float = 1.0
    free: bool = False
    adapts: bool = False
    hint: float = 5.0
    most: float = 60.0


class Tempo(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a scope. Moments are seconds of its keeper's clock, 0 for never.

    tokens: saved up at the moment `at`, below zero when more was spent than there was. until:
    nobody may write before. strikes: complaints in a row. speed: tokens per second since the
    platform complained at `slowed_at`, 0 when it did not.
    """

    tokens: float
    at: float
    until: float = 0.0
    strikes: int = 0
    speed: float = 0.0
    slowed_at: float = 0.0


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to write. first: prices, in order, of answers and operators' words; then: of
    timers and broadcasts. owed: tokens for calls that were made already, below zero for such that
    were paid and not made. extra: tokens for what may come within LOT."""

    first: tuple[int, ...] = ()
    then: tuple[int, ...] = ()
    owed: int = 0
    extra: int = 0


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """How many of those who asked may go now, and after how many seconds the next one may."""

    first: int = 0
    then: int = 0
    extra: int = 0
    wait: float = 0.0


class Kept(NamedTuple):
    """A scope as a shared keeper has it. now: by its clock, in seconds."""

    channel: str
    scope: str
    tempo: Tempo
    now: float
    granted: Granted = Granted()


class Keeper(Protocol):
    """Where processes that serve the same channels keep what they share. scope: a chat, CHANNEL or
    MEDIA. now: of the asking process; a keeper with a clock of its own keeps to
    that. Raises core.errors.StoreUnavailable."""

    async def take_tokens(
        self, channel: str, scope: str, limits: Limits, ask: Ask, now: datetime
    ) -> Kept:
        """Gives out what there is."""

    async def complain(
        self, channel: str, scope: str, limits: Limits, refused: "Refused", now: datetime
    ) -> Kept:
        """The platform said «too fast»: from now on everybody waits."""

    async def relent(self, channel: str, scope: str, now: datetime) -> None:
        """It took a message again: the next wait is a first one."""

    async def complaints(self, now: datetime) -> Sequence[Kept]:
        """Every scope that the platform complained of and that has not recovered."""


class Refused(NamedTuple):
    """A complaint. hint: seconds that the platform wants, None: it named no number. spread: by
    what a wait without a hint is multiplied, so that processes do not come back together."""

    hint: float | None
    spread: float = 1.0


def of_channel(capabilities: Capabilities) -> Limits:
    """What the whole account may do."""
    return Limits(
        rate=capabilities.channel_rate,
        burst=capabilities.channel_burst,
        free=capabilities.free_answers,
        adapts=True,
        hint=capabilities.rate_hint,
        most=capabilities.rate_most,
    )


def of_chat(capabilities: Capabilities) -> Limits:
    """What may be written to one person."""
    return Limits(
        rate=capabilities.chat_rate,
        burst=capabilities.chat_burst,
        hint=capabilities.rate_hint,
        most=capabilities.rate_most,
    )


def of_media(capabilities: Capabilities) -> Limits:
    """What the whole account may send that plays."""
    return Limits(rate=capabilities.media_rate)


def limits_of(capabilities: Capabilities, scope: str) -> Limits:
    """Of any scope by its name."""
    if scope == CHANNEL:
        return of_channel(capabilities)
    return of_media(capabilities) if scope == MEDIA else of_chat(capabilities)


def lot_of(limits: Limits) -> int:
    """Tokens worth taking beyond those that are needed, 0 for none."""
    lot = int((limits.rate or 0.0) * LOT)
    return lot if lot >= _LOT_LEAST else 0


def fresh(limits: Limits, now: float) -> Tempo:
    """Of a scope nobody wrote to yet."""
    return Tempo(tokens=limits.burst, at=now)


def taken(tempo: Tempo, limits: Limits, ask: Ask, now: float) -> tuple[Tempo, Granted]:
    """What becomes of the scope when these ask, and who of them may go.

    The price is asked for in tokens; one that is higher than what can be saved up is paid from a
    full bucket, and the rest is owed. Notices leave SPARED of the bucket to answers."""
    if now < tempo.until:
        tokens = min(limits.burst, tempo.tokens - ask.owed)
        return msgspec.structs.replace(tempo, tokens=tokens), Granted(wait=tempo.until - now)
    now = max(now, tempo.at)
    if limits.rate is None:
        return tempo, Granted(first=len(ask.first), then=len(ask.then), extra=ask.extra)
    speed = _speed(tempo, now)
    rate = speed or limits.rate
    share = rate / limits.rate
    burst = max(1.0, limits.burst * share)
    tokens = min(burst, min(burst, tempo.tokens + (now - tempo.at) * rate) - ask.owed)
    saved = tokens
    tokens, first, wait = _paid(tokens, ask.first, burst, 0.0, rate)
    then = extra = 0
    if not wait:
        # where answers may go faster than notices, each notice costs as much more
        prices = tuple(price * max(1.0, share) for price in ask.then)
        tokens, then, wait = _paid(tokens, prices, burst, SPARED, rate)
    if not wait:
        extra = max(0, min(ask.extra, int(tokens - burst / 2)))
        tokens -= extra
    after = Tempo(
        tokens=tokens,
        at=now,
        strikes=tempo.strikes,
        speed=_grown(speed, saved - tokens, limits),
        slowed_at=tempo.slowed_at,
    )
    return after, Granted(first=first, then=then, extra=extra, wait=wait)


def _paid(
    tokens: float, prices: Sequence[float], burst: float, spared: float, rate: float
) -> tuple[float, int, float]:
    """(tokens that are left, how many were served, seconds until the next one is)."""
    for number, price in enumerate(prices):
        # a bucket that must be full loses what comes while nobody asks
        needed = min(price + spared * burst, burst, max(price, burst - _SLACK))
        if tokens < needed - _NEARLY:
            return tokens, number, (needed - tokens) / rate
        tokens -= price
    return tokens, len(prices), 0.0


def refused(tempo: Tempo, limits: Limits, how: Refused, now: float) -> Tempo:
    """After a complaint: a pause, each one longer, and half of the speed when it is over.

    What was under way when a pause began is refused too, and makes nothing worse."""
    is_new = now >= tempo.until
    strikes = tempo.strikes + is_new
    if how.hint is not None:
        wait = how.hint
    else:
        longer = limits.hint * 2 ** min(max(strikes, 1) - 1, 10)
        wait = min(longer, limits.most) * how.spread
    until = max(tempo.until, round(now + wait, 6))  # as moments are kept
    changed = msgspec.structs.replace(tempo, until=until, strikes=strikes)
    if not (limits.adapts and limits.rate and is_new):
        return changed
    speed = max(limits.rate * LEAST, (_speed(tempo, now) or limits.rate) / 2)
    # the pause itself saves nothing up
    return msgspec.structs.replace(changed, tokens=1.0, at=until, speed=speed, slowed_at=now)


def relented(tempo: Tempo) -> Tempo:
    """After a message that went through; the speed has to grow by itself."""
    return msgspec.structs.replace(tempo, strikes=0)


def is_slowed(tempo: Tempo, now: float) -> bool:
    """Whether the platform complained of late."""
    return bool(_speed(tempo, now)) or (tempo.strikes > 0 and now - tempo.until < QUIET)


def _speed(tempo: Tempo, now: float) -> float:
    return tempo.speed if now - tempo.slowed_at < QUIET else 0.0


def _grown(speed: float, spent: float, limits: Limits) -> float:
    """Additive increase: in a second at full speed by STEP; 0 when nothing is left of the
    complaint."""
    if not speed or limits.rate is None:
        return 0.0
    grown = speed + max(0.0, spent) * STEP / speed
    return grown if grown < limits.rate * (ENOUGH if limits.free else 1.0) else 0.0


# -- calls of a platform that counts every call


class _Purse:
    """Calls that were paid in advance and not made yet."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_PURSE: ContextVar[_Purse | None] = ContextVar("purse", default=None)


class Meter:
    """Calls of one account, counted where they are made.

    Whoever asks before it acts pays a price first; what an adapter does beyond it (a second
    attempt, names of people, its own examination) is owed, and taken from what others save up."""

    def __init__(self) -> None:
        self._owed = 0

    def __call__(self) -> None:
        """A call is made now."""
        purse = _PURSE.get()
        if purse is not None and purse.left > 0:
            purse.left -= 1
        else:
            self._owed += 1

    @contextmanager
    def paid(self, price: int) -> Iterator[None]:
        """So many calls of the block, and of tasks it starts, are paid; what is not made is given
        back."""
        purse = _Purse(price)
        token = _PURSE.set(purse)
        try:
            yield
        finally:
            _PURSE.reset(token)
            self._owed -= purse.left
            purse.left = 0

    def owed(self) -> int:
        """Tokens to be taken for calls since the last question."""
        owed, self._owed = self._owed, 0
        return owed
