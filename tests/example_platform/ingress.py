"""Pigeon post's way in: a secret header, then one event per request."""

from collections.abc import Mapping

from core.channel import Answer, Reception
from core.errors import NotAuthentic
from core.ingress import json_object, same_secret
from tests.example_platform.parse import parse

SECRET_HEADER = "X-Pigeon-Secret"


class PigeonIngress:
    """An Ingress. secret: what the service was told when the webhook was registered."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress."""
        if not same_secret(headers.get(SECRET_HEADER, ""), self._secret):
            raise NotAuthentic("pigeon: the secret header is missing or wrong")
        return Reception((parse(json_object(body)),))

    def answer(self) -> Answer:
        """See core.channel.Ingress."""
        return 200, "text/plain", "coo"

    def handshake(self, query: Mapping[str, str]) -> None:
        """Pigeon post has none."""
