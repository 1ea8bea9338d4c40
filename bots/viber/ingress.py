"""Viber's way in: a signature over the raw bytes, then one event per request."""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from bots.viber.parse import parse
from core.channel import Answer, Reception
from core.errors import ConfigError, NotAuthentic
from core.ingress import json_object, same_secret

SIGNATURE_HEADER = "X-Viber-Content-Signature"


class ViberIngress:
    """An Ingress. token: of the bot, the key of the signature; an empty one would let everybody
    in."""

    def __init__(self, token: str) -> None:
        if not token:
            raise ConfigError(["viber: `token` is empty, so anybody could forge updates"])
        self._key = token.encode()

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress."""
        signature = hmac.new(self._key, body, sha256).hexdigest()
        if not same_secret(headers.get(SIGNATURE_HEADER, "").lower(), signature):
            raise NotAuthentic("viber: the signature is missing or wrong")
        return Reception(tuple(parse(json_object(body))))

    def answer(self) -> Answer:
        """An empty 200: what is in the body would be taken for a welcome message."""
        return 200, "text/plain", ""

    def handshake(self, query: Mapping[str, str]) -> None:
        """Viber has none: it posts an event instead."""
