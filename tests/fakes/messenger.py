"""A strict double of the Graph API for one page: refuses what Messenger refuses, keeps a ledger.

`async with FakeMessenger(token, page_id) as messenger:` listens on a free port; give
`messenger.api_url` to the adapter. `ledger` holds accepted sends and actions in order; `fail(...)`
arms faults, each for one call that sends a message; `bell` rings with every entry of the ledger.
`signed` and `echo_of` play Facebook's side of the webhook.
"""

import asyncio
import hashlib
import hmac
import json
import random
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from aiohttp import web

from tests.fakes import messenger_rules as rules
from tests.fakes.bell import Bell
from tests.fakes.messenger_rules import Fields, Refused, bad

VERSION = "v25.0"
#: A moment in Facebook's own units.
NOW_MS = 1795608000000
SIGNATURE_HEADER = "X-Hub-Signature-256"
BLOCKED = Refused(400, 551, "This person isn't available right now.", 1545041)


class Upload(NamedTuple):
    """A file that came beside a message."""

    name: str = ""
    mime: str = ""
    content: bytes = b""


class Accepted(NamedTuple):
    """One call that Messenger took. id: of the message, empty for an action."""

    chat: str
    body: Fields
    id: str
    upload: Upload = Upload()

    @property
    def message(self) -> Fields:
        """What the person sees; empty for an action."""
        held: Fields = self.body.get("message", {})
        return held


class Fault(NamedTuple):
    """How one call goes wrong.

    kind: `answer` status, body and headers as given · `timeout`, `drop` after Messenger took the
    call · `refuse` the connection ends before anything is taken · `slow` answers when `release` is
    set. taken: whether an `answer` fault comes after the ledger entry.
    """

    kind: str
    status: int = 200
    body: str = ""
    taken: bool = False
    headers: Mapping[str, str] = {}


def error(status: int, code: int, subcode: int | None = None) -> Fault:
    """Messenger's own refusal."""
    return Fault("answer", status, json.dumps(Refused(status, code, "Refused", subcode).answer))


PAGE = Fault("answer", 502, "<html><h1>502 Bad Gateway</h1></html>")
GARBAGE = Fault("answer", 200, "<<<", taken=True)
EMPTY = Fault("answer", 200, "{}", taken=True)
TIMEOUT = Fault("timeout")
DROP = Fault("drop")
REFUSE = Fault("refuse")
SLOW = Fault("slow")
LIMIT = error(400, 613)
LIMIT_HINT = error(400, 613)._replace(headers={"Retry-After": "7"})


