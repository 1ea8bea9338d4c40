"""Viber as the contract suite sees any platform; the protocol itself is in viber.py."""

import hmac
import html
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from tests.fakes import faults as calls
from tests.fakes import viber as double
from tests.fakes.dressed import NO_OBJECTS, Dressed, Raw
from tests.fakes.platform import Answered, Event, Fault, Forgery, SentMessage, ShownOption, Standing
from tests.fakes.viber import SIGNATURE_HEADER, Accepted, FakeViber, Person
from tests.fakes.webhook import posted

#: Of callbacks; larger than what a JavaScript number holds.
FIRST_TOKEN = 4_912_661_846_655_238_145
_FILES = ("picture", "file", "video")


class ViberDouble(Dressed[FakeViber]):
    """A PlatformDouble."""

    platform = "viber"
    canary = "CANARY4a1b2c3d4e5f-6a7b8c9d0e1f2a3b-4c5d6e7f8a9b0c1d"
    chats: Sequence[str] = ("01234567890A=", "3SQNc4FPUQmysaM/AQEhXg==", "tdH+m8fh5zMlChQeNkK42A==")
    refusals: Mapping[Fault, calls.Fault] = {
        "limit": double.LIMIT,
        "limit_hint": double.LIMIT,
        "auth": double.error(2, "invalidAuthToken"),
        "rejected": double.error(3, "badData"),
    }

    def __init__(self) -> None:
        super().__init__(FakeViber(self.canary))
        self.fake.people = {chat: Person() for chat in self.chats}

    def _own(self) -> dict[str, Any]:
        return {"sender_name": "Поддержка"}

    # -- what customers do

    def text(self, chat: str, text: str) -> Event:
        """See PlatformDouble; whoever writes is subscribed by that."""
        self.fake.people.setdefault(chat, Person()).subscribed = True
        return self._said(chat, type="text", text=text)

    def press(self, chat: str, token: str) -> Event:
        """See PlatformDouble; a press is a text."""
        return self._said(chat, type="text", text=token)

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """See PlatformDouble."""
        url = self.fake.kept(f"in{next(self._numbers)}.jpg", data)
        return self._said(chat, type="picture", text=caption, media=url, thumbnail=url)

    def start(self, chat: str, payload: str = "") -> Event:
        """See PlatformDouble; of somebody who is subscribed already."""
        return self.opened(chat, payload, subscribed=True)

    def opened(self, chat: str, payload: str = "", *, subscribed: bool) -> Event:
        """A person opened the conversation."""
        context = {"context": payload} if payload else {}
        event = {"type": "open", "user": _person(chat), "subscribed": subscribed, **context}
        return self._event("conversation_started", **event)

    def contact(self, chat: str, phone: str, *, own: bool) -> Event:
        """See PlatformDouble; Viber does not tell whose it is."""
        card = {"name": "Анна" if own else "Сосед", "phone_number": phone.lstrip("+")}
        return self._said(chat, type="contact", contact=card)

    def denied(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.people[chat].subscribed = False
        return self._event("unsubscribed", user_id=chat)

    def allowed(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.people[chat].subscribed = True
        return self._event("subscribed", user=_person(chat))

    def receipt(self, sent: SentMessage, state: Literal["delivered", "seen", "failed"]) -> Event:
        """See PlatformDouble; Viber also tells of a message that its own app refused later."""
        why = {"desc": "Client does not support this keyboard"} if state == "failed" else {}
        return self._event(state, message_token=int(sent.id), user_id=sent.chat, **why)

    def group(self, text: str) -> Event:
        """See PlatformDouble."""
        message = {"type": "text", "text": text}
        person = _person(self.chats[0])
        return self._event("message", chat_id="invented-group==", sender=person, message=message)

    def unknown(self) -> Event:
        """See PlatformDouble."""
        return self._event("client_status", user=_person(self.chats[0]), status={"code": 0})

    def malformed(self) -> Sequence[Event]:
        """See PlatformDouble."""
        bodies = [*NO_OBJECTS, b'{"event": 1}']
        changes: list[Raw] = [
            {"sender": None},
            {"sender": {"id": ""}},
            {"message": []},
            {"message": {"type": "text", "text": 5}},
            {"timestamp": "1"},
            {"message_token": -1},
        ]
        good = {"sender": _person(self.chats[0]), "message": {"type": "text", "text": "меню"}}
        for change in changes:
            event = {"event": "message", "timestamp": 1, "message_token": 1, **good, **change}
            bodies.append(json.dumps(event).encode())
        return [self.signed(body) for body in bodies]

    # -- the platform's side of the webhook

    def forged(self, event: Event, how: Forgery) -> Event:
        """See PlatformDouble; what another bot's Viber signs is signed with another key."""
        other = hmac.new(b"token-of-another-bot", event.body, sha256).hexdigest()
        given = {"missing": "", "wrong": "0" * 64, "nonascii": "подпись", "other_account": other}
        return Event(event.body, {SIGNATURE_HEADER: given[how]} if given[how] else {})

    def signed(self, body: bytes) -> Event:
        """See PlatformDouble."""
        return Event(body, {SIGNATURE_HEADER: self.fake.signature(body)})

    async def handshake(self, url: str) -> bool:
        """See PlatformDouble; by an event."""
        return (await posted(url, self._event("webhook")))[0] == self.answer

    async def deliver(self, url: str, event: Event, times: int = 1) -> list[Answered]:
        """See PlatformDouble."""
        signature = event.headers.get(SIGNATURE_HEADER, "")
        answers = await self.fake.deliver(event.body, url=url, signature=signature, times=times)
        return [Answered(answer.status, answer.body) for answer in answers]

    @property
    def webhook(self) -> str:
        """See PlatformDouble."""
        return str(self.fake.webhook["url"])

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        return [_shown(entry) for entry in self.fake.sent(chat)]

    def standing(self, chat: str) -> list[Standing]:
        """See PlatformDouble; nothing that was sent can be changed."""
        return [Standing(message.text, len(message.files)) for message in self.sent(chat)]

    # -- bodies

    def _said(self, chat: str, **message: Any) -> Event:
        return self._event("message", sender=_person(chat), message=message, silent=False)

    def _event(self, kind: str, **fields: Any) -> Event:
        number = next(self._numbers)
        event = {
            "event": kind,
            "timestamp": 1795600020000 + number,
            "chat_hostname": "SN-CHAT-01_",
            "message_token": FIRST_TOKEN + number,
            **fields,
        }
        return self._written(event)


def _person(chat: str) -> Raw:
    return {"id": chat, "name": "Анна", "language": "ru-RU", "country": "RU", "api_version": 10}


def _shown(entry: Accepted) -> SentMessage:
    buttons = entry.fields.get("keyboard", {}).get("Buttons", ())
    options = [_option(button) for button in buttons if button["ActionType"] != "share-phone"]
    return SentMessage(
        chat=entry.chat,
        id=str(entry.token),
        text=entry.fields.get("text", ""),
        options=tuple(options),
        keyboard="reply" if options else "none",
        files=(b"",) if entry.fields["type"] in _FILES else (),
        asks_phone=any(button["ActionType"] == "share-phone" for button in buttons),
    )


def _option(button: Raw) -> ShownOption:
    label = html.unescape(button["Text"])
    if button["ActionType"] == "open-url":
        return ShownOption(label, url=button["ActionBody"])
    return ShownOption(label, button["ActionBody"])
