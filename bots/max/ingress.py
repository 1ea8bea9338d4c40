"""MAX's way in: a secret header, then one update per request."""

from collections.abc import Mapping

from bots.max.parse import parse
from core.channel import Answer, Reception
from core.errors import ConfigError, NotAuthentic
from core.ingress import json_object, same_secret

SECRET_HEADER = "X-Max-Bot-Api-Secret"  # noqa: S105  the name of a header


class MaxIngress:
    """An Ingress. secret: what the subscription was told; an empty one would let everybody in."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise ConfigError(["max: `secret` is empty, so anybody could forge updates"])
        self._secret = secret

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress."""
        if not same_secret(headers.get(SECRET_HEADER, ""), self._secret):
            raise NotAuthentic("max: the secret header is missing or wrong")
        return Reception(tuple(parse(json_object(body))))

    def answer(self) -> Answer:
        """Exactly 200: MAX takes even a 204 for a failure."""
        return 200, "text/plain", ""

    def handshake(self, query: Mapping[str, str]) -> None:
        """MAX has none."""
