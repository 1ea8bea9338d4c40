"""A strict double of the Viber REST API: refuses what Viber refuses, keeps a ledger, fails on
demand.

`async with FakeViber(token) as viber:` listens on a free port; give `viber.api_url` to the adapter.
`people` are those who may be written to. `ledger` holds what was taken, in order, welcome messages
among it; `fail(...)` arms faults, each for one call; `deliver(...)` plays Viber's side of the
webhook and reads its answer.
"""

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from aiohttp import ClientError, web

from tests.fakes import viber_rules as rules
from tests.fakes.faults import Fault
from tests.fakes.platform import Event
from tests.fakes.server import MEGABYTE, PlatformServer, served
from tests.fakes.viber_rules import Fields, Refused
from tests.fakes.webhook import Reply, replies

SIGNATURE_HEADER = "X-Viber-Content-Signature"
_SENDING = "send_message"
EVENTS = ["subscribed", "unsubscribed", "conversation_started", "delivered", "seen", "failed"]
#: Larger than what a JavaScript number holds, as Viber's are.
FIRST_TOKEN = 5_466_358_343_372_472_277


class Person:
    """Somebody with Viber. api_version: of the oldest of their apps."""

    def __init__(self, *, subscribed: bool = True, api_version: int = 10) -> None:
        self.subscribed = subscribed
        self.api_version = api_version


class Accepted(NamedTuple):
    """One message that Viber took. is_welcome: as the answer to conversation_started."""

    chat: str
    fields: Fields
    token: int
    is_welcome: bool = False


def error(status: int, message: str = "refused") -> Fault:
    """Viber's own refusal, in an HTTP answer that says 200."""
    return Refused(status, message).fault


LIMIT = error(12, "tooManyRequests")


class FakeViber(PlatformServer[Accepted]):
    """One bot's Viber."""

    def __init__(self, token: str) -> None:
        super().__init__(path="/pa", most=MEGABYTE)
        self.token = token
        self.people: dict[str, Person] = {}
        self.bodies: list[bytes] = []
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] = {"url": "", "event_types": []}
        self._next = FIRST_TOKEN
        self._app.router.add_post("/pa/{method}", self._call)
        self._app.router.add_get("/media/{name}", self._media)

    # -- what tests say

    def sent(self, chat: str | None = None) -> list[Accepted]:
        """Messages taken, of one chat or all."""
        return [entry for entry in self.ledger if chat in (None, entry.chat)]

    def signature(self, body: bytes) -> str:
        """As Viber signs."""
        return hmac.new(self.token.encode(), body, sha256).hexdigest()

    def kept(self, name: str, content: bytes) -> str:
        """The address of a file that a customer sent."""
        self.files[name] = content
        return f"{self.base}/media/{name}"

    async def deliver(
        self, event: Fields | bytes, *, url: str = "", signature: str | None = None, times: int = 1
    ) -> list[Reply]:
        """POSTs an event to the webhook, `times` in parallel, and takes a welcome message from the
        answer."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        held = self.signature(body) if signature is None else signature
        headers = {SIGNATURE_HEADER: held} if held else {}
        answers = await replies(url or self.webhook["url"], Event(body, headers), times)
        self._welcome(body, answers)
        return answers

    def drop_webhook(self) -> None:
        """As if somebody else had set another one."""
        self.webhook = {"url": "", "event_types": []}

    # -- the server

    def _welcome(self, body: bytes, answers: Sequence[Reply]) -> None:
        """Viber shows the first answer that it gets; a repeat says the same or is a fault."""
        bodies = {answer.body for answer in answers if answer.status == 200 and answer.body}
        if not bodies:
            return
        assert len(bodies) == 1, "a repeated event gets the same body"
        event = json.loads(body)
        assert event["event"] == "conversation_started", "only this one takes a message as answer"
        text = bodies.pop()
        fields = json.loads(text)
        assert "receiver" not in fields
        assert all(answer.kind == "application/json" for answer in answers if answer.body)
        rules.check_message(fields, len(text.encode()))
        self._take(event["user"]["id"], fields, is_welcome=True)

    def _is_sending(self, call: str) -> bool:
        return call == _SENDING

    async def _call(self, request: web.Request) -> web.Response:
        return await self._met(request, request.match_info["method"], self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(body)
        self._authorise(request)
        result = await self._result(request.match_info["method"], body)
        return web.json_response({"status": 0, "status_message": "ok", **result})

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("X-Viber-Auth-Token") != self.token:
            raise Refused(2, "invalidAuthToken")

    async def _result(self, method: str, body: bytes) -> Fields:
        fields = json.loads(body)
        if method == "get_account_info":
            return {
                "id": "pa:1",
                "name": "Отклик",
                "uri": "otklik",
                "webhook": self.webhook["url"],
                "event_types": self.webhook["event_types"],
                "subscribers_count": sum(p.subscribed for p in self.people.values()),
            }
        if method == "set_webhook":
            return await self._set_webhook(fields)
        if method != _SENDING:
            raise Refused(4, "unknown method")
        return {"message_token": self._send(fields, len(body)), "billing_status": 1}

    async def _set_webhook(self, fields: Fields) -> Fields:
        """Viber calls the address before it answers."""
        url = fields.get("url", "")
        events = fields.get("event_types", EVENTS)
        if not set(events) <= set(EVENTS):
            raise rules.bad("event_types")
        self._next += 1
        probe = {"event": "webhook", "timestamp": 1795600020000, "message_token": self._next}
        try:
            answers = await self.deliver(probe, url=url) if url else []
        except (ClientError, OSError, TimeoutError, ValueError):
            raise Refused(1, "invalidUrl") from None
        if any(answer.status != 200 for answer in answers):
            raise Refused(1, "invalidUrl")
        self.webhook = {"url": url, "event_types": list(events), "send_name": fields["send_name"]}
        self.bell.ring()
        return {"event_types": list(events)}

    def _send(self, fields: Fields, size: int) -> int:
        chat = fields.get("receiver")
        if not isinstance(chat, str) or not chat:
            raise rules.missing("receiver")
        person = self.people.get(chat)
        if person is None:
            raise Refused(5, "receiverNotRegistered")
        rules.check_message(fields, size)
        if not person.subscribed:
            raise Refused(6, "receiverNotSubscribed")
        if person.api_version < fields.get("min_api_version", 1):
            raise Refused(13, "apiVersionNotSupported")
        return self._take(chat, fields)

    def _take(self, chat: str, fields: Fields, *, is_welcome: bool = False) -> int:
        self._next += 1
        self._took(Accepted(chat, fields, self._next, is_welcome))
        return self._next

    async def _media(self, request: web.Request) -> web.Response:
        return served(self.files.get(request.match_info["name"]))
