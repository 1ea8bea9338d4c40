"""Messenger as the contract suite sees any platform; the protocol itself is in messenger.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aiohttp import ClientSession, ClientTimeout

from tests.fakes import faults as calls
from tests.fakes import messenger as double
from tests.fakes.dressed import NO_OBJECTS, Dressed, Raw
from tests.fakes.messenger import SIGNATURE_HEADER, Accepted, FakeMessenger, body_of, signature
from tests.fakes.platform import Answered, Event, Fault, Forgery, SentMessage, ShownOption, Standing

PAGE = "104000000000001"
_APP_SECRET = "canary-app-secret"
_VERIFY_TOKEN = "canary-verify-token"


class MessengerDouble(Dressed[FakeMessenger]):
    """A PlatformDouble. The owner of the app enters our address by hand; the handshake is that."""

    platform = "messenger"
    canary = "EAAG-CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    chats: Sequence[str] = ("7010020030040050", "7010020030040051", "7010020030040052")
    answer = Answered(200, "EVENT_RECEIVED")
    refusals: Mapping[Fault, calls.Fault] = {
        "limit": double.LIMIT,
        "limit_hint": double.LIMIT_HINT,
        "auth": double.error(400, 190, 463),
        "rejected": double.error(400, 100),
    }

    def __init__(self) -> None:
        super().__init__(FakeMessenger(self.canary, PAGE))
        self._last: dict[str, str] = {}
        self._address = ""

    def _own(self) -> dict[str, Any]:
        secrets = {"app_secret": _APP_SECRET, "verify_token": _VERIFY_TOKEN}
        return {"page_id": PAGE, **secrets}

    # -- what customers do

    def text(self, chat: str, text: str) -> Event:
        """See PlatformDouble; whoever writes has unblocked us."""
        self.fake.blocked.discard(chat)
        return self._said(chat, text=text)

    def press(self, chat: str, token: str) -> Event:
        """See PlatformDouble; of a template, then of a quick reply, and so on."""
        if next(self._numbers) % 2:
            return self._said(chat, text="Да", quick_reply={"payload": token})
        mid = f"m_press{next(self._numbers)}"
        return self._event(chat, postback={"mid": mid, "title": "Да", "payload": token})

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """See PlatformDouble."""
        name = f"in{next(self._numbers)}.jpg"
        self.fake.served[name] = data
        url = f"{self.fake.api_url}/files/{name}"
        words = {"text": caption} if caption else {}
        return self._said(chat, attachments=[{"type": "image", "payload": {"url": url}}], **words)

    def start(self, chat: str, payload: str = "") -> Event:
        """See PlatformDouble; by a link, or by the button «Get started»."""
        self.fake.blocked.discard(chat)
        if not payload:
            return self._event(chat, postback={"title": "Начать", "payload": "GET_STARTED"})
        link = {"ref": payload, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        return self._event(chat, referral=link)

    def contact(self, chat: str, phone: str, *, own: bool) -> Event:
        """See PlatformDouble; whoever edits the offered number sends another's."""
        return self._said(chat, text=phone, quick_reply={"payload": phone})

    def edited(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        edit = {"mid": self._last[chat], "text": text, "num_edit": next(self._numbers)}
        return self._event(chat, message_edit=edit)

    def denied(self, chat: str) -> None:
        """See PlatformDouble; pages are not told, sends are refused all the same."""
        self.fake.blocked.add(chat)

    def allowed(self, chat: str) -> None:
        """See PlatformDouble; pages are not told."""
        self.fake.blocked.discard(chat)

    def receipt(self, sent: SentMessage, state: Literal["delivered", "seen"]) -> Event:
        """See PlatformDouble."""
        until = double.NOW_MS + 10**11  # three years later: whenever it was sent
        if state == "seen":
            return self._event(sent.chat, read={"watermark": until})
        return self._event(sent.chat, delivery={"mids": [sent.id], "watermark": until})

    def echo(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        message = {"mid": self._mid(), "is_echo": True, "app_id": 263902037430900, "text": text}
        people = {"sender": {"id": PAGE}, "recipient": {"id": chat}}
        event = {**people, "timestamp": double.NOW_MS, "message": message}
        return self.signed(body_of(self.fake.batch(event)))

    def group(self, text: str) -> Event:
        """See PlatformDouble; a page is in no groups, but people speak under its posts."""
        said = {"item": "comment", "verb": "add", "message": text, "comment_id": "1_2"}
        change = {"field": "feed", "value": {"from": {"id": self.chats[0]}, **said}}
        entry = {"id": PAGE, "time": double.NOW_MS, "changes": [change]}
        return self.signed(body_of({"object": "page", "entry": [entry]}))

    def unknown(self) -> Event:
        """See PlatformDouble."""
        return self._event(self.chats[0], reaction={"reaction": "love", "action": "react"})

    def malformed(self) -> Sequence[Event]:
        """See PlatformDouble."""
        bodies = [*NO_OBJECTS, b'{"object":"page"}']
        people: Raw = {"sender": {"id": self.chats[0]}, "recipient": {"id": PAGE}}
        events: list[Any] = [
            "слово",
            {**people, "message": None},
            {**people, "message": {"mid": "m_1", "text": 5}},
            {**people, "message": {"mid": "m_1", "attachments": {}}},
            {**people, "message": {"text": "без имени"}},
            {**people, "sender": None, "message": {"mid": "m_1", "text": "чьё?"}},
            {**people, "timestamp": "вчера", "postback": {"payload": "o1"}},
            {**people, "read": {"watermark": None}},
        ]
        bodies += [body_of(self.fake.batch(event)) for event in events]
        return [self.signed(body) for body in bodies]

    # -- the platform's side of the webhook

    def forged(self, event: Event, how: Forgery) -> Event:
        """See PlatformDouble; another account is another page of the same app."""
        if how == "other_account":
            return self.signed(event.body.replace(PAGE.encode(), b"999000000000009"))
        given = {"missing": "", "nonascii": "sha256=подпись"}
        made = given.get(how, signature("another app's", event.body))
        return Event(event.body, {SIGNATURE_HEADER: made} if made else {})

    def signed(self, body: bytes) -> Event:
        """See PlatformDouble."""
        return Event(body, {SIGNATURE_HEADER: signature(_APP_SECRET, body)})

    async def handshake(self, url: str) -> bool:
        """See PlatformDouble."""
        challenge = str(next(self._numbers))
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": _VERIFY_TOKEN,
            "hub.challenge": challenge,
        }
        async with (
            ClientSession(timeout=ClientTimeout(total=30)) as client,
            client.get(url, params=query) as answer,
        ):
            agreed = answer.status == 200 and await answer.text() == challenge
        self._address = url if agreed else self._address
        return agreed

    @property
    def webhook(self) -> str:
        """See PlatformDouble; a page that is not subscribed sends nothing to the app's address."""
        return self._address if self.fake.subscribed else ""

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        return [_shown(entry) for entry in self.fake.sent(chat)]

    def standing(self, chat: str) -> list[Standing]:
        """See PlatformDouble; nothing that was sent can be changed."""
        return [Standing(message.text, len(message.files)) for message in self.sent(chat)]

    def typed(self) -> int:
        """See PlatformDouble."""
        return sum("sender_action" in entry.body for entry in self.fake.ledger)

    # -- bodies

    def _mid(self) -> str:
        return f"m_in{next(self._numbers)}"

    def _said(self, chat: str, **message: Any) -> Event:
        self._last[chat] = self._mid()
        return self._event(chat, message={"mid": self._last[chat], **message})

    def _event(self, chat: str, **content: Any) -> Event:
        moment = double.NOW_MS + next(self._numbers)
        people = {"sender": {"id": chat}, "recipient": {"id": PAGE}}
        event = {**people, "timestamp": moment, **content}
        return self.signed(body_of(self.fake.batch(event)))


def _shown(entry: Accepted) -> SentMessage:
    message = entry.message
    attachment = message.get("attachment", {})
    is_template = attachment.get("type") == "template"
    payload = attachment.get("payload", {})
    buttons = payload.get("buttons", [])
    replies = [one for one in message.get("quick_replies", []) if one["content_type"] == "text"]
    return SentMessage(
        chat=entry.chat,
        id=entry.id,
        text=payload["text"] if is_template else message.get("text", ""),
        options=tuple(_option(one) for one in [*buttons, *replies]),
        keyboard="inline" if buttons else "reply" if replies else "none",
        files=(entry.upload.content,) if attachment and not is_template else (),
        asks_phone={"content_type": "user_phone_number"} in message.get("quick_replies", []),
    )


def _option(button: Raw) -> ShownOption:
    return ShownOption(button["title"], button.get("payload", ""), button.get("url", ""))
