"""A strict double of the MAX Bot API: refuses what MAX refuses, keeps a ledger, fails on demand.

`async with FakeMax(token) as fake:` listens on a free port; give `fake.api_url` to the adapter.
`ledger` holds accepted calls in order; `fail(...)` arms faults, each for one call; `bell` rings
with every entry of the ledger. The host that takes uploads is the same server, at `/upload`.
"""

import asyncio
import json
import random
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from aiohttp import web

from tests.fakes import max_rules as rules
from tests.fakes.bell import Bell
from tests.fakes.max_rules import Body, Refused, bad
from tests.fakes.telegram import Fault

#: Instead of one call: whatever sends a message.
SENDING = "POST /messages"
#: Later than any moment of ours, so that what was sent is never too old to be found.
_YEAR_2100 = 4_102_444_800_000
_KINDS = ("image", "video", "audio", "file")


class Accepted(NamedTuple):
    """One call that MAX took. call: as `POST /messages`. user: to whom, empty for nobody."""

    call: str
    user: str
    query: dict[str, str]
    body: Any
    message: Body | None = None


def error(status: int, code: str, message: str = "") -> Fault:
    """MAX's own refusal."""
    return Fault("answer", status, json.dumps({"code": code, "message": message}))


FLOOD = error(429, "too.many.requests", "Too many requests")
#: The same with a header that says how long to wait: 7 seconds.
FLOOD_HINT = FLOOD._replace(kind="hint")
NOT_READY = error(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")


class FakeMax:
    """One bot's MAX. people: user id -> id of the dialog with them; the bot itself is user 1.

    digesting: how many more times messages with uploads are put off. unreadable: dialogs cannot
    be read back. gone: messages that were taken away and cannot be quoted. tokens_shown: how often
    the host of uploads saw the bot's token. at: the platform's clock in milliseconds, a step
    further with every message."""

    def __init__(self, token: str, tls: ssl.SSLContext | None = None) -> None:
        self.token = token
        self.people = {"700100200": 228532008, "700100201": 228532009, "700100202": 228532010}
        self.ledger: list[Accepted] = []
        self.calls: list[str] = []
        self.suspended: set[str] = set()
        self.callbacks: set[str] = set()
        self.subscriptions: list[Body] = []
        self.pending: list[Any] = []
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self.names: list[str] = []
        self.tokens: dict[str, str] = {}
        self.tokens_shown = 0
        self.digesting = 0
        self.unreadable = False
        self.gone: set[str] = set()
        self.old: set[str] = set()
        self.at = _YEAR_2100
        self.release = asyncio.Event()
        self.bell = Bell()
        self._tls = tls
        self._messages: dict[str, Body] = {}
        self._faults: deque[Fault] = deque()
        self._chaos: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._arrived = asyncio.Condition()
        self._next = 100
        self._app = web.Application(client_max_size=64 * 1024 * 1024)
        self._app.router.add_post("/upload/{kind}/{ticket}", self._upload)
        self._app.router.add_get("/files/{name}", self._download)
        self._app.router.add_route("*", "/{path:.*}", self._call)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.1)
        self.api_url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        scheme = "https" if self._tls else "http"
        self.api_url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release.set()
        await self._runner.cleanup()

    # -- what tests say

    def fail(self, *faults: Fault) -> None:
        """Arms faults; each strikes the next call it is meant for, once."""
        self._faults.extend(faults)

    def misbehave(self, rng: random.Random, probability: float, *faults: Fault) -> None:
        """Lets each message go wrong with a probability, reproducibly."""
        self._chaos = (rng, probability, faults)

    def sent(self, user: str | None = None) -> list[Accepted]:
        """Messages taken, to one person or all."""
        return [e for e in self.ledger if e.call == SENDING and user in (None, e.user)]

    def message(self, mid: str) -> Body:
        """A message as MAX holds it now."""
        return self._messages[mid]

    def messages_of(self, user: str) -> list[Body]:
        """What stands of ours in the dialog with somebody, in order."""
        chat = self.people[user]
        return [m for m in self._messages.values() if m["recipient"]["chat_id"] == chat]

    async def push(self, *updates: Any) -> None:
        """Queues updates for GET /updates."""
        async with self._arrived:
            self.pending.extend(updates)
            self._arrived.notify_all()

    # -- the server

    async def _call(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path}"
        self.calls.append(call)
        fault = self._fault(call)
        if fault is not None and fault.kind == "refuse":
            return self._cut(request)
        if fault is not None and fault.kind in ("answer", "hint") and not fault.taken:
            return _page(fault)
        try:
            self._authorise(request)
            result = await self._result(call, dict(request.query), await _json(request))
        except Refused as refused:
            return web.json_response(refused.answer, status=refused.status)
        if fault is not None and fault.kind == "drop":
            return self._cut(request)
        if fault is not None and fault.kind in ("timeout", "slow"):
            await self.release.wait()
        if fault is not None and fault.kind == "answer":
            return _page(fault)
        return web.json_response(result)

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != self.token:
            raise Refused(401, "verify.token", "Invalid access_token")

    def _fault(self, call: str) -> Fault | None:
        if self._chaos is not None and call == SENDING:
            rng, probability, faults = self._chaos
            return rng.choice(faults) if rng.random() < probability else None
        for fault in self._faults:
            if fault.only in ("", call):
                self._faults.remove(fault)
                return fault
        return None

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _result(self, call: str, query: dict[str, str], body: Any) -> Body:
        match call.split("/"):
            case ["GET ", "me"]:
                return {"user_id": 1, "first_name": "Отклик", "username": "otklik_bot",
                        "is_bot": True}  # fmt: skip
            case ["GET ", "messages"]:
                return self._listed(query)
            case ["GET ", "subscriptions"]:
                told = ("url", "update_types", "time")
                return {"subscriptions": [{k: s[k] for k in told} for s in self.subscriptions]}
            case ["GET ", "updates"]:
                return await self._updates(query)
            case ["POST ", "uploads"]:
                return self._address(query)
            case ["POST ", "messages"]:
                return self._sent(query, body)
        self._change(call, query, body)
        self._took(Accepted(call, "", query, body))
        return {"success": True}

    def _change(self, call: str, query: dict[str, str], body: Any) -> None:
        match call.split("/"):
            case ["PUT ", "messages"]:
                self._edit(query, body)
            case ["DELETE ", "messages"]:
                self._erase(query.get("message_id", ""))
            case ["POST ", "answers"]:
                self._answer(query, body)
            case ["POST ", "chats", chat, "actions"]:
                if int(chat) not in self.people.values():
                    raise Refused(404, "chat.not.found", f"Chat {chat} not found")
                if body != {"action": "typing_on"}:
                    raise bad("Unknown action")
            case ["POST ", "subscriptions"]:
                subscription = {**rules.check_subscription(body), "time": self.at}
                kept = [s for s in self.subscriptions if s["url"] != body["url"]]
                self.subscriptions = [*kept, subscription]
            case ["DELETE ", "subscriptions"]:
                self.subscriptions = [s for s in self.subscriptions if s["url"] != query["url"]]
            case _:
                raise Refused(404, "not.found", "Path not found")

    # -- messages

    def _sent(self, query: dict[str, str], body: Any) -> Body:
        user = query.get("user_id", "")
        if not user or not set(query) <= {"user_id", "disable_link_preview"}:
            raise bad("Missing required parameter: user_id or chat_id")
        rules.check_body(body, self.tokens)
        text, marks = rules.shown(body)
        if body.get("link", {}).get("mid") in self.gone:
            raise Refused(404, "message.not.found", "Linked message not found")
        if user not in self.people:
            raise Refused(404, "chat.not.found", f"User {user} not found")
        if user in self.suspended:
            dialog = f"Key: error.dialog.suspended, args: [{self.people[user]},]."
            raise Refused(403, "chat.denied", dialog)
        attachments = body.get("attachments", [])
        if self.digesting and any(item["type"] in _KINDS for item in attachments):
            self.digesting -= 1
            refusal = "Key: errors.process.attachment.file.not.processed"
            raise Refused(400, "attachment.not.ready", refusal)
        self._next += 1
        self.at += 1
        message: Body = {
            "sender": {"user_id": 1, "first_name": "Отклик", "is_bot": True},
            "recipient": {
                "chat_id": self.people[user],
                "chat_type": "dialog",
                "user_id": int(user),
            },
            "timestamp": self.at,
            "body": {
                "mid": f"mid.{self._next:032x}",
                "seq": self._next,
                "text": text,
                "attachments": attachments,
                **({"markup": marks} if marks else {}),
            },
        }
        self._messages[message["body"]["mid"]] = message
        self._took(Accepted(SENDING, user, query, body, message))
        return {"message": message}

    def _listed(self, query: dict[str, str]) -> Body:
        if self.unreadable:
            raise Refused(403, "chat.denied", "Not allowed")
        if "message_ids" in query:
            ids = query["message_ids"].split(",")
            return {"messages": [self._messages[mid] for mid in ids if mid in self._messages]}
        chat, count = int(query["chat_id"]), int(query.get("count", "50"))
        known = [m for m in self._messages.values() if m["recipient"]["chat_id"] == chat]
        return {"messages": known[::-1][:count]}

    def _answer(self, query: dict[str, str], body: Any) -> None:
        if query.get("callback_id") not in self.callbacks:
            raise Refused(404, "not.found", "Callback not found")
        if not body.get("notification") and not body.get("message"):
            raise bad("Invalid request. `message` or `notification` required")

    def _erase(self, mid: str) -> None:
        if self._messages.pop(mid, None) is None:
            raise Refused(404, "message.not.found", "Message not found")
        self.gone.add(mid)

    def _edit(self, query: dict[str, str], body: Any) -> None:
        if query.get("message_id") not in self._messages:
            raise Refused(404, "message.not.found", "Message not found")
        rules.check_body(body, self.tokens)
        text, marks = rules.shown(body)
        held = self._messages[query["message_id"]]["body"]
        keyed = any(item["type"] == "inline_keyboard" for item in held["attachments"])
        if query["message_id"] in self.old and not keyed:
            raise Refused(403, "access.denied", "Message is too old to be edited")
        held.update(text=text, markup=marks)
        if body.get("attachments") is not None:
            held["attachments"] = body["attachments"]

    def _took(self, entry: Accepted) -> None:
        self.ledger.append(entry)
        self.bell.ring()

    # -- files

    def _address(self, query: dict[str, str]) -> Body:
        kind = query.get("type", "")
        if kind not in _KINDS:
            raise bad("Missing required parameter: type")
        self._next += 1
        place: Body = {"url": f"{self.api_url}/upload/{kind}/{self._next}"}
        if kind in ("video", "audio"):
            place["token"] = f"{kind}-{self._next}"
        return place

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        kind, ticket = request.match_info["kind"], request.match_info["ticket"]
        self.calls.append(f"POST /upload/{kind}")
        fault = self._fault("POST /upload")
        if fault is not None and fault.kind == "timeout":
            await self.release.wait()
        if fault is not None:
            return self._cut(request) if fault.kind == "refuse" else _page(fault)
        self.tokens_shown += "Authorization" in request.headers
        field = (await request.post()).get("data")
        if not isinstance(field, web.FileField):
            return web.json_response({"error_code": 4, "error_msg": "no data"}, status=400)
        token = f"{kind}-{ticket}"
        self.tokens[token] = kind
        self.uploads[token] = field.file.read()
        self.names.append(field.filename)
        if kind == "image":
            return web.json_response({"photos": {"a1": {"token": token}}})
        if kind == "file":
            return web.json_response({"fileId": 1, "token": token})
        return web.Response(text="<retval>1</retval>", content_type="text/xml")

    async def _download(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["name"])
        if content is None or "Authorization" in request.headers:
            return web.Response(status=404, text="not here")
        return web.Response(body=content)

    # -- updates

    async def _updates(self, query: dict[str, str]) -> Body:
        if self.subscriptions:
            raise Refused(405, "method.not.allowed", "Webhook is set")
        if not 0 <= int(query.get("timeout", "30")) <= 90:
            raise bad("Field 'timeout' must be at most 90")
        async with self._arrived:
            last = len(self.pending)
            start = int(query["marker"]) if "marker" in query else max(last - 1, 0)
            if start >= last and int(query.get("timeout", "30")):
                await self._arrived.wait()
            end = min(len(self.pending), start + int(query.get("limit", "100")))
            return {"updates": self.pending[start:end], "marker": end}


def _page(fault: Fault) -> web.Response:
    headers = {"Retry-After": "7"} if fault.kind == "hint" else {}
    return web.Response(
        status=fault.status, text=fault.body, content_type="text/html", headers=headers
    )


async def _json(request: web.Request) -> Any:
    if not request.can_read_body:
        return None
    if request.content_type != "application/json":
        raise bad("Content-Type must be application/json")
    return await request.json()
