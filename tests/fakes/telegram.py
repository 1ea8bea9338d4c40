"""A strict double of the Bot API: refuses what Telegram refuses, keeps a ledger, fails on demand.

`async with FakeTelegram(token) as telegram:` listens on a free port; give `telegram.api_url` to
the adapter. `ledger` holds accepted calls in order; `fail(...)` arms faults, each for one call;
`deliver(...)` plays Telegram's side of the webhook; `bell` rings with every entry of the ledger.
"""

import asyncio
import json
import random
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from aiohttp import ClientSession, ClientTimeout, web

from tests.fakes import telegram_rules as rules
from tests.fakes.bell import Bell
from tests.fakes.platform import Standing
from tests.fakes.telegram_rules import Fields, Refused, Uploads, bad

_FILES = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendSticker": "sticker",
}
#: Content of messages that no file belongs to.
_WORDS = {"text", "location"}
#: Instead of one method: whatever sends a message.
SENDING = "send*"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Accepted(NamedTuple):
    """One call that Telegram took. chat: 0 for calls without one. result: what it answered."""

    method: str
    chat: int
    fields: Fields
    uploads: Uploads
    result: Any = None

    @property
    def is_message(self) -> bool:
        """Whether the customer sees something of it for good."""
        return is_message(self.method)


def is_message(method: str) -> bool:
    """Whether a method sends a message."""
    return method.startswith("send") and method != "sendChatAction"


class Fault(NamedTuple):
    """How one call goes wrong.

    kind: `answer` status and body as given · `timeout`, `drop` after Telegram took the call ·
    `refuse` the connection ends before anything is taken · `slow` answers when `release` is set.
    only: for calls of this method, or SENDING. taken: whether an `answer` fault comes after the
    ledger entry.
    """

    kind: str
    status: int = 200
    body: str = ""
    only: str = ""
    taken: bool = False


def error(status: int, description: str, **parameters: Any) -> Fault:
    """Telegram's own refusal."""
    return Fault("answer", status, json.dumps(Refused(status, description, parameters).answer))


PAGE = Fault("answer", 502, "<html><h1>502 Bad Gateway</h1></html>")
GARBAGE = Fault("answer", 200, "<<<", taken=True)
EMPTY = Fault("answer", 200, "{}", taken=True)
TIMEOUT = Fault("timeout")
DROP = Fault("drop")
REFUSE = Fault("refuse")
SLOW = Fault("slow")
FLOOD = error(429, "Too Many Requests: retry after 7", retry_after=7)
FLOOD_NO_HINT = error(429, "Too Many Requests")


