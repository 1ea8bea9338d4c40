"""Telegram as the contract suite sees any platform; the protocol itself is in telegram.py."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.fakes import faults as calls
from tests.fakes import telegram as double
from tests.fakes.dressed import NO_OBJECTS, Raw, Secretive
from tests.fakes.platform import Event, Fault, SentMessage, ShownOption, Standing
from tests.fakes.telegram import SECRET_HEADER, Accepted, FakeTelegram

_MEDIA = ("photo", "document", "video", "voice", "audio", "sticker")


class TelegramDouble(Secretive[FakeTelegram]):
    """A PlatformDouble."""

    platform = "telegram"
    canary = "123456789:CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    header = SECRET_HEADER
    refusals: Mapping[Fault, calls.Fault] = {
        "limit": double.FLOOD_NO_HINT,
        "limit_hint": double.FLOOD,
        "auth": double.error(401, "Unauthorized"),
        "rejected": double.error(400, "Bad Request: message caption contains something forbidden"),
    }

    def __init__(self) -> None:
        super().__init__(FakeTelegram(self.canary))
        self._last: dict[str, int] = {}

    # -- what customers do

    def text(self, chat: str, text: str) -> Event:
        """See PlatformDouble; whoever writes has unblocked us."""
        self.fake.blocked.discard(int(chat))
        return self._said(chat, text=text)

    def press(self, chat: str, token: str) -> Event:
        """See PlatformDouble."""
        callback = str(next(self._numbers))
        self.fake.callbacks.add(callback)
        query = {
            "id": callback,
            "from": _person(chat),
            "message": {**self._message(chat), "from": {"id": 1, "is_bot": True}},
            "chat_instance": "1",
            "data": token,
        }
        return self._event(callback_query=query)

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """See PlatformDouble."""
        identity = f"in-{next(self._numbers)}"
        self.fake.files[identity] = data
        size = {"file_id": identity, "file_unique_id": identity, "file_size": len(data)}
        photo = [{**size, "width": 90, "height": 90}]
        return self._said(chat, photo=photo, **({"caption": caption} if caption else {}))

    def start(self, chat: str, payload: str = "") -> Event:
        """See PlatformDouble."""
        return self.text(chat, f"/start {payload}".strip())

    def contact(self, chat: str, phone: str, *, own: bool) -> Event:
        """See PlatformDouble."""
        card: Raw = {"phone_number": phone, "first_name": "Анна"}
        return self._said(chat, contact={**card, "user_id": int(chat) if own else 5})

    def edited(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        message = {**self._message(chat, self._last[chat]), "edit_date": 1795600030, "text": text}
        return self._event(edited_message=message)

    def denied(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.blocked.add(int(chat))
        return self._member(chat, "kicked")

    def allowed(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.blocked.discard(int(chat))
        return self._member(chat, "member")

    def group(self, text: str) -> Event:
        """See PlatformDouble."""
        message = self._message(self.chats[0])
        message["chat"] = {"id": -1001234567890, "type": "supergroup", "title": "Двор"}
        return self._event(message={**message, "text": text})

    def unknown(self) -> Event:
        """See PlatformDouble."""
        return self._event(chat_boost={"chat": {"id": 1, "type": "channel"}, "boost": {}})

    def malformed(self) -> Sequence[Event]:
        """See PlatformDouble."""
        bodies = [*NO_OBJECTS, b'{"update_id": "1"}']
        message = self._message(self.chats[0])
        changes: list[Raw] = [{"chat": None}, {"from": []}, {"message_id": "1"}, {"text": 5}]
        for change in changes:
            update = {"update_id": 1, "message": {**message, **change}}
            bodies.append(json.dumps(update).encode())
        return [self.signed(body) for body in bodies]

    # -- the platform's side of the webhook

    @property
    def webhook(self) -> str:
        """See PlatformDouble."""
        return str(self.fake.webhook["url"])

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        entries = self.fake.sent(None if chat is None else int(chat))
        return [message for entry in entries for message in _messages(entry)]

    def standing(self, chat: str) -> list[Standing]:
        """See PlatformDouble."""
        return [left for (own, _), left in self.fake.standing.items() if own == int(chat)]

    def acknowledged(self) -> int:
        """See PlatformDouble."""
        return self._count("answerCallbackQuery")

    def typed(self) -> int:
        """See PlatformDouble."""
        return self._count("sendChatAction")

    # -- bodies

    def _count(self, method: str) -> int:
        return sum(entry.method == method for entry in self.fake.ledger)

    def _event(self, **fields: Any) -> Event:
        update = {"update_id": 900_000_000 + next(self._numbers), **fields}
        return self._written(update)

    def _said(self, chat: str, **fields: Any) -> Event:
        self._last[chat] = next(self._numbers)
        return self._event(message={**self._message(chat, self._last[chat]), **fields})

    def _message(self, chat: str, number: int = 1) -> Raw:
        return {
            "message_id": number,
            "from": _person(chat),
            "chat": {"id": int(chat), "type": "private", "first_name": "Анна"},
            "date": 1795600020,
        }

    def _member(self, chat: str, status: str) -> Event:
        user = {"id": 1, "is_bot": True, "first_name": "Отклик"}
        change = {
            "chat": {"id": int(chat), "type": "private"},
            "from": _person(chat),
            "date": 1795600020,
            "old_chat_member": {"user": user, "status": "member"},
            "new_chat_member": {"user": user, "status": status},
        }
        return self._event(my_chat_member=change)


def _person(chat: str) -> Raw:
    return {"id": int(chat), "is_bot": False, "first_name": "Анна", "language_code": "ru"}


def _messages(entry: Accepted) -> Iterator[SentMessage]:
    """What the customer sees of one call: an album is several messages."""
    if "media" not in entry.fields:
        files = [file for file in (_file(entry, entry.fields),) if file is not None]
        yield _shown(entry, entry.fields, entry.result["message_id"], files)
        return
    for item, message in zip(entry.fields["media"], entry.result, strict=True):
        file = _attached(entry, item["media"])
        yield _shown(entry, item, message["message_id"], [file])


def _shown(
    entry: Accepted, fields: Mapping[str, Any], number: int, files: Sequence[bytes]
) -> SentMessage:
    markup = entry.fields.get("reply_markup") or {}
    inline = [button for row in markup.get("inline_keyboard", ()) for button in row]
    reply = [button for row in markup.get("keyboard", ()) for button in row]
    options = [_option(button) for button in [*inline, *reply] if "request_contact" not in button]
    reply_to = entry.fields.get("reply_parameters", {}).get("message_id", "")
    preview = not entry.fields.get("link_preview_options", {}).get("is_disabled", False)
    return SentMessage(
        chat=str(entry.chat),
        id=str(number),
        text=fields.get("text", fields.get("caption", "")),
        options=tuple(options),
        keyboard="inline" if inline else "reply" if options else "none",
        files=tuple(files),
        reply_to=str(reply_to),
        asks_phone=any("request_contact" in button for button in reply),
        preview=preview,
    )


def _option(button: Raw) -> ShownOption:
    return ShownOption(button["text"], button.get("callback_data", ""), button.get("url", ""))


def _file(entry: Accepted, fields: Mapping[str, Any]) -> bytes | None:
    """The bytes that were attached; None: nothing was."""
    for kind in _MEDIA:
        if kind in entry.uploads:
            return entry.uploads[kind]
        if kind in fields:
            return _attached(entry, str(fields[kind]))
    return None


def _attached(entry: Accepted, source: str) -> bytes:
    return entry.uploads.get(source.removeprefix("attach://"), b"")