class FakeMessenger:
    """One page's Messenger."""

    def __init__(self, token: str, page_id: str) -> None:
        self.token = token
        self.page_id = page_id
        self.ledger: list[Accepted] = []
        self.calls: list[str] = []
        self.blocked: set[str] = set()
        self.missing: set[str] = set()
        self.silent: set[str] = set()
        self.nameless: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.served: dict[str, bytes] = {}
        self.subscribed: list[str] = []
        self.release = asyncio.Event()
        self.bell = Bell()
        self._faults: deque[Fault] = deque()
        self._asked_faults: deque[Fault] = deque()
        self._chaos: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._app = web.Application(client_max_size=64 * 1024 * 1024)
        page = f"/{VERSION}/{page_id}"
        self._app.router.add_post(f"{page}/messages", self._messages)
        self._app.router.add_get(page, self._page)
        self._app.router.add_get(f"{page}/subscribed_apps", self._subscriptions)
        self._app.router.add_post(f"{page}/subscribed_apps", self._subscribe)
        self._app.router.add_get(f"/{VERSION}/{{person:[0-9]+}}", self._person)
        self._app.router.add_get("/files/{name}", self._file)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.1)
        self.api_url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release.set()
        await self._runner.cleanup()

    # -- what tests say

    def fail(self, *faults: Fault) -> None:
        """Arms faults; each strikes the next call that sends a message, once."""
        self._faults.extend(faults)

    def fail_questions(self, *faults: Fault) -> None:
        """Arms `answer` faults for what is asked about the page and its subscription."""
        self._asked_faults.extend(faults)

    def misbehave(self, rng: random.Random, probability: float, *faults: Fault) -> None:
        """Lets each send go wrong with a probability, reproducibly."""
        self._chaos = (rng, probability, faults)

    def sent(self, chat: str | None = None) -> list[Accepted]:
        """Accepted messages, of one chat or all."""
        return [one for one in self.ledger if one.id and chat in (None, one.chat)]

    def drop_webhook(self) -> None:
        """As if Meta had unsubscribed an app that did not answer."""
        self.subscribed = []

    # -- the server

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body, upload = await _read(request)
        action = "sender_action" in body
        self.calls.append("action" if action else "message")
        fault = None if action else self._fault()
        if fault is not None and fault.kind == "refuse":
            return _cut(request)
        if fault is not None and fault.kind == "answer" and not fault.taken:
            return _answered(fault)
        try:
            self._authorise(request)
            answer = self._taken(body, upload)
        except Refused as refused:
            return web.json_response(refused.answer, status=refused.status)
        if fault is not None and fault.kind == "drop":
            return _cut(request)
        if fault is not None and fault.kind in ("timeout", "slow"):
            await self.release.wait()
        if fault is not None and fault.kind == "answer":
            return _answered(fault)
        return web.json_response(answer)

    def _authorise(self, request: web.Request) -> None:
        if "access_token" in request.query:
            raise AssertionError("the token must not be in the address")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise Refused(400, 190, "Invalid OAuth access token.")

    def _fault(self) -> Fault | None:
        if self._chaos is not None and self._chaos[0].random() < self._chaos[1]:
            return self._chaos[0].choice(self._chaos[2])
        return self._faults.popleft() if self._faults else None

    def _taken(self, body: Fields, upload: Upload | None) -> dict[str, Any]:
        rules.check_body(body)
        chat = body["recipient"]["id"]
        if chat in self.missing:
            raise bad("No matching user found", 2018001)
        if chat in self.blocked:
            raise BLOCKED
        if chat in self.silent and body.get("tag") != "HUMAN_AGENT":
            raise Refused(400, 10, "This message is sent outside of allowed window.", 2018278)
        answer = {"recipient_id": chat}
        if "message" in body:
            rules.check_message(body["message"], has_file=upload is not None)
            answer.update(self._attached(body["message"], upload))
            answer["message_id"] = f"m_{len(self.ledger) + 1}"
        identity = answer.get("message_id", "")
        self.ledger.append(Accepted(chat, body, identity, upload or Upload()))
        self.bell.ring()
        return answer

    def _attached(self, message: Fields, upload: Upload | None) -> dict[str, str]:
        payload = message.get("attachment", {}).get("payload", {})
        if upload is not None:
            rules.check_size(upload.content)
            identity = str(100_000 + len(self.files))
            self.files[identity] = upload.content
            return {"attachment_id": identity} if payload.get("is_reusable") else {}
        if "attachment_id" in payload and payload["attachment_id"] not in self.files:
            raise bad("Invalid attachment id", 2018074)
        return {}

    async def _page(self, request: web.Request) -> web.Response:
        return self._asked(request, {"id": self.page_id, "name": "Отклик"})

    async def _person(self, request: web.Request) -> web.Response:
        person = request.match_info["person"]
        if request.query.get("fields") != "first_name,last_name":
            raise AssertionError("only what is needed may be asked of a person")
        if person in self.nameless:
            gone = "Unsupported get request. Object does not exist"
            refused = Refused(400, 100, gone, 33)
            return web.json_response(refused.answer, status=refused.status)
        name = {"first_name": "Анна", "last_name": f"Номер {person}", "id": person}
        return self._asked(request, name)

    async def _subscriptions(self, request: web.Request) -> web.Response:
        app = {"id": "1", "name": "Otklik", "subscribed_fields": self.subscribed}
        return self._asked(request, {"data": [app] if self.subscribed else []})

    async def _subscribe(self, request: web.Request) -> web.Response:
        fields = (await request.json())["subscribed_fields"].split(",")
        answer = self._asked(request, {"success": True})
        if answer.status == 200:
            self.subscribed = fields
        return answer

    def _asked(self, request: web.Request, answer: Mapping[str, Any]) -> web.Response:
        self.calls.append(f"{request.method} {request.path.rpartition('/')[2]}")
        if self._asked_faults:
            return _answered(self._asked_faults.popleft())
        try:
            self._authorise(request)
        except Refused as refused:
            return web.json_response(refused.answer, status=refused.status)
        return web.json_response(answer)

    async def _file(self, request: web.Request) -> web.Response:
        content = self.served.get(request.match_info["name"])
        if "Authorization" in request.headers:
            raise AssertionError("the token is no business of a host of files")
        return web.Response(status=404) if content is None else web.Response(body=content)

    # -- its side of the webhook

    def batch(self, *events: Fields) -> Fields:
        """A body with these events of the page."""
        entry = {"id": self.page_id, "time": NOW_MS, "messaging": list(events)}
        return {"object": "page", "entry": [entry]}

    def echo_of(self, sent: Accepted) -> Fields:
        """The event by which a page hears what it sent."""
        message = {"mid": sent.id, "is_echo": True, "app_id": 1, **sent.message}
        people = {"sender": {"id": self.page_id}, "recipient": {"id": sent.chat}}
        return {**people, "timestamp": NOW_MS, "message": message}


def body_of(value: object) -> bytes:
    """A body as Facebook writes it: escaped Unicode, escaped slashes; the signature covers that."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def signature(app_secret: str, body: bytes) -> str:
    """What Facebook puts into the header."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def _answered(fault: Fault) -> web.Response:
    kind = "application/json" if fault.body.startswith("{") else "text/html"
    return web.Response(
        status=fault.status, text=fault.body, content_type=kind, headers=fault.headers
    )


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> tuple[Fields, Upload | None]:
    if request.content_type == "application/json":
        body: Fields = await request.json()
        return body, None
    fields: dict[str, str] = {}
    upload = None
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            upload = Upload(value.filename, value.content_type, value.file.read())
        elif isinstance(value, str):
            fields[key] = value
    return rules.decoded(fields), upload
