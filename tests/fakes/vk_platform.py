"""VK as the contract suite sees any platform; the protocol itself is in vk.py."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tests.fakes import faults as calls
from tests.fakes import vk as double
from tests.fakes.dressed import Dressed, Raw
from tests.fakes.platform import Answered, Event, Fault, Forgery, SentMessage, ShownOption, Standing
from tests.fakes.vk import Accepted, FakeVk

GROUP = 220000001
#: What a modern app can show.
APP: Raw = {
    "button_actions": ["text", "vkpay", "open_app", "location", "open_link", "callback"],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}


class VkDouble(Dressed[FakeVk]):
    """A PlatformDouble."""

    platform = "vk"
    canary = "vk1.a.CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    answer = Answered(200, "ok")
    refusals: Mapping[Fault, calls.Fault] = {
        "limit": double.TOO_FAST,
        "limit_hint": double.TOO_FAST,
        "auth": double.error(5, "User authorization failed: access_token was revoked"),
        "rejected": double.error(921, "Can't forward these messages"),
    }

    def __init__(self) -> None:
        super().__init__(FakeVk(self.canary, GROUP, confirms=True))
        self._secret = "canary-secret"
        self._last: dict[str, Raw] = {}

    def _own(self) -> dict[str, Any]:
        return {"group_id": GROUP, "secret": self._secret}

    # -- what customers do

    def text(self, chat: str, text: str) -> Event:
        """See PlatformDouble; whoever writes may be written to."""
        self.fake.blocked.discard(int(chat))
        return self._said(chat, text=text)

    def press(self, chat: str, token: str) -> Event:
        """See PlatformDouble."""
        event = f"press{next(self._numbers)}"
        self.fake.events.add(event)
        press = {
            "user_id": int(chat),
            "peer_id": int(chat),
            "event_id": event,
            "payload": {"t": token},
            "conversation_message_id": 1,
        }
        return self._event("message_event", press)

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """See PlatformDouble."""
        name = f"in{next(self._numbers)}.jpg"
        self.fake.files[name] = data
        size = {"type": "w", "url": f"{self.fake.api_url}/files/{name}", "width": 9, "height": 9}
        photo = {"id": 1, "owner_id": int(chat), "date": 1, "access_key": "k", "sizes": [size]}
        return self._said(chat, text=caption, attachments=[{"type": "photo", "photo": photo}])

    def start(self, chat: str, payload: str = "") -> Event:
        """See PlatformDouble."""
        self.fake.blocked.discard(int(chat))
        ref = {"ref": payload, "ref_source": "site"} if payload else {}
        return self._said(chat, text="Начать", payload='{"command":"start"}', **ref)

    def edited(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        at = 1795600030 + next(self._numbers)
        message = {**self._last[chat], "text": text, "update_time": at}
        return self._event("message_edit", message)

    def denied(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.blocked.add(int(chat))
        return self._event("message_deny", {"user_id": int(chat)})

    def allowed(self, chat: str) -> Event:
        """See PlatformDouble."""
        self.fake.blocked.discard(int(chat))
        return self._event("message_allow", {"user_id": int(chat), "key": ""})

    def receipt(self, sent: SentMessage, state: Literal["delivered", "seen"]) -> Event | None:
        """See PlatformDouble; VK tells only what was seen."""
        if state == "delivered":
            return None
        read = {
            "from_id": int(sent.chat),
            "peer_id": int(sent.chat),
            "read_message_id": int(sent.id),
            "conversation_message_id": 7,
        }
        return self._event("message_read", read)

    def echo(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        message = {**self._message(chat), "from_id": -GROUP, "out": 1, "text": text}
        return self._event("message_reply", {**message, "admin_author_id": 5, "random_id": 77})

    def group(self, text: str) -> Event:
        """See PlatformDouble."""
        message = {**self._message(self.chats[0]), "peer_id": 2_000_000_005, "text": text}
        return self._event("message_new", {"message": message, "client_info": APP})

    def unknown(self) -> Event:
        """See PlatformDouble."""
        return self._event("like_add", {"liker_id": 1, "object_type": "post", "object_id": 2})

    def malformed(self) -> Sequence[Event]:
        """See PlatformDouble; what has no secret inside is nobody's, so all of these have it."""
        message = self._message(self.chats[0])
        objects: list[Any] = [
            None,
            [],
            {},
            {"message": None},
            {"message": {**message, "peer_id": "7"}},
            {"message": {**message, "text": 5}},
            {"message": {**message, "attachments": {"type": "photo"}}},
            {"message": {**message, "attachments": [{"type": "photo", "photo": []}]}},
        ]
        return [self._event("message_new", content) for content in objects]

    # -- the platform's side of the webhook

    def forged(self, event: Event, how: Forgery) -> Event:
        """See PlatformDouble."""
        raw = json.loads(event.body)
        if how == "missing":
            raw.pop("secret", None)
        elif how == "other_account":
            raw["group_id"] = GROUP + 1
        else:
            raw["secret"] = "guess" if how == "wrong" else "пароль\ud800"
        return self.signed(json.dumps(raw).encode())

    def signed(self, body: bytes) -> Event:
        """See PlatformDouble; the secret stands in the body."""
        return Event(body)

    async def handshake(self, url: str) -> bool:
        """See PlatformDouble."""
        return await self.fake.confirm(url)

    @property
    def webhook(self) -> str:
        """See PlatformDouble; an address that VK gave up gets nothing."""
        alive = [server["url"] for server in self.fake.servers.values() if server["status"] == "ok"]
        return alive[0] if alive else ""

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        return [_shown(entry) for entry in self.fake.sent(None if chat is None else int(chat))]

    def standing(self, chat: str) -> list[Standing]:
        """See PlatformDouble."""
        held = [message for (peer, _), message in self.fake.held.items() if peer == int(chat)]
        return [Standing(message["text"], len(message["attachments"])) for message in held]

    def acknowledged(self) -> int:
        """See PlatformDouble."""
        return self._count("messages.sendMessageEventAnswer")

    def typed(self) -> int:
        """See PlatformDouble."""
        return self._count("messages.setActivity")

    # -- bodies

    def _count(self, method: str) -> int:
        return sum(entry.method == method for entry in self.fake.ledger)

    def _event(self, kind: str, content: Any) -> Event:
        event = {
            "type": kind,
            "group_id": GROUP,
            "event_id": f"{next(self._numbers):040x}",
            "v": "5.199",
            "object": content,
            "secret": self._secret,
        }
        return self._written(event)

    def _said(self, chat: str, **fields: Any) -> Event:
        self._last[chat] = {**self._message(chat), **fields}
        return self._event("message_new", {"message": self._last[chat], "client_info": APP})

    def _message(self, chat: str) -> Raw:
        number = next(self._numbers)
        return {
            "id": 5000 + number,
            "conversation_message_id": number,
            "date": 1795600020,
            "from_id": int(chat),
            "peer_id": int(chat),
            "out": 0,
            "text": "",
            "attachments": [],
            "fwd_messages": [],
            "important": False,
            "is_hidden": False,
            "random_id": 0,
            "version": 10000100,
        }


def _shown(entry: Accepted) -> SentMessage:
    board = json.loads(entry.fields.get("keyboard", '{"buttons":[]}'))
    buttons = [button["action"] for row in board["buttons"] for button in row]
    kind: Literal["none", "inline", "reply"] = "inline" if board.get("inline") else "reply"
    return SentMessage(
        chat=str(entry.peer),
        id=str(entry.result),
        text=entry.fields.get("message", ""),
        options=tuple(_option(action) for action in buttons),
        keyboard=kind if buttons else "none",
        files=entry.files,
        reply_to=entry.fields.get("reply_to", ""),
        key=entry.fields["random_id"],
        preview=entry.fields.get("dont_parse_links") != "1",
    )


def _option(action: Raw) -> ShownOption:
    payload = json.loads(action.get("payload") or "{}")
    return ShownOption(action["label"], payload.get("t", ""), action.get("link", ""))
