"""MAX as the contract suite sees any platform; the protocol itself is in max.py."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from bots.max.ingress import SECRET_HEADER
from bots.max.tls import SHIPPED
from tests.fakes import faults as calls
from tests.fakes import max as double
from tests.fakes.dressed import NO_OBJECTS, Raw, Secretive
from tests.fakes.max import Accepted, FakeMax
from tests.fakes.platform import Event, Fault, SentMessage, ShownOption, Standing

_END = "-----END CERTIFICATE-----\n"
_MOMENT = 1_795_600_020_000
_BOT: Raw = {"user_id": 1, "first_name": "Отклик", "is_bot": True}


class MaxDouble(Secretive[FakeMax]):
    """A PlatformDouble. Chats are known by their person."""

    platform = "max"
    canary = "f9LHodD0cOLCANARYaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    header = SECRET_HEADER
    refusals: Mapping[Fault, calls.Fault] = {
        "limit": double.FLOOD,
        "limit_hint": double.FLOOD_HINT,
        "auth": double.error(401, "verify.token", "Invalid access_token"),
        "rejected": double.error(400, "proto.payload", "Something in it is not allowed"),
    }

    def __init__(self) -> None:
        super().__init__(FakeMax(self.canary))
        self._open = AsyncExitStack()
        self._ca_file = Path()
        self._last: dict[str, Raw] = {}

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.fake)
        self._ca_file = Path(self._open.enter_context(TemporaryDirectory())) / "root.pem"
        # the suite's clock may stand behind the end of the shipped intermediate
        root = SHIPPED.read_text("utf-8").split(_END)[0] + _END
        await asyncio.to_thread(self._ca_file.write_text, root)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _own(self) -> dict[str, Any]:
        return {**super()._own(), "ca_file": str(self._ca_file)}

    # -- what customers do

    def text(self, chat: str, text: str) -> Event:
        """See PlatformDouble; whoever writes has started the bot again."""
        self.fake.suspended.discard(chat)
        return self._said(chat, text=text)

    def press(self, chat: str, token: str) -> Event:
        """See PlatformDouble; `callback_id` names the keyboard, so it is the same every time."""
        callback = f"keyboard-of-{chat}"
        self.fake.callbacks.add(callback)
        body = {"mid": "mid.menu", "seq": 1, "text": "Меню", "attachments": []}
        return self._event(
            "message_callback",
            callback={"callback_id": callback, "payload": token, "user": _person(chat)},
            message={"recipient": self._recipient(chat), "sender": _BOT, "body": body},
        )

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """See PlatformDouble."""
        name = f"in-{next(self._numbers)}"
        self.fake.files[name] = data
        payload = {"photo_id": 1, "token": name, "url": f"{self.fake.api_url}/files/{name}"}
        return self._said(chat, text=caption, attachments=[{"type": "image", "payload": payload}])

    def start(self, chat: str, payload: str = "") -> Event:
        """See PlatformDouble."""
        self.fake.suspended.discard(chat)
        return self._moved(chat, "bot_started", payload=payload or None)

    def contact(self, chat: str, phone: str, *, own: bool) -> Event:
        """See PlatformDouble."""
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{phone}\r\nFN:Анна\r\nEND:VCARD\r\n"
        owner = _person(chat if own else "5")
        payload = {"vcf_info": card, "max_info": owner, "hash": "0" * 64}
        return self._said(chat, text=None, attachments=[{"type": "contact", "payload": payload}])

    def edited(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        message = self._last[chat]
        return self._event(
            "message_edited", message={**message, "body": {**message["body"], "text": text}}
        )

    def deleted(self, chat: str) -> Event:
        """See PlatformDouble."""
        mid = self._last[chat]["body"]["mid"]
        return self._event(
            "message_removed", message_id=mid, chat_id=self.fake.people[chat], user_id=int(chat)
        )

    def denied(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.suspended.add(chat)
        return self._moved(chat, "bot_stopped")

    def allowed(self, chat: str) -> Event:
        """See PlatformDouble; there is no other way than to start the bot."""
        return self.start(chat)

    def group(self, text: str) -> Event:
        """See PlatformDouble."""
        message = self._message(self.chats[0], text=text)
        recipient = {"chat_id": -76868796016845, "chat_type": "chat"}
        return self._event("message_created", message={**message, "recipient": recipient})

    def unknown(self) -> Event:
        """See PlatformDouble."""
        return self._moved(self.chats[0], "dialog_muted", muted_until=_MOMENT)

    def malformed(self) -> Sequence[Event]:
        """See PlatformDouble."""
        bodies = [*NO_OBJECTS, b'{"update_type": 5}']
        message = self._message(self.chats[0], text="меню")
        changes: list[Raw] = [
            {"recipient": None},
            {"sender": []},
            {"body": "x"},
            {"body": {"text": 5}},
        ]
        for change in changes:
            raw = self._raw("message_created", message={**message, **change})
            bodies.append(json.dumps(raw).encode())
        return [self.signed(body) for body in bodies]

    # -- the platform's side of the webhook

    @property
    def webhook(self) -> str:
        """See PlatformDouble."""
        return str(self.fake.subscriptions[0]["url"]) if self.fake.subscriptions else ""

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble; the bytes of a file are shown with the message they came for."""
        seen: set[str] = set()
        shown = [self._shown(entry, seen) for entry in self.fake.sent()]
        return [message for message in shown if chat in (None, message.chat)]

    def standing(self, chat: str) -> list[Standing]:
        """See PlatformDouble."""
        bodies = [message["body"] for message in self.fake.messages_of(chat)]
        return [
            Standing(body["text"], sum(i["type"] != "inline_keyboard" for i in body["attachments"]))
            for body in bodies
        ]

    def acknowledged(self) -> int:
        """See PlatformDouble."""
        return self._count("POST /answers")

    def typed(self) -> int:
        """See PlatformDouble."""
        return sum(entry.call.endswith("/actions") for entry in self.fake.ledger)

    # -- bodies

    def _count(self, call: str) -> int:
        return sum(entry.call == call for entry in self.fake.ledger)

    def _event(self, kind: str, **fields: Any) -> Event:
        raw = self._raw(kind, **fields)
        return self._written(raw)

    def _raw(self, kind: str, **fields: Any) -> Raw:
        at = _MOMENT + next(self._numbers)
        return {"update_type": kind, "timestamp": at, "user_locale": "ru", **fields}

    def _said(self, chat: str, **body: Any) -> Event:
        self._last[chat] = self._message(chat, **body)
        return self._event("message_created", message=self._last[chat])

    def _message(self, chat: str, **body: Any) -> Raw:
        number = next(self._numbers)
        return {
            "sender": _person(chat),
            "recipient": {**self._recipient(chat), "user_id": 1},
            "timestamp": _MOMENT + number,
            "body": {"mid": f"mid.in{number}", "seq": number, "text": "", **body},
        }

    def _recipient(self, chat: str) -> Raw:
        return {"chat_id": self.fake.people[chat], "chat_type": "dialog", "user_id": int(chat)}

    def _moved(self, chat: str, kind: str, **fields: Any) -> Event:
        return self._event(kind, chat_id=self.fake.people[chat], user=_person(chat), **fields)

    def _shown(self, entry: Accepted, seen: set[str]) -> SentMessage:
        assert entry.message is not None
        body = entry.message["body"]
        attachments = entry.body.get("attachments", [])
        rows = [i["payload"]["buttons"] for i in attachments if i["type"] == "inline_keyboard"]
        buttons = [button for board in rows for row in board for button in row]
        options = [_option(button) for button in buttons if button["type"] != "request_contact"]
        files = [item for item in attachments if item["type"] != "inline_keyboard"]
        return SentMessage(
            chat=entry.user,
            id=body["mid"],
            text=body["text"],
            options=tuple(options),
            keyboard="inline" if options else "none",
            files=tuple(self._bytes(item, seen) for item in files),
            reply_to=entry.body.get("link", {}).get("mid", ""),
            asks_phone=any(button["type"] == "request_contact" for button in buttons),
            preview=entry.query.get("disable_link_preview") != "true",
        )

    def _bytes(self, item: Raw, seen: set[str]) -> bytes:
        token = item.get("payload", {}).get("token", "")
        if token in seen:
            return b""
        seen.add(token)
        return self.fake.uploads.get(token, b"")


def _person(user: str) -> Raw:
    return {"user_id": int(user), "first_name": "Анна", "last_name": None, "is_bot": False}


def _option(button: Raw) -> ShownOption:
    return ShownOption(button["text"], button.get("payload", ""), button.get("url", ""))
