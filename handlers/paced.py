"""A channel whose small calls keep to its pace as messages do.

Nothing here delays an answer: what nobody waits for (typing) is left out when there is no token to
spare, what somebody waits for (a press, a change at the desk) takes its turn.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from core.channel import Channel, Finding, Letter, Rewriting, Sent, Tried
from core.content import Media
from core.errors import RateLimited
from handlers.paces import Paces, Wish

_ANSWER, _OPERATOR, _NOTICE = 0, 1, 2


class PacedChannel:
    """See core.channel.Channel. Letters and look-ups pass unasked: delivery asks for them, since
    it knows what to do with a row that has to wait."""

    def __init__(self, channel: Channel, paces: Paces, clock: Callable[[], datetime]) -> None:
        self.name = channel.name
        self.capabilities = channel.capabilities
        self._channel = channel
        self._paces = paces
        self._clock = clock

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        return await self._channel.send(letter)

    async def find_sent(self, tried: Tried) -> Sent | None:
        """See core.channel.Channel."""
        return await self._channel.find_sent(tried)

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. In the turn of an answer; during a pause not at all."""
        if await self._not_before(_ANSWER) is None:
            await self._called(self._channel.acknowledge, callback_id)

    async def retire_options(self, address: str, platform_id: str) -> None:
        """See core.channel.Channel. Old buttons may stay; a press of them is answered."""
        if await self._not_before(_NOTICE) is None:
            await self._called(self._channel.retire_options, address, platform_id)

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Left out when somebody else may need the token."""
        pace = self._paces.of(self.name, self.capabilities)
        if await self._paces.spare(self.name, pace):
            await self._called(self._channel.typing, address)

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel. Files lie on servers that count for themselves."""
        return await self._channel.download(media)

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        return await self._channel.health()

    async def close(self) -> None:
        """See core.channel.Channel."""
        await self._channel.close()

    async def _not_before(self, priority: int) -> datetime | None:
        """When a call may be made; None: now, and where calls count it is paid."""
        pace = self._paces.of(self.name, self.capabilities)
        if not self.capabilities.counts_calls:
            return pace.gate("", self._clock())
        return await self._paces.not_before(self.name, pace, Wish("", priority))

    async def _called(self, call: Callable[..., Awaitable[None]], *arguments: str) -> None:
        try:
            with self._paces.paid(self.name, 1):
                await call(*arguments)
        except RateLimited as error:
            if error.scope == "channel":  # whatever was too fast, everybody has to wait
                pace = self._paces.of(self.name, self.capabilities)
                await self._paces.limited(self.name, pace, "", error)
            raise


class PacedRewriting(PacedChannel):
    """The same of a channel whose messages can be changed; see core.channel.Rewriting."""

    def __init__(
        self, channel: Channel, writing: Rewriting, paces: Paces, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(channel, paces, clock)
        self._writing = writing

    async def edit(self, address: str, platform_id: str, text: str) -> None:
        """See core.channel.Rewriting. In the turn of an operator, who waits for it."""
        await self._turn()
        await self._called(self._writing.edit, address, platform_id, text)

    async def erase(self, address: str, platform_id: str) -> None:
        """See core.channel.Rewriting. In the turn of an operator, who waits for it."""
        await self._turn()
        await self._called(self._writing.erase, address, platform_id)

    async def _turn(self) -> None:
        later = await self._not_before(_OPERATOR)
        if later is not None:
            raise RateLimited((later - self._clock()).total_seconds(), "channel")


def paced(channel: Channel, paces: Paces, clock: Callable[[], datetime]) -> Channel:
    """The channel, keeping to its pace."""
    if isinstance(channel, Rewriting):
        return PacedRewriting(channel, channel, paces, clock)
    return PacedChannel(channel, paces, clock)
