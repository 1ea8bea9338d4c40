"""A strict double of the Viber REST API: refuses what Viber refuses, keeps a ledger, fails on
demand.

`async with FakeViber(token) as viber:` listens on a free port; give `viber.api_url` to the adapter.
`people` are those who may be written to. `ledger` holds what was taken, in order, welcome messages
among it; `fail(...)` arms faults, each for one call; `deliver(...)` plays Viber's side of the
webhook and reads its answer.
"""

import asyncio
import hmac
import json
import random
from collections import deque
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.fakes import viber_rules as rules
from tests.fakes.bell import Bell
from tests.fakes.viber_rules import Fields, Refused

SIGNATURE_HEADER = "X-Viber-Content-Signature"
SENDING = "send_message"
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


class Answered(NamedTuple):
    """What our webhook answered."""

    status: int
    kind: str
    body: str


class Fault(NamedTuple):
    """How one call goes wrong.

    kind: `answer` status and body as given · `timeout`, `drop` after Viber took the call · `refuse`
    the connection ends before anything is taken · `slow` answers when `release` is set.
    only: for calls of this method. taken: whether an `answer` fault comes after the ledger entry.
    """

    kind: str
    status: int = 200
    body: str = ""
    only: str = ""
    taken: bool = False


def error(status: int, message: str = "refused") -> Fault:
    """Viber's own refusal, in an HTTP answer that says 200."""
    return Fault("answer", 200, json.dumps(Refused(status, message).answer))


PAGE = Fault("answer", 502, "<html><h1>502 Bad Gateway</h1></html>")
GARBAGE = Fault("answer", 200, "<<<", taken=True)
EMPTY = Fault("answer", 200, "{}", taken=True)
TIMEOUT = Fault("timeout")
DROP = Fault("drop")
REFUSE = Fault("refuse")
SLOW = Fault("slow")
LIMIT = error(12, "tooManyRequests")


class FakeViber:
    """One bot's Viber."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.people: dict[str, Person] = {}
        self.ledger: list[Accepted] = []
        self.calls: list[str] = []
        self.bodies: list[bytes] = []
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] = {"url": "", "event_types": []}
        self.release = asyncio.Event()
        self.bell = Bell()
        self._faults: deque[Fault] = deque()
        self._chaos: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._next = FIRST_TOKEN
        self._app = web.Application(client_max_size=1024 * 1024)
        self._app.router.add_post("/pa/{method}", self._call)
        self._app.router.add_get("/media/{name}", self._media)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.1)
        self.base = ""

    @property
    def api_url(self) -> str:
        """What the adapter calls."""
        return f"{self.base}/pa"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release.set()
        await self._runner.cleanup()

    # -- what tests say

    def fail(self, *faults: Fault) -> None:
        """Arms faults; each strikes the next call it is meant for, once."""
        self._faults.extend(faults)

    def misbehave(self, rng: random.Random, probability: float, *faults: Fault) -> None:
        """Lets each call go wrong with a probability, reproducibly."""
        self._chaos = (rng, probability, faults)

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
    ) -> list[Answered]:
        """POSTs an event to the webhook, `times` in parallel, and takes a welcome message from the
        answer."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {"Content-Type": "application/json"}
        held = self.signature(body) if signature is None else signature
        if held:
            headers[SIGNATURE_HEADER] = held
        async with ClientSession(timeout=ClientTimeout(total=10)) as client:

            async def once() -> Answered:
                async with client.post(
                    url or self.webhook["url"], data=body, headers=headers
                ) as answer:
                    return Answered(answer.status, answer.content_type, await answer.text())

            answers = list(await asyncio.gather(*(once() for _ in range(times))))
        self._welcome(body, answers)
        return answers

    def drop_webhook(self) -> None:
        """As if somebody else had set another one."""
        self.webhook = {"url": "", "event_types": []}

    # -- the server

    def _welcome(self, body: bytes, answers: Sequence[Answered]) -> None:
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

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        fault = self._fault(method)
        if fault is not None and fault.kind == "refuse":
            return self._cut(request)
        if fault is not None and fault.kind == "answer" and not fault.taken:
            return _page(fault)
        body = await request.read()
        self.bodies.append(body)
        try:
            self._authorise(request)
            result = await self._result(method, body)
        except Refused as refused:
            return web.json_response(refused.answer)
        if fault is not None and fault.kind == "drop":
            return self._cut(request)
        if fault is not None and fault.kind in ("timeout", "slow"):
            await self.release.wait()
        if fault is not None and fault.kind == "answer":
            return _page(fault)
        return web.json_response({"status": 0, "status_message": "ok", **result})

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("X-Viber-Auth-Token") != self.token:
            raise Refused(2, "invalidAuthToken")

    def _fault(self, method: str) -> Fault | None:
        if self._chaos is not None and self._chaos[0].random() < self._chaos[1]:
            return self._chaos[0].choice(self._chaos[2])
        for fault in self._faults:
            if fault.only in ("", method):
                self._faults.remove(fault)
                return fault
        return None

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

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
        if method != SENDING:
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
        self.ledger.append(Accepted(chat, fields, self._next, is_welcome))
        self.bell.ring()
        return self._next

    async def _media(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)


def _page(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, text=fault.body, content_type="text/html")
