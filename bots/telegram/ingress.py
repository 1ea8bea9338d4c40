"""Telegram's way in: a secret header, then one update per request."""

from collections.abc import Mapping

from bots.telegram.parse import parse
from core.channel import Answer, Reception
from core.errors import ConfigError, NotAuthentic
from core.ingress import json_object, same_secret

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the name of a header


class TelegramIngress:
    """An Ingress. secret: what setWebhook was told; an empty one would let everybody in."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise ConfigError(["telegram: `secret` is empty, so anybody could forge updates"])
        self._secret = secret

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress."""
        if not self.knows(headers):
            raise NotAuthentic("telegram: the secret header is missing or wrong")
        return Reception(tuple(parse(json_object(body))))

    def knows(self, headers: Mapping[str, str]) -> bool:
        """See core.channel.KnownByHeaders."""
        return same_secret(headers.get(SECRET_HEADER, ""), self._secret)

    def answer(self) -> Answer:
        """An empty 200: what is in the body would be taken for a method call."""
        return 200, "text/plain", ""

    def handshake(self, query: Mapping[str, str]) -> None:
        """Telegram has none."""
