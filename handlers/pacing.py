"""How fast a channel may be written to: buckets, hints of the platform, a circuit per channel.

Pure bookkeeping over moments given in; one object serves one process.
"""

from datetime import datetime, timedelta

from core.channel import Capabilities
from core.desk_values import ChannelState
from core.errors import ChannelUnavailable, RateLimited

OPEN_FIRST = timedelta(seconds=5)
OPEN_MOST = timedelta(seconds=300)
#: An outage is told of when it lasts so long, a pause when the platform wants a longer one.
TOLD_AFTER = timedelta(seconds=60)
LONG = timedelta(minutes=10)
#: Of what a channel has saved up, notices leave so much to those who wait for an answer.
SPARED = 0.7
_MICROSECOND = 1e-6
_REMEDY = {
    "auth": "Check the token in the settings and the rights it has.",
    "config": "Check the account on the platform's side: something there forbids it to write.",
}


class _Bucket:
    """A token bucket: `rate` per second, at most `burst` saved up."""

    __slots__ = ("at", "burst", "rate", "tokens")

    def __init__(self, rate: float, burst: float, now: datetime) -> None:
        self.rate, self.burst, self.tokens, self.at = rate, burst, burst, now

    def wait(self, now: datetime, spared: float = 0.0) -> float:
        """Seconds until one more token may be taken; a share of the burst is spared for others."""
        self.tokens = min(self.burst, self.tokens + (now - self.at).total_seconds() * self.rate)
        self.at = now
        return max(0.0, (1 + min(spared * self.burst, self.burst - 1) - self.tokens) / self.rate)


class Pace:
    """Of one channel: when the next message may go, and what its failures teach."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self._chats: dict[str, _Bucket] = {}
        self._channel: _Bucket | None = None
        self._blocked: dict[str, datetime] = {}
        self._limited: set[str] = set()
        self._strikes: dict[str, int] = {}
        self._open_until: datetime | None = None
        self._failures = 0
        self._failing_since: datetime | None = None
        #: What a person must know: this account cannot send.
        self.trouble = ChannelState()

    def not_before(self, chat: str, priority: int, now: datetime) -> datetime | None:
        """When a message to this chat may go; None: at once, and its tokens are taken.

        Notices keep to the rate of their chat, and leave most of the channel's to answers
        (priority 0) and operators' words. Those keep to the channel's, unless the platform lets
        them, and to their chat's only after it said that we are too fast."""
        gate = max(
            (at for at in (self._open_until, self._blocked.get(""), self._blocked.get(chat)) if at),
            default=None,
        )
        if gate is not None and gate > now:
            return gate
        is_limited = chat in self._limited or "" in self._limited
        is_notice = priority >= 2
        if not (is_notice or is_limited or not self.capabilities.free_answers):
            return None
        of_channel = self._of_channel(now)
        of_chat = self._of_chat(chat, now) if is_notice or is_limited else None
        wait = max(
            of_channel.wait(now, SPARED if is_notice else 0.0) if of_channel else 0.0,
            of_chat.wait(now) if of_chat else 0.0,
        )
        if wait > _MICROSECOND:
            return now + timedelta(seconds=wait)
        for bucket in (of_channel, of_chat):
            if bucket is not None:
                bucket.tokens -= 1
        return None

    def _of_chat(self, chat: str, now: datetime) -> _Bucket | None:
        rate = self.capabilities.chat_rate
        if rate is None:
            return None
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) > 10_000:
                self._chats.clear()
            bucket = self._chats[chat] = _Bucket(rate, self.capabilities.chat_burst, now)
        return bucket

    def _of_channel(self, now: datetime) -> _Bucket | None:
        rate = self.capabilities.channel_rate
        if rate is not None and self._channel is None:
            self._channel = _Bucket(rate, rate, now)
        return self._channel

    def limited(self, chat: str, error: RateLimited, now: datetime) -> datetime:
        """The platform said «too fast»: nobody writes there before the moment returned."""
        scope = chat if error.scope == "chat" else ""
        times = self._strikes[scope] = self._strikes.get(scope, 0) + 1
        if error.retry_after is not None:
            wait = timedelta(seconds=error.retry_after)
        else:
            wait = timedelta(seconds=self.capabilities.rate_hint * 2 ** min(times - 1, 10))
            wait = min(wait, timedelta(seconds=self.capabilities.rate_most))
        until = now + wait
        if scope and error.retry_after is None and self.capabilities.reply_ends_limit:
            return until  # the row waits, and is called as soon as the person writes
        self._limited.add(scope)
        self._blocked[scope] = max(until, self._blocked.get(scope, until))
        if not scope and wait >= LONG and self.trouble.state == "ok":
            problem = f"the platform takes nothing until {until:%Y-%m-%d %H:%M} UTC: too many calls"
            self.trouble = ChannelState("degraded", problem)
        return until

    def unavailable(self, error: ChannelUnavailable, now: datetime) -> datetime:
        """The channel is at fault: the circuit opens, longer each time."""
        if self._open_until is None or now >= self._open_until:
            self._failures += 1  # else it was under way together with one that failed
        lasting = error.reason in ("auth", "config")
        longer = OPEN_FIRST * 2 ** min(self._failures - 1, 10)
        until = now + (OPEN_MOST if lasting else min(longer, OPEN_MOST))
        self._open_until = max(until, self._open_until or until)
        self._failing_since = self._failing_since or now
        if lasting or now - self._failing_since >= TOLD_AFTER:
            problem = f"nothing can be sent: {error}. {_REMEDY.get(error.reason, '')}"
            self.trouble = ChannelState("down", problem.strip())
        return self._open_until

    def succeeded(self, chat: str) -> None:
        """A message went through: the circuit closes, the chat is no longer too fast."""
        self._failures = 0
        self._open_until = None
        self._failing_since = None
        self.trouble = ChannelState()
        for scope in (chat, ""):
            self._limited.discard(scope)
            self._strikes.pop(scope, None)
