"""Messenger's way in: a signature over raw bytes, then a batch of events per request."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bots.messenger.parse import parse
from core.channel import Answer, Reception
from core.errors import ConfigError, NotAuthentic
from core.ingress import json_object, same_secret
from core.updates import Received

SIGNATURE_HEADER = "X-Hub-Signature-256"


class MessengerIngress:
    """An Ingress. An empty app_secret would let everybody in, an empty verify_token everybody
    claim the address. named: knows what people are called."""

    def __init__(
        self,
        *,
        app_secret: str,
        verify_token: str,
        page_id: str,
        named: Callable[[Sequence[Received]], Awaitable[Sequence[Received]]],
    ) -> None:
        if not app_secret:
            raise ConfigError(["messenger: `app_secret` is empty, so anybody could forge events"])
        if not verify_token:
            raise ConfigError(["messenger: `verify_token` is empty, so anybody could claim us"])
        self._app_secret = app_secret.encode()
        self._verify_token = verify_token
        self._page_id = page_id
        self._named = named

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reception:
        """See core.channel.Ingress."""
        signature = hmac.new(self._app_secret, body, hashlib.sha256).hexdigest()
        if not same_secret(headers.get(SIGNATURE_HEADER, "").lower(), f"sha256={signature}"):
            raise NotAuthentic("messenger: the signature is missing or wrong")
        told = parse(json_object(body), self._page_id)
        return told._replace(received=tuple(await self._named(told.received)))

    def answer(self) -> Answer:
        """Any 200 will do."""
        return 200, "text/plain", "EVENT_RECEIVED"

    def handshake(self, query: Mapping[str, str]) -> Answer:
        """The owner of the app entered our address, and Facebook asks whether we know it."""
        is_asked = query.get("hub.mode") == "subscribe"
        if not is_asked or not same_secret(query.get("hub.verify_token", ""), self._verify_token):
            return 403, "text/plain", ""
        return 200, "text/plain", query.get("hub.challenge", "")
