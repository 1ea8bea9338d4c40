"""MAX's way in: a secret header, then one update per request."""

from collections.abc import Mapping

from bots.max.dialogs import Dialogs
from bots.max.parse import parse
from core.channel import Answer, Reception
from core.errors import ConfigError, NotAuthentic
from core.ingress import json_object, same_secret

SECRET_HEADER = "X-Max-Bot-Api-Secret"  # noqa: S105  the name of a header


class MaxIngress:
    """An Ingress. secret: what the subscription was told; an empty one would let everybody in.
    dialogs: told of everybody who writes."""

    def __init__(self, secret: str, dialogs: Dialogs | None = None) -> None:
        if not secret:
            raise ConfigError(["max: `secret` is empty, so anybody could forge updates"])
        self._secret = secret
        self._dialogs = dialogs or Dialogs()

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress."""
        if not self.knows(headers):
            raise NotAuthentic("max: the secret header is missing or wrong")
        received = tuple(parse(json_object(body)))
        for item in received:
            self._dialogs.ids(item.address)
        return Reception(received)

    def knows(self, headers: Mapping[str, str]) -> bool:
        """See core.channel.KnownByHeaders."""
        return same_secret(headers.get(SECRET_HEADER, ""), self._secret)

    def answer(self) -> Answer:
        """Exactly 200: MAX takes even a 204 for a failure."""
        return 200, "text/plain", ""

    def handshake(self, query: Mapping[str, str]) -> None:
        """MAX has none."""
