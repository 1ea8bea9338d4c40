"""A strict double of the Bot API: refuses what Telegram refuses, keeps a ledger, fails on demand.

`async with FakeTelegram(token) as telegram:` listens on a free port; give `telegram.api_url` to
the adapter. `ledger` holds accepted calls in order; `fail(...)` arms faults, each for one call;
`deliver(...)` plays Telegram's side of the webhook; `bell` rings with every entry of the ledger.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from tests.fakes import telegram_rules as rules
from tests.fakes.faults import Fault
from tests.fakes.platform import Event, Standing
from tests.fakes.server import AskedServer, form, served
from tests.fakes.telegram_rules import Fields, Refused, Uploads, bad
from tests.fakes.webhook import posted

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


def error(status: int, description: str, **parameters: Any) -> Fault:
    """Telegram's own refusal."""
    return Refused(status, description, parameters).fault


FLOOD = error(429, "Too Many Requests: retry after 7", retry_after=7)
FLOOD_NO_HINT = error(429, "Too Many Requests")


class FakeTelegram(AskedServer[Accepted]):
    """One bot's Telegram."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.blocked: set[int] = set()
        self.missing: set[int] = set()
        self.moved: dict[int, int] = {}
        self.callbacks: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] = {"url": "", "allowed_updates": []}
        self._polling = False
        self._messages: dict[tuple[int, int], bool] = {}
        #: What the customer sees of messages: chat and id -> words and files.
        self.standing: dict[tuple[int, int], Standing] = {}
        #: Sent with a keyboard that is not inline, or with the order to take one off.
        self._fixed: set[int] = set()
        self._next = 100
        self._app.router.add_post("/bot{token}/{method}", self._call)
        self._app.router.add_get("/file/bot{token}/{path:.+}", self._download)

    # -- what tests say

    def sent(self, chat: int | None = None) -> list[Accepted]:
        """Accepted messages, of one chat or all."""
        return [entry for entry in self.ledger if entry.is_message and chat in (None, entry.chat)]

    async def deliver(self, update: dict[str, Any]) -> int:
        """POSTs an update to the webhook; the status of the answer."""
        secret = self.webhook.get("secret_token", "")
        headers = {SECRET_HEADER: secret} if secret else {}
        event = Event(json.dumps(update).encode(), headers)
        (answered,) = await posted(self.webhook["url"], event)
        return answered.status

    def drop_webhook(self) -> None:
        """As if somebody else had called deleteWebhook."""
        self.webhook = {"url": "", "allowed_updates": []}

    # -- the server

    def _is_sending(self, call: str) -> bool:
        return is_message(call)

    async def _call(self, request: web.Request) -> web.Response:
        return await self._met(request, request.match_info["method"], self._take)

    async def _take(self, request: web.Request) -> web.Response:
        fields, uploads = await _read(request)
        self._authorise(request)
        result = await self._result(request.match_info["method"], fields, uploads)
        return web.json_response({"ok": True, "result": result})

    def _authorise(self, request: web.Request) -> None:
        if request.match_info["token"] != self.token:
            raise Refused(401, "Unauthorized")

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
        self._took(Accepted(method, chat, fields, uploads, result))
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
        if request.match_info["token"] != self.token:
            return served(None)
        return served(self.files.get(request.match_info["path"].removeprefix("documents/")))

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
                return self.pending[: int(fields.get("limit", 100))]
        finally:
            self._polling = False


async def _read(request: web.Request) -> tuple[Fields, Uploads]:
    if request.content_type == "application/json":
        return await request.json(), {}
    fields, files = await form(request)
    return rules.decoded(fields), {name: part.file.read() for name, part in files.items()}
