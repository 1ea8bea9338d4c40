"""A strict double of the MAX Bot API: refuses what MAX refuses, keeps a ledger, fails on demand.

`async with FakeMax(token) as fake:` listens on a free port; give `fake.api_url` to the adapter.
`ledger` holds accepted calls in order; `fail(...)` arms faults, each for one call; `bell` rings
with every entry of the ledger. The host that takes uploads is the same server, at `/upload`.
"""

import ssl
from typing import Any, NamedTuple

from aiohttp import web

from tests.fakes import max_rules as rules
from tests.fakes.faults import HINT, Fault
from tests.fakes.max_rules import Body, Refused, bad
from tests.fakes.server import AskedServer, served

#: The call that sends a message.
SEND = "POST /messages"
#: Of a file, to the host that takes them.
UPLOAD = "POST /upload"
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
    return Refused(status, code, message).fault


FLOOD = error(429, "too.many.requests", "Too many requests")
#: The same with a header that says how long to wait: 7 seconds.
FLOOD_HINT = FLOOD._replace(headers=HINT)
NOT_READY = error(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")

#: What a bot hears of a token that another bot was given.
NOT_OWNER = error(400, "proto.payload", "Key: errors.process.attachment.movie.not.owner")
#: Endings by which the host of uploads knows pictures and moving pictures, and what it never takes.
_ENDINGS = {
    "image": ("jpg", "jpeg", "png", "gif", "tiff", "bmp", "heic"),
    "video": ("mp4", "mov", "mkv", "webm"),
}
_FORBIDDEN = ("exe", "apk", "bat")


class FakeMax(AskedServer[Accepted]):
    """One bot's MAX. people: user id -> id of the dialog with them; the bot itself is user 1.

    digesting: how many more times messages with uploads are put off. unreadable: dialogs cannot
    be read back. gone: messages that were taken away and cannot be quoted. tokens_shown: how often
    the host of uploads saw the bot's token. at: the platform's clock in milliseconds, a step
    further with every message."""

    def __init__(self, token: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self.token = token
        self.people = {"700100200": 228532008, "700100201": 228532009, "700100202": 228532010}
        self.suspended: set[str] = set()
        self.callbacks: set[str] = set()
        self.subscriptions: list[Body] = []
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
        self._messages: dict[str, Body] = {}
        self._next = 100
        self._app.router.add_post("/upload/{kind}/{ticket}", self._upload)
        self._app.router.add_get("/files/{name}", self._download)
        self._app.router.add_route("*", "/{path:.*}", self._call)

    # -- what tests say

    def sent(self, user: str | None = None) -> list[Accepted]:
        """Messages taken, to one person or all."""
        return [e for e in self.ledger if e.call == SEND and user in (None, e.user)]

    def drop_webhook(self) -> None:
        """As after eight hours of failure."""
        self.subscriptions.clear()

    def message(self, mid: str) -> Body:
        """A message as MAX holds it now."""
        return self._messages[mid]

    def messages_of(self, user: str) -> list[Body]:
        """What stands of ours in the dialog with somebody, in order."""
        chat = self.people[user]
        return [m for m in self._messages.values() if m["recipient"]["chat_id"] == chat]

    # -- the server

    def _is_sending(self, call: str) -> bool:
        return call == SEND

    def _strikes(self, fault: Fault, call: str) -> bool:
        """Whatever the kind of file, an upload is an upload."""
        return super()._strikes(fault, UPLOAD if call.startswith(f"{UPLOAD}/") else call)

    async def _call(self, request: web.Request) -> web.Response:
        return await self._met(request, f"{request.method} {request.path}", self._take)

    async def _take(self, request: web.Request) -> web.Response:
        self._authorise(request)
        call = f"{request.method} {request.path}"
        result = await self._result(call, dict(request.query), await _json(request))
        return web.json_response(result)

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != self.token:
            raise Refused(401, "verify.token", "Invalid access_token")

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
        self._took(Accepted(SEND, user, query, body, message))
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

    async def _upload(self, request: web.Request) -> web.Response:
        call = f"{UPLOAD}/{request.match_info['kind']}"
        return await self._met(request, call, self._take_file)

    async def _take_file(self, request: web.Request) -> web.Response:
        kind, ticket = request.match_info["kind"], request.match_info["ticket"]
        self.tokens_shown += "Authorization" in request.headers
        field = (await request.post()).get("data")
        if not isinstance(field, web.FileField):
            return web.json_response({"error_code": 4, "error_msg": "no data"}, status=400)
        ending = field.filename.rpartition(".")[2].lower()
        if ending in _FORBIDDEN or ending not in _ENDINGS.get(kind, (ending,)):
            refusal = {"error_code": 3, "error_msg": "File extension is forbidden"}
            return web.json_response(refusal, status=400)
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
        known = "Authorization" not in request.headers
        return served(self.files.get(request.match_info["name"]) if known else None)

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


async def _json(request: web.Request) -> Any:
    if not request.can_read_body:
        return None
    if request.content_type != "application/json":
        raise bad("Content-Type must be application/json")
    return await request.json()