class FakeTelegram:
    """One bot's Telegram."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.ledger: list[Accepted] = []
        self.calls: list[str] = []
        self.blocked: set[int] = set()
        self.missing: set[int] = set()
        self.moved: dict[int, int] = {}
        self.callbacks: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] = {"url": "", "allowed_updates": []}
        self.pending: list[dict[str, Any]] = []
        self.release = asyncio.Event()
        self.bell = Bell()
        self._faults: deque[Fault] = deque()
        self._chaos: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._arrived = asyncio.Condition()
        self._polling = False
        self._messages: dict[tuple[int, int], bool] = {}
        #: What the customer sees of messages: chat and id -> words and files.
        self.standing: dict[tuple[int, int], Standing] = {}
        #: Sent with a keyboard that is not inline, or with the order to take one off.
        self._fixed: set[int] = set()
        self._next = 100
        self._app = web.Application(client_max_size=64 * 1024 * 1024)
        self._app.router.add_post("/bot{token}/{method}", self._call)
        self._app.router.add_get("/file/bot{token}/{path:.+}", self._download)
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
        """Arms faults; each strikes the next call it is meant for, once."""
        self._faults.extend(faults)

    def misbehave(self, rng: random.Random, probability: float, *faults: Fault) -> None:
        """Lets each call go wrong with a probability, reproducibly."""
        self._chaos = (rng, probability, faults)

    def sent(self, chat: int | None = None) -> list[Accepted]:
        """Accepted messages, of one chat or all."""
        return [entry for entry in self.ledger if entry.is_message and chat in (None, entry.chat)]

    async def push(self, *updates: dict[str, Any]) -> None:
        """Queues updates for getUpdates."""
        async with self._arrived:
            self.pending.extend(updates)
            self._arrived.notify_all()

    async def deliver(
        self,
        update: dict[str, Any] | bytes,
        *,
        url: str = "",
        secret: str | None = None,
        times: int = 1,
    ) -> list[int]:
        """POSTs an update to the webhook, `times` in parallel; the statuses of the answers."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        headers = {"Content-Type": "application/json"}
        held = self.webhook.get("secret_token", "") if secret is None else secret
        if held:
            headers[SECRET_HEADER] = held
        async with ClientSession(timeout=ClientTimeout(total=10)) as client:

            async def once() -> int:
                async with client.post(
                    url or self.webhook["url"], data=body, headers=headers
                ) as answer:
                    return answer.status

            return list(await asyncio.gather(*(once() for _ in range(times))))

    def drop_webhook(self) -> None:
        """As if somebody else had called deleteWebhook."""
        self.webhook = {"url": "", "allowed_updates": []}

    # -- the server

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        fault = self._fault(method)
        if fault is not None and fault.kind == "refuse":
            return self._cut(request)
        if fault is not None and fault.kind == "answer" and not fault.taken:
            return _page(fault)
        fields, uploads = await _read(request)
        try:
            self._authorise(request)
            result = await self._result(method, fields, uploads)
        except Refused as refused:
            return web.json_response(refused.answer, status=refused.status)
        if fault is not None and fault.kind == "drop":
            return self._cut(request)
        if fault is not None and fault.kind in ("timeout", "slow"):
            await self.release.wait()
        if fault is not None and fault.kind == "answer":
            return _page(fault)
        return web.json_response({"ok": True, "result": result})

    def _authorise(self, request: web.Request) -> None:
        if request.match_info["token"] != self.token:
            raise Refused(401, "Unauthorized")

    def _fault(self, method: str) -> Fault | None:
        if self._chaos is not None and self._chaos[0].random() < self._chaos[1]:
            return self._chaos[0].choice(self._chaos[2])
        for fault in self._faults:
            if fault.only in ("", method) or (fault.only == SENDING and is_message(method)):
                self._faults.remove(fault)
                return fault
        return None

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _result(self, method: str, fields: Fields, uploads: Uploads) -> Any:
        if method == "getUpdates":
            return await self._updates(fields)
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "Отклик", "username": "otklik_bot"}
        if method == "getWebhookInfo":
            waiting = {"pending_update_count": len(self.pending)}
            return {**waiting, **{k: v for k, v in self.webhook.items() if k != "secret_token"}}
        if method == "getFile":
            return self._file(str(fields.get("file_id")))
        if method in ("setWebhook", "deleteWebhook"):
            self.webhook = fields if method == "setWebhook" else {"url": "", "allowed_updates": []}
            result: Any = True
        elif method == "answerCallbackQuery":
            if fields.get("callback_query_id") not in self.callbacks:
                raise bad("query is too old and response timeout expired or query ID is invalid")
            result = True
        else:
            result = self._in_chat(method, fields, uploads)
        chat = int(fields.get("chat_id", 0))
        self.ledger.append(Accepted(method, chat, fields, uploads, result))
        self.bell.ring()
        return result

    def _in_chat(self, method: str, fields: Fields, uploads: Uploads) -> Any:
        chat = int(fields.get("chat_id", 0))
        if not chat or chat in self.missing:
            raise bad("chat not found")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat in self.moved:
            moved = {"migrate_to_chat_id": self.moved[chat]}
            raise Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", moved)
        if method == "sendChatAction":
            return True
        if "message_id" in fields or "message_ids" in fields:
            return self._changed(chat, method, fields)
        return self._new(chat, method, fields, uploads)

    def _new(self, chat: int, method: str, fields: Fields, uploads: Uploads) -> Any:
        rules.check_markup(fields)
        rules.check_reply(fields)
        if method == "sendMessage":
            rules.check_text(fields)
            return self._message(chat, fields, {"text": fields["text"]})
        if method == "sendLocation":
            return self._message(chat, fields, {"location": {}})
        if method == "sendMediaGroup":
            return self._album(chat, fields, uploads)
        if method in _FILES:
            rules.check_caption(fields)
            field = _FILES[method]
            return self._message(
                chat, fields, self._stored(field, field, fields.get(field), uploads)
            )
        raise Refused(404, "Not Found")

    def _message(self, chat: int, fields: Fields, content: dict[str, Any]) -> dict[str, Any]:
        self._next += 1
        keyed = "inline_keyboard" in (fields.get("reply_markup") or {})
        self._messages[chat, self._next] = keyed
        self.standing[chat, self._next] = Standing(
            str(fields.get("text", fields.get("caption", ""))), int(not content.keys() & _WORDS)
        )
        if (fields.get("reply_markup") or {}).keys() - {"inline_keyboard"}:
            self._fixed.add(self._next)
        return {"message_id": self._next, "date": 1, "chat": {"id": chat}, **content}

    def _changed(self, chat: int, method: str, fields: Fields) -> Any:
        if method == "deleteMessages":
            for one in fields["message_ids"]:  # those that are gone are skipped
                self._messages.pop((chat, one), None)
                self.standing.pop((chat, one), None)
            return True
        message = int(fields["message_id"])
        if method == "editMessageReplyMarkup":
            return self._retire(chat, message)
        if (chat, message) not in self._messages:
            verb = "delete" if method == "deleteMessage" else "edit"
            raise bad(f"message to {verb} not found")
        if method == "deleteMessage":
            del self._messages[chat, message], self.standing[chat, message]
            return True
        return self._edited(chat, message, method, fields)

    def _edited(self, chat: int, message: int, method: str, fields: Fields) -> Any:
        field = {"editMessageText": "text", "editMessageCaption": "caption"}.get(method)
        before = self.standing[chat, message]
        if field is None:
            raise Refused(404, "Not Found")
        if (field == "text") == bool(before.files):
            raise bad(f"there is no {field} in the message to edit")
        if field == "text":
            rules.check_text(fields)
        else:
            rules.check_caption(fields)
        if message in self._fixed:
            raise bad("message can't be edited")
        if fields[field] == before.text:
            raise bad("message is not modified: specified new message content is the same")
        self.standing[chat, message] = Standing(str(fields[field]), before.files)
        return {"message_id": message, field: fields[field]}

    def _retire(self, chat: int, message: int) -> Any:
        if (chat, message) not in self._messages:
            raise bad("message to edit not found")
        if not self._messages[chat, message]:
            raise bad("message is not modified: specified new message content is the same")
        self._messages[chat, message] = False
        return {"message_id": message}

    def _album(self, chat: int, fields: Fields, uploads: Uploads) -> list[dict[str, Any]]:
        items = fields.get("media")
        if not isinstance(items, list) or not 2 <= len(items) <= 10:
            raise bad("media must include 2-10 items")
        if "reply_markup" in fields:
            raise bad("reply markup is not allowed here")
        messages = []
        for item in items:
            rules.check_caption(item)
            stored = self._stored(item["type"], item["type"], item["media"], uploads)
            messages.append(self._message(chat, {"caption": item.get("caption", "")}, stored))
        return messages

    def _stored(self, kind: str, part: str, source: object, uploads: Uploads) -> dict[str, Any]:
        if isinstance(source, str) and source.startswith("attach://"):
            part = source.removeprefix("attach://")
        if part in uploads:
            rules.check_size(kind, uploads[part])
            identity = f"{kind}-{len(self.files) + 1}"
            self.files[identity] = uploads[part]
        elif source in self.files or str(source).startswith("https://"):
            identity = str(source)
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        file = {"file_id": identity, "file_unique_id": identity}
        return {kind: [{**file, "width": 1}, {**file, "width": 2}] if kind == "photo" else file}

    def _file(self, identity: str) -> dict[str, Any]:
        if identity not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        return {"file_id": identity, "file_path": f"documents/{identity}"}

    async def _download(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["path"].removeprefix("documents/"))
        if content is None or request.match_info["token"] != self.token:
            return web.Response(status=404, text="not here")
        return web.Response(body=content)

    async def _updates(self, fields: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        if self.webhook["url"]:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._polling:
            raise Refused(409, "Conflict: terminated by other getUpdates request")
        self._polling = True
        try:
            async with self._arrived:
                offset = int(fields.get("offset", 0))
                if offset > 0:
                    self.pending = [u for u in self.pending if u.get("update_id", 0) >= offset]
                if not self.pending and int(fields.get("timeout", 0)):
                    await self._arrived.wait()
                return list(self.pending)
        finally:
            self._polling = False


def _page(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, text=fault.body, content_type="text/html")


async def _read(request: web.Request) -> tuple[Fields, Uploads]:
    if request.content_type == "application/json":
        return await request.json(), {}
    fields: dict[str, str] = {}
    uploads: Uploads = {}
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            uploads[key] = value.file.read()
        elif isinstance(value, str):
            fields[key] = value
    return rules.decoded(fields), uploads
