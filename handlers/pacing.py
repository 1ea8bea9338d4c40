"""How fast a channel may be written to, as one process sees it: buckets, pauses that the platform
wants, a circuit that opens when it fails.

Pure bookkeeping over moments given in. What processes share is brought in by handlers/paces.py.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from msgspec.structs import replace

from core.channel import Capabilities
from core.desk_values import ChannelState
from core.errors import ChannelUnavailable, RateLimited
from core.pacing import (
    CHANNEL,
    MEDIA,
    Ask,
    Granted,
    Kept,
    Limits,
    Refused,
    Tempo,
    fresh,
    is_slowed,
    limits_of,
    refused,
    relented,
    taken,
)

OPEN_FIRST = timedelta(seconds=5)
OPEN_MOST = timedelta(seconds=300)
#: An outage is told of when it lasts so long, a pause when the platform wants a longer one.
TOLD_AFTER = timedelta(seconds=60)
LONG = timedelta(minutes=10)
#: Waits without a hint differ by so much, or everybody would come back at the same moment.
SPREAD = 0.2
#: Messages of this priority and above wait for nobody's question.
NOTICE = 2
_CHATS = 10_000
_REMEDY = {
    "auth": "Check the token in the settings and the rights it has.",
    "config": "Check the account on the platform's side: something there forbids it to write.",
}


class Pace:
    """Of one channel: when the next message may go, and what its failures teach."""

    def __init__(self, capabilities: Capabilities, rng: Random | None = None) -> None:
        """rng: spreads the waits that the platform names no number for; None: they are exact."""
        self.capabilities = capabilities
        self._rng = rng
        self._limits = {scope: limits_of(capabilities, scope) for scope in (CHANNEL, MEDIA, "chat")}
        self._tempos: dict[str, Tempo] = {}
        self._pauses: dict[str, int] = {}
        self._open_until: datetime | None = None
        self._failures = 0
        self._failing_since: datetime | None = None
        #: What a person must know: this account cannot send.
        self.trouble = ChannelState()

    # -- may a message go

    def gate(self, chat: str, now: datetime) -> datetime | None:
        """Until when nobody may write there, whatever it is; None: that is not forbidden."""
        until = max((self._until(CHANNEL), self._until(chat)))
        paused = _moment(until) if until > now.timestamp() else None
        if self._open_until is None or self._open_until <= now:
            return paused
        return max(paused or self._open_until, self._open_until)

    def is_carefree(self, priority: int) -> bool:
        """Whether nothing was ever wrong here, and the message costs nothing: most are so."""
        if self._tempos or self._open_until is not None or priority >= NOTICE:
            return False
        return self.capabilities.free_answers and self.capabilities.media_rate is None

    def scopes(
        self, chat: str, priority: int, now: datetime, *, plays: bool = False
    ) -> Sequence[str]:
        """Where tokens are to be taken, the channel last; empty: the message costs nothing.

        Notices keep to the rate of their chat. Answers (priority 0) and operators' words keep to
        it only when the platform said lately that we are too fast, and to the channel's unless the
        platform lets them. plays: the message has sound or moving pictures."""
        can, slowed = self.capabilities, self.is_slowed(CHANNEL, now)
        is_limited = slowed or self.is_slowed(chat, now)
        is_notice = priority >= NOTICE
        found = []
        if can.chat_rate is not None and (is_notice or is_limited):
            found.append(chat)
        if plays and can.media_rate is not None:
            found.append(MEDIA)
        if can.channel_rate is not None and (is_notice or is_limited or not can.free_answers):
            found.append(CHANNEL)
        return found

    def take(self, scope: str, ask: Ask, now: datetime) -> Granted:
        """Takes tokens, where nobody shares them with us."""
        at, limits = now.timestamp(), self._limits_of(scope)
        tempo = self._tempos.get(scope) or fresh(limits, at)
        tempo, granted = taken(tempo, limits, ask, at)
        self._keep(scope, tempo)
        return granted

    def not_before(self, chat: str, priority: int, now: datetime) -> datetime | None:
        """When a message to this chat may go; None: at once, and its tokens are taken."""
        gate = self.gate(chat, now)
        if gate is not None:
            return gate
        for scope in self.scopes(chat, priority, now):
            granted = self.take(scope, asked(scope, priority), now)
            if granted.wait:
                return now + timedelta(seconds=granted.wait)
        return None

    def is_slowed(self, scope: str, now: datetime) -> bool:
        """Whether the platform complained there of late."""
        tempo = self._tempos.get(scope)
        return tempo is not None and is_slowed(tempo, now.timestamp())

    # -- what the platform says

    def refusal(self, error: RateLimited) -> Refused:
        """A complaint as the keepers of paces want it."""
        spread = 1.0 if self._rng is None else self._rng.uniform(1 - SPREAD, 1 + SPREAD)
        return Refused(error.retry_after, spread)

    def is_own(self, error: RateLimited) -> bool:
        """Whether the complaint concerns the row alone, which is called as soon as the person
        writes."""
        may_end = self.capabilities.reply_ends_limit and error.retry_after is None
        return may_end and error.scope == "chat"

    def limited(
        self, chat: str, error: RateLimited, now: datetime, how: Refused | None = None
    ) -> datetime:
        """The platform said «too fast»: nobody writes there before the moment returned.

        how: as `refusal` told it, for who tells others too."""
        scope, at = scope_of(chat, error), now.timestamp()
        how = how or self.refusal(error)
        limits = self._limits_of(scope)
        if self.is_own(error):
            times = self._pauses.get(chat, 0)
            self._pauses[chat] = times + 1
            before = Tempo(tokens=0.0, at=at, strikes=times)
            return _moment(refused(before, limits, how, at).until)
        tempo = self._tempos.get(scope) or fresh(limits, at)
        self._keep(scope, refused(tempo, limits, how, at))
        return self.rests(scope, now)

    def rests(self, scope: str, now: datetime) -> datetime:
        """Until when a scope that was complained of is silent; a long silence is told of."""
        until = _moment(max(self._until(scope), now.timestamp()))
        if scope == CHANNEL and until - now >= LONG and self.trouble.state == "ok":
            problem = f"the platform takes nothing until {until:%Y-%m-%d %H:%M} UTC: too many calls"
            self.trouble = ChannelState("degraded", problem)
        return until

    def put(self, kept: Kept, now: datetime) -> None:
        """What a keeper says of a scope; its clock may differ from ours."""
        tempo, ahead = kept.tempo, now.timestamp() - kept.now
        moments = {
            name: round(moment + ahead, 6)
            for name in ("at", "until", "slowed_at")
            if (moment := getattr(tempo, name))
        }
        self._keep(kept.scope, replace(tempo, **moments))

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

    def succeeded(self, chat: str, now: datetime) -> Sequence[str]:
        """A message went through: the circuit closes, the next pause is a first one. The scopes
        that were complained of until now.

        What was under way when a pause began proves nothing of it."""
        self._failures = 0
        self._open_until = None
        self._failing_since = None
        self.trouble = ChannelState()
        self._pauses.pop(chat, None)
        eased = []
        for scope in (chat, CHANNEL):
            tempo = self._tempos.get(scope)
            if tempo is not None and tempo.strikes and tempo.until <= now.timestamp():
                self._tempos[scope] = relented(tempo)
                eased.append(scope)
        return eased

    # -- what is remembered

    def _limits_of(self, scope: str) -> Limits:
        return self._limits.get(scope) or self._limits["chat"]

    def _until(self, scope: str) -> float:
        tempo = self._tempos.get(scope)
        return 0.0 if tempo is None else tempo.until

    def _keep(self, scope: str, tempo: Tempo) -> None:
        if len(self._tempos) > _CHATS:
            self._tempos = {
                scope: tempo
                for scope, tempo in self._tempos.items()
                if tempo.strikes or scope in (CHANNEL, MEDIA)
            }
        self._tempos[scope] = tempo


def asked(scope: str, priority: int, price: int = 1) -> Ask:
    """One message's question; only the account's own tokens are spared for answers."""
    is_notice = priority >= NOTICE and scope == CHANNEL
    return Ask(then=(price,)) if is_notice else Ask(first=(price,))


def scope_of(chat: str, error: RateLimited) -> str:
    """What a complaint is about."""
    return chat if error.scope == "chat" else CHANNEL


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
