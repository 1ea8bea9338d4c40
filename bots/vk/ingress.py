"""VK's way in by the Callback API: a secret inside the body, one event per request."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bots.vk.capabilities import COMMENT_EVENT
from bots.vk.cut import Cut
from bots.vk.parse import OutboxOf, parse
from core.channel import Answer, Reception
from core.errors import (
    ChannelError,
    ConfigError,
    MalformedUpdate,
    NotAuthentic,
    UnsupportedUpdate,
)
from core.ingress import json_object, same_secret
from core.updates import Received

#: VK takes nothing else for an answer, not even `"ok"`.
OK: Answer = (200, "text/plain", "ok")
_LATER: Answer = (503, "text/plain", "")


class VkIngress:
    """An Ingress. secret: what the server was registered with; an empty one would let everybody
    in. confirmation: the string VK asks for. cut: reads the messages VK cut short.
    outbox_of: whose echo a message is. named: knows what people are called."""

    def __init__(
        self,
        secret: str,
        group_id: int,
        *,
        comments: bool,
        confirmation: Callable[[], Awaitable[str]],
        cut: Cut,
        outbox_of: OutboxOf,
        named: Callable[[Sequence[Received]], Awaitable[Sequence[Received]]],
    ) -> None:
        if not secret:
            raise ConfigError(["vk: `secret` is empty, so anybody could forge updates"])
        self._secret = secret
        self._group_id = group_id
        self._comments = comments
        self._confirmation = confirmation
        self._cut = cut
        self._outbox_of = outbox_of
        self._named = named

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress. The secret is in the body, so what cannot be read cannot be
        proven to come from VK."""
        try:
            raw = json_object(body)
        except MalformedUpdate as error:
            raise NotAuthentic(f"vk: {error}") from None
        group = raw.get("group_id")
        if type(group) is not int or group != self._group_id:
            raise NotAuthentic("vk: an event of another community")
        if raw.get("type") == "confirmation":
            return await self._confirmed()
        secret = raw.get("secret")
        if not same_secret(secret if isinstance(secret, str) else "", self._secret):
            raise NotAuthentic("vk: the secret is missing or wrong")
        if raw.get("type") == COMMENT_EVENT and not self._comments:
            raise UnsupportedUpdate(COMMENT_EVENT)
        async with self._cut.turn(raw):
            try:
                whole = await self._cut.whole(raw)
            except ChannelError:  # better late than without its end; VK comes again
                return Reception(answer=_LATER)
            received = parse(whole, self._outbox_of)
            return Reception(tuple(await self._named(received)))

    async def _confirmed(self) -> Reception:
        """VK proves a new address by a string; it needs no secret, and tells nobody anything."""
        try:
            code = await self._confirmation()
        except ChannelError:
            return Reception(answer=_LATER)
        return Reception(answer=(200, "text/plain", code))

    def answer(self) -> Answer:
        """See core.channel.Ingress."""
        return OK

    def handshake(self, query: Mapping[str, str]) -> None:
        """VK's comes by POST, see `receive`."""
