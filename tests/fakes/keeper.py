"""A keeper of shared paces in memory, by the same rules as the database."""

from collections.abc import Sequence
from datetime import datetime

from core.errors import StoreUnavailable
from core.pacing import Ask, Granted, Kept, Limits, Refused, Tempo, fresh, refused, relented, taken

NOTHING = Granted()


class FakeKeeper:
    """A core.pacing.Keeper. ahead: seconds of its clock before that of who asks. asked: how many
    questions it was put. is_away: it does not answer."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead
        self.asked = 0
        self.is_away = False
        self.tempos: dict[tuple[str, str], Tempo] = {}

    async def take_tokens(
        self, channel: str, scope: str, limits: Limits, ask: Ask, now: datetime
    ) -> Kept:
        """As core.pacing.Keeper."""
        at = self._now(now)
        tempo = self.tempos.get((channel, scope)) or fresh(limits, at)
        tempo, granted = taken(tempo, limits, ask, at)
        return self._kept(channel, scope, tempo, at, granted)

    async def complain(
        self, channel: str, scope: str, limits: Limits, refused_: Refused, now: datetime
    ) -> Kept:
        """As core.pacing.Keeper."""
        at = self._now(now)
        tempo = self.tempos.get((channel, scope)) or fresh(limits, at)
        return self._kept(channel, scope, refused(tempo, limits, refused_, at), at)

    async def relent(self, channel: str, scope: str, now: datetime) -> None:
        """As core.pacing.Keeper."""
        self._now(now)
        self.tempos[channel, scope] = relented(self.tempos[channel, scope])

    async def complaints(self, now: datetime) -> Sequence[Kept]:
        """As core.pacing.Keeper."""
        at = self._now(now)
        slowed = {key: one for key, one in self.tempos.items() if one.strikes or one.speed}
        return [Kept(*key, tempo, at) for key, tempo in slowed.items()]

    def _now(self, now: datetime) -> float:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable("away")
        return now.timestamp() + self.ahead

    def _kept(
        self, channel: str, scope: str, tempo: Tempo, at: float, granted: Granted = NOTHING
    ) -> Kept:
        self.tempos[channel, scope] = tempo
        return Kept(channel, scope, tempo, at, granted)
