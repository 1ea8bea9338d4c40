"""Pigeon post itself: strict, with a ledger, out of order on demand. A PlatformDouble."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, Self

from aiohttp import web

from tests.example_platform.ingress import SECRET_HEADER
from tests.fakes.bell import Bell
from tests.fakes.platform import Answered, Event, Fault, Forgery, SentMessage, ShownOption, Standing
from tests.fakes.webhook import posted


class PigeonDouble:
    """One account of a service that takes letters and delivers events."""

    platform = "tests.example_platform"
    canary = "CANARY-pigeon-token"
    chats: Sequence[str] = ("anna", "boris", "vera")
    answer = Answered(200, "coo")

    def __init__(self) -> None:
        self.bell = Bell()
        self.signs: list[str] = []
        self.webhook = ""
        self._secret = "canary-pigeon-secret"
        self._numbers = itertools.count(1)
        self._sent: list[SentMessage] = []
        self._gone: set[str] = set()
        self._faults: deque[Fault] = deque()
        self._released = asyncio.Event()
        app = web.Application()
        app.router.add_post("/letters", self._letter)
        app.router.add_route("*", "/webhook", self._register)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()
        await self._runner.cleanup()

    def settings(self, **overrides: Any) -> dict[str, Any]:
        """See PlatformDouble."""
        own = {
            "platform": self.platform,
            "token": self.canary,
            "secret": self._secret,
            "api_url": self._url,
        }
        return {**own, **overrides}

    # -- what customers do

    def text(self, chat: str, text: str) -> Event:
        """See PlatformDouble."""
        return self._event(chat, "letter", text=text)

    def press(self, chat: str, token: str) -> Event:
        """See PlatformDouble."""
        return self._event(chat, "press", button=token)

    def picture(self, chat: str, data: bytes, caption: str = "") -> Event:
        """See PlatformDouble; a picture means nothing to us."""
        return self._event(chat, "drawing", text=caption)

    def start(self, chat: str, payload: str = "") -> Event:
        """See PlatformDouble."""
        return self._event(chat, "start", payload=payload)

    def contact(self, chat: str, phone: str, *, own: bool) -> None:
        """See PlatformDouble; pigeons have no phones."""

    def edited(self, chat: str, text: str) -> None:
        """See PlatformDouble; what is written is written."""

    def deleted(self, chat: str) -> None:
        """See PlatformDouble."""

    def denied(self, chat: str) -> Event:
        """See PlatformDouble."""
        self._gone.add(chat)
        return self._event(chat, "moved_away")

    def allowed(self, chat: str) -> Event:
        """See PlatformDouble."""
        self._gone.discard(chat)
        return self._event(chat, "moved_back")

    def receipt(self, sent: SentMessage, state: Literal["delivered", "seen"]) -> None:
        """See PlatformDouble; a pigeon does not tell."""

    def echo(self, chat: str, text: str) -> None:
        """See PlatformDouble."""

    def group(self, text: str) -> None:
        """See PlatformDouble; a pigeon flies to one person."""

    def unknown(self) -> Event:
        """See PlatformDouble."""
        return self._event(self.chats[0], "egg")

    def malformed(self) -> Sequence[Event]:
        """See PlatformDouble."""
        bodies = (b"", b"{", b"[]", b"\xff", b'{"type": 5}', b'{"type": "letter"}')
        return [self.signed(body) for body in bodies]

    # -- the platform's side of the webhook

    def forged(self, event: Event, how: Forgery) -> Event:
        """See PlatformDouble."""
        given = {"wrong": "guess", "nonascii": "голубь", "other_account": "other"}
        return Event(event.body, {SECRET_HEADER: given[how]} if how in given else {})

    def signed(self, body: bytes) -> Event:
        """See PlatformDouble."""
        return Event(body, {SECRET_HEADER: self._secret})

    async def handshake(self, url: str) -> None:
        """See PlatformDouble."""

    async def deliver(self, url: str, event: Event, times: int = 1) -> list[Answered]:
        """See PlatformDouble."""
        return await posted(url, event, times)

    def drop_webhook(self) -> None:
        """See PlatformDouble."""
        self.webhook = ""

    # -- what the account did

    def sent(self, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        return [message for message in self._sent if chat in (None, message.chat)]

    def standing(self, chat: str) -> list[Standing]:
        """See PlatformDouble; nothing that was sent can be changed."""
        return [Standing(message.text, len(message.files)) for message in self.sent(chat)]

    def acknowledged(self) -> int:
        """See PlatformDouble."""
        return 0

    def typed(self) -> int:
        """See PlatformDouble."""
        return 0

    def fail(self, *faults: Fault) -> None:
        """See PlatformDouble."""
        self._faults.extend(faults)

    def release(self) -> None:
        """See PlatformDouble."""
        self._released.set()

    async def until(self, count: int, chat: str | None = None) -> list[SentMessage]:
        """See PlatformDouble."""
        await self.bell.until(lambda: len(self.sent(chat)) >= count, 10)
        return self.sent(chat)

    # -- the server

    def _event(self, chat: str, kind: str, **fields: str) -> Event:
        person = {"id": chat, "name": chat.title()}
        event = {"id": f"e{next(self._numbers)}", "type": kind, "person": person, **fields}
        return self.signed(json.dumps(event, ensure_ascii=False).encode())

    async def _register(self, request: web.Request) -> web.Response:
        if not self._knows(request):
            return web.json_response({}, status=401)
        if request.method == "PUT":
            told = await request.json()
            assert told["secret"] == self._secret
            self.webhook = told["url"]
            self.bell.ring()
        return web.json_response({"url": self.webhook})

    async def _letter(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults.popleft() if self._faults else None
        if fault == "refuse":
            return _cut(request)
        if fault in _REFUSALS:
            status, told = _REFUSALS[fault]
            return web.Response(status=status, text=told)
        if not self._knows(request):
            return web.json_response({}, status=401)
        letter = await request.json()
        why = _unfit(letter)
        if why:
            return web.json_response({"why": why}, status=400)
        if letter["to"] in self._gone:
            return web.json_response({}, status=410)
        number = self._taken(letter)
        if fault in ("timeout", "slow"):
            await self._released.wait()
        if fault == "drop":
            return _cut(request)
        answers = {"garbage": "<<<", "empty": "{}"}
        return web.Response(text=answers.get(fault or "", json.dumps({"id": number})))

    def _knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.canary}"

    def _taken(self, letter: dict[str, Any]) -> str:
        """The id of a letter; one whose key is known was taken before."""
        for message in self._sent:
            if message.key == letter["key"]:
                return message.id
        buttons = [ShownOption(each["label"], each["id"]) for each in letter.get("buttons", ())]
        message = SentMessage(
            chat=letter["to"],
            id=f"m{len(self._sent) + 1}",
            text=letter["text"],
            options=tuple(buttons),
            keyboard="inline" if buttons else "none",
            key=letter["key"],
        )
        self._sent.append(message)
        self.signs.append(letter["sign"])
        self.bell.ring()
        return message.id


_REFUSALS: dict[Fault | None, tuple[int, str]] = {
    "limit": (429, "{}"),
    "limit_hint": (429, '{"wait": 7}'),
    "page": (502, "<html>the loft is closed</html>"),
    "auth": (401, "{}"),
    "rejected": (400, '{"why": "rude"}'),
}


def _unfit(letter: dict[str, Any]) -> str:
    """Why pigeons would not carry it."""
    text, buttons = letter.get("text"), letter.get("buttons", [])
    if not isinstance(text, str) or not text.strip() or not letter.get("key"):
        return "nothing to carry"
    if len(text.encode("utf-16-le")) > 2 * 1000:
        return "too heavy"
    if len(buttons) > 6 or any(not 1 <= len(each["label"]) <= 20 for each in buttons):
        return "too many ribbons"
    return ""


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
